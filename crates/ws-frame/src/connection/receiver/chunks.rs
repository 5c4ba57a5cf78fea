//! What a chunk comes to that is no whole message in one frame, or whose message is not put together.

use alloc::borrow::Cow;
use core::mem;

use super::Receiver;
use crate::connection::assembly::{Assembly, Broken, Place};
use crate::connection::{Close, Event, Message};
use crate::{Chunk, Opcode, ProtocolError, utf8};

impl Receiver {
    pub(super) fn chunk<'b>(&mut self, chunk: Chunk<'b>) -> Option<Event<'b>> {
        match chunk.header.opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => self.control(chunk),
            Opcode::Text | Opcode::Binary | Opcode::Continuation => self.data(chunk),
        }
    }

    /// Control payloads are whole before they are read.
    fn control<'b>(&mut self, chunk: Chunk<'b>) -> Option<Event<'b>> {
        let (is_first, is_last) = (chunk.is_first(), chunk.is_last());
        let Chunk { header, payload, .. } = chunk;
        let payload = if is_first && is_last {
            Cow::Borrowed(&*payload)
        } else {
            let unfinished = self.unfinished.get_or_insert_default();
            unfinished.control.extend_from_slice(payload);
            if !is_last {
                return None;
            }
            Cow::Owned(mem::take(&mut unfinished.control))
        };
        Some(match header.opcode {
            Opcode::Close => self.close(payload),
            Opcode::Ping => Event::Ping(payload),
            _ => Event::Pong(payload),
        })
    }

    /// A message under way is abandoned.
    fn close<'b>(&mut self, payload: Cow<'b, [u8]>) -> Event<'b> {
        self.unfinished = None;
        match Close::parse(payload) {
            Ok(close) => Event::Close(close),
            Err(error) => self.fail(error),
        }
    }

    /// A message, or some of one.
    fn data<'b>(&mut self, chunk: Chunk<'b>) -> Option<Event<'b>> {
        let opcode = chunk.header.opcode;
        let is_whole =
            chunk.is_first() && chunk.ends_message() && opcode != Opcode::Continuation && !chunk.header.rsv1;
        let streaming = self.settings.streaming;
        let taken = match (is_whole, streaming) {
            (true, false) => whole_message(opcode, chunk.payload)
                .map(|message| Some(message.into()))
                .ok_or(Broken::at_once(ProtocolError::InvalidUtf8)),
            (true, true) => Assembly::new(chunk.header, true).take(chunk),
            (false, _) => self.fragment(chunk),
        };
        taken.unwrap_or_else(|broken| Some(self.break_message(broken)))
    }

    /// Some of a message that is not whole in one frame and one input, and is streamed or compressed.
    fn fragment<'b>(&mut self, chunk: Chunk<'b>) -> Result<Option<Event<'b>>, Broken<'b>> {
        let (place, header) = (Place::of(&chunk), chunk.header);
        let unfinished = self.unfinished.get_or_insert_default();
        let message = unfinished
            .message
            .get_or_insert_with(|| Assembly::new(header, self.settings.streaming));
        #[cfg(feature = "deflate")]
        if message.is_compressed() {
            return self.inflate(&chunk);
        }
        let taken = message.take(chunk);
        self.go_on(place);
        taken
    }
}

/// The message in a payload that is all of it; `None` if it should be text and is not.
fn whole_message(opcode: Opcode, payload: &[u8]) -> Option<Message<'_>> {
    match opcode {
        Opcode::Text => utf8::from_utf8(payload).map(Message::Text),
        _ => Some(Message::Binary(payload)),
    }
}
