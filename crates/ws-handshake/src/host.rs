//! Host and port, as in the `Host` field.

use core::fmt;
use core::net::Ipv6Addr;

use crate::syntax::{ascii, number};

/// A host with an optional port (RFC 9110 §7.2, RFC 3986 §3.2.2).
///
/// ```
/// # use ws_handshake::Host;
/// let host = Host::parse(b"[::1]:8080").unwrap();
/// assert_eq!((host.name(), host.port()), ("[::1]", Some(8080)));
/// assert_eq!(Host::parse(b"two words"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Host<'b> {
    name: &'b str,
    port: Option<u16>,
}

impl<'b> Host<'b> {
    /// Takes `name`, `name:port`, with an IPv6 address in brackets; `None` for anything else.
    #[must_use]
    pub fn parse(value: &'b [u8]) -> Option<Self> {
        let text = ascii(value)?;
        let (name, rest) = text.split_at(end_of_name(text));
        let valid = if name.starts_with('[') {
            is_ip_literal(name)
        } else {
            is_reg_name(name)
        };
        if !valid {
            return None;
        }
        match rest {
            "" | ":" => Some(Self { name, port: None }),
            _ => Some(Self {
                name,
                port: Some(port(rest.strip_prefix(':')?)?),
            }),
        }
    }

    /// The name or address as it was written, an IPv6 address in its brackets. Case has no meaning in it.
    #[must_use]
    pub const fn name(&self) -> &'b str {
        self.name
    }

    /// The port, when it was written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Where the port begins: behind the brackets of an address, or at the only colon.
fn end_of_name(text: &str) -> usize {
    let end = if text.starts_with('[') {
        text.find(']').map(|at| at + 1)
    } else {
        text.find(':')
    };
    end.unwrap_or(text.len())
}

fn port(digits: &str) -> Option<u16> {
    number(digits.as_bytes())?.try_into().ok()
}

/// RFC 3986 §3.2.2 `IP-literal`.
fn is_ip_literal(name: &str) -> bool {
    let Some(address) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) else {
        return false;
    };
    match address.as_bytes() {
        [b'v' | b'V', future @ ..] => is_future_address(future),
        _ => address.parse::<Ipv6Addr>().is_ok(),
    }
}

/// RFC 3986 §3.2.2 `IPvFuture`, without its `v`.
fn is_future_address(future: &[u8]) -> bool {
    let Some(dot) = future.iter().position(|byte| *byte == b'.') else {
        return false;
    };
    let (version, address) = (&future[..dot], &future[dot + 1..]);
    !version.is_empty()
        && version.iter().all(u8::is_ascii_hexdigit)
        && !address.is_empty()
        && address.iter().all(|byte| is_name_byte(*byte) || *byte == b':')
}

/// RFC 3986 §3.2.2 `reg-name`, not empty.
fn is_reg_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    loop {
        rest = match rest {
            [] => return !name.is_empty(),
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            [byte, tail @ ..] if is_name_byte(*byte) => tail,
            _ => return false,
        };
    }
}

/// RFC 3986 §2.2 `sub-delims` and §2.3 `unreserved`.
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~')
        || matches!(
            byte,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        )
}
