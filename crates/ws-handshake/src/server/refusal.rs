//! Faults of a request, and the answer to each: 400, 403, 426 and the like.

use core::fmt;

use crate::http1::error::HeadError;

/// A fault of a request that does not open a WebSocket connection.
///
/// Each variant is one rule that the client broke. It knows its answer: [`status`](Self::status)
/// and [`required_fields`](Self::required_fields). `Response::from(error)` is that answer, ready to
/// encode.
///
/// The order of the checks is fixed, so a request with several faults always gets the same answer:
/// size, request line, field syntax, HTTP version, method, target, `Host`, body framing, `Upgrade`,
/// `Connection`, version, key, extensions, subprotocols, origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The bytes are no head of HTTP/1.1.
    Head(HeadError),
    /// An opening handshake is a GET (RFC 6455 §4.2.1). 405.
    Method,
    /// The same for a HEAD, whose answer has no body (RFC 9110 §9.3.2). 405.
    MethodHead,
    /// Only GET and HEAD are answered outside the handshake
    /// ([`Request::plain`](crate::Request::plain)). 405.
    PlainMethod,
    /// Neither origin-form nor an absolute `http`, `https`, `ws` or `wss` URI, or with a fragment
    /// (RFC 9112 §3.2, RFC 6455 §3). 400.
    Target,
    /// RFC 9112 §3.2. 400.
    HostMissing,
    /// RFC 9112 §3.2. 400.
    HostRepeated,
    /// RFC 9110 §7.2. 400.
    HostSyntax,
    /// A handshake has no body (RFC 9112 §6.1). 400.
    TransferEncoding,
    /// Repeated, or not a number (RFC 9112 §6.3). 400.
    ContentLength,
    /// A `Content-Length` above zero: a handshake has no body. 400.
    Body,
    /// An `Expect` other than `100-continue` (RFC 9110 §10.1.1). 417.
    Expectation,
    /// No `Upgrade` to `websocket` (RFC 6455 §4.2.1). 426.
    Upgrade,
    /// No `Connection` option `upgrade` (RFC 6455 §4.2.1). 400.
    Connection,
    /// No `Sec-WebSocket-Version` (RFC 6455 §4.2.1). 400.
    VersionMissing,
    /// More than one `Sec-WebSocket-Version` (RFC 6455 §11.3.5). 400.
    VersionRepeated,
    /// `Sec-WebSocket-Version` is not a number from 0 to 255 (RFC 6455 §4.3). 400.
    VersionSyntax,
    /// A version of the protocol other than 13 (RFC 6455 §4.4). 426.
    VersionUnsupported,
    /// No `Sec-WebSocket-Key` (RFC 6455 §4.2.1). 400.
    KeyMissing,
    /// More than one `Sec-WebSocket-Key` (RFC 6455 §11.3.1). 400.
    KeyRepeated,
    /// `Sec-WebSocket-Key` is not the base64 of 16 bytes (RFC 6455 §4.2.1). 400.
    KeySyntax,
    /// `Sec-WebSocket-Extensions` breaks the grammar of RFC 6455 §9.1. 400.
    ExtensionSyntax,
    /// `Sec-WebSocket-Protocol` is not a list of tokens (RFC 6455 §4.1). 400.
    ProtocolSyntax,
    /// The same subprotocol is offered twice (RFC 6455 §4.1). 400.
    ProtocolRepeated,
    /// More than [`MAX_PROTOCOLS`](crate::MAX_PROTOCOLS) subprotocols are offered. 431.
    TooManyProtocols,
    /// More than one `Origin` (RFC 6454 §7.3). 400.
    OriginRepeated,
    /// The server's [`OriginPolicy`](crate::OriginPolicy) does not allow this origin (RFC 6455
    /// §10.2). 403.
    OriginRefused,
    /// The server's [`OriginPolicy`](crate::OriginPolicy) does not list this `Host`. 403.
    HostRefused,
    /// The head did not come completely in time. Servers answer with this; no check of this crate
    /// gives it. 408.
    Timeout,
    /// The server has no room for the connection, or its program did not decide in time. Servers
    /// answer with this; no check of this crate gives it. 503.
    Unavailable,
}

