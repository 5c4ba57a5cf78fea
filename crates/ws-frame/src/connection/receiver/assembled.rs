//! Receives messages that are assembled: cut between inputs, or in fragments.

use super::Receiver;
use crate::ProtocolError;
use crate::connection::assembly::{Assembly, Place, Unfinished};
use crate::connection::event::Event;
use crate::connection::message::Message;
use crate::rules::Next;

impl Receiver {
    /// Fast path of a cut message: appends all of `input`, if it is the middle of a frame of the
    /// message that is assembled. Returns whether nothing else is to be done.
    #[inline]
    pub(super) fn append_middle(&mut self, input: &mut &mut [u8]) -> bool {
        let Some(Unfinished {
            message: Some(message),
            ..
        }) = self.unfinished.as_deref_mut()
        else {
            return false;
        };
        let appended = message.append_middle(input, &mut self.decoder);
        appended.unwrap_or_else(|error| {
            self.unfinished = None;
            self.decoder.fail_next(error);
            false
        })
    }

    /// Fast path: continues the message that is assembled, begins one that `input` cuts, or returns
    /// one whose fragments are all in `input`. `None` decides nothing.
    #[inline]
    pub(super) fn receive_ahead<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        match self.is_plain() {
            Some(true) => loop {
                let event = self.assemble(input);
                if event.is_some() || !self.decoder.begin_fragment(input) {
                    return event;
                }
            },
            None if !self.settings.streaming => {
                if let Some(opcode) = self.decoder.begin_cut(input) {
                    let unfinished = self.unfinished.get_or_insert_default();
                    unfinished.message = Some(Assembly::plain(opcode));
                    return self.assemble(input);
                }
                self.joined(input)
            }
            _ => None,
        }
    }

    /// Returns the next message, if all its fragments are whole in `input` and no control frame is
    /// between them: joined there, it costs no allocation.
    fn joined<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        let most = self.settings.max_fragments;
        let (opcode, payload) = self.decoder.decode_fragments(input, most)?;
        Some(match Message::of(opcode, payload) {
            Some(message) => message.into(),
            None => self.fail(ProtocolError::InvalidUtf8),
        })
    }

    /// Whether the message under way, if there is one, is assembled: neither streamed nor
    /// compressed.
    #[inline]
    pub(super) fn is_plain(&self) -> Option<bool> {
        Some(self.unfinished.as_deref()?.message.as_ref()?.is_plain())
    }

    /// Whether the message under way, or the next, is assembled.
    pub(super) fn assembles_next(&self) -> bool {
        self.is_plain().unwrap_or(!self.settings.streaming)
    }

    /// Begins to assemble a message, unless one is under way, and appends its next piece.
    pub(super) fn begin_to_assemble<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        let opcode = self.decoder.data_opcode()?;
        let unfinished = self.unfinished.get_or_insert_default();
        unfinished
            .message
            .get_or_insert_with(|| Assembly::plain(opcode));
        self.assemble(input)
    }

    /// Takes what the driver has appended to the message under way, or its next piece, if its frame
    /// has begun. Returns the message if it is whole. Passes nothing larger than a word from
    /// function to function: a load of what was just stored waits for the store.
    #[inline]
    fn assemble<'b>(&mut self, input: &mut &mut [u8]) -> Option<Event<'b>> {
        let message = self.unfinished.as_mut()?.message.as_mut()?;
        let place = if let Some(place) = message.take_appended(&mut self.decoder) {
            place
        } else {
            let piece = self.decoder.piece(input)?;
            let ends_frame = piece.remaining == 0;
            let ends_message = ends_frame && piece.fin;
            if let Err(error) = message.append(piece) {
                return Some(self.fail(error));
            }
            Place {
                ends_frame,
                ends_message,
            }
        };
        if place.ends_message {
            self.decoder
                .allow(self.settings.max_message_len, Next::Message);
            return Some(self.unfinished.as_mut()?.message.take()?.whole());
        }
        if place.ends_frame {
            self.limit_next();
        }
        None
    }
}
