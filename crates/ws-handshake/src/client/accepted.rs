//! Terms of a connection that a server opened.

use core::fmt;

use super::request::ClientRequest;
use super::response_error::ResponseError;
use crate::extension::Extensions;
use crate::extension::deflate::PerMessageDeflate;
use crate::extension::grammar::is_extension_list;
use crate::headers::fields::Fields;
use crate::headers::handshake_fields::{HandshakeFields, List};
use crate::headers::names::Name;

/// Terms of an open connection, which the server chose among those offered.
#[derive(Clone, Copy)]
pub struct Accepted<'b> {
    protocol: Option<&'b str>,
    deflate: Option<PerMessageDeflate>,
    extensions: List<'b>,
    fields: Fields<'b>,
}

impl<'b> Accepted<'b> {
    pub(super) fn check(
        known: &HandshakeFields<'b>,
        fields: Fields<'b>,
        request: &ClientRequest<'_>,
    ) -> Result<Self, ResponseError> {
        Ok(Self {
            deflate: check_extensions(known, fields, request)?,
            protocol: check_protocol(known, request)?,
            extensions: known.list(Name::Extensions),
            fields,
        })
    }

    /// The subprotocol of the connection, if there is one.
    #[must_use]
    pub const fn protocol(&self) -> Option<&'b str> {
        self.protocol
    }

    /// The parameters of permessage-deflate, if messages are compressed.
    #[must_use]
    pub const fn deflate(&self) -> Option<PerMessageDeflate> {
        self.deflate
    }

    /// All extensions of the connection, in the order in which they apply (RFC 6455 §9.1).
    #[must_use]
    pub fn extensions(&self) -> Extensions<'b> {
        Extensions::trust(self.extensions.extensions(self.fields))
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }
}

impl fmt::Debug for Accepted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("protocol", &self.protocol)
            .field("extensions", &self.extensions())
            .field("fields", &self.fields)
            .finish()
    }
}

/// Checks that each extension comes once and answers an offer, so the work is bounded by the offer.
fn check_extensions(
    known: &HandshakeFields<'_>,
    fields: Fields<'_>,
    request: &ClientRequest<'_>,
) -> Result<Option<PerMessageDeflate>, ResponseError> {
    if !known.has(Name::Extensions) {
        return Ok(None);
    }
    let list = known.list(Name::Extensions);
    if !is_extension_list(list.values(Name::Extensions, fields)) {
        return Err(ResponseError::ExtensionSyntax);
    }
    let answers = Extensions::trust(list.extensions(fields));
    let mut agreed = None;
    for (index, answer) in answers.clone().enumerate() {
        if answers
            .clone()
            .take(index)
            .any(|earlier| earlier.name() == answer.name())
        {
            return Err(ResponseError::Extension);
        }
        agreed = agreed.or(request.extensions.agreed(&answer)?);
    }
    Ok(agreed)
}

fn check_protocol<'b>(
    known: &HandshakeFields<'b>,
    request: &ClientRequest<'_>,
) -> Result<Option<&'b str>, ResponseError> {
    match known.at_most_one(Name::Protocol, ResponseError::Protocol)? {
        None if request.require_protocol && !request.protocols.is_empty() => {
            Err(ResponseError::ProtocolMissing)
        }
        None => Ok(None),
        Some(value) => {
            let protocol = core::str::from_utf8(value).ok();
            let offered = protocol.filter(|protocol| request.protocols.contains(protocol));
            offered.map(Some).ok_or(ResponseError::Protocol)
        }
    }
}
