use alloc::borrow::Cow;

use super::Reply;
use crate::{CloseCode, ProtocolError};

/// What came from the peer. Borrows from the input it was read from and from nothing else: several can be held at once, and the
/// connection may send while they are held.
///
/// A payload that came whole in one input is borrowed from it; one that had to be put together is moved out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'b> {
    /// A text message (RFC 6455 §5.6).
    Text(Cow<'b, str>),
    /// A binary message (§5.6).
    Binary(Cow<'b, [u8]>),
    /// The next part of a text message, in whole characters. Only with [`Config::streaming`](crate::Config::streaming).
    TextPart(Part<Cow<'b, str>>),
    /// The next part of a binary message. Only with [`Config::streaming`](crate::Config::streaming).
    BinaryPart(Part<Cow<'b, [u8]>>),
    /// A Ping (§5.5.2). Unless [`Config::auto_pong`](crate::Config::auto_pong) is off, it has been answered, or will be.
    Ping(Cow<'b, [u8]>),
    /// A Pong, asked for or not (§5.5.3).
    Pong(Cow<'b, [u8]>),
    /// The peer's Close (§5.5.1), answered if ours had not been sent. Nothing more comes. `None` when it gives no code: report that as
    /// [`CloseCode::NO_STATUS`] where a number is wanted.
    Close(Option<Close<'b>>),
    /// The peer broke a rule. Our Close has been written; nothing more comes.
    Failed(ProtocolError),
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part<T> {
    /// Some of the message's payload: what one input held of it. Empty only in the last part.
    pub data: T,
    /// Whether the message begins with this part.
    pub first: bool,
    /// Whether the message ends with this part.
    pub last: bool,
}

impl<T> Part<T> {
    /// The only part of its message.
    pub(super) const fn whole(data: T) -> Self {
        Self {
            data,
            first: true,
            last: true,
        }
    }
}

/// What a Close says (§5.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close<'b> {
    /// Why the peer closes.
    pub code: CloseCode,
    /// Words for a log, chosen by the peer: at most 123 bytes, and not fit to be shown to people or terminals as they are.
    pub reason: Cow<'b, str>,
}

impl Event<'_> {
    /// The answer that RFC 6455 demands: a Pong for a Ping (§5.5.2), a Close for a Close (§5.5.1) and for a failure (§7.1.7).
    ///
    /// [`Connection`](crate::Connection) sends it by itself. With halves, hand it to [`Sender::reply`](crate::Sender::reply).
    #[must_use]
    #[inline]
    pub fn reply(&self) -> Option<Reply> {
        match self {
            Self::Ping(payload) => Some(Reply::pong(payload)),
            Self::Close(close) => Some(Reply::close(close.as_ref().map(|close| close.code))),
            Self::Failed(error) => Some(Reply::close(Some(error.close_code()))),
            _ => None,
        }
    }
}
