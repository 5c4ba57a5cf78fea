//! Parses heads: `httparse` reads them, and the scanner's stricter rules hold before it does.

use core::mem::MaybeUninit;

use httparse::{Error, Header, ParserConfig, Status};

use super::error::HeadError;
use super::limits::Limits;
use super::scanner::HeadScanner;
use crate::headers::fields::Fields;
use crate::headers::grammar::{find, is_token, is_value, trim_end};
use crate::headers::handshake_fields::HandshakeFields;
use crate::headers::names::Name;

/// A request's head without a fault of syntax.
pub(crate) struct RequestHead<'b> {
    pub(crate) method: &'b str,
    pub(crate) target: &'b str,
    pub(crate) is_http10: bool,
    pub(crate) fields: Fields<'b>,
    pub(crate) noted: HandshakeFields<'b>,
}

/// A response's head without a fault of syntax.
pub(crate) struct ResponseHead<'b> {
    pub(crate) status: u16,
    pub(crate) is_http10: bool,
    pub(crate) fields: Fields<'b>,
    pub(crate) noted: HandshakeFields<'b>,
}

/// Parses one whole head of a request.
pub(crate) fn parse_request(head: &[u8], limits: Limits) -> Result<RequestHead<'_>, HeadError> {
    if limits.get_max_fields() <= Limits::DEFAULT_MAX_FIELDS {
        request_with_room::<{ Limits::DEFAULT_MAX_FIELDS }>(head, limits)
    } else {
        request_with_room::<{ Limits::MOST_FIELDS }>(head, limits)
    }
}

/// Parses one whole head of a response. A folded field is legal (RFC 9112 §5.2).
pub(crate) fn parse_response(head: &[u8], limits: Limits) -> Result<ResponseHead<'_>, HeadError> {
    if head.starts_with(b"\r") {
        return Err(HeadError::EmptyLines);
    }
    if limits.get_max_fields() <= Limits::DEFAULT_MAX_FIELDS {
        response_with_room::<{ Limits::DEFAULT_MAX_FIELDS }>(head, limits)
    } else {
        response_with_room::<{ Limits::MOST_FIELDS }>(head, limits)
    }
}

/// `ROOM` fields are kept on the stack, 16 or 32 bytes each, so the usual limit has its own copy.
fn request_with_room<const ROOM: usize>(
    head: &[u8],
    limits: Limits,
) -> Result<RequestHead<'_>, HeadError> {
    check_whole(head, limits)?;
    let mut room = [const { MaybeUninit::uninit() }; ROOM];
    let room = &mut room[..limits.get_max_fields().min(ROOM)];
    let mut request = httparse::Request::new(&mut []);
    let result = request.parse_with_uninit_headers(head, room);
    match (result, request.method, request.path, request.version) {
        (Ok(Status::Complete(len)), Some(method), Some(target), Some(version))
            if len == head.len() =>
        {
            Ok(RequestHead {
                method,
                target,
                is_http10: version == 0,
                fields: fields_of(head),
                noted: note(request.headers),
            })
        }
        (result, ..) => Err(name_fault(head, result.err(), limits, false)),
    }
}

fn response_with_room<const ROOM: usize>(
    head: &[u8],
    limits: Limits,
) -> Result<ResponseHead<'_>, HeadError> {
    check_whole(head, limits)?;
    let mut room = [const { MaybeUninit::uninit() }; ROOM];
    let room = &mut room[..limits.get_max_fields().min(ROOM)];
    let mut response = httparse::Response::new(&mut []);
    let result = ParserConfig::default()
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response_with_uninit_headers(&mut response, head, room);
    match (result, response.code, response.version) {
        (Ok(Status::Complete(len)), Some(status), Some(version)) if len == head.len() => {
            Ok(ResponseHead {
                status,
                is_http10: version == 0,
                fields: fields_of(head),
                noted: note(response.headers),
            })
        }
        (result, ..) => Err(name_fault(head, result.err(), limits, true)),
    }
}

/// The scanner's rules, which `httparse` is lenient about: limits, CR LF at the end of each line,
/// at most one empty line in front, and no byte behind the head.
fn check_whole(head: &[u8], limits: Limits) -> Result<(), HeadError> {
    match HeadScanner::new(limits).scan(head)? {
        Some(end) if end == head.len() => Ok(()),
        _ => Err(HeadError::Incomplete),
    }
}

/// The lines between the first line and the empty line at the end.
fn fields_of(head: &[u8]) -> Fields<'_> {
    let head = head.strip_prefix(b"\r\n").unwrap_or(head);
    let first_line = find(head, |byte| byte == b'\n').map_or(head.len(), |at| at + 1);
    let lines = &head[first_line..];
    Fields::of_lines(lines.strip_suffix(b"\r\n").unwrap_or(lines))
}

fn note<'b>(headers: &[Header<'b>]) -> HandshakeFields<'b> {
    let mut noted = HandshakeFields::default();
    for header in headers {
        if let Some(name) = Name::of(header.name.as_bytes()) {
            noted.note(name, header.value);
        }
    }
    noted
}

/// The fault of a head that passed the scanner and that `httparse` refused.
#[cold]
fn name_fault(head: &[u8], error: Option<Error>, limits: Limits, folds: bool) -> HeadError {
    let head = head.strip_prefix(b"\r\n").unwrap_or(head);
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let is_fold = |line: &[u8]| folds && matches!(line, [b' ' | b'\t', ..]);
    let fields = lines
        .take_while(|line| !line.is_empty())
        .enumerate()
        .filter(|(index, line)| *index == 0 || !is_fold(line))
        .map(|(_, line)| line);
    if fields.clone().count() > limits.get_max_fields() {
        return HeadError::TooManyFields;
    }
    match error {
        Some(Error::Version) => version_fault(first),
        Some(Error::HeaderName) => field_fault(fields).unwrap_or(HeadError::FieldName),
        Some(Error::HeaderValue) => field_fault(fields).unwrap_or(HeadError::FieldValue),
        _ => HeadError::StartLine,
    }
}

fn version_fault(first_line: &[u8]) -> HeadError {
    let mut words = first_line.split(|byte| *byte == b' ');
    let version = match (words.next(), words.next(), words.next(), words.next()) {
        (Some(version), ..) if version.starts_with(b"HTTP/") => version,
        (_, _, Some(version), None) => version,
        _ => return HeadError::StartLine,
    };
    match version {
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            HeadError::HttpVersion
        }
        _ => HeadError::StartLine,
    }
}

fn field_fault<'b>(fields: impl Iterator<Item = &'b [u8]>) -> Option<HeadError> {
    let mut faults = fields.enumerate().filter_map(|(index, line)| match line {
        [b' ' | b'\t', ..] if index == 0 => Some(HeadError::SpaceBeforeField),
        [b' ' | b'\t', ..] => Some(HeadError::FoldedField),
        _ => line_fault(line),
    });
    faults.next()
}

fn line_fault(line: &[u8]) -> Option<HeadError> {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return Some(HeadError::FieldName);
    };
    let (name, value) = line.split_at(colon);
    if is_token(name) {
        (!is_value(value)).then_some(HeadError::FieldValue)
    } else if is_token(trim_end(name)) {
        Some(HeadError::SpaceBeforeColon)
    } else {
        Some(HeadError::FieldName)
    }
}
