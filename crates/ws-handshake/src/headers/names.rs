//! Names of the fields that have a meaning for the handshake.

use super::grammar::is_word;

#[derive(Clone, Copy)]
pub(crate) enum Name {
    Host,
    Origin,
    Upgrade,
    Connection,
    Version,
    Key,
    Accept,
    Protocol,
    Extensions,
    ContentLength,
    TransferEncoding,
    Expect,
}

impl Name {
    pub(crate) const COUNT: usize = Self::Expect as usize + 1;

    /// The field of this name. Length and first letter exclude most other fields of a browser.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let known = match (name.len(), name.first()?.to_ascii_lowercase()) {
            (4, b'h') => Self::Host,
            (6, b'e') => Self::Expect,
            (6, b'o') => Self::Origin,
            (7, b'u') => Self::Upgrade,
            (10, b'c') => Self::Connection,
            (14, b'c') => Self::ContentLength,
            (17, b't') => Self::TransferEncoding,
            (17, b's') => Self::Key,
            (20, b's') => Self::Accept,
            (21, b's') => Self::Version,
            (22, b's') => Self::Protocol,
            (24, b's') => Self::Extensions,
            _ => return None,
        };
        is_word(name, known.text()).then_some(known)
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Host => "Host",
            Self::Origin => "Origin",
            Self::Upgrade => "Upgrade",
            Self::Connection => "Connection",
            Self::Version => "Sec-WebSocket-Version",
            Self::Key => "Sec-WebSocket-Key",
            Self::Accept => "Sec-WebSocket-Accept",
            Self::Protocol => "Sec-WebSocket-Protocol",
            Self::Extensions => "Sec-WebSocket-Extensions",
            Self::ContentLength => "Content-Length",
            Self::TransferEncoding => "Transfer-Encoding",
            Self::Expect => "Expect",
        }
    }

    /// The name in the lower case that header lists require (RFC 9113 §8.2), for fields this crate
    /// writes.
    pub(crate) fn lower_case(name: &str) -> &str {
        match name {
            name if name == Self::Protocol.text() => "sec-websocket-protocol",
            name if name == Self::Extensions.text() => "sec-websocket-extensions",
            name if name == Self::Origin.text() => "origin",
            name => name,
        }
    }

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}
