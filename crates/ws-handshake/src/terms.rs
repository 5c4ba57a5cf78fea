//! What an answer that opens a connection agrees on.

use core::fmt;

use crate::encode::{ExtraFields, FieldError};
use crate::extension::Extensions;
use crate::extension::deflate::PerMessageDeflate;
use crate::name::Name;
use crate::protocol::Protocol;

/// Subprotocol, extensions and more fields, over whichever version of HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) protocol: Option<Protocol<'a>>,
    pub(crate) extensions: Agreed<'a>,
    pub(crate) fields: ExtraFields<'a>,
}

impl Terms<'_> {
    pub(crate) const NONE: Self = Self {
        protocol: None,
        extensions: Agreed(Agreement::None),
        fields: ExtraFields::NONE,
    };

    pub(crate) fn check(&self) -> Result<(), FieldError> {
        self.fields.check(&[])?;
        match self.extensions.0 {
            Agreement::Text(text) if Extensions::parse(text.as_bytes()).is_none() => {
                Err(FieldError::Extensions)
            }
            _ => Ok(()),
        }
    }

    /// Gives each field to `put`, as name and value, until it fails.
    pub(crate) fn each<E>(
        &self,
        mut put: impl FnMut(&str, &dyn fmt::Display) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(protocol) = self.protocol {
            put(Name::Protocol.text(), &protocol)?;
        }
        match self.extensions.0 {
            Agreement::None => {}
            Agreement::Deflate(deflate) => put(Name::Extensions.text(), &deflate)?,
            Agreement::Text(text) => put(Name::Extensions.text(), &text)?,
        }
        self.fields.each(put)
    }
}

/// The extensions of an answer; made from what [`Accept::extensions`](crate::Accept::extensions) takes.
#[derive(Clone, Copy, Debug)]
pub struct Agreed<'a>(Agreement<'a>);

#[derive(Clone, Copy, Debug)]
enum Agreement<'a> {
    None,
    Deflate(PerMessageDeflate),
    Text(&'a str),
}

impl From<PerMessageDeflate> for Agreed<'_> {
    fn from(deflate: PerMessageDeflate) -> Self {
        Self(Agreement::Deflate(deflate))
    }
}

impl From<Option<PerMessageDeflate>> for Agreed<'_> {
    fn from(deflate: Option<PerMessageDeflate>) -> Self {
        Self(deflate.map_or(Agreement::None, Agreement::Deflate))
    }
}

impl<'a> From<&'a str> for Agreed<'a> {
    fn from(text: &'a str) -> Self {
        Self(Agreement::Text(text))
    }
}
