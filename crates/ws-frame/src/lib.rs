//! WebSocket framing (RFC 6455) as state machines that do no I/O.
//!
//! You own the bytes, this crate owns the state. Bytes that came from the peer go in as a slice that you lend; events come out, and
//! borrow from that slice; bytes for the peer are appended to a buffer of yours. Sockets, TLS, threads, runtimes, clocks and random
//! numbers stay on your side, so the same [`Connection`] runs over a blocking socket, an event loop, an async runtime, or a test.
//!
//! ```
//! use ws_frame::{Config, Connection, Event};
//!
//! let mut connection = Connection::server(Config::new());
//! let mut output = Vec::new(); // for the peer
//!
//! let mut bytes = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"; // from the peer
//! let mut input = &mut bytes[..];
//! while let Some(event) = connection.receive(&mut input, &mut output) {
//!     if let Event::Text(text) = event {
//!         connection.send_text(&text, &mut output)?;
//!     }
//! }
//! assert_eq!(output, b"\x81\x05Hello");
//! # Ok::<(), ws_frame::SendError>(())
//! ```
//!
//! It begins where the opening handshake has ended, and knows nothing of it.
//!
//! # The law of the loop
//!
//! Whatever drives a connection does this, and no other order is needed:
//!
//! 1. **Read** some bytes from the peer into a buffer. If the stream has ended, say so: [`Connection::receive_eof`].
//! 2. **Receive** with [`Connection::receive`] until it gives `None`; not until the input is empty, for an event may be due when it
//!    is. Send what you have to say as you go.
//! 3. **Write** the output out. When it has drained, [`Connection::flush_pong`]: it may owe one more answer.
//! 4. **Look** at [`Connection::phase`], and act on it.
//! 5. **Again.**
//!
//! ```
//! use std::io::{self, Read, Write};
//! use ws_frame::{Connection, Event, Phase};
//!
//! fn echo(stream: &mut (impl Read + Write), connection: &mut Connection) -> io::Result<()> {
//!     let mut buffer = vec![0; 64 * 1024];
//!     let mut output = Vec::new();
//!     while connection.phase() != Phase::Closed {                            // 4, 5
//!         let len = stream.read(&mut buffer)?;                               // 1
//!         if len == 0 {
//!             connection.receive_eof();
//!         }
//!         let mut input = &mut buffer[..len];
//!         while let Some(event) = connection.receive(&mut input, &mut output) { // 2
//!             // An error here says that the connection is closed for sending; `phase` says so too.
//!             match event {
//!                 Event::Text(text) => _ = connection.send_text(&text, &mut output),
//!                 Event::Binary(bytes) => _ = connection.send_binary(&bytes, &mut output),
//!                 _ => {}
//!             }
//!         }
//!         while !output.is_empty() {                                         // 3
//!             stream.write_all(&output)?;
//!             output.clear();
//!             connection.flush_pong(&mut output);
//!         }
//!     }
//!     Ok(())
//! }
//! # struct Wire(io::Cursor<Vec<u8>>, Vec<u8>);
//! # impl Read for Wire { fn read(&mut self, to: &mut [u8]) -> io::Result<usize> { self.0.read(to) } }
//! # impl Write for Wire {
//! #     fn write(&mut self, from: &[u8]) -> io::Result<usize> { self.1.write(from) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # let mut wire = Wire(io::Cursor::new(b"\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x88\x80\0\0\0\0".to_vec()), Vec::new());
//! # echo(&mut wire, &mut Connection::server(Default::default()))?;
//! # assert_eq!(wire.1, b"\x81\x02hi\x8a\0\x88\0");
//! # Ok::<(), io::Error>(())
//! ```
//!
//! What each phase asks for is said at [`Phase`]; what changes in an event loop, with threads, with tasks, and with little memory, in
//! the [`guide`].
//!
//! # Two levels
//!
//! | | needs | gives |
//! |---|---|---|
//! | [`Decoder`], [`Encoder`] | `core` | frames: every rule about one frame and about their order; masking. No allocation, no copy |
//! | [`Connection`] | `alloc` | messages: whole or in parts, text that is text, pongs, the closing handshake, limits |
//!
//! A [`Connection`] is a [`Receiver`] and a [`Sender`], and can be [taken apart](Connection::into_halves) for two threads or tasks.
//!
//! # Why it is so
//!
//! - **Events borrow from the input and from nothing else.** So several can be held at once, and the connection may send while they
//!   are, which the usual shape, where they borrow from the connection, does not let compile. A message that came whole in one read
//!   is never copied; one that had to be put together is moved out to you. That is what the [`Cow`](std::borrow::Cow)s are for.
//! - **A failure is an event,** [`Event::Failed`], and not a `Result`: by then a Close for the peer is in the output, and `?` would
//!   leave before it is written. [`Decoder::decode`], which writes nothing, gives a `Result`.
//! - **The peer's faults and yours are different types**: [`ProtocolError`] has one variant for each clause, each with its close
//!   code; [`SendError`] is what you may not send, or not now.
//! - **An idle connection owns no buffer**, and takes 96 bytes. Memory grows with the bytes that have come, never with what a header
//!   claims: a message under way takes at most twice what has come of it, or 1 KiB more than has come.
//! - **What is wrong is refused at the first byte that is wrong**: a header at its first byte, its second, or its length; text at the
//!   first byte that cannot be there, in the middle of a frame too. How the bytes were cut on their way never makes a difference.
//! - **Messages still come after you have closed**, until the peer's Close does: it may have sent them before it knew (RFC 6455
//!   §5.5.1 forbids sending after a Close, not receiving). What comes after the peer's Close is thrown away unread.
//! - **No unsafe code**, and no panic that a peer or an argument can cause.
//!
//! # Limits
//!
//! Fields of [`Config`], all inclusive; over them the connection fails with the close code.
//!
//! | limit | unless set | code |
//! |---|--:|--:|
//! | [`max_frame_len`](Config::max_frame_len) | 16 MiB | 1009 |
//! | [`max_message_len`](Config::max_message_len) | 16 MiB | 1009 |
//! | [`max_fragments`](Config::max_fragments) | 131,072 | 1008 |
//! | [`max_empty_fragments`](Config::max_empty_fragments) in a row | 128 | 1008 |
//! | payload of a Close, Ping or Pong (§5.5) | 125 bytes | 1002 |
//! | answers to pings waiting in the output | 4 KiB, then the newest | |
//!
//! # Features
//!
//! None changes what is accepted or sent.
//!
//! | feature | default | |
//! |---|---|---|
//! | `std` | yes | what `deflate` and `random-keys` stand on; turns `alloc` on |
//! | `simd` | yes | validates UTF-8 with vector instructions, which it finds at run time (`ps-simdutf8`); on x86, x86-64 and ARM of 64 bits, elsewhere it changes nothing |
//! | `ascii` | no | validates ASCII of less than 64 bytes by the word, in a third of the time. The crate of this name compares its characters with `u8`: with it, `assert_eq!(bytes, [])` wants a type |
//! | `alloc` | by `std` | [`Connection`] and all about messages |
//! | `deflate` | no | `deflate`: permessage-deflate (RFC 7692), over `zlib-rs`; turns `std` on |
//! | `random-keys` | no | `keys::random`, a source of masking keys for clients; turns `std` on |
//!
//! The oldest compiler that will do is 1.88.
#![no_std]
#![expect(
    clippy::mut_mut,
    reason = "a slice that is lent and shrinks as it is read is a `&mut &mut [u8]`"
)]
#![cfg_attr(
    not(feature = "alloc"),
    expect(dead_code, reason = "the bounds on whole messages are for `Connection`")
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod chunk;
mod close;
#[cfg(feature = "alloc")]
mod connection;
mod decoder;
#[cfg(feature = "deflate")]
pub mod deflate;
mod encoder;
mod error;
#[cfg(feature = "alloc")]
pub mod guide;
mod header;
#[cfg(feature = "random-keys")]
pub mod keys;
mod mask;
mod opcode;
mod role;
mod rules;
mod utf8;

pub use chunk::Chunk;
pub use close::CloseCode;
#[cfg(feature = "alloc")]
pub use connection::{
    Close, Config, Connection, Eof, Event, Message, Part, PartialMessage, Phase, Prepared, Receiver, Reply,
    Sender,
};
pub use decoder::Decoder;
pub use encoder::{EncodedHeader, Encoder};
pub use error::{ProtocolError, SendError};
pub use header::Header;
pub use mask::Mask;
pub use opcode::Opcode;
pub use role::Role;
pub use utf8::{Checked, Utf8};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
