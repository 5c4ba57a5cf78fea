//! Partially received messages.

mod growth;
#[cfg(feature = "deflate")]
mod inflate;
mod unfinished;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

pub(super) use self::growth::MAX_VEC_LEN;
use self::growth::growth;
#[cfg(feature = "deflate")]
pub(super) use self::inflate::{Inflating, Rest};
pub(super) use self::unfinished::Unfinished;
use super::config::Settings;
use super::event::{Event, Part};
use crate::decoder::Piece;
use crate::rules::Next;
use crate::{Chunk, Decoder, Mask, Opcode, ProtocolError, Utf8, copy};

/// A message that comes in more than one chunk.
#[derive(Debug)]
pub(super) struct Assembly {
    body: Body,
    /// Payload bytes received, in `body` or already returned in parts.
    len: u64,
    fragments: u32,
    empty_fragments: u16,
    /// Whether parts are returned as they come.
    streamed: bool,
    /// Whether a part has been returned.
    begun: bool,
    compressed: bool,
}

#[derive(Debug)]
enum Body {
    Text(String, Utf8),
    Binary(Vec<u8>),
}

/// The ends of a chunk's frame and message, relative to the chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) ends_frame: bool,
    pub(super) ends_message: bool,
}

/// An error inside a message, and the good part before it, if the message is streamed.
pub(super) struct Broken<'b> {
    pub(super) part: Option<Event<'b>>,
    pub(super) error: ProtocolError,
}

impl Broken<'_> {
    pub(super) const fn at_once(error: ProtocolError) -> Self {
        Self { part: None, error }
    }

    #[cfg(feature = "deflate")]
    fn into_owned(self) -> Broken<'static> {
        let Self { part, error } = self;
        let part = part.map(Event::into_owned);
        Broken { part, error }
    }
}

impl Assembly {
    /// A message that is assembled as it comes.
    pub(super) const fn plain(opcode: Opcode) -> Self {
        Self::new(opcode, false, false)
    }

    /// The opcode and RSV1 are those of its first frame.
    pub(super) const fn new(opcode: Opcode, compressed: bool, streamed: bool) -> Self {
        let body = match opcode {
            Opcode::Text => Body::Text(String::new(), Utf8::new()),
            _ => Body::Binary(Vec::new()),
        };
        Self {
            body,
            len: 0,
            fragments: 0,
            empty_fragments: 0,
            streamed,
            begun: false,
            compressed,
        }
    }

    #[cfg(feature = "deflate")]
    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Whether the message is assembled as it comes: neither streamed nor compressed.
    pub(super) const fn is_plain(&self) -> bool {
        !self.streamed && !self.compressed
    }

