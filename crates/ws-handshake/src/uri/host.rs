//! Hosts with an optional port, as in the `Host` field.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::headers::grammar::{ByteSet, cut, number};

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
    /// ASCII.
    name: &'b [u8],
    port: Option<u16>,
}

impl<'b> Host<'b> {
    /// Parses `name` or `name:port`, with an IPv6 address in brackets; `None` for anything else.
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

    /// Parses a host that a URL parser would leave as it is: a name without percent signs, or an IP
    /// address that is written in full. `127.1`, `0x7f.1` and `[v1.x]` are `None`.
    pub(crate) fn parse_plain(value: &'b [u8]) -> Option<Self> {
        Self::parse(value).filter(|host| match host.name {
            [b'[', ..] => host.ip().is_some(),
            name if ends_in_a_number(name) => host.ip().is_some(),
            name => !name.contains(&b'%'),
        })
    }

    /// The IP address, if the host is one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        let name = self.name();
        match name.strip_prefix('[') {
            Some(inner) => inner
                .strip_suffix(']')?
                .parse::<Ipv6Addr>()
                .ok()
                .map(IpAddr::V6),
            None => name.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        }
    }

    /// Returns whether both names mean the same host: case has no meaning, nor has the spelling of
    /// an address.
    pub(crate) fn has_name_of(&self, other: Host<'_>) -> bool {
        self.name.eq_ignore_ascii_case(other.name)
            || matches!((self.ip(), other.ip()), (Some(ip), Some(other)) if ip == other)
    }

    /// The name or address as it was written, an IPv6 address in its brackets. Case has no meaning.
    #[must_use]
    pub const fn name(&self) -> &'b str {
        match core::str::from_utf8(self.name) {
            Ok(name) => name,
            Err(_) => "",
        }
    }

    /// Leaves out the port if it is this one.
    pub(crate) fn without_port(self, port: u16) -> Self {
        Self {
            port: self.port.filter(|written| *written != port),
            ..self
        }
    }

    /// The port, if one was written.
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

/// Returns whether the last label is a number, which makes the whole an IPv4 address or nothing
/// (WHATWG URL, "ends in a number checker").
fn ends_in_a_number(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let last = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    match last {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        digits => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
    }
}

/// Length of the name or address at the front; `None` when there is none.
fn name_len(value: &[u8]) -> Option<usize> {
    if value.starts_with(b"[") {
        ip_literal_len(value)
    } else {
        reg_name_len(value)
    }
}

/// Length of a `reg-name` (RFC 3986 §3.2.2) at the front that is not empty.
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

/// Length of an `IP-literal` (RFC 3986 §3.2.2).
fn ip_literal_len(value: &[u8]) -> Option<usize> {
    let len = value.iter().position(|byte| *byte == b']')? + 1;
    let valid = match &value[1..len - 1] {
        [b'v' | b'V', future @ ..] => is_future_address(future),
        address => {
            core::str::from_utf8(address).is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok())
        }
    };
    valid.then_some(len)
}

/// Returns whether this is an `IPvFuture` (RFC 3986 §3.2.2) behind its `v`.
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
