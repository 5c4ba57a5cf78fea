use alloc::string::String;
use alloc::vec::Vec;

use super::{Assembly, Body, Broken, Place};
use crate::connection::Event;
use crate::deflate::{Inflated, Inflater};
use crate::{ProtocolError, Utf8};

/// What compressed messages need.
#[derive(Debug)]
pub(in crate::connection) struct Inflating {
    inflater: Inflater,
    /// Compressed bytes that were taken, and stand for more than one part.
    rest: Option<Rest>,
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
        Self { inflater, rest: None }
    }

    /// Takes bytes off the front of `compressed`: all of them, unless they stand for more than one part. Says whether they do.
    pub(in crate::connection) fn inflate<'b>(
        &mut self,
        message: &mut Assembly,
        compressed: &mut &[u8],
        place: Place,
        limit: u64,
    ) -> Result<(Option<Event<'b>>, bool), Broken<'b>> {
        let last = place.ends_message;
        if !message.streamed {
            return message
                .inflate(&mut self.inflater, compressed, last, limit)
                .map(|event| (event, false))
                .map_err(Broken::at_once);
        }
        let mut data = Vec::new();
        let mut inflated = self.inflater.inflate(compressed, &mut data, PART_LEN, limit);
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

    pub(in crate::connection) const fn take_rest(&mut self) -> Option<Rest> {
        self.rest.take()
    }

    pub(in crate::connection) fn keep_rest(&mut self, rest: Rest) {
        self.rest = Some(rest);
    }
}

impl Assembly {
    /// Takes all that some compressed bytes stand for. Gives the message once it is whole.
    fn inflate<'b>(
        &mut self,
        inflater: &mut Inflater,
        compressed: &mut &[u8],
        last: bool,
        limit: u64,
    ) -> Result<Option<Event<'b>>, ProtocolError> {
        match &mut self.body {
            Body::Binary(payload) => {
                // Without a bound on the room, all of it is inflated.
                let _ = inflater.inflate(compressed, payload, usize::MAX, limit)?;
            }
            Body::Text(text, utf8) => inflate_text(inflater, compressed, text, utf8, limit)?,
        }
        if !last {
            return Ok(None);
        }
        inflater.finish()?;
        if matches!(&self.body, Body::Text(_, utf8) if !utf8.is_complete()) {
            return Err(ProtocolError::InvalidUtf8);
        }
        Ok(Some(self.whole()))
    }
}

/// Text is checked as it is inflated, before anything that goes wrong behind it.
fn inflate_text(
    inflater: &mut Inflater,
    compressed: &mut &[u8],
    text: &mut String,
    utf8: &mut Utf8,
    limit: u64,
) -> Result<(), ProtocolError> {
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let taken = inflater.inflate(compressed, &mut piece, PART_LEN, limit);
        let checked = utf8.push(&piece);
        text.reserve_exact(growth(text, piece.len(), limit));
        text.extend(checked.first);
        text.push_str(checked.rest);
        if !checked.valid {
            return Err(ProtocolError::InvalidUtf8);
        }
        if taken? == Inflated::All {
            return Ok(());
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
