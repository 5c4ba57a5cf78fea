//! The answer that opens a connection over HTTP/2 or HTTP/3.

use core::fmt;

use crate::headers::extra::{ExtraFields, FieldError};
use crate::headers::names::Name;
use crate::server::agreement::Agreement;
use crate::server::protocol::Offer;
use crate::server::{Agreed, Protocol};

/// The answer 200 to an extended CONNECT (RFC 8441 §5). The frames of the connection follow as
/// DATA.
#[derive(Clone, Copy, Debug)]
#[must_use = "the connection is open when this has been encoded and sent"]
pub struct ConnectAccept<'a> {
    pub(crate) agreement: Agreement<'a>,
}

impl<'a> ConnectAccept<'a> {
    pub(super) const fn new(offer: Offer) -> Self {
        Self {
            agreement: Agreement::for_offer(offer),
        }
    }

    /// Sets the subprotocol, or none. Encoding refuses one that was chosen from another client's
    /// offer. To keep the answer for later, choose from names that live as long.
    pub fn protocol(mut self, protocol: impl Into<Option<Protocol<'a>>>) -> Self {
        self.agreement.protocol = protocol.into();
        self
    }

    /// Sets the extensions, like [`Accept::extensions`](crate::Accept::extensions).
    pub fn extensions(mut self, extensions: impl Into<Agreed<'a>>) -> Self {
        self.agreement.extensions = extensions.into();
        self
    }

    /// Sets further fields, as names in lower case and values, in place of those set before.
    pub const fn fields(mut self, fields: &'a [(&'a str, &'a str)]) -> Self {
        self.agreement.fields = ExtraFields(fields);
        self
    }

    /// Calls `put` with name and value of each field of the header list, `:status` first.
    ///
    /// # Errors
    ///
    /// [`FieldError`] for a field or extension that cannot be sent, also a name in upper case.
    /// `put` is not called then.
    pub fn encode(&self, mut put: impl FnMut(&str, &dyn fmt::Display)) -> Result<(), FieldError> {
        self.agreement.check()?;
        check_lower_case(self.agreement.fields)?;
        put(":status", &"200");
        self.agreement.each(|name, value| {
            put(Name::lower_case(name), value);
            Ok(())
        })
    }
}

/// RFC 9113 §8.2.
pub(super) fn check_lower_case(fields: ExtraFields<'_>) -> Result<(), FieldError> {
    let has_upper_case = fields
        .0
        .iter()
        .any(|(name, _)| name.contains(|letter: char| letter.is_ascii_uppercase()));
    if has_upper_case {
        Err(FieldError::Name)
    } else {
        Ok(())
    }
}
