//! What a request's and a response's head have in common: one pass of httparse, and a name for each fault.

use core::mem::MaybeUninit;

use crate::head::HeadScanner;
use crate::head_error::HeadError;
use crate::limits::{DEFAULT_MAX_FIELDS, Limits, MAX_FIELDS};
use crate::syntax::{is_token, is_value, trim_end};

/// Room for the fields that httparse finds.
pub(crate) type Slots<'b> = [MaybeUninit<httparse::Header<'b>>];

/// Calls `parse` with as many slots as there may be fields; they are on the stack, and not zeroed.
pub(crate) fn with_slots<'b, T>(limits: Limits, parse: impl FnOnce(&mut Slots<'b>) -> T) -> T {
    if limits.fields <= DEFAULT_MAX_FIELDS {
        let mut slots: [MaybeUninit<httparse::Header<'b>>; DEFAULT_MAX_FIELDS] =
            [const { MaybeUninit::uninit() }; _];
        parse(&mut slots[..limits.fields])
    } else {
        with_many_slots(limits, parse)
    }
}

/// Apart, so that only those who ask for it have this much on their stack.
#[inline(never)]
fn with_many_slots<'b, T>(limits: Limits, parse: impl FnOnce(&mut Slots<'b>) -> T) -> T {
    let mut slots: [MaybeUninit<httparse::Header<'b>>; MAX_FIELDS] = [const { MaybeUninit::uninit() }; _];
    parse(&mut slots[..limits.fields.min(MAX_FIELDS)])
}

/// The lines of the fields, if the head also keeps to what httparse is lenient about: CR LF at the end of each line, one
/// empty line at most before the first, and limits.
pub(crate) fn strict_lines<'b>(
    head: &'b [u8],
    found: &[httparse::Header<'b>],
    limits: Limits,
) -> Option<&'b [u8]> {
    let end = head.len().checked_sub("\r\n".len())?;
    // A field's line begins with its name: this says where in the head that is.
    let begin = |field: &httparse::Header<'b>| field.name.as_ptr().addr().wrapping_sub(head.as_ptr().addr());
    let first = found.first().map_or(end, begin);
    let mut line_ends = found.iter().map(begin).chain([end, head.len()]);
    let strict = head.len() <= limits.head
        && is_first_line(head.get(..first)?, limits)
        && line_ends.all(|end| head.get(..end).is_some_and(|lines| lines.ends_with(b"\r\n")));
    strict.then(|| head.get(first..end))?
}

/// One line with its CR LF, and perhaps an empty one before it.
fn is_first_line(lines: &[u8], limits: Limits) -> bool {
    let line = lines.strip_prefix(b"\r\n").unwrap_or(lines);
    line.len() <= limits.start_line.saturating_add(2) && !line.starts_with(b"\r") && !line.starts_with(b"\n")
}

/// Names the fault of a head, of a request or a response, that httparse or [`strict_lines`] did not let through.
#[cold]
pub(crate) fn diagnose(
    head: &[u8],
    error: Option<httparse::Error>,
    version: Option<u8>,
    limits: Limits,
) -> HeadError {
    use httparse::Error;
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
        Some(Error::TooManyHeaders) => HeadError::TooManyFields,
        Some(Error::Version) => version_fault(first),
        _ if version == Some(0) => HeadError::Http10,
        Some(Error::HeaderName | Error::HeaderValue) => field_fault(fields),
        Some(Error::NewLine | Error::Status | Error::Token) | None => HeadError::StartLine,
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
