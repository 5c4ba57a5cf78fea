//! One pass over the fields that picks out those with a meaning for the handshake.

use crate::fields::{Fields, Items, Members, Values};
use crate::name::Name;
use crate::syntax::is_word;

/// The fields that the handshake is about, as they came.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'b> {
    /// The first value of each.
    first: [&'b [u8]; Name::COUNT],
    /// A bit for each [`Name`] that came.
    seen: u16,
    /// A bit for each that came more than once.
    repeated: u16,
}

impl<'b> Known<'b> {
    pub(crate) fn of_fields(fields: Fields<'b>) -> Self {
        let mut known = Self::default();
        for (name, value) in fields {
            if let Some(name) = Name::of(name.as_bytes()) {
                known.note(name, value);
            }
        }
        known
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

    /// The only value; `Err` of the one or the other fault.
    pub(crate) fn only<E>(&self, name: Name, missing: E, repeated: E) -> Result<&'b [u8], E> {
        self.at_most_one(name, repeated)?.ok_or(missing)
    }

    /// The only value if there is one; `Err` when there are several.
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

    /// Whether a list has a member, ignoring case.
    #[inline]
    pub(crate) fn has_member(&self, name: Name, wanted: &str, fields: Fields<'b>) -> bool {
        match self.list(name) {
            List::One(value) => has_member(value, wanted),
            List::Several => fields.all(name.text()).any(|value| has_member(value, wanted)),
        }
    }
}

/// A list that came in one field, or in none, which is the empty list; or in several.
#[derive(Clone, Copy)]
pub(crate) enum List<'b> {
    One(&'b [u8]),
    Several,
}

impl<'b> List<'b> {
    /// The fields are walked over again only when there are several.
    pub(crate) fn values(self, name: Name, fields: Fields<'b>) -> Values<'b, 'static> {
        match self {
            Self::One(value) => Values::one(value),
            Self::Several => fields.all(name.text()),
        }
    }

    pub(crate) fn members(self, name: Name, fields: Fields<'b>) -> Members<'b> {
        Members::of(self.values(name, fields))
    }
}

/// The usual list has one member.
#[inline]
fn has_member(list: &[u8], wanted: &str) -> bool {
    list == wanted.as_bytes() || Items::of(list).any(|member| is_word(member, wanted))
}
