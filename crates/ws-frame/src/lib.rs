//! WebSocket framing (RFC 6455) as state machines that do no I/O.
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

mod close;
#[cfg(feature = "alloc")]
mod connection;
mod decoder;
#[cfg(feature = "deflate")]
pub mod deflate;
mod encoder;
mod error;
mod header;
#[cfg(feature = "random-keys")]
pub mod keys;
mod mask;
mod opcode;
mod role;
mod rules;
mod utf8;

pub use close::CloseCode;
#[cfg(feature = "alloc")]
pub use connection::{
    Close, Config, Connection, Eof, Event, Message, Part, Phase, Prepared, Receiver, Reply, Sender,
};
pub use decoder::{Chunk, Decoder};
pub use encoder::{EncodedHeader, Encoder};
pub use error::{ProtocolError, SendError};
pub use header::Header;
pub use mask::Mask;
pub use opcode::Opcode;
pub use role::Role;
pub use utf8::{Checked, Utf8};