impl HandshakeError {
    /// The status code of the answer.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Head(error) => error.status(),
            Self::Method | Self::MethodHead | Self::PlainMethod => 405,
            Self::OriginRefused | Self::HostRefused => 403,
            Self::Timeout => 408,
            Self::Expectation => 417,
            Self::Upgrade | Self::VersionUnsupported => 426,
            Self::TooManyProtocols => 431,
            Self::Unavailable => 503,
            Self::Target
            | Self::HostMissing
            | Self::HostRepeated
            | Self::HostSyntax
            | Self::TransferEncoding
            | Self::ContentLength
            | Self::Body
            | Self::Connection
            | Self::VersionMissing
            | Self::VersionRepeated
            | Self::VersionSyntax
            | Self::KeyMissing
            | Self::KeyRepeated
            | Self::KeySyntax
            | Self::ExtensionSyntax
            | Self::ProtocolSyntax
            | Self::ProtocolRepeated
            | Self::OriginRepeated => 400,
        }
    }

    /// Names and values of the fields that the answer must have, beside those of every answer.
    ///
    /// A 426 also has `upgrade` among its `Connection` options, which [`Response`](crate::Response)
    /// writes.
    #[must_use]
    pub const fn required_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Method | Self::MethodHead => &[("Allow", "GET")],
            Self::PlainMethod => &[("Allow", "GET, HEAD")],
            Self::Upgrade | Self::VersionUnsupported => UPGRADE_REQUIRED,
            Self::VersionMissing | Self::VersionRepeated | Self::VersionSyntax => &[VERSION],
            _ => &[],
        }
    }

    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Head(error) => error.message(),
            Self::Method => "the opening handshake is not a GET request",
            Self::MethodHead => "the opening handshake is a HEAD request instead of GET",
            Self::PlainMethod => "the method is neither GET nor HEAD",
            Self::Target => {
                "the request target is neither a path nor an absolute URI of http, https, ws or wss"
            }
            Self::HostMissing => "there is no Host field",
            Self::HostRepeated => "there is more than one Host field",
            Self::HostSyntax => "the Host field is not a host with an optional port",
            Self::TransferEncoding => "the request has a Transfer-Encoding",
            Self::ContentLength => "the Content-Length is not one number",
            Self::Body => "the request has a body",
            Self::Expectation => "the Expect field is not 100-continue",
            Self::Upgrade => "the request does not upgrade to websocket",
            Self::Connection => "the Connection field has no option upgrade",
            Self::VersionMissing => "there is no Sec-WebSocket-Version field",
            Self::VersionRepeated => "there is more than one Sec-WebSocket-Version field",
            Self::VersionSyntax => "the Sec-WebSocket-Version is not a number from 0 to 255",
            Self::VersionUnsupported => "the Sec-WebSocket-Version is not 13",
            Self::KeyMissing => "there is no Sec-WebSocket-Key field",
            Self::KeyRepeated => "there is more than one Sec-WebSocket-Key field",
            Self::KeySyntax => "the Sec-WebSocket-Key is not the base64 of 16 bytes",
            Self::ExtensionSyntax => {
                "the Sec-WebSocket-Extensions field is not a list of extensions"
            }
            Self::ProtocolSyntax => "the Sec-WebSocket-Protocol field is not a list of tokens",
            Self::ProtocolRepeated => "a subprotocol is offered more than once",
            Self::TooManyProtocols => "too many subprotocols are offered",
            Self::OriginRepeated => "there is more than one Origin field",
            Self::OriginRefused => "the origin is not allowed to connect",
            Self::HostRefused => "the host name is not one of this server",
            Self::Timeout => "the request did not come completely in time",
            Self::Unavailable => "the server cannot accept the connection now",
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for HandshakeError {}

impl From<HeadError> for HandshakeError {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

/// The version that this crate speaks, named in refusals of another (RFC 6455 §4.2.2).
const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");

/// RFC 9110 §15.5.22 and RFC 6455 §4.4.
pub(crate) const UPGRADE_REQUIRED: &[(&str, &str)] = &[("Upgrade", "websocket"), VERSION];
