//! The server's side of an extended CONNECT.

use super::accept::ConnectAccept;
use super::error::ConnectRequestError;
use crate::headers::fields::{Fields, Pair};
use crate::headers::grammar::number;
use crate::headers::handshake_fields::HandshakeFields;
use crate::headers::malformed::{Malformed, check_connection_fields, check_pairs};
use crate::headers::names::Name;
use crate::server::opening::{Opening, check_version, opening_methods};
use crate::uri::host::Host;
use crate::uri::target::Resource;

/// An extended CONNECT for WebSocket that keeps all rules (RFC 8441 §4, §5) and waits for an
/// answer.
///
/// Next, as with [`Upgrade`](crate::Upgrade): [`check_origin`](Self::check_origin), then
/// [`accept`](Self::accept) or another status.
#[derive(Clone, Copy, Debug)]
pub struct ConnectRequest<'b> {
    opening: Opening<'b>,
}

opening_methods!(ConnectRequest);

impl<'b> ConnectRequest<'b> {
    /// Checks a header list of names and values, pseudo-fields first.
    ///
    /// # Errors
    ///
    /// The [`ConnectRequestError`] with the fault.
    pub fn parse(fields: &'b [(&'b [u8], &'b [u8])]) -> Result<Self, ConnectRequestError> {
        let pseudo_count = fields
            .iter()
            .take_while(|(name, _)| name.starts_with(b":"))
            .count();
        let (pseudo, regular) = fields.split_at(pseudo_count);
        let pseudo = Pseudo::of(pseudo)?;
        check_pairs(regular)?;
        Self::check(&pseudo, Fields::of_pairs(regular))
    }

    pub(crate) fn check(
        pseudo: &Pseudo<'b>,
        fields: Fields<'b>,
    ) -> Result<Self, ConnectRequestError> {
        let Some(protocol) = pseudo.extended()? else {
            return Err(ConnectRequestError::NotExtended);
        };
        let (Some(scheme), Some(path), Some(authority)) =
            (pseudo.scheme, pseudo.path, pseudo.authority)
        else {
            return Err(Malformed::PseudoFieldMissing.into());
        };
        let is_secure = scheme.eq_ignore_ascii_case(b"https");
        if !is_secure && !scheme.eq_ignore_ascii_case(b"http") {
            return Err(Malformed::Scheme.into());
        }
        let path = core::str::from_utf8(path)
            .ok()
            .and_then(Resource::of_request)
            .ok_or(Malformed::Path)?;
        let noted = HandshakeFields::of_fields(fields);
        check_connection_fields(&noted, fields)?;
        check_no_content(&noted)?;
        let host = noted.at_most_one(Name::Host, Malformed::Authority)?;
        let host = check_authority(authority, host, is_secure)?;
        if !protocol.eq_ignore_ascii_case(b"websocket") {
            return Err(ConnectRequestError::UnknownProtocol);
        }
        check_version(&noted)?;
        Opening::check(&noted, fields)?;
        let opening = Opening::of(&noted, fields, path, host, is_secure);
        Ok(Self { opening })
    }

    /// Returns whether the scheme is `https`, which stands for `wss` (RFC 8441 §5).
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.opening.is_secure
    }

    /// The answer that opens the connection. It borrows nothing from the request, so the program
    /// can decide later.
    pub fn accept(&self) -> ConnectAccept<'static> {
        ConnectAccept::new(self.opening.protocols().offer())
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

/// A `Content-Length` of 0 says what CONNECT says already (RFC 9110 §9.3.6).
fn check_no_content(noted: &HandshakeFields<'_>) -> Result<(), Malformed> {
    match noted
        .at_most_one(Name::ContentLength, Malformed::ContentLength)?
        .map(number)
    {
        None | Some(Some(0)) => Ok(()),
        Some(_) => Err(Malformed::ContentLength),
    }
}

/// The authority, and a `Host` that says the same (RFC 9113 §8.3.1): case has no meaning, nor has
/// the scheme's own port (RFC 9110 §4.2.3).
fn check_authority<'b>(
    authority: &'b [u8],
    host: Option<&[u8]>,
    is_secure: bool,
) -> Result<Host<'b>, Malformed> {
    let authority = Host::parse(authority).ok_or(Malformed::Authority)?;
    let Some(host) = host else {
        return Ok(authority);
    };
    let host = Host::parse(host).ok_or(Malformed::Authority)?;
    let port = |host: Host<'_>| host.port().unwrap_or(if is_secure { 443 } else { 80 });
    if host.has_name_of(authority) && port(host) == port(authority) {
        Ok(authority)
    } else {
        Err(Malformed::Authority)
    }
}
