//! What a request's and a response's head have in common: one pass of httparse, and a name for each fault.

use core::mem::MaybeUninit;

use crate::head::HeadScanner;
use crate::head_error::HeadError;
use crate::limits::{DEFAULT_MAX_FIELDS, Limits, MAX_FIELDS};
use crate::syntax::{is_token, is_value, trim_end};

/// Room for fields, on the stack and not zeroed.
pub(crate) type Slots<'b, const N: usize> = [MaybeUninit<httparse::Header<'b>>; N];

pub(crate) type CommonSlots<'b> = Slots<'b, DEFAULT_MAX_FIELDS>;

pub(crate) type ManySlots<'b> = Slots<'b, MAX_FIELDS>;

/// Refuses what is not one whole head within the limits, as the scanner would have.
pub(crate) fn check_whole(head: &[u8], limits: Limits) -> Result<(), HeadError> {
    match HeadScanner::new(limits).scan(head)? {
        Some(end) if end == head.len() => Ok(()),
        _ => Err(HeadError::Incomplete),
    }
}

/// Names the fault for which httparse refused a head that [`check_whole`] let through.
#[cold]
pub(crate) fn diagnose(
    head: &[u8],
    error: httparse::Error,
    version: Option<u8>,
    limits: Limits,
) -> HeadError {
    use httparse::Error;
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let fields = lines.take_while(|line| !line.is_empty());
    if fields.clone().count() > limits.fields.min(MAX_FIELDS) {
        return HeadError::TooManyFields;
    }
    match error {
        Error::TooManyHeaders => HeadError::TooManyFields,
        Error::Version => version_fault(first),
        Error::HeaderName | Error::HeaderValue if version == Some(0) => HeadError::Http10,
        Error::HeaderName | Error::HeaderValue => field_fault(fields),
        Error::NewLine | Error::Status | Error::Token => HeadError::StartLine,
    }
}

fn version_fault(request_line: &[u8]) -> HeadError {
    let mut words = request_line.split(|byte| *byte == b' ').skip(2);
    match (words.next(), words.next()) {
        (Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor]), None)
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
