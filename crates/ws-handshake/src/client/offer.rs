//! Extensions that a client offers.

use core::fmt;

use super::response_error::ResponseError;
use crate::extension::deflate::{DeflateOffer, PerMessageDeflate};
use crate::extension::grammar::DEFLATE;
use crate::extension::{Extension, Extensions, check_extensions};
use crate::headers::extra::FieldError;

/// Extensions of a request, the argument of
/// [`ClientRequest::extensions`](crate::ClientRequest::extensions): a [`DeflateOffer`], an `Option`
/// of one, or the text of a list.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a>(Kind<'a>);

#[derive(Clone, Copy, Debug)]
enum Kind<'a> {
    None,
    Deflate(DeflateOffer),
    Text(&'a str),
}

impl Offer<'_> {
    pub(crate) const NONE: Self = Self(Kind::None);

    pub(crate) fn check(&self) -> Result<(), FieldError> {
        match self.0 {
            Kind::Text(text) => check_extensions(text),
            _ => Ok(()),
        }
    }

    /// The value of the field, if there is one.
    pub(crate) fn value(&self) -> Option<&dyn fmt::Display> {
        match &self.0 {
            Kind::None => None,
            Kind::Deflate(offer) => Some(offer),
            Kind::Text(text) => Some(text),
        }
    }

    /// The parameters that `answer` agrees on, if it answers one of the offers. An extension other
    /// than permessage-deflate has none that this crate knows.
    pub(crate) fn agreed(
        &self,
        answer: &Extension<'_>,
    ) -> Result<Option<PerMessageDeflate>, ResponseError> {
        let deflate = match self.0 {
            Kind::None => None,
            Kind::Deflate(offer) => offer.agreed(answer),
            Kind::Text(text) => {
                let offers = Extensions::parse(text.as_bytes()).into_iter().flatten();
                let mut offers = offers.filter(|offer| offer.name() == answer.name());
                if answer.name() != DEFLATE {
                    return offers.next().map(|_| None).ok_or(ResponseError::Extension);
                }
                offers.find_map(|offer| DeflateOffer::read(&offer)?.agreed(answer))
            }
        };
        deflate.map(Some).ok_or(ResponseError::Extension)
    }
}

impl From<DeflateOffer> for Offer<'_> {
    fn from(offer: DeflateOffer) -> Self {
        Self(Kind::Deflate(offer))
    }
}

impl From<Option<DeflateOffer>> for Offer<'_> {
    fn from(offer: Option<DeflateOffer>) -> Self {
        Self(offer.map_or(Kind::None, Kind::Deflate))
    }
}

impl<'a> From<&'a str> for Offer<'a> {
    fn from(text: &'a str) -> Self {
        Self(Kind::Text(text))
    }
}
