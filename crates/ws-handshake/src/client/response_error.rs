//! Faults of a server's answer.

use core::fmt;

use crate::headers::malformed::Malformed;
use crate::http1::error::HeadError;

/// A fault of an answer that does not open the connection. The client closes it (RFC 6455 §4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum ResponseError {
    /// The bytes are no head of HTTP/1.1.
    Head(HeadError),
    /// The header list of an answer over HTTP/2 or HTTP/3 is malformed: a stream error (RFC 9113
    /// §8.1.1).
    Malformed(Malformed),
    /// A status other than 101. The [`ServerResponse`](crate::ServerResponse) has its fields. The
    /// caller decides whether to follow a redirect; browsers do not (RFC 6455 §4.1).
    Status(u16),
    /// No `Upgrade`, or one to anything but `websocket` alone (RFC 6455 §4.1).
    Upgrade,
    /// No `Connection` option `upgrade` (RFC 6455 §4.1).
    Connection,
    /// No `Sec-WebSocket-Accept`, or more than one (RFC 6455 §4.1, §11.3.3).
    AcceptCount,
    /// `Sec-WebSocket-Accept` does not answer the key that was sent (RFC 6455 §4.1).
    AcceptValue,
    /// `Sec-WebSocket-Extensions` breaks the grammar of RFC 6455 §9.1.
    ExtensionSyntax,
    /// An extension that was not offered, comes twice, or has parameters that do not answer the
    /// offer (RFC 6455 §4.1, RFC 7692 §7.1).
    Extension,
    /// A subprotocol that was not offered, or more than one (RFC 6455 §4.1).
    Protocol,
    /// No subprotocol, though one was
    /// [required](crate::ClientRequest::require_protocol).
    ProtocolMissing,
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head(error) => error.message(),
            Self::Malformed(malformed) => malformed.message(),
            Self::Status(status) => return write!(f, "the server answered with status {status}"),
            Self::Upgrade => "the answer does not upgrade to websocket",
            Self::Connection => "the Connection field has no option upgrade",
            Self::AcceptCount => "there is not exactly one Sec-WebSocket-Accept field",
            Self::AcceptValue => "the Sec-WebSocket-Accept does not answer the key",
            Self::ExtensionSyntax => {
                "the Sec-WebSocket-Extensions field is not a list of extensions"
            }
            Self::Extension => "an extension does not answer an offer",
            Self::Protocol => "the subprotocol was not offered",
            Self::ProtocolMissing => "none of the offered subprotocols was taken",
        })
    }
}

impl core::error::Error for ResponseError {}

impl From<HeadError> for ResponseError {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl From<Malformed> for ResponseError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
