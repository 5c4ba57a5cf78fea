//! The fields that have a meaning for the handshake.

use crate::syntax::is_word;

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

    /// Most fields of a browser differ from all of these in length alone.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let known = match (name.len(), name.first()?) {
            (4, _) => Self::Host,
            (6, b'E' | b'e') => Self::Expect,
            (6, _) => Self::Origin,
            (7, _) => Self::Upgrade,
            (10, _) => Self::Connection,
            (14, _) => Self::ContentLength,
            (17, b'T' | b't') => Self::TransferEncoding,
            (17, _) => Self::Key,
            (20, _) => Self::Accept,
            (21, _) => Self::Version,
            (22, _) => Self::Protocol,
            (24, _) => Self::Extensions,
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

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}
