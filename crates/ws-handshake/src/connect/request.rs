//! The server's side of an extended CONNECT.

use super::accept::ConnectAccept;
use super::error::{ConnectError, Malformed};
use crate::fields::{Fields, Pair};
use crate::host::Host;
use crate::known::Known;
use crate::name::Name;
use crate::opening::{Opening, check_version, opening_methods};
use crate::syntax::{TOKEN, is_value, trim};
use crate::target::Resource;

/// An extended CONNECT for WebSocket that broke no rule (RFC 8441 §4, §5): only an answer is missing.
///
/// Next, as with [`Upgrade`](crate::Upgrade): [`check_origin`](Self::check_origin), then [`accept`](Self::accept), or another
/// status.
#[derive(Clone, Copy, Debug)]
pub struct ConnectRequest<'b> {
    opening: Opening<'b>,
    is_secure: bool,
}

opening_methods!(ConnectRequest);

impl<'b> ConnectRequest<'b> {
    /// Checks a header list, as names and values, pseudo-fields first.
    pub fn parse(fields: &'b [(&'b [u8], &'b [u8])]) -> Result<Self, ConnectError> {
        let pseudo_count = fields
            .iter()
            .take_while(|(name, _)| name.starts_with(b":"))
            .count();
        let (pseudo, regular) = fields.split_at(pseudo_count);
        let pseudo = Pseudo::of(pseudo)?;
        regular.iter().try_for_each(check_field)?;
        Self::check(&pseudo, Fields::of_pairs(regular))
    }

    pub(crate) fn check(pseudo: &Pseudo<'b>, fields: Fields<'b>) -> Result<Self, ConnectError> {
        let Some(protocol) = pseudo.extended()? else {
            return Err(ConnectError::NotExtended);
        };
        let (Some(scheme), Some(path), Some(authority)) = (pseudo.scheme, pseudo.path, pseudo.authority)
        else {
            return Err(Malformed::PseudoFieldMissing.into());
        };
        let is_secure = scheme.eq_ignore_ascii_case(b"https");
        if !is_secure && !scheme.eq_ignore_ascii_case(b"http") {
            return Err(Malformed::Scheme.into());
        }
        let path = core::str::from_utf8(path)
            .ok()
            .and_then(Resource::parse)
            .ok_or(Malformed::Path)?;
        let host = Host::parse(authority).ok_or(Malformed::Authority)?;
        let known = Known::of_fields(fields);
        check_fields_of_the_connection(&known, fields, authority)?;
        if !protocol.eq_ignore_ascii_case(b"websocket") {
            return Err(ConnectError::UnknownProtocol);
        }
        check_version(&known)?;
        Opening::check(&known, fields)?;
        Ok(Self {
            opening: Opening::of(&known, fields, path, host),
            is_secure,
        })
    }

    /// Whether the scheme is `https`, which stands for `wss` (RFC 8441 §5).
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The answer that opens the connection. It borrows nothing, so the decision can be made later.
    pub const fn accept(&self) -> ConnectAccept<'static> {
        ConnectAccept::new()
    }
}

/// The pseudo-fields of a request (RFC 9113 §8.3.1, RFC 8441 §4).
#[derive(Default)]
pub(crate) struct Pseudo<'b> {
    pub(crate) method: Option<&'b [u8]>,
    pub(crate) protocol: Option<&'b [u8]>,
    pub(crate) scheme: Option<&'b [u8]>,
    pub(crate) path: Option<&'b [u8]>,
    pub(crate) authority: Option<&'b [u8]>,
}

impl<'b> Pseudo<'b> {
    fn of(fields: &[Pair<'b>]) -> Result<Self, Malformed> {
        let mut pseudo = Self::default();
        for (name, value) in fields {
            let field = match *name {
                b":method" => &mut pseudo.method,
                b":protocol" => &mut pseudo.protocol,
                b":scheme" => &mut pseudo.scheme,
                b":path" => &mut pseudo.path,
                b":authority" => &mut pseudo.authority,
                _ => return Err(Malformed::PseudoField),
            };
            if field.replace(*value).is_some() {
                return Err(Malformed::PseudoField);
            }
        }
        Ok(pseudo)
    }

    /// The `:protocol` of a CONNECT that has one.
    fn extended(&self) -> Result<Option<&'b [u8]>, Malformed> {
        let is_connect = self.method == Some(b"CONNECT");
        if self.protocol.is_some() && !is_connect {
            Err(Malformed::PseudoField)
        } else {
            Ok(self.protocol)
        }
    }
}

fn check_field((name, value): &Pair<'_>) -> Result<(), Malformed> {
    if name.starts_with(b":") {
        return Err(Malformed::PseudoField);
    }
    if name.is_empty()
        || !name
            .iter()
            .all(|byte| TOKEN.has(*byte) && !byte.is_ascii_uppercase())
    {
        return Err(Malformed::FieldName);
    }
    if !is_value(value) || trim(value).len() != value.len() {
        return Err(Malformed::FieldValue);
    }
    Ok(())
}

/// What HTTP/2 and HTTP/3 have other means for. Key and accept value of HTTP/1.1 are not looked at (RFC 8441 §5).
fn check_fields_of_the_connection(
    known: &Known<'_>,
    fields: Fields<'_>,
    authority: &[u8],
) -> Result<(), Malformed> {
    let is_of_the_connection = known.has(Name::Connection)
        || known.has(Name::Upgrade)
        || known.has(Name::TransferEncoding)
        || fields.first("keep-alive").is_some()
        || fields.first("proxy-connection").is_some()
        || fields.all("te").any(|value| value != b"trailers");
    if is_of_the_connection {
        return Err(Malformed::ConnectionField);
    }
    if known.has(Name::ContentLength) {
        return Err(Malformed::ContentLength);
    }
    match known.at_most_one(Name::Host, Malformed::Authority)? {
        Some(host) if !host.eq_ignore_ascii_case(authority) => Err(Malformed::Authority),
        _ => Ok(()),
    }
}
