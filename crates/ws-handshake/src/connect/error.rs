//! What can be wrong with an extended CONNECT.

use core::fmt;

use crate::error::HandshakeError;

/// A request on a stream that does not open a WebSocket connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum ConnectError {
    /// Not CONNECT with `:protocol`: an ordinary request, for those who answer such.
    NotExtended,
    /// The request is malformed (RFC 9113 §8.1.1, RFC 9114 §4.1.2): a stream error, and no answer.
    Malformed(Malformed),
    /// A `:protocol` other than `websocket` (RFC 9220 §3). 501.
    UnknownProtocol,
    /// A rule of the handshake is broken that holds over every version of HTTP.
    Handshake(HandshakeError),
}

impl ConnectError {
    /// The status code of the answer. `None` when there is no answer: a malformed request's stream is reset, with
    /// [`H2_PROTOCOL_ERROR`](super::H2_PROTOCOL_ERROR) or [`H3_MESSAGE_ERROR`](super::H3_MESSAGE_ERROR), and an ordinary request
    /// is not for this crate to answer.
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

    /// The fields, as name and value, that the answer must carry.
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

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotExtended => f.write_str("the request is no extended CONNECT"),
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::UnknownProtocol => f.write_str("the protocol is not websocket"),
            Self::Handshake(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ConnectError {}

impl From<HandshakeError> for ConnectError {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(error)
    }
}

impl From<Malformed> for ConnectError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Why a header list is malformed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Malformed {
    /// A pseudo-field is unknown, repeated, behind other fields, or `:protocol` comes without CONNECT (RFC 9113 §8.3, RFC
    /// 8441 §4).
    PseudoField,
    /// `:scheme`, `:path` or `:authority` is missing (RFC 8441 §4).
    PseudoFieldMissing,
    /// `:scheme` is neither `http` nor `https` (RFC 8441 §5).
    Scheme,
    /// `:path` is not a path (RFC 9113 §8.3.1).
    Path,
    /// `:authority` is not a host with an optional port, or `Host` names another (RFC 9113 §8.3.1).
    Authority,
    /// A name that is not a token in lower case (RFC 9113 §8.2.1).
    FieldName,
    /// A control character in a value, or white space at its ends (RFC 9113 §8.2.1).
    FieldValue,
    /// A field of the connection, such as `Connection` or `Upgrade` (RFC 9113 §8.2.2).
    ConnectionField,
    /// A `Content-Length`: CONNECT has no content (RFC 9110 §9.3.6).
    ContentLength,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PseudoField => "a pseudo-field is out of place",
            Self::PseudoFieldMissing => "a pseudo-field is missing",
            Self::Scheme => "the scheme is neither http nor https",
            Self::Path => "the path is not valid",
            Self::Authority => "the authority is not valid",
            Self::FieldName => "the name of a field is not a token in lower case",
            Self::FieldValue => "the value of a field is not valid",
            Self::ConnectionField => "there is a field of the connection",
            Self::ContentLength => "there is a Content-Length",
        })
    }
}

impl core::error::Error for Malformed {}
