//! What the program asked for and could not have.

use core::fmt;

use ws_handshake::FieldError;

/// Why a call about one connection did nothing. Nothing was queued, and everything stands as it did.
///
/// None of these is a fault of the server's, and none ends its loop: a peer may be gone at any moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// There is no such connection any more. Its [`Event::Closed`](crate::Event::Closed) has come, or comes with the next
    /// events.
    Unknown,
    /// Its request has not been answered yet, or its Close has been sent.
    NotOpen,
    /// Its request has been answered already.
    Answered,
    /// Too much is queued, for this peer or for all together. [`Event::Writable`](crate::Event::Writable) comes when there is room
    /// again.
    Full,
    /// The message is longer than [`Config::bound`](crate::Config::bound): it can never be queued.
    TooLong,
    /// The topic's name is too long, or there are too many topics, or too many of this connection's.
    Topic,
    /// A field of the answer may not be set, or not so.
    Field(FieldError),
    /// The frame may not be sent, or not now.
    Frame(ws_frame::SendError),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such connection any more"),
            Self::NotOpen => f.write_str("the connection is not open for messages"),
            Self::Answered => f.write_str("the request has been answered already"),
            Self::Full => f.write_str("too much is queued"),
            Self::TooLong => f.write_str("the message is longer than what may be queued"),
            Self::Topic => f.write_str("the topic is over a limit"),
            Self::Field(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SendError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Field(error) => Some(error),
            Self::Frame(error) => Some(error),
            _ => None,
        }
    }
}

impl From<FieldError> for SendError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<ws_frame::SendError> for SendError {
    fn from(error: ws_frame::SendError) -> Self {
        match error {
            ws_frame::SendError::Closed => Self::NotOpen,
            other => Self::Frame(other),
        }
    }
}
