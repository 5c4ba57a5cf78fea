//! Header lists of HTTP/2 and HTTP/3 (RFC 9113 §8, RFC 9114 §4).

use core::fmt;

use super::fields::{Fields, Pair};
use super::grammar::{TOKEN, is_value, trim};
use super::handshake_fields::HandshakeFields;
use super::names::Name;

/// Checks the regular fields of a list one by one (RFC 9113 §8.2.1).
pub(crate) fn check_pairs(pairs: &[Pair<'_>]) -> Result<(), Malformed> {
    pairs.iter().try_for_each(check_pair)
}

fn check_pair((name, value): &Pair<'_>) -> Result<(), Malformed> {
    if name.starts_with(b":") {
        return Err(Malformed::PseudoField);
    }
    let is_lower_token = |byte: &u8| TOKEN.has(*byte) && !byte.is_ascii_uppercase();
    if name.is_empty() || !name.iter().all(is_lower_token) {
        return Err(Malformed::FieldName);
    }
    if !is_value(value) || trim(value).len() != value.len() {
        return Err(Malformed::FieldValue);
    }
    Ok(())
}

/// Refuses fields that HTTP/2 and HTTP/3 have other means for (RFC 9113 §8.2.2).
pub(crate) fn check_connection_fields(
    noted: &HandshakeFields<'_>,
    fields: Fields<'_>,
) -> Result<(), Malformed> {
    let is_of_the_connection = noted.has(Name::Connection)
        || noted.has(Name::Upgrade)
        || noted.has(Name::TransferEncoding)
        || fields.first("keep-alive").is_some()
        || fields.first("proxy-connection").is_some()
        || fields.all("te").any(|value| value != b"trailers");
    if is_of_the_connection {
        Err(Malformed::ConnectionField)
    } else {
        Ok(())
    }
}

/// A rule of HTTP/2 and HTTP/3 that a header list breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Malformed {
    /// A pseudo-field is unknown, repeated or behind other fields, or `:protocol` comes without
    /// CONNECT (RFC 9113 §8.3, RFC 8441 §4).
    PseudoField,
    /// `:scheme`, `:path` or `:authority` is missing (RFC 8441 §4).
    PseudoFieldMissing,
    /// `:scheme` is neither `http` nor `https` (RFC 8441 §5).
    Scheme,
    /// `:path` is not a path (RFC 9113 §8.3.1).
    Path,
    /// `:authority` is not a host with an optional port, or `Host` names another (RFC 9113 §8.3.1).
    Authority,
    /// A name that is not a token in lower case (RFC 9113 §8.2.1).
    FieldName,
    /// A control character in a value, or white space at its ends (RFC 9113 §8.2.1).
    FieldValue,
    /// A field of the connection, such as `Connection` or `Upgrade` (RFC 9113 §8.2.2).
    ConnectionField,
    /// A `Content-Length` other than one 0: CONNECT has no content (RFC 9110 §9.3.6).
    ContentLength,
}

impl Malformed {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::PseudoField => "a pseudo-field is out of place",
            Self::PseudoFieldMissing => "a pseudo-field is missing",
            Self::Scheme => "the scheme is neither http nor https",
            Self::Path => "the path is not valid",
            Self::Authority => "the authority is not valid",
            Self::FieldName => "the name of a field is not a token in lower case",
            Self::FieldValue => "the value of a field is not valid",
            Self::ConnectionField => "there is a field of the connection",
            Self::ContentLength => "there is a Content-Length above zero",
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Malformed {}
