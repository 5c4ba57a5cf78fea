use alloc::string::String;
use alloc::vec::Vec;

use super::{Assembly, Body, Broken, Place};
use crate::connection::Event;
use crate::deflate::{Inflated, Inflater};
use crate::{ProtocolError, Utf8};

/// State of compressed messages.
#[derive(Debug)]
pub(in crate::connection) struct Inflating {
    inflater: Inflater,
    rest: Option<Rest>,
    /// Bytes that may still be inflated.
    budget: usize,
}

/// Compressed bytes of one input: copied once, however many parts they stand for.
#[derive(Debug)]
pub(in crate::connection) struct Rest {
    bytes: Vec<u8>,
    /// How many of them have been inflated.
    taken: usize,
    pub(in crate::connection) place: Place,
}

impl Rest {
    pub(in crate::connection) fn new(bytes: &[u8], place: Place) -> Self {
        Self {
            bytes: bytes.to_vec(),
            taken: 0,
            place,
        }
    }

    pub(in crate::connection) fn left(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// Keeps the last `len` bytes.
    pub(in crate::connection) const fn keep_last(&mut self, len: usize) {
        self.taken = self.bytes.len().saturating_sub(len);
    }
}

impl Inflating {
    pub(in crate::connection) const fn new(inflater: Inflater) -> Self {
        Self {
            inflater,
            rest: None,
            budget: usize::MAX,
        }
    }

    /// Takes bytes off the front of `compressed` until all of it is inflated, until one part is full, or until the budget is used up. Says
    /// whether there is more.
    pub(in crate::connection) fn inflate<'b>(
        &mut self,
        message: &mut Assembly,
        compressed: &mut &[u8],
        place: Place,
        limit: u64,
    ) -> Result<(Option<Event<'b>>, bool), Broken<'b>> {
        let last = place.ends_message;
        if !message.streamed {
            return self
                .inflate_whole(message, compressed, last, limit)
                .map_err(Broken::at_once);
        }
        let mut data = Vec::new();
        let room = PART_LEN.min(self.budget);
        let mut inflated = self.inflater.inflate(compressed, &mut data, room, limit);
        self.budget -= data.len().min(self.budget);
        if last && inflated == Ok(Inflated::All) {
            inflated = self.inflater.finish().map(|()| Inflated::All);
        }
        let part = message
            .part(&data, last && inflated == Ok(Inflated::All))
            .map(|part| part.map(Event::into_owned))
            .map_err(Broken::into_owned)?;
        match inflated {
            Ok(inflated) => Ok((part, inflated == Inflated::Some)),
            Err(error) => Err(Broken { part, error }),
        }
    }

    /// Inflates into a message that is put together. Gives the message once it is whole.
    fn inflate_whole<'b>(
        &mut self,
        message: &mut Assembly,
        compressed: &mut &[u8],
        last: bool,
        limit: u64,
    ) -> Result<(Option<Event<'b>>, bool), ProtocolError> {
        let Self { inflater, budget, .. } = self;
        let inflated = match &mut message.body {
            Body::Binary(payload) => {
                let before = payload.len();
                let inflated = inflater.inflate(compressed, payload, *budget, limit)?;
                *budget -= (payload.len() - before).min(*budget);
                inflated
            }
            Body::Text(text, utf8) => inflate_text(inflater, compressed, text, utf8, budget, limit)?,
        };
        if !last || inflated == Inflated::Some {
            return Ok((None, inflated == Inflated::Some));
        }
        inflater.finish()?;
        if matches!(&message.body, Body::Text(_, utf8) if !utf8.is_complete()) {
            return Err(ProtocolError::InvalidUtf8);
        }
        Ok((Some(message.whole()), false))
    }

    pub(in crate::connection) const fn take_rest(&mut self) -> Option<Rest> {
        self.rest.take()
    }

    pub(in crate::connection) fn keep_rest(&mut self, rest: Rest) {
        self.rest = Some(rest);
    }

    pub(in crate::connection) const fn set_budget(&mut self, bytes: usize) {
        self.budget = bytes;
    }

    pub(in crate::connection) const fn awaits_budget(&self) -> bool {
        self.budget == 0 && self.rest.is_some()
    }

    /// Bytes of memory that are held only while a message is under way.
    pub(in crate::connection) fn held(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.bytes.capacity());
        rest + self.inflater.borrowed()
    }
}

/// Text is checked as it is inflated, before anything that goes wrong behind it.
fn inflate_text(
    inflater: &mut Inflater,
    compressed: &mut &[u8],
    text: &mut String,
    utf8: &mut Utf8,
    budget: &mut usize,
    limit: u64,
) -> Result<Inflated, ProtocolError> {
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let taken = inflater.inflate(compressed, &mut piece, PART_LEN.min(*budget), limit);
        *budget -= piece.len().min(*budget);
        let checked = utf8.push(&piece);
        text.reserve_exact(growth(text, piece.len(), limit));
        text.extend(checked.first);
        text.push_str(checked.rest);
        if !checked.valid {
            return Err(ProtocolError::InvalidUtf8);
        }
        let taken = taken?;
        if taken == Inflated::All || *budget == 0 {
            return Ok(taken);
        }
    }
}

/// How much to reserve for `more` bytes: doubling, but no more than the limit.
fn growth(text: &String, more: usize, limit: u64) -> usize {
    if text.capacity() - text.len() >= more {
        return 0;
    }
    let left = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_sub(text.len());
    text.len().min(left).max(more)
}

/// The longest part: what is inflated at a time stays in the first cache.
const PART_LEN: usize = 16 * 1024;
