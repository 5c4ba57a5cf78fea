//! Comma-separated lists in fields (RFC 9110 §5.6.1).

use super::fields::Values;
use super::grammar::{cut, cut_unquoted, trim};

/// Members of a list that can span several fields of one name. Empty members are skipped.
#[derive(Clone)]
pub(crate) struct Members<'b> {
    values: Values<'b, 'static>,
    items: Items<'b>,
}

impl<'b> Members<'b> {
    /// A list of tokens.
    pub(crate) const fn of(values: Values<'b, 'static>) -> Self {
        let items = Items::NONE;
        Self { values, items }
    }

    /// A list whose members can hold quoted strings.
    pub(crate) const fn with_quotes(values: Values<'b, 'static>) -> Self {
        let items = Items {
            rest: None,
            quotes: true,
        };
        Self { values, items }
    }
}

impl<'b> Iterator for Members<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        loop {
            match self.items.next() {
                None => self.items.rest = Some(self.values.next()?),
                member => return member,
            }
        }
    }
}

/// Members of the list in one field.
#[derive(Clone)]
pub(crate) struct Items<'b> {
    rest: Option<&'b [u8]>,
    /// Whether a comma inside a quoted string separates nothing.
    quotes: bool,
}

impl<'b> Items<'b> {
    const NONE: Self = Self {
        rest: None,
        quotes: false,
    };

    pub(crate) const fn of(list: &'b [u8]) -> Self {
        Self {
            rest: Some(list),
            ..Self::NONE
        }
    }
}

impl<'b> Iterator for Items<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        loop {
            let list = self.rest?;
            let (member, rest) = if self.quotes {
                cut_unquoted(list, b',')
            } else {
                cut(list, b',')
            };
            self.rest = rest;
            match trim(member) {
                [] => {}
                member => return Some(member),
            }
        }
    }
}
