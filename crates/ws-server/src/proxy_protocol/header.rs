//! The header of the PROXY protocol (its specification, §2.1 and §2.2).

use core::str;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The kind of the first bytes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// The beginning of a header.
    Unfinished,
    /// A header of this length, and the client's address if it names one: a health check of the
    /// proxy's own does not.
    Whole(usize, Option<SocketAddr>),
    /// No header, or not a right one.
    Wrong,
}

impl Header {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        if begins(bytes, SIGNATURE) {
            parse_binary(bytes)
        } else if begins(bytes, WORD) {
            parse_line(bytes)
        } else {
            Self::Wrong
        }
    }
}

/// Whether `bytes` begin with `mark`, as far as they go.
fn begins(bytes: &[u8], mark: &[u8]) -> bool {
    let len = bytes.len().min(mark.len());
    bytes[..len] == mark[..len]
}

/// Version 1: a line of ASCII.
fn parse_line(bytes: &[u8]) -> Header {
    let most = bytes.len().min(MAX_LINE);
    let Some(end) = bytes[..most].iter().position(|byte| *byte == b'\n') else {
        return if bytes.len() < MAX_LINE {
            Header::Unfinished
        } else {
            Header::Wrong
        };
    };
    let line = bytes[..end]
        .strip_suffix(b"\r")
        .and_then(|line| str::from_utf8(line).ok());
    let Some(line) = line.and_then(|line| line.strip_prefix("PROXY ")) else {
        return Header::Wrong;
    };
    let (family, addresses) = line.split_once(' ').unwrap_or((line, ""));
    if family == "UNKNOWN" {
        return Header::Whole(end + 1, None);
    }
    match line_address(family, addresses) {
        Some(address) => Header::Whole(end + 1, Some(address)),
        None => Header::Wrong,
    }
}

/// The source, of source, destination and their ports.
fn line_address(family: &str, addresses: &str) -> Option<SocketAddr> {
    let mut words = addresses.split(' ');
    let mut address = || -> Option<IpAddr> {
        let word = words.next()?;
        match family {
            "TCP4" => Some(word.parse::<Ipv4Addr>().ok()?.into()),
            "TCP6" => Some(word.parse::<Ipv6Addr>().ok()?.into()),
            _ => None,
        }
    };
    let (source, _) = (address()?, address()?);
    let (port, _) = (decimal(words.next()?)?, decimal(words.next()?)?);
    words
        .next()
        .is_none()
        .then(|| SocketAddr::new(source, port))
}

/// A port. Rust would also take a sign and leading zeros.
fn decimal(word: &str) -> Option<u16> {
    let is_plain =
        word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    if is_plain { word.parse().ok() } else { None }
}

/// Version 2: binary, with a length.
fn parse_binary(bytes: &[u8]) -> Header {
    let Some((fixed, rest)) = bytes.split_first_chunk::<16>() else {
        return if bytes.get(12).is_none_or(|version| version >> 4 == 2) {
            Header::Unfinished
        } else {
            Header::Wrong
        };
    };
    let len = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if fixed[12] >> 4 != 2 || len > MAX_BINARY {
        return Header::Wrong;
    }
    let Some(payload) = rest.get(..len) else {
        return Header::Unfinished;
    };
    let address = match (fixed[12] & 0xf, fixed[13]) {
        // A connection of the proxy's own, or of a family without an IP address.
        (0, _) | (1, 0 | 0x31) => None,
        (1, 0x11) => match payload {
            [a, b, c, d, _, _, _, _, high, low, _, _, ..] => Some((
                Ipv4Addr::new(*a, *b, *c, *d).into(),
                u16::from_be_bytes([*high, *low]),
            )),
            _ => return Header::Wrong,
        },
        (1, 0x21) => match (payload.first_chunk::<16>(), payload.get(32..36)) {
            (Some(source), Some([high, low, ..])) => Some((
                Ipv6Addr::from(*source).into(),
                u16::from_be_bytes([*high, *low]),
            )),
            _ => return Header::Wrong,
        },
        _ => return Header::Wrong,
    };
    Header::Whole(
        16 + len,
        address.map(|(ip, port): (IpAddr, u16)| SocketAddr::new(ip, port)),
    )
}

const WORD: &[u8] = b"PROXY ";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, its end included.
const MAX_LINE: usize = 107;
/// The longest payload of version 2 that is taken. Proxies send up to 520 bytes, with what they
/// know of a client's TLS.
const MAX_BINARY: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn binary(command: u8, family: u8, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(payload.len())
            .expect("it is short")
            .to_be_bytes();
        [SIGNATURE, &[command, family], &len, payload].concat()
    }

    /// A header is unfinished at each of its prefixes, and whole whatever follows.
    fn hold(header: &[u8], wanted: Option<SocketAddr>) {
        for cut in 0..header.len() {
            assert_eq!(
                Header::parse(&header[..cut]),
                Header::Unfinished,
                "{cut} of {}",
                header.escape_ascii()
            );
        }
        let followed = [header, b"GET / HTTP/1.1\r\n"].concat();
        assert_eq!(
            Header::parse(&followed),
            Header::Whole(header.len(), wanted)
        );
    }

    #[test]
    fn l40_headers_of_both_versions_name_the_client() {
        hold(
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n",
            Some(address("203.0.113.7:56324")),
        );
        hold(
            b"PROXY TCP6 2001:db8::7 ::1 1 65535\r\n",
            Some(address("[2001:db8::7]:1")),
        );
        hold(b"PROXY UNKNOWN\r\n", None);
        hold(b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None);
        hold(
            &binary(0x21, 0x11, &[203, 0, 113, 7, 10, 0, 0, 1, 0xdc, 4, 1, 187]),
            Some(address("203.0.113.7:56324")),
        );
        let v6 = [
            &[0x20, 1, 0xd, 0xb8][..],
            &[0; 11],
            &[7],
            &[0; 15],
            &[1, 0, 80, 1, 187, 3, 0, 1, 9],
        ]
        .concat();
        hold(&binary(0x21, 0x21, &v6), Some(address("[2001:db8::7]:80")));
        hold(&binary(0x20, 0, &[]), None);
        hold(&binary(0x20, 0x11, &[1; 20]), None);
        hold(&binary(0x21, 0x31, &[1; 216]), None);
    }

    #[test]
    fn l41_anything_else_is_wrong_at_the_deciding_byte() {
        let wrong: [&[u8]; 15] = [
            b"GET / HTTP/1.1\r\n",
            b"PROXz",
            b"\r\n\r\nx",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443 1\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 +5 443\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 05 443\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 65536 443\r\n",
            b"PROXY TCP4 ::1 10.0.0.1 5 443\r\n",
            b"PROXY TCP5 ::1 ::1 5 443\r\n",
            &binary(0x11, 0x11, &[1; 12]),
            &binary(0x22, 0x11, &[1; 12]),
            &binary(0x21, 0x12, &[1; 12]),
            &binary(0x21, 0x11, &[1; 11]),
        ];
        for bytes in wrong {
            assert_eq!(
                Header::parse(bytes),
                Header::Wrong,
                "{}",
                bytes.escape_ascii()
            );
        }
        let long = [&b"PROXY UNKNOWN "[..], &[b'x'; 93]].concat();
        assert_eq!(Header::parse(&long[..106]), Header::Unfinished);
        assert_eq!(Header::parse(&long), Header::Wrong);
        let claim = [SIGNATURE, &[0x21, 0x11, 8, 1]].concat();
        assert_eq!(Header::parse(&claim), Header::Wrong);
    }
}
