//! Host and port, as in the `Host` field.

use core::fmt;
use core::net::Ipv6Addr;

use crate::syntax::{ByteSet, cut, number};

/// A host with an optional port (RFC 9110 §7.2, RFC 3986 §3.2.2).
///
/// ```
/// # use ws_handshake::Host;
/// let host = Host::parse(b"[::1]:8080").unwrap();
/// assert_eq!((host.name(), host.port()), ("[::1]", Some(8080)));
/// assert_eq!(Host::parse(b"two words"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Host<'b> {
    /// ASCII; it is made a `str` where it is asked for.
    name: &'b [u8],
    port: Option<u16>,
}

impl<'b> Host<'b> {
    /// Takes `name`, `name:port`, with an IPv6 address in brackets; `None` for anything else.
    #[must_use]
    pub fn parse(value: &'b [u8]) -> Option<Self> {
        let (name, rest) = value.split_at(name_len(value)?);
        let port = match rest {
            [] | [b':'] => None,
            [b':', digits @ ..] => Some(number(digits)?.try_into().ok()?),
            _ => return None,
        };
        Some(Self { name, port })
    }

    /// The name or address as it was written, an IPv6 address in its brackets. Case has no meaning in it.
    #[must_use]
    pub const fn name(&self) -> &'b str {
        match core::str::from_utf8(self.name) {
            Ok(name) => name,
            Err(_) => "",
        }
    }

    /// Without its port if it is this one.
    pub(crate) fn without_port(self, port: u16) -> Self {
        Self {
            port: self.port.filter(|written| *written != port),
            ..self
        }
    }

    /// The port, when it was written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("name", &self.name())
            .field("port", &self.port)
            .finish()
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// How long the name or address at the front is; `None` when there is none.
fn name_len(value: &[u8]) -> Option<usize> {
    if value.starts_with(b"[") {
        ip_literal_len(value)
    } else {
        reg_name_len(value)
    }
}

/// RFC 3986 §3.2.2 `reg-name`, not empty. What does not belong to it is left.
fn reg_name_len(value: &[u8]) -> Option<usize> {
    let mut len = NAME.span(value);
    while let [b'%', high, low, rest @ ..] = &value[len..]
        && high.is_ascii_hexdigit()
        && low.is_ascii_hexdigit()
    {
        len += "%XX".len() + NAME.span(rest);
    }
    (len > 0).then_some(len)
}

/// RFC 3986 §3.2.2 `IP-literal`.
fn ip_literal_len(value: &[u8]) -> Option<usize> {
    let len = value.iter().position(|byte| *byte == b']')? + 1;
    let valid = match &value[1..len - 1] {
        [b'v' | b'V', future @ ..] => is_future_address(future),
        address => core::str::from_utf8(address).is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok()),
    };
    valid.then_some(len)
}

/// RFC 3986 §3.2.2 `IPvFuture`, without its `v`.
fn is_future_address(future: &[u8]) -> bool {
    let (version, address) = cut(future, b'.');
    !version.is_empty()
        && version.iter().all(u8::is_ascii_hexdigit)
        && address.is_some_and(|address| {
            !address.is_empty() && address.iter().all(|byte| NAME.has(*byte) || *byte == b':')
        })
}

/// RFC 3986 §2.2 `sub-delims` and §2.3 `unreserved`.
static NAME: ByteSet = ByteSet::alphanumeric_and(b"-._~!$&'()*+,;=");
