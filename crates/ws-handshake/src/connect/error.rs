//! Faults of an extended CONNECT.

use core::fmt;

use crate::headers::malformed::Malformed;
use crate::server::HandshakeError;

/// A request on a stream that does not open a WebSocket connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum ConnectRequestError {
    /// An ordinary request, not a CONNECT with `:protocol`. Answer it as HTTP; a CONNECT asks for a
    /// tunnel.
    NotExtended,
    /// The request is malformed (RFC 9113 §8.1.1, RFC 9114 §4.1.2): a stream error, and no answer.
    Malformed(Malformed),
    /// A `:protocol` other than `websocket` (RFC 9220 §3). 501.
    UnknownProtocol,
    /// A fault against a rule that holds over every version of HTTP.
    Handshake(HandshakeError),
}

impl ConnectRequestError {
    /// The status code of the answer. `None` for an ordinary request, and for a malformed one:
    /// reset its stream with [`H2_PROTOCOL_ERROR`](super::H2_PROTOCOL_ERROR) or
    /// [`H3_MESSAGE_ERROR`](super::H3_MESSAGE_ERROR).
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::NotExtended | Self::Malformed(_) => None,
            Self::UnknownProtocol => Some(501),
            // 426 has no meaning where there is no upgrade (RFC 9113 §8.6).
            Self::Handshake(HandshakeError::VersionUnsupported) => Some(400),
            Self::Handshake(error) => Some(error.status()),
        }
    }

    /// Names and values of the fields that the answer must have.
    #[must_use]
    pub const fn required_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Handshake(
                HandshakeError::VersionMissing
                | HandshakeError::VersionRepeated
                | HandshakeError::VersionSyntax
                | HandshakeError::VersionUnsupported,
            ) => &[("sec-websocket-version", "13")],
            _ => &[],
        }
    }
}

impl fmt::Display for ConnectRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotExtended => f.write_str("the request is not an extended CONNECT"),
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::UnknownProtocol => f.write_str("the protocol is not websocket"),
            Self::Handshake(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ConnectRequestError {}

impl From<HandshakeError> for ConnectRequestError {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(error)
    }
}

impl From<Malformed> for ConnectRequestError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
