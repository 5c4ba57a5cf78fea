//! What a request's and a response's head have in common: a first line for httparse, and a name for each fault.

use crate::head::HeadScanner;
use crate::head_error::HeadError;
use crate::limits::{Limits, MAX_FIELDS};
use crate::syntax::{find, is_token, is_value, trim_end};

/// The first line with its CR LF, and the lines behind it, if the head also keeps to what httparse is lenient about: CR LF
/// at the end of the line, one empty line at most before it, and limits.
pub(crate) fn split_first_line(head: &[u8], limits: Limits) -> Option<(&[u8], &[u8])> {
    let line = head.strip_prefix(b"\r\n").unwrap_or(head);
    let len = find(line, |byte| byte == b'\n')? + 1;
    let strict = head.len() <= limits.head
        && len <= limits.start_line.saturating_add(2)
        && len > "\r\n".len()
        && line[..len].ends_with(b"\r\n");
    strict.then(|| line.split_at(len))
}

/// Names the fault of a head, of a request or a response, of which the first line or the fields were not let through.
#[cold]
pub(crate) fn diagnose(
    head: &[u8],
    error: Option<httparse::Error>,
    version: Option<u8>,
    limits: Limits,
) -> HeadError {
    match HeadScanner::new(limits).scan(head) {
        Err(error) => return error,
        Ok(Some(end)) if end == head.len() => {}
        Ok(_) => return HeadError::Incomplete,
    }
    let head = head.strip_prefix(b"\r\n").unwrap_or(head);
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let fields = lines.take_while(|line| !line.is_empty());
    if fields.clone().count() > limits.fields.min(MAX_FIELDS) {
        return HeadError::TooManyFields;
    }
    match error {
        Some(httparse::Error::Version) => version_fault(first),
        _ if version == Some(0) => HeadError::Http10,
        Some(_) => HeadError::StartLine,
        None => field_fault(fields),
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

fn field_fault<'b>(fields: impl Iterator<Item = &'b [u8]>) -> HeadError {
    let mut faults = fields.enumerate().filter_map(|(index, line)| match line {
        [b' ' | b'\t', ..] if index == 0 => Some(HeadError::SpaceBeforeField),
        [b' ' | b'\t', ..] => Some(HeadError::FoldedField),
        _ => line_fault(line),
    });
    faults.next().unwrap_or(HeadError::FieldName)
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
