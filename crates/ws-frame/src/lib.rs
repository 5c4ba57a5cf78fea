//! WebSocket framing (RFC 6455) as state machines that do no I/O.
//!
//! The caller owns the bytes, this crate owns the state. Bytes from the peer go in from memory that
//! the caller lends, a slice or a [`ReadBuffer`]; events come out and borrow from that memory;
//! bytes for the peer are appended to a buffer of the caller. Sockets, TLS, threads, runtimes,
//! clocks and random numbers stay with the caller, so the same [`Connection`] runs over a blocking
//! socket, an event loop, an async runtime, or a test.
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
//! A connection starts where the opening handshake has ended. This crate does not contain the
//! handshake.
//!
//! # The drive loop
//!
//! Every driver of a connection repeats these steps in this order:
//!
//! 1. **Read** bytes from the peer into the space of a [`ReadBuffer`]. If the stream has ended,
//!    call [`Connection::receive_eof`].
//! 2. **Receive** what is unread with [`Connection::receive_from`] until it returns `None`, even if
//!    nothing was read. Send messages meanwhile as needed.
//! 3. **Write** the output. When all of it is written, call [`Connection::flush_pong`]: it may
//!    append one more reply.
//! 4. **Check** [`Connection::phase`] and act on it.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use ws_frame::{Connection, Event, Phase, ReadBuffer};
//!
//! fn echo(stream: &mut (impl Read + Write), connection: &mut Connection) -> io::Result<()> {
//!     let mut buffer = ReadBuffer::new();
//!     let mut output = Vec::new();
//!     while connection.phase() != Phase::Closed {                                      // 4
//!         let len = stream.read(buffer.space())?;                                      // 1
//!         if len == 0 {
//!             connection.receive_eof();
//!         }
//!         let mut unread = buffer.filled(len);
//!         while let Some(event) = connection.receive_from(&mut unread, &mut output) {  // 2
//!             // An error means that the connection is closed for sending.
//!             // `phase` reports that, too.
//!             match event {
//!                 Event::Text(text) => _ = connection.send_text(&text, &mut output),
//!                 Event::Binary(bytes) => _ = connection.send_binary(&bytes, &mut output),
//!                 _ => {}
//!             }
//!         }
//!         while !output.is_empty() {                                                   // 3
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
//! # let bytes = b"\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x88\x80\0\0\0\0".to_vec();
//! # let mut wire = Wire(io::Cursor::new(bytes), Vec::new());
//! # echo(&mut wire, &mut Connection::server(Default::default()))?;
//! # assert_eq!(wire.1, b"\x81\x02hi\x8a\0\x88\0");
//! # Ok::<(), io::Error>(())
//! ```
//!
//! A driver may also lend any slice to [`Connection::receive`], which takes all of it, and
//! assembles a message that the slice cuts in memory of its own: one copy and one allocation more.
//!
//! [`Phase`] describes each phase. The [`guide`] describes event loops, threads, tasks, and
//! programs with little memory.
//!
//! # Two levels
//!
//! | | needs | provides |
//! |---|---|---|
//! | [`Decoder`], [`Encoder`] | `core` | frames: every rule about one frame and about their order; masking. No allocation, no copy |
//! | [`Connection`] | `alloc` | messages, whole or in parts; UTF-8; Pongs; the closing handshake; limits |
//!
//! A [`Connection`] is a [`Receiver`] and a [`Sender`]. [`Connection::into_halves`] splits it for
//! two threads or tasks.
//!
//! # Design
//!
//! - **Events borrow from the input and from nothing else.** Several can be held at once, and the
//!   connection may send while they are held. A message that is whole in the input is never copied
//!   out of it; an assembled message is moved out. Hence the [`Cow`](std::borrow::Cow)s.
//! - **A failure is an event,** [`Event::Failed`], not a `Result`: the Close for the peer is then
//!   in the output, and `?` would return before it is written. [`Decoder::decode`], which writes
//!   nothing, returns a `Result`.
//! - **Faults of the peer and of the caller are different types**: [`ProtocolError`] has a variant
//!   for each clause, with its close code; [`SendError`] is what the caller may not send, or not
//!   now.
//! - **An idle connection owns no buffer** and takes 96 bytes. Memory grows with the bytes
//!   received, never with a claimed length: a message under way takes at most four times the bytes
//!   received plus 4 KiB, or plus the first length of a [`ReadBuffer`].
//! - **A fault is refused at the first wrong byte**: a header at its first byte, its second, or its
//!   length; text at the first byte that cannot be there, even inside a frame. The cuts between
//!   reads make no difference. The one exception is a text of 512 bytes and more that waits in a
//!   [`ReadBuffer`]: it is checked when it is whole.
//! - **Messages still come after this end has closed**, until the peer's Close does: the peer may
//!   have sent them before it knew (RFC 6455 §5.5.1 forbids sending after a Close, not receiving).
//!   All input after the peer's Close is discarded.
//! - **No unsafe code**, and no panic that a peer or an argument can cause.
//!
//! # Limits
//!
//! [`Config`] limits are inclusive. Exceeding one fails the connection with this close code:
//!
//! | limit | default | code |
//! |---|--:|--:|
//! | [`max_frame_len`](Config::max_frame_len) | 16 MiB | 1009 |
//! | [`max_message_len`](Config::max_message_len) | 16 MiB | 1009 |
//! | [`max_fragments`](Config::max_fragments) | 131,072 | 1008 |
//! | [`max_empty_fragments`](Config::max_empty_fragments) in a row | 128 | 1008 |
//! | payload of a Close, Ping or Pong (§5.5) | 125 bytes | 1002 |
//! | final blocks inside a compressed message | 4, and one for each 16 compressed bytes | 1008 |
//! | Pongs waiting in the output | 4 KiB, then only the newest | |
//!
//! # Guides
//!
//! [The guides](../ws_guide/index.html) have a page for each task: which crate, authentication
//! before the upgrade, the client's address behind a proxy, TLS, overload, tests, deployment. They
//! are in the repository: `cargo doc --open -p ws-guide`.
//!
//! # Features
//!
//! Features never change what is accepted or sent.
//!
//! | feature | default | |
//! |---|---|---|
//! | `std` | yes | the base of `deflate` and `random-keys`; enables `alloc` |
//! | `wide` | yes | Masking with the widest vectors of the processor, found at run time (`fearless_simd`), on x86 and x86-64; no effect elsewhere; needs `std` |
//! | `simd` | yes | UTF-8 validation with vector instructions, found at run time (`ps-simdutf8`), on x86, x86-64 and ARM of 64 bits; no effect elsewhere |
//! | `ascii` | no | validation of ASCII under 64 bytes by the word, in a third of the time. With the crate of this name, `assert_eq!(bytes, [])` needs a type annotation |
//! | `alloc` | by `std` | [`Connection`] and everything about messages |
//! | `deflate` | no | `deflate`: permessage-deflate (RFC 7692), with `zlib-rs`; enables `std` |
//! | `random-keys` | no | `keys::random`, a source of masking keys for clients; enables `std` |
//!
//! MSRV: Rust 1.88.

// Links from one crate to another hold in whatever order their documentation is built.
#![doc(html_root_url = "..")]
#![no_std]
#![expect(
    clippy::mut_mut,
    reason = "a lent slice that shrinks as it is read is a `&mut &mut [u8]`"
)]
#![cfg_attr(
    not(feature = "alloc"),
    expect(
        dead_code,
        reason = "the limits on whole messages are for `Connection`"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod chunk;
mod close_code;
#[cfg(feature = "alloc")]
mod connection;
#[cfg(feature = "alloc")]
mod copy;
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
mod wire;

pub use chunk::Chunk;
pub use close_code::CloseCode;
#[cfg(feature = "alloc")]
pub use connection::{
    Close, Config, Connection, Eof, Event, Message, Part, PartialMessage, Phase, Prepared,
    ReadBuffer, Receiver, Reply, Sender, Unread,
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
