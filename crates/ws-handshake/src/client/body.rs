//! The length of a response's body.

use crate::headers::fields::Fields;
use crate::headers::grammar::number;
use crate::headers::handshake_fields::HandshakeFields;
use crate::headers::names::Name;

/// The end of the body behind a response's head (RFC 9112 §6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum BodyLen {
    /// This many bytes; 0 for a response without a body.
    Bytes(u64),
    /// Chunks, of which the last is empty (RFC 9112 §7.1).
    Chunked,
    /// All bytes up to the end of the connection.
    UntilClose,
}

impl BodyLen {
    /// For an answer to GET. Contradicting lengths leave the end of the connection as the only end.
    pub(super) fn of(status: u16, noted: &HandshakeFields<'_>, fields: Fields<'_>) -> Self {
        if matches!(status, 100..=199 | 204 | 304) {
            return Self::Bytes(0);
        }
        if noted.has(Name::TransferEncoding) {
            let mut codings = noted
                .list(Name::TransferEncoding)
                .tokens(Name::TransferEncoding, fields);
            let last = codings.by_ref().last().unwrap_or_default();
            return if last.eq_ignore_ascii_case(b"chunked") {
                Self::Chunked
            } else {
                Self::UntilClose
            };
        }
        let mut lengths = fields.all(Name::ContentLength.text());
        let first = lengths.next().and_then(number);
        match first {
            Some(len) if lengths.all(|other| number(other) == Some(len)) => Self::Bytes(len),
            _ => Self::UntilClose,
        }
    }
}
