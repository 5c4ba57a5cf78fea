//! Errors of calls about one connection.

use core::fmt;

use ws_handshake::FieldError;

/// The error of a call that sends something. Nothing was queued, and the connection is unchanged.
///
/// A connection can end between an event and the call: most programs ignore
/// [`Unknown`](Self::Unknown), and handle [`Event::Closed`](crate::Event::Closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The connection has ended. Its [`Event::Closed`](crate::Event::Closed) has come, or comes
    /// next.
    Unknown,
    /// The request has not been answered, or a Close has been sent.
    NotOpen,
    /// Too much is queued, for this connection or for all together.
    /// [`Event::Writable`](crate::Event::Writable) comes when there is room.
    Full,
    /// The message exceeds [`Config::max_queued`](crate::Config::max_queued): it can never be
    /// queued.
    TooLong,
    /// The frame may not be sent, or not now.
    Frame(ws_frame::SendError),
}

/// The error of a call that changes a connection. The connection is unchanged.
///
/// A connection can end between an event and the call: most programs ignore
/// [`Unknown`](Self::Unknown), and handle [`Event::Closed`](crate::Event::Closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The connection has ended. Its [`Event::Closed`](crate::Event::Closed) has come, or comes
    /// next.
    Unknown,
    /// The request has not been answered, or a Close has been sent; or the request is plain HTTP.
    NotOpen,
    /// The request has been answered before.
    Answered,
    /// The answer exceeds [`Config::max_queued_total`](crate::Config::max_queued_total) together
    /// with the queued bytes.
    Full,
    /// The answer exceeds [`Config::max_queued`](crate::Config::max_queued).
    TooLong,
    /// The topic exceeds [`Config::max_topics`](crate::Config::max_topics),
    /// [`max_topic_len`](crate::Config::max_topic_len) or
    /// [`max_subscriptions`](crate::Config::max_subscriptions).
    Topic,
    /// A field of the answer may not be sent.
    Field(FieldError),
}

/// Why a connection is not open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unopened {
    Ended,
    Undecided,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the connection has ended"),
            Self::NotOpen => f.write_str("the connection is not open for messages"),
            Self::Full => f.write_str("too much is queued"),
            Self::TooLong => f.write_str("the message exceeds max_queued"),
            Self::Frame(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the connection has ended"),
            Self::NotOpen => f.write_str("the connection is not open for messages"),
            Self::Answered => f.write_str("the request has been answered before"),
            Self::Full => f.write_str("too much is queued"),
            Self::TooLong => f.write_str("the answer exceeds max_queued"),
            Self::Topic => f.write_str("the topic exceeds a limit"),
            Self::Field(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SendError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Frame(error) => Some(error),
            _ => None,
        }
    }
}

impl core::error::Error for ConnectionError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Field(error) => Some(error),
            _ => None,
        }
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

impl From<Unopened> for SendError {
    fn from(reason: Unopened) -> Self {
        match reason {
            Unopened::Ended => Self::Unknown,
            Unopened::Undecided => Self::NotOpen,
        }
    }
}

impl From<Unopened> for ConnectionError {
    fn from(reason: Unopened) -> Self {
        match reason {
            Unopened::Ended => Self::Unknown,
            Unopened::Undecided => Self::NotOpen,
        }
    }
}

impl From<FieldError> for ConnectionError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}
