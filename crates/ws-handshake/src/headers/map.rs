//! Fields of an HTTP stack's header map.

use ::http::HeaderMap;
use ::http::header::{HeaderValue, Iter};

use super::grammar::trim;

/// Entries of a map. A clone goes on at the same entry.
pub(super) struct MapIter<'b> {
    map: &'b HeaderMap,
    taken: usize,
    rest: Iter<'b, HeaderValue>,
}

impl<'b> MapIter<'b> {
    pub(super) fn new(map: &'b HeaderMap) -> Self {
        Self {
            map,
            taken: 0,
            rest: map.iter(),
        }
    }
}

impl Clone for MapIter<'_> {
    fn clone(&self) -> Self {
        let mut rest = self.map.iter();
        rest.by_ref().take(self.taken).for_each(drop);
        Self { rest, ..*self }
    }
}

impl<'b> Iterator for MapIter<'b> {
    type Item = (&'b str, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.rest.next()?;
        self.taken += 1;
        Some((name.as_str(), trim(value.as_bytes())))
    }
}
