//! Inflates a message as it is received.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Assembly, Body, Broken, Place};
use crate::connection::Event;
use crate::deflate::{Inflated, Inflater};
use crate::{ProtocolError, Utf8, copy};

/// State of compressed messages.
#[derive(Debug)]
pub(in crate::connection) struct Inflating {
    inflater: Inflater,
    /// Compressed bytes that stand for more than one part.
    pub(in crate::connection) rest: Option<Rest>,
    /// The number of bytes that may still be inflated.
    budget: usize,
}

/// Compressed bytes of one input, copied once for all the parts that they stand for.
#[derive(Debug)]
pub(in crate::connection) struct Rest {
    bytes: Vec<u8>,
    /// The number of bytes that have been inflated.
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

    /// Takes bytes off the front of `compressed` until all of it is inflated, a part of a streamed
    /// message is full, or the budget is used up. Also returns whether there is more.
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

    /// Inflates into an assembled message. Returns the message once it is whole.
    fn inflate_whole<'b>(
        &mut self,
        message: &mut Assembly,
        compressed: &mut &[u8],
        last: bool,
        limit: u64,
    ) -> Result<(Option<Event<'b>>, bool), ProtocolError> {
        let Self {
            inflater, budget, ..
        } = self;
        let inflated = match &mut message.body {
            Body::Binary(payload) => {
                let before = payload.len();
                let inflated = inflater.inflate(compressed, payload, *budget, limit)?;
                *budget -= (payload.len() - before).min(*budget);
                inflated
            }
            Body::Text(text, utf8) => {
                inflate_text(inflater, compressed, text, utf8, budget, limit)?
            }
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

    pub(in crate::connection) const fn set_budget(&mut self, bytes: usize) {
        self.budget = bytes;
    }

    pub(in crate::connection) const fn awaits_budget(&self) -> bool {
        self.budget == 0 && self.rest.is_some()
    }

    /// The memory that is held only while a message is under way, in bytes.
    pub(in crate::connection) fn held(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.bytes.capacity());
        rest + self.inflater.borrowed()
    }
}

/// Inflates text and checks it piece by piece, so that the first error is reported.
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
        copy::push_str(text, checked.rest);
        if !checked.valid {
            return Err(ProtocolError::InvalidUtf8);
        }
        let taken = taken?;
        if taken == Inflated::All || *budget == 0 {
            return Ok(taken);
        }
    }
}

/// The number of bytes to reserve for `more` bytes: as many as there are, within the limit.
fn growth(text: &String, more: usize, limit: u64) -> usize {
    if text.capacity() - text.len() >= more {
        return 0;
    }
    let left = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_sub(text.len());
    text.len().min(left).max(more)
}

/// The longest part, in bytes. It stays in the first cache.
const PART_LEN: usize = 16 * 1024;
