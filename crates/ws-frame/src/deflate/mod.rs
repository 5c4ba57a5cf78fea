//! permessage-deflate (RFC 7692): messages compressed with DEFLATE.
//!
//! The opening handshake negotiates it and agrees on [`Parameters`]. A
//! [`Connection`](crate::Connection) then compresses and inflates by itself, after
//! [`with_deflate`](crate::Connection::with_deflate). [`Deflater`] and [`Inflater`] do the same for
//! other programs, on whole messages or parts of them. An inflated message is held to its limit
//! while it is inflated.
//!
//! # Memory
//!
//! Compression takes more memory than everything else about a connection. [`Options`] chooses how
//! much, for each direction. Nothing is allocated before the first compressed message.
//! The tests count these bytes for each connection:
//!
//! | | compressing | inflating |
//! |---|--:|--:|
//! | [`Shared`](Compressor::Shared), no context takeover by the peer | 0 | 0 |
//! | [`Shared`](Decompressor::Shared), context takeover | 0 | what the peer sent, up to 32 KiB |
//! | [`Dedicated`](Decompressor::Dedicated), no context takeover by the peer | | 47 KiB |
//! | [`Dedicated`](Decompressor::Dedicated), context takeover | | 47 KiB and what the peer sent, up to 79 KiB |
//! | [`Dedicated`](Compressor::Dedicated), window of 9 bits, memory level 1 | 134 KiB | |
//! | same, 12 bits, level 1 | 148 KiB | |
//! | same, 12 bits, level 5 | 162 KiB | |
//! | same, 15 bits, level 5 (the default) | 274 KiB | |
//! | same, 15 bits, level 8 | 372 KiB | |
//!
//! A shared compressor takes as much as a dedicated one, once for each thread that compresses. A
//! shared decompressor takes 47 KiB, once for each message that is being received.
//!
//! A dedicated compressor is worth its memory where messages are small and alike: it writes the
//! second as a reference to the first. For large messages a shared one gives nearly the same sizes.
//! Sharing costs time for each message: the compressor is cleared after it, and the decompressor is
//! given the history before it.
//! At [`Level::FASTEST`], messages of up to 2 KiB that refer to no other are compressed without a
//! compressor: in about a sixth of the time for 256 bytes, to the same size.
//!
//! # Security
//!
//! The length of a compressed message reveals how much of it repeats: within it, and from earlier
//! messages if there is context takeover. An attacker who can place text beside a secret, in one
//! message or one context, and sees the lengths on the wire, can guess the secret letter by letter
//! (CRIME and BREACH, RFC 7692 §8). Send secrets with
//! [`send_uncompressed`](crate::Connection::send_uncompressed), or keep the text of other users out
//! of their context.

mod contexts;
mod deflater;
mod history;
mod inflater;
mod options;
mod parameters;
mod short;
mod tuning;

pub use self::contexts::{Compressor, Decompressor, SharedContexts};
pub use self::deflater::Deflater;
pub use self::inflater::{Inflated, Inflater};
pub use self::options::Options;
pub use self::parameters::{Parameters, WindowSize};
pub use self::tuning::{Level, MemoryLevel, Tuning};
