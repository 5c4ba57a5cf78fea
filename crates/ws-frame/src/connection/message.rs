//! Whole messages.

use crate::{Opcode, utf8};

/// A whole message, borrowed: to be sent, or received.
///
/// ```
/// use ws_frame::Message;
///
/// assert_eq!(Message::from("hi"), Message::Text("hi"));
/// assert_eq!(Message::Text("hi").payload(), b"hi");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 6455 §5.6 has two kinds of messages"
)]
pub enum Message<'a> {
    /// Text, which is UTF-8.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

/// A partially received message, from
/// [`Connection::partial_message`](crate::Connection::partial_message).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartialMessage {
    /// Payload bytes received, compressed as they came.
    pub received: u64,
    /// Memory held for the message, in bytes: its payload, and for a compressed message the bytes
    /// that are not inflated yet and a shared decompressor. The connection frees it when the
    /// message ends. A message that is not compressed holds at most four times
    /// [`received`](Self::received) plus 4 KiB, unless the driver reserves more.
    pub held: usize,
}

impl<'a> Message<'a> {
    /// The payload as it is sent.
    #[must_use]
    #[inline]
    pub const fn payload(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(payload) => payload,
        }
    }

    /// The message of which `payload` is all. `None` if it is text, and not UTF-8.
    pub(super) fn of(opcode: Opcode, payload: &'a [u8]) -> Option<Self> {
        match opcode {
            Opcode::Text => utf8::from_utf8(payload).map(Self::Text),
            _ => Some(Self::Binary(payload)),
        }
    }

    #[inline]
    pub(super) const fn opcode(self) -> Opcode {
        match self {
            Self::Text(_) => Opcode::Text,
            Self::Binary(_) => Opcode::Binary,
        }
    }
}

impl<'a> From<&'a str> for Message<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(payload: &'a [u8]) -> Self {
        Self::Binary(payload)
    }
}
