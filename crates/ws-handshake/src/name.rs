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

    /// How long the token at the front is, and which of these it is, if any. What browsers send is compared as a whole, and
    /// not taken apart.
    #[inline]
    pub(crate) fn at_front(line: &[u8]) -> (Option<Self>, usize) {
        if let Some(guess) = Self::guess(line)
            && let Some([b':', ..]) = line.strip_prefix(guess.text().as_bytes())
        {
            return (Some(guess), guess.text().len());
        }
        let len = TOKEN.span(line);
        (Self::of(&line[..len]), len)
    }

    /// Which one it can be in the usual spelling.
    #[inline]
    fn guess(line: &[u8]) -> Option<Self> {
        Some(match line {
            [b'H', ..] => Self::Host,
            [b'U', ..] => Self::Upgrade,
            [b'O', ..] => Self::Origin,
            [b'C', b'o', b'n', b'n', ..] => Self::Connection,
            [b'S', rest @ ..] => match rest.get("ec-WebSocket-".len())? {
                b'V' => Self::Version,
                b'K' => Self::Key,
                b'A' => Self::Accept,
                b'P' => Self::Protocol,
                b'E' => Self::Extensions,
                _ => return None,
            },
            _ => return None,
        })
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