    /// Takes a chunk of a streamed message. Returns its next part.
    pub(super) fn take<'b>(&mut self, chunk: Chunk<'b>) -> Result<Option<Event<'b>>, Broken<'b>> {
        self.count(chunk.payload.len(), chunk.is_first());
        let last = chunk.ends_message();
        let Chunk { payload, .. } = chunk;
        self.part(payload, last)
    }

    /// Appends all of `input` to an assembled message, if it is the middle of a frame. Returns
    /// false, and changes nothing, if it is not, or if the driver has appended bytes itself.
    #[inline]
    pub(super) fn append_middle(
        &mut self,
        input: &mut &mut [u8],
        decoder: &mut Decoder,
    ) -> Result<bool, ProtocolError> {
        let by_driver = matches!(&self.body, Body::Binary(body) if body.len() as u64 != self.len);
        if !self.is_plain() || by_driver {
            return Ok(false);
        }
        match decoder.middle(input) {
            Some(piece) => self.append(piece).map(|()| true),
            None => Ok(false),
        }
    }

    /// Appends a piece to an assembled message, and unmasks it on the way.
    #[expect(
        clippy::inline_always,
        reason = "a load of a piece that was just stored waits for the store"
    )]
    #[inline(always)]
    pub(super) fn append(&mut self, piece: Piece<'_>) -> Result<(), ProtocolError> {
        let Piece { payload, mask, .. } = piece;
        self.count(payload.len(), piece.is_first);
        let to_come = piece.fin.then_some(piece.remaining);
        match &mut self.body {
            Body::Binary(body) => {
                if body.capacity() - body.len() < payload.len() {
                    body.reserve_exact(growth(body.len(), payload.len(), to_come));
                }
                match mask {
                    Some(mask) => mask.append_once(payload, body),
                    None => copy::append(body, payload),
                }
                Ok(())
            }
            Body::Text(text, utf8) => {
                let more = utf8.begun_len() + payload.len();
                if text.capacity() - text.len() < more {
                    text.reserve_exact(growth(text.len(), more, to_come));
                }
                append_text(text, utf8, payload, mask)?;
                match to_come {
                    Some(0) if !utf8.is_complete() => Err(ProtocolError::InvalidUtf8),
                    _ => Ok(()),
                }
            }
        }
    }

    fn capacity(&self) -> usize {
        match &self.body {
            Body::Text(text, _) => text.capacity(),
            Body::Binary(payload) => payload.capacity(),
        }
    }

    /// The bytes of an assembled binary message, for the driver to append to.
    pub(super) const fn bytes(&mut self) -> Option<&mut Vec<u8>> {
        let plain = self.is_plain();
        match &mut self.body {
            Body::Binary(payload) if plain => Some(payload),
            _ => None,
        }
    }

    /// Takes the bytes that the driver has appended as if they were input. Returns `None` if there
    /// are none. Discards bytes beyond the end of the frame.
    #[inline]
    pub(super) fn take_appended(&mut self, decoder: &mut Decoder) -> Option<Place> {
        let taken = usize::try_from(self.len).ok()?;
        if self.bytes()?.len() <= taken {
            return None;
        }
        self.take_bytes(taken, decoder)
    }

    fn take_bytes(&mut self, taken: usize, decoder: &mut Decoder) -> Option<Place> {
        decoder.data_remaining()?;
        let mut appended = self.bytes()?.get_mut(taken..)?;
        let chunk = decoder.payload(&mut appended)?;
        let (place, begins_frame, len) = (Place::of(&chunk), chunk.is_first(), chunk.payload.len());
        self.bytes()?.truncate(taken + len);
        self.count(len, begins_frame);
        Some(place)
    }

    /// The whole message.
    #[inline]
    pub(super) fn whole<'b>(&mut self) -> Event<'b> {
        match &mut self.body {
            Body::Text(text, _) => Event::Text(Cow::Owned(mem::take(text))),
            Body::Binary(payload) => Event::Binary(Cow::Owned(mem::take(payload))),
        }
    }

    /// The number of bytes that this message may still have.
    pub(super) const fn room(&self, limits: &Settings) -> u64 {
        if self.compressed {
            return u64::MAX;
        }
        limits.max_message_len.saturating_sub(self.len)
    }

    /// The frame that may come after one that is not the last of this message.
    pub(super) const fn next(&self, limits: &Settings) -> Next {
        if self.fragments >= limits.max_fragments {
            Next::NoFragment
        } else if self.empty_fragments >= limits.max_empty_fragments {
            Next::FilledFragment
        } else {
            Next::Fragment
        }
    }

    /// Counts a chunk. A chunk that begins its frame is empty only if the frame is.
    pub(super) const fn count(&mut self, len: usize, begins_frame: bool) {
        self.len = self.len.saturating_add(len as u64);
        if begins_frame {
            self.fragments = self.fragments.saturating_add(1);
            self.empty_fragments = if len == 0 {
                self.empty_fragments.saturating_add(1)
            } else {
                0
            };
        }
    }

    /// Returns `payload` as the next part. `None` if it has no whole character and is not the last.
    ///
    /// A text that goes wrong in the middle gives the characters before that, then the error: how
    /// the bytes were cut between inputs makes no difference.
    fn part<'b>(
        &mut self,
        payload: &'b [u8],
        mut last: bool,
    ) -> Result<Option<Event<'b>>, Broken<'b>> {
        match &mut self.body {
            Body::Binary(_) if payload.is_empty() && !last => Ok(None),
            Body::Binary(_) => Ok(Some(Event::BinaryPart(
                self.next_part(Cow::Borrowed(payload), last),
            ))),
            Body::Text(_, utf8) => {
                let checked = utf8.push(payload);
                let valid = checked.valid && (!last || utf8.is_complete());
                let data = joined(checked.first, checked.rest);
                last &= valid;
                let nothing = data.is_empty() && !last;
                let part = (!nothing).then(|| Event::TextPart(self.next_part(data, last)));
                if valid {
                    Ok(part)
                } else {
                    let error = ProtocolError::InvalidUtf8;
                    Err(Broken { part, error })
                }
            }
        }
    }

    fn next_part<T>(&mut self, data: T, last: bool) -> Part<T> {
        Part {
            data,
            first: !mem::replace(&mut self.begun, true),
            last,
        }
    }
}

impl Place {
    pub(super) const fn of(chunk: &Chunk<'_>) -> Self {
        Self {
            ends_frame: chunk.is_last(),
            ends_message: chunk.ends_message(),
        }
    }
}

/// Unmasks, checks and copies in steps that stay in the nearest cache: one pass over memory.
///
/// A long piece is not unmasked in place: its memory would be written back to a farther cache.
#[inline(never)]
fn append_text(
    text: &mut String,
    utf8: &mut Utf8,
    payload: &mut [u8],
    mask: Option<Mask>,
) -> Result<(), ProtocolError> {
    let Some(mut mask) = mask else {
        let mut pieces = payload.chunks(IN_PLACE);
        return pieces.try_for_each(|piece| append_checked(text, utf8, piece));
    };
    if payload.len() <= IN_PLACE {
        mask.apply_once(payload);
        return append_checked(text, utf8, payload);
    }
    let mut near = [0; NEAR];
    payload.chunks(NEAR).try_for_each(|piece| {
        let len = mask.apply_copy(piece, &mut near);
        append_checked(text, utf8, &near[..len])
    })
}

#[inline]
fn append_checked(text: &mut String, utf8: &mut Utf8, piece: &[u8]) -> Result<(), ProtocolError> {
    let checked = utf8.push(piece);
    if let Some(first) = checked.first {
        text.push(first);
    }
    copy::push_str(text, checked.rest);
    if checked.valid {
        Ok(())
    } else {
        Err(ProtocolError::InvalidUtf8)
    }
}

fn joined(first: Option<char>, rest: &str) -> Cow<'_, str> {
    match first {
        None => Cow::Borrowed(rest),
        Some(first) => {
            let mut text = String::with_capacity(first.len_utf8() + rest.len());
            text.push(first);
            text.push_str(rest);
            Cow::Owned(text)
        }
    }
}

/// The longest piece of a text that is unmasked in place, in bytes: it is still in the first cache.
const IN_PLACE: usize = 16 * 1024;

/// The number of bytes of a longer piece that are unmasked, checked and copied at once.
const NEAR: usize = 8 * 1024;
