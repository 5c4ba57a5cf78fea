//! permessage-deflate (RFC 7692): messages compressed with DEFLATE.
//!
//! The opening handshake negotiates it; what was agreed on are [`Parameters`]. [`Deflater`] and [`Inflater`] do the work on whole
//! messages or parts of them, with every bound: an inflated message is held to its limit while it is inflated.
//!
//! # Memory
//!
//! Compression costs more memory than everything else about a connection. What it costs is a choice, for each connection and each
//! direction. Nothing is taken before the first compressed message. Bytes for each connection, as the tests count them:
//!
//! | | compressing | inflating |
//! |---|--:|--:|
//! | [`Shared`](Compressor::Shared), and the peer remembers nothing | 0 | 0 |
//! | [`Shared`](Decompressor::Shared), and the peer remembers | 0 | what it sent, up to 32 KiB |
//! | [`Dedicated`](Decompressor::Dedicated), and the peer remembers nothing | | 47 KiB |
//! | [`Dedicated`](Decompressor::Dedicated), and the peer remembers | | 47 KiB, and what it sent, up to 79 KiB |
//! | [`Dedicated`](Compressor::Dedicated), window of 9 bits, memory level 1 | 134 KiB | |
//! | same, 12 bits, level 1 | 148 KiB | |
//! | same, 12 bits, level 5 | 162 KiB | |
//! | same, 15 bits, level 5 (the default) | 274 KiB | |
//! | same, 15 bits, level 8 | 372 KiB | |
//!
//! A shared compressor takes as much as a dedicated one, once for each thread that compresses; a shared decompressor 47 KiB, once for
//! each message that is being received.
//!
//! A dedicated compressor pays where messages are small and alike: it writes the second as a reference to the first. For large messages
//! a shared one gives nearly the same sizes. It needs about 3 µs to forget each message; a shared decompressor about 1 µs to be told
//! what came before.
//!
//! # What compression tells
//!
//! A message's length tells how much of it repeats, in it and in earlier messages if they are remembered. Whoever can put text of their
//! own beside a secret, in one message or one context, and sees the lengths on the wire, can guess the secret letter by letter (the
//! attacks CRIME and BREACH, RFC 7692 §8). Send what is secret uncompressed, or keep what others wrote out of its context.

mod contexts;
mod deflater;
mod feed;
mod history;
mod inflater;
mod options;
mod parameters;
mod room;
mod tuning;

pub use self::contexts::{Compressor, Decompressor, SharedContexts};
pub use self::deflater::Deflater;
pub use self::inflater::{Inflated, Inflater};
pub use self::options::Options;
pub use self::parameters::{Parameters, WindowBits};
pub use self::tuning::{Level, MemoryLevel, Tuning};
