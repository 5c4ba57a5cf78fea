//! Subprotocol, extensions and further fields of an answer that opens a connection.

use core::fmt;

use super::protocol::{Offer, Protocol};
use crate::extension::check_extensions;
use crate::extension::deflate::PerMessageDeflate;
use crate::headers::extra::{ExtraFields, FieldError};
use crate::headers::names::Name;

/// The agreed terms, over any version of HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreement<'a> {
    pub(crate) protocol: Option<Protocol<'a>>,
    /// The client's offer, of which `protocol` must be one.
    pub(crate) offer: Offer,
    pub(crate) extensions: Agreed<'a>,
    pub(crate) fields: ExtraFields<'a>,
}

impl Agreement<'_> {
    /// Nothing, for a client that offered these subprotocols.
    pub(crate) const fn for_offer(offer: Offer) -> Self {
        Self {
            offer,
            ..Self::NONE
        }
    }

    pub(crate) const NONE: Self = Self {
        protocol: None,
        offer: Offer::NONE,
        extensions: Agreed(Choice::None),
        fields: ExtraFields::NONE,
    };

    pub(crate) fn check(&self) -> Result<(), FieldError> {
        self.fields.check(&[])?;
        if self
            .protocol
            .is_some_and(|protocol| protocol.offer() != self.offer)
        {
            return Err(FieldError::NotOffered);
        }
        match self.extensions.0 {
            Choice::Text(text) => check_extensions(text),
            _ => Ok(()),
        }
    }

    /// Calls `put` with name and value of each field, until it fails.
    pub(crate) fn each<E>(
        &self,
        mut put: impl FnMut(&str, &dyn fmt::Display) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(protocol) = self.protocol {
            put(Name::Protocol.text(), &protocol)?;
        }
        match self.extensions.0 {
            Choice::None => {}
            Choice::Deflate(deflate) => put(Name::Extensions.text(), &deflate)?,
            Choice::Text(text) => put(Name::Extensions.text(), &text)?,
        }
        self.fields.each(put)
    }
}

/// Extensions of an answer, the argument of [`Accept::extensions`](crate::Accept::extensions).
#[derive(Clone, Copy, Debug)]
pub struct Agreed<'a>(Choice<'a>);

#[derive(Clone, Copy, Debug)]
enum Choice<'a> {
    None,
    Deflate(PerMessageDeflate),
    Text(&'a str),
}

impl From<PerMessageDeflate> for Agreed<'_> {
    fn from(deflate: PerMessageDeflate) -> Self {
        Self(Choice::Deflate(deflate))
    }
}

impl From<Option<PerMessageDeflate>> for Agreed<'_> {
    fn from(deflate: Option<PerMessageDeflate>) -> Self {
        Self(deflate.map_or(Choice::None, Choice::Deflate))
    }
}

impl<'a> From<&'a str> for Agreed<'a> {
    fn from(text: &'a str) -> Self {
        Self(Choice::Text(text))
    }
}
