//! The lines of a head behind the first: fields, and the empty line at the end (RFC 9112 §2.1, §5).

use crate::fields::Fields;
use crate::known::Known;
use crate::limits::{Limits, MAX_FIELDS};
use crate::name::Name;
use crate::syntax::{find_control, trim};

/// The fields, if there are well-formed ones, an empty line, and nothing else. Those of the handshake are noted in `known`.
pub(crate) fn read_fields<'b>(lines: &'b [u8], limits: Limits, known: &mut Known<'b>) -> Option<Fields<'b>> {
    let mut count = 0;
    let mut rest = lines;
    while rest.len() > "\r\n".len() {
        rest = read_field(rest, known)?;
        count += 1;
    }
    let complete = rest == b"\r\n" && count <= limits.fields.min(MAX_FIELDS);
    complete.then(|| Fields::of_lines(&lines[..lines.len() - rest.len()]))
}

/// Takes a field off the front, and gives the other lines: name, colon, value, CR LF, and nothing in between.
#[inline]
fn read_field<'b>(lines: &'b [u8], known: &mut Known<'b>) -> Option<&'b [u8]> {
    let (name, value) = Name::take(lines)?;
    let (value, rest) = value.split_at(find_control(value)?);
    if let Some(name) = name {
        known.note(name, trim(value));
    }
    rest.strip_prefix(b"\r\n")
}
