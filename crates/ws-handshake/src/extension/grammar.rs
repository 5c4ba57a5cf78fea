//! The grammar of a list of extensions (RFC 6455 §9.1).

use crate::headers::grammar::{TOKEN, quoted_len, trim_start};

/// Returns whether all values of the field together are a list of at least one extension. Empty
/// members are skipped (RFC 9110 §5.6.1).
pub(crate) fn is_extension_list<'b>(values: impl IntoIterator<Item = &'b [u8]>) -> bool {
    let mut count = 0_usize;
    values
        .into_iter()
        .all(|value| skip_usual(value, &mut count) || skip_list(value, &mut count).is_some())
        && count > 0
}

/// Fast path for the values that browsers send.
fn skip_usual(value: &[u8], count: &mut usize) -> bool {
    // As a pattern it would be compared byte by byte.
    let is_usual =
        value == b"permessage-deflate; client_max_window_bits" || value == b"permessage-deflate";
    *count += usize::from(is_usual);
    is_usual
}

/// Each function takes the part that it names off the front, with the white space behind it; `None`
/// if it is not there. White space can stand between any two parts: RFC 6455 §9.1 refers to the
/// implied `*LWS` of RFC 2616.
fn skip_list(value: &[u8], count: &mut usize) -> Option<()> {
    let mut rest = trim_start(value);
    loop {
        rest = match rest {
            [] => return Some(()),
            [b',', tail @ ..] => trim_start(tail),
            _ => {
                *count += 1;
                skip_extension(rest)?
            }
        };
    }
}

/// An extension, up to the comma behind it or the end.
fn skip_extension(value: &[u8]) -> Option<&[u8]> {
    let is_known = value[..TOKEN.span(value)] == *DEFLATE.as_bytes();
    let mut rest = skip_token(value)?;
    while let [b';', tail @ ..] = rest {
        rest = skip_parameter(trim_start(tail), is_known)?;
    }
    matches!(rest, [] | [b',', ..]).then_some(rest)
}

/// A quoted value must be a token inside (RFC 6455 §9.1). That is required of the extension that
/// this crate knows; another extension, whatever its values are, must not fail the handshake.
fn skip_parameter(value: &[u8], is_known: bool) -> Option<&[u8]> {
    match skip_token(value)? {
        [b'=', tail @ ..] => match trim_start(tail) {
            [b'"', inner @ ..] if is_known => skip_quoted_token(inner),
            [b'"', inner @ ..] => Some(trim_start(&inner[quoted_len(inner)?..])),
            value => skip_token(value),
        },
        rest => Some(rest),
    }
}

fn skip_token(value: &[u8]) -> Option<&[u8]> {
    let mut rest = value;
    while let [byte, tail @ ..] = rest
        && TOKEN.has(*byte)
    {
        rest = tail;
    }
    (rest.len() < value.len()).then(|| trim_start(rest))
}

/// The inside of a quoted string with its closing quote; without backslashes it must be a token.
fn skip_quoted_token(inner: &[u8]) -> Option<&[u8]> {
    let mut rest = inner;
    while let [b'\\', byte, tail @ ..] | [byte, tail @ ..] = rest
        && TOKEN.has(*byte)
    {
        rest = tail;
    }
    let closed = rest.strip_prefix(b"\"")?;
    (rest.len() < inner.len()).then(|| trim_start(closed))
}

/// The registered name of the extension that this crate knows (RFC 7692 §7).
pub(crate) const DEFLATE: &str = "permessage-deflate";
