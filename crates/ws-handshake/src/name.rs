//! The fields that have a meaning for the handshake.

use crate::syntax::{TOKEN, is_word};

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

    /// Takes a field's name and the colon off the front: which of these it is, if any, and what follows.
    #[inline]
    pub(crate) fn take(line: &[u8]) -> Option<(Option<Self>, &[u8])> {
        Self::take_usual(line).or_else(|| Self::take_any(line))
    }

    /// The same for what browsers send, in their spelling. These are compared as a whole, and not gone over byte by byte; the
    /// texts stand here once more because with lengths that the compiler sees a comparison is one or two of words.
    #[inline]
    fn take_usual(line: &[u8]) -> Option<(Option<Self>, &[u8])> {
        let (name, rest) = match line {
            [b'H', ..] => (Some(Self::Host), line.strip_prefix(b"Host:")?),
            [b'U', b'p', ..] => (Some(Self::Upgrade), line.strip_prefix(b"Upgrade:")?),
            [b'U', ..] => (None, line.strip_prefix(b"User-Agent:")?),
            [b'O', ..] => (Some(Self::Origin), line.strip_prefix(b"Origin:")?),
            [b'P', ..] => (None, line.strip_prefix(b"Pragma:")?),
            [b'C', b'o', b'n', ..] => (Some(Self::Connection), line.strip_prefix(b"Connection:")?),
            [b'C', b'o', ..] => (None, line.strip_prefix(b"Cookie:")?),
            [b'C', ..] => (None, line.strip_prefix(b"Cache-Control:")?),
            [b'A', _, _, _, _, _, _, b'E', ..] => (None, line.strip_prefix(b"Accept-Encoding:")?),
            [b'A', ..] => (None, line.strip_prefix(b"Accept-Language:")?),
            [b'S', ..] => match line.strip_prefix(b"Sec-WebSocket-")? {
                rest @ [b'V', ..] => (Some(Self::Version), rest.strip_prefix(b"Version:")?),
                rest @ [b'K', ..] => (Some(Self::Key), rest.strip_prefix(b"Key:")?),
                rest @ [b'A', ..] => (Some(Self::Accept), rest.strip_prefix(b"Accept:")?),
                rest @ [b'P', ..] => (Some(Self::Protocol), rest.strip_prefix(b"Protocol:")?),
                rest @ [b'E', ..] => (Some(Self::Extensions), rest.strip_prefix(b"Extensions:")?),
                _ => return None,
            },
            _ => return None,
        };
        Some((name, rest))
    }

    fn take_any(line: &[u8]) -> Option<(Option<Self>, &[u8])> {
        let (name, rest) = line.split_at(TOKEN.span(line));
        let rest = rest.strip_prefix(b":").filter(|_| !name.is_empty())?;
        Some((Self::of(name), rest))
    }

    /// Most fields of a browser differ from all of these in length or in their first letter.
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

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}
