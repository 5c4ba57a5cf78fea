//! The fields of a head that have a meaning for the handshake, noted in one pass.

use super::fields::{Fields, Values};
use super::grammar::is_word;
use super::list::{Items, Members};
use super::names::Name;

/// First values of the handshake's fields, and which of these fields are repeated.
#[derive(Clone, Copy, Default)]
pub(crate) struct HandshakeFields<'b> {
    /// The first value of each.
    first: [&'b [u8]; Name::COUNT],
    /// One bit per [`Name`] that came.
    seen: u16,
    /// One bit per [`Name`] that came more than once.
    repeated: u16,
}

impl<'b> HandshakeFields<'b> {
    pub(crate) fn of_fields(fields: Fields<'b>) -> Self {
        let mut noted = Self::default();
        for (name, value) in fields {
            if let Some(name) = Name::of(name.as_bytes()) {
                noted.note(name, value);
            }
        }
        noted
    }

    pub(crate) fn note(&mut self, name: Name, value: &'b [u8]) {
        if self.has(name) {
            self.repeated |= name.bit();
        } else {
            self.seen |= name.bit();
            self.first[name as usize] = value;
        }
    }

    pub(crate) const fn has(&self, name: Name) -> bool {
        self.seen & name.bit() != 0
    }

    /// The only value, or the error for a missing or a repeated field.
    pub(crate) fn only<E>(&self, name: Name, missing: E, repeated: E) -> Result<&'b [u8], E> {
        self.at_most_one(name, repeated)?.ok_or(missing)
    }

    /// The only value if there is one; an error when there are several.
    pub(crate) fn at_most_one<E>(&self, name: Name, repeated: E) -> Result<Option<&'b [u8]>, E> {
        match self.list(name) {
            List::Several => Err(repeated),
            List::One(_) => Ok(self.first(name)),
        }
    }

    /// The first value if there is one.
    pub(crate) fn first(&self, name: Name) -> Option<&'b [u8]> {
        self.has(name).then_some(self.first[name as usize])
    }

    pub(crate) const fn list(&self, name: Name) -> List<'b> {
        if self.repeated & name.bit() != 0 {
            List::Several
        } else {
            List::One(self.first[name as usize])
        }
    }

    /// Returns whether a list has a member, ignoring case.
    #[inline]
    pub(crate) fn has_member(&self, name: Name, wanted: &str, fields: Fields<'b>) -> bool {
        match self.list(name) {
            List::One(value) => has_member(value, wanted),
            List::Several => fields
                .all(name.text())
                .any(|value| has_member(value, wanted)),
        }
    }
}

/// A list in one field or in none, which is the empty list; or a list in several fields.
#[derive(Clone, Copy)]
pub(crate) enum List<'b> {
    One(&'b [u8]),
    Several,
}

impl<'b> List<'b> {
    /// Walks over the fields again only when there are several.
    pub(crate) fn values(self, name: Name, fields: Fields<'b>) -> Values<'b, 'static> {
        match self {
            Self::One(value) => Values::one(value),
            Self::Several => fields.all(name.text()),
        }
    }

    pub(crate) fn tokens(self, name: Name, fields: Fields<'b>) -> Members<'b> {
        Members::of(self.values(name, fields))
    }

    pub(crate) fn extensions(self, fields: Fields<'b>) -> Members<'b> {
        Members::with_quotes(self.values(Name::Extensions, fields))
    }
}

/// The usual list has one member.
#[inline]
fn has_member(list: &[u8], wanted: &str) -> bool {
    list == wanted.as_bytes() || Items::of(list).any(|member| is_word(member, wanted))
}
