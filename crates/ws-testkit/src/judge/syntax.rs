//! The grammar of a request's head (RFC 9112, RFC 9110, RFC 3986).

use super::Limits;

/// A well-formed head.
pub(super) struct Head<L> {
    /// Contents of the first line.
    pub(super) line: L,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The first line of a request.
pub(super) struct RequestLine {
    pub(super) method: Vec<u8>,
    pub(super) target: Vec<u8>,
    pub(super) is_http10: bool,
}

/// The first line of an answer.
pub(super) struct StatusLine {
    pub(super) status: u16,
    pub(super) is_http10: bool,
}

impl<L> Head<L> {
    /// The values of all fields of this name, which is in lower case.
    pub(super) fn all(&self, name: &str) -> Vec<Vec<u8>> {
        let named = self
            .fields
            .iter()
            .filter(|(other, _)| other.to_ascii_lowercase() == name.as_bytes());
        named.map(|(_, value)| value.clone()).collect()
    }
}

/// Checks size, first line and fields.
pub(super) fn head<L>(
    head: &[u8],
    limits: &Limits,
    read_line: fn(&[u8]) -> Result<L, u16>,
) -> Result<Head<L>, u16> {
    let head = head.strip_prefix(b"\r\n").unwrap_or(head);
    let mut lines = lines(head);
    let first = lines.remove(0);
    if lines.len() > limits.fields {
        return Err(431);
    }
    let line = read_line(first)?;
    let fields = lines
        .into_iter()
        .map(field)
        .collect::<Option<_>>()
        .ok_or(400_u16)?;
    Ok(Head { line, fields })
}

pub(super) fn request_line(line: &[u8]) -> Result<RequestLine, u16> {
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, target, version] = words[..] else {
        return Err(400);
    };
    // The rule of the target (H15) decides on text beyond ASCII. Bytes that are not UTF-8 break the
    // line.
    let is_text = std::str::from_utf8(target).is_ok() && !target.contains(&b'\t');
    if !is_token(method) || target.is_empty() || !is_text {
        return Err(400);
    }
    Ok(RequestLine {
        method: method.into(),
        target: target.into(),
        is_http10: is_http10(version)?,
    })
}

/// The space behind the status may be missing if there is no phrase: many servers leave it out.
pub(super) fn status_line(line: &[u8]) -> Result<StatusLine, u16> {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let (version, status) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let is_http10 = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err(400),
    };
    if status.len() != 3 || !status.iter().all(u8::is_ascii_digit) {
        return Err(400);
    }
    let status = status
        .iter()
        .fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    Ok(StatusLine { status, is_http10 })
}

/// The lines of a head, without the empty one at its end.
fn lines(head: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    lines.truncate(lines.len() - 2);
    lines
        .into_iter()
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect()
}

fn is_http10(version: &[u8]) -> Result<bool, u16> {
    match version {
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(505),
        _ => Err(400),
    }
}

/// Name and value.
fn field(line: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_value = value
        .iter()
        .all(|byte| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..=0xff));
    (is_token(name) && is_value).then(|| (name.to_vec(), trim(value).to_vec()))
}

pub(super) fn trim(value: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = value.iter().position(is_text).unwrap_or(value.len());
    let end = value
        .iter()
        .rposition(is_text)
        .map_or(start, |last| last + 1);
    &value[start..end]
}

pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !br#""(),/:;<=>?@[\]{}"#.contains(byte))
}

/// Origin-form or an absolute URI of four schemes, without a fragment.
pub(super) fn is_target(target: &[u8]) -> bool {
    target
        .iter()
        .all(|byte| byte.is_ascii_graphic() && *byte != b'#')
        && (target.starts_with(b"/") || is_absolute(target))
}

fn is_absolute(target: &[u8]) -> bool {
    let lower = target.to_ascii_lowercase();
    let schemes: [&[u8]; 4] = [b"http://", b"https://", b"ws://", b"wss://"];
    let Some(rest) = schemes
        .iter()
        .find_map(|scheme| lower.strip_prefix(*scheme))
    else {
        return false;
    };
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?'))
        .unwrap_or(rest.len());
    is_host(&rest[..end])
}

/// `uri-host [ ":" port ]`, not empty.
pub(super) fn is_host(host: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(host) else {
        return false;
    };
    if text.starts_with('[') {
        return text
            .split_once(']')
            .is_some_and(|(address, rest)| is_address(&address[1..]) && is_port(rest));
    }
    let end = text.find(':').unwrap_or(text.len());
    is_name(&text[..end]) && is_port(&text[end..])
}

fn is_port(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(':') else {
        return text.is_empty();
    };
    let all_digits = digits.chars().all(|digit| digit.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    all_digits && (significant.is_empty() || significant.parse::<u16>().is_ok())
}

fn is_address(text: &str) -> bool {
    let Some(future) = text.strip_prefix(['v', 'V']) else {
        return text.parse::<std::net::Ipv6Addr>().is_ok();
    };
    let Some((version, address)) = future.split_once('.') else {
        return false;
    };
    !version.is_empty()
        && version.chars().all(|digit| digit.is_ascii_hexdigit())
        && !address.is_empty()
        && address.chars().all(|c| is_name_char(c) || c == ':')
}

fn is_name(name: &str) -> bool {
    let mut parts = name.split('%');
    let plain = parts
        .next()
        .is_some_and(|part| part.chars().all(is_name_char));
    let is_encoded = |part: &str| {
        part.len() >= 2
            && part.is_char_boundary(2)
            && part[..2].chars().all(|digit| digit.is_ascii_hexdigit())
            && part[2..].chars().all(is_name_char)
    };
    !name.is_empty() && plain && parts.all(is_encoded)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c)
}
