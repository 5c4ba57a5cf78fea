//! Received messages.

use ws_frame::{Close, Event, Part};

/// A message from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// A text message (RFC 6455 §5.6).
    Text(String),
    /// A binary message (§5.6).
    Binary(Vec<u8>),
    /// A Ping (§5.5.2), which has been answered unless
    /// [`Config::auto_pong`](crate::Config::auto_pong) is off.
    Ping(Vec<u8>),
    /// A Pong (§5.5.3).
    Pong(Vec<u8>),
    /// The peer's Close (§5.5.1). Nothing more comes. `None` if it has no close code.
    Close(Option<Close<'static>>),
    /// The next part of a text message. Only with [`Config::streaming`](crate::Config::streaming).
    TextPart(Part<String>),
    /// The next part of a binary message. Only with
    /// [`Config::streaming`](crate::Config::streaming).
    BinaryPart(Part<Vec<u8>>),
}

impl Message {
    /// Returns whether this is a text or binary message, and not a control frame or a part of a
    /// message.
    #[must_use]
    pub const fn is_data(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }

    /// The text, if this is a text message.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, if this is a text message.
    #[must_use]
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a text or binary message, Ping, Pong or part; nothing for a Close.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        match self {
            Self::Text(text) | Self::TextPart(Part { data: text, .. }) => text.as_bytes(),
            Self::Binary(bytes)
            | Self::Ping(bytes)
            | Self::Pong(bytes)
            | Self::BinaryPart(Part { data: bytes, .. }) => bytes,
            Self::Close(_) => &[],
        }
    }
}

impl Message {
    /// Returns `None` for a failure, which is an error.
    #[inline]
    pub(crate) fn of(event: Event<'_>) -> Option<Self> {
        Some(match event {
            Event::Text(text) => Self::Text(text.into_owned()),
            Event::Binary(bytes) => Self::Binary(bytes.into_owned()),
            Event::Ping(payload) => Self::Ping(payload.into_owned()),
            Event::Pong(payload) => Self::Pong(payload.into_owned()),
            Event::Close(close) => Self::Close(close.map(Close::into_owned)),
            Event::TextPart(part) => {
                Self::TextPart(Part::new(part.data.into_owned(), part.first, part.last))
            }
            Event::BinaryPart(part) => {
                Self::BinaryPart(Part::new(part.data.into_owned(), part.first, part.last))
            }
            _ => return None,
        })
    }
}
