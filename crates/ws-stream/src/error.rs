//! Errors.

use std::{fmt, io};

use ws_frame::{CloseCode, ProtocolError, SendError};
use ws_handshake::{FieldError, HandshakeError, UrlError};

use crate::Refusal;

/// The ways in which a connection, its opening included, can end badly.
///
/// A driver with a clock, a resolver or TLS reports through the same type:
/// [`Timeout`](Self::Timeout) and [`Opening`](Self::Opening).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The byte stream failed.
    Io(io::Error),
    /// The peer ended the byte stream without a Close frame (RFC 6455 §7.1.5).
    Vanished,
    /// The peer broke a rule of the protocol or exceeded a limit. A Close frame with
    /// [`close_code`](Self::close_code) was queued.
    Protocol(ProtocolError),
    /// A shared limit of [`Bounds`](crate::Bounds) is exhausted.
    Overloaded,
    /// A timeout passed. Reported by drivers that have a clock.
    Timeout(Timeout),
    /// Nothing more can be sent: a Close frame has been sent, or the connection has ended.
    Closed,
    /// RFC 6455 does not allow this to be sent, or not now. The connection stays as it was.
    Send(SendError),
    /// The client's request does not open a WebSocket connection. It has been answered.
    Request(HandshakeError),
    /// The server did not open a WebSocket connection.
    Refused(Box<Refusal>),
    /// A header or subprotocol that the caller gave is not well-formed. Nothing was sent.
    Field(FieldError),
    /// The URL is not a WebSocket URL.
    Url(UrlError),
    /// The URL is `wss`, and the stream was not said to be encrypted.
    Insecure,
    /// The system has no randomness for masking keys.
    Randomness,
    /// A stage of opening the connection failed. Reported by drivers that resolve, connect and
    /// encrypt.
    Opening {
        /// The stage that failed.
        stage: Stage,
        /// The error of that stage.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The stages of opening a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Finding the addresses of a host name.
    Resolve,
    /// Connecting to an address.
    Connect,
    /// Asking a proxy for the connection.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The opening handshake of RFC 6455 §4.
    Handshake,
}

/// The timeouts of drivers that have a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timeout {
    /// A stage of the opening took too long.
    Opening(Stage),
    /// Nothing was received or sent for too long.
    Idle,
    /// A Ping was not answered.
    Pong,
    /// Nothing could be written for too long.
    Write,
    /// A message began and its end did not arrive.
    Message,
    /// The closing handshake did not complete.
    Close,
}

impl Error {
    /// The close code that belongs to this end of the connection: the one that was sent to the
    /// peer, or 1006 where nothing was.
    #[must_use]
    pub fn close_code(&self) -> u16 {
        match self {
            Self::Protocol(error) => error.close_code().get(),
            Self::Overloaded => CloseCode::TRY_AGAIN_LATER.get(),
            _ => CloseCode::ABNORMAL,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Vanished => f.write_str("the peer ended the connection without a Close frame"),
            Self::Protocol(error) => error.fmt(f),
            Self::Overloaded => f.write_str("a limit that all connections share is exhausted"),
            Self::Timeout(timeout) => timeout.fmt(f),
            Self::Closed => f.write_str("the connection is closed for sending"),
            Self::Send(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Field(error) => error.fmt(f),
            Self::Url(error) => error.fmt(f),
            Self::Insecure => {
                f.write_str("the URL is wss and the stream is not said to be encrypted")
            }
            Self::Randomness => f.write_str("the system has no randomness for masking keys"),
            // The alternate form of a driver's error may leave out the stage, which is named here.
            Self::Opening { stage, source } => write!(f, "{stage}: {source:#}"),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolving the host name",
            Self::Connect => "connecting",
            Self::Proxy => "connecting through the proxy",
            Self::Tls => "the TLS handshake",
            Self::Handshake => "the opening handshake",
        })
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opening(stage) => write!(f, "{stage} timed out"),
            Self::Idle => f.write_str("idle timeout"),
            Self::Pong => f.write_str("pong timeout: a ping was not answered"),
            Self::Write => f.write_str("write timeout: the peer does not read"),
            Self::Message => f.write_str("message timeout: the rest of a message did not arrive"),
            Self::Close => f.write_str("close timeout: the closing handshake did not complete"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Opening { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

impl std::error::Error for Timeout {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Closed => Self::Closed,
            error => Self::Send(error),
        }
    }
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        Self::Request(error)
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<UrlError> for Error {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<Timeout> for Error {
    fn from(timeout: Timeout) -> Self {
        Self::Timeout(timeout)
    }
}

/// For programs whose functions return `io::Result`.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Io(error) => return error,
            Error::Vanished => io::ErrorKind::UnexpectedEof,
            Error::Timeout(_) => io::ErrorKind::TimedOut,
            Error::Closed => io::ErrorKind::BrokenPipe,
            Error::Protocol(_) => io::ErrorKind::InvalidData,
            Error::Send(_) | Error::Field(_) | Error::Url(_) | Error::Insecure => {
                io::ErrorKind::InvalidInput
            }
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
