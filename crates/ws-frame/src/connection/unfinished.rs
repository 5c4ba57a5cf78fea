use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use super::receiver::Settings;
use super::{Event, Part};
use crate::rules::Next;
use crate::{Chunk, Opcode, Utf8};

/// What has come of a message that is not whole yet, and of a control frame that is not. Boxed: most connections, most of the time,
/// have neither.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    pub(super) message: Option<Message>,
    pub(super) control: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Message {
    body: Body,
    len: u64,
    fragments: u32,
    empty_fragments: u16,
    /// Whether a part has been handed over.
    handed_over: bool,
}

#[derive(Debug)]
enum Body {
    Text(String, Utf8),
    Binary(Vec<u8>),
}

impl Message {
    pub(super) const fn new(opcode: Opcode) -> Self {
        let body = match opcode {
            Opcode::Text => Body::Text(String::new(), Utf8::new()),
            _ => Body::Binary(Vec::new()),
        };
        Self {
            body,
            len: 0,
            fragments: 0,
            empty_fragments: 0,
            handed_over: false,
        }
    }

    /// How many more bytes of this message may come.
    pub(super) const fn room(&self, limits: &Settings) -> u64 {
        limits.max_message_len.saturating_sub(self.len)
    }

    /// Which frame may come next, once one of this message has ended and it is not the last.
    pub(super) const fn next(&self, limits: &Settings) -> Next {
        if self.fragments >= limits.max_fragments {
            Next::NoFragment
        } else if self.empty_fragments >= limits.max_empty_fragments {
            Next::FilledFragment
        } else {
            Next::Fragment
        }
    }

    pub(super) const fn count(&mut self, chunk: &Chunk<'_>) {
        self.len = self.len.saturating_add(chunk.payload.len() as u64);
        if chunk.is_first() {
            self.fragments = self.fragments.saturating_add(1);
            let empty = chunk.header.len == 0;
            self.empty_fragments = if empty {
                self.empty_fragments.saturating_add(1)
            } else {
                0
            };
        }
    }

    /// Takes what has come. Gives the next part of the message if it is streamed, and otherwise the whole message, once it is.
    pub(super) fn take<'b>(
        &mut self,
        chunk: Chunk<'b>,
        streaming: bool,
    ) -> Result<Option<Event<'b>>, BrokenText<'b>> {
        if streaming {
            return self.part(chunk);
        }
        self.push(&chunk)?;
        Ok(chunk.ends_message().then(|| self.whole()))
    }

    fn push<'b>(&mut self, chunk: &Chunk<'_>) -> Result<(), BrokenText<'b>> {
        let expected = if chunk.header.fin {
            chunk.remaining
        } else {
            u64::MAX
        };
        match &mut self.body {
            Body::Binary(payload) => {
                payload.reserve_exact(growth(
                    payload.len(),
                    payload.capacity(),
                    chunk.payload.len(),
                    expected,
                ));
                payload.extend_from_slice(chunk.payload);
            }
            Body::Text(text, utf8) => {
                text.reserve_exact(growth(text.len(), text.capacity(), chunk.payload.len(), expected));
                let checked = utf8.push(chunk.payload);
                text.extend(checked.first);
                text.push_str(checked.rest);
                if !checked.valid || chunk.ends_message() && !utf8.is_complete() {
                    return Err(BrokenText(None));
                }
            }
        }
        Ok(())
    }

    fn whole<'b>(&mut self) -> Event<'b> {
        match &mut self.body {
            Body::Text(text, _) => Event::Text(Cow::Owned(mem::take(text))),
            Body::Binary(payload) => Event::Binary(Cow::Owned(mem::take(payload))),
        }
    }

    /// What has come, as the next part; `None` if nothing can be handed over yet. A text that goes wrong in the middle of the chunk gives
    /// the characters before it, then the error: what is handed over does not depend on how the bytes were cut.
    fn part<'b>(&mut self, chunk: Chunk<'b>) -> Result<Option<Event<'b>>, BrokenText<'b>> {
        let mut last = chunk.ends_message();
        let Chunk { payload, .. } = chunk;
        match &mut self.body {
            Body::Binary(_) if payload.is_empty() && !last => Ok(None),
            Body::Binary(_) => Ok(Some(Event::BinaryPart(
                self.next_part(Cow::Borrowed(&*payload), last),
            ))),
            Body::Text(_, utf8) => {
                let checked = utf8.push(payload);
                let valid = checked.valid && (!last || utf8.is_complete());
                let data = joined(checked.first, checked.rest);
                last &= valid;
                let nothing = data.is_empty() && !last;
                let part = (!nothing).then(|| Event::TextPart(self.next_part(data, last)));
                if valid { Ok(part) } else { Err(BrokenText(part)) }
            }
        }
    }

    fn next_part<T>(&mut self, data: T, last: bool) -> Part<T> {
        Part {
            data,
            first: !mem::replace(&mut self.handed_over, true),
            last,
        }
    }
}

/// Text that is not UTF-8, and the characters before the place where it is not, if there are any.
pub(super) struct BrokenText<'b>(pub(super) Option<Event<'b>>);

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

/// How much to reserve beyond `len` for `more` bytes to fit: doubling, so that many small pieces cost little, but never more than is
/// still `expected` after them. What the peer claims alone never makes anything grow.
fn growth(len: usize, capacity: usize, more: usize, expected: u64) -> usize {
    if capacity - len >= more {
        return 0;
    }
    let spare = usize::try_from(expected).map_or(len + more, |expected| expected.min(len + more));
    more + spare
}
