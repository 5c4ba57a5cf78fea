//! The next frame: its limits, and the end of a message or of the connection before it.

use super::Receiver;
use crate::ProtocolError;
use crate::connection::assembly::{Broken, Place, Unfinished};
use crate::connection::event::Event;
use crate::rules::Next;

impl Receiver {
    /// Tells the decoder which frame may come after a chunk, and drops a message that has ended.
    pub(super) fn go_on(&mut self, place: Place) {
        if place.ends_message {
            self.decoder
                .allow(self.settings.max_message_len, Next::Message);
            self.unfinished
                .as_mut()
                .and_then(|unfinished| unfinished.message.take());
        } else if place.ends_frame {
            self.limit_next();
        }
    }

    /// Limits the next frame to what its message may still have.
    pub(super) fn limit_next(&mut self) {
        let (len, next) = match self.unfinished.as_deref() {
            Some(Unfinished {
                message: Some(message),
                ..
            }) => (message.room(&self.settings), message.next(&self.settings)),
            _ => (self.settings.max_message_len, Next::Message),
        };
        self.decoder.allow(len, next);
    }

    /// Frees the memory of finished messages. Not called while there is input: the next message may
    /// need it.
    pub(super) fn tidy(&mut self) {
        self.unfinished.take_if(|unfinished| unfinished.is_empty());
    }

    /// Fails, after the last good part if there is one.
    #[cold]
    pub(super) fn break_message<'b>(&mut self, Broken { part, error }: Broken<'b>) -> Event<'b> {
        match part {
            None => self.fail(error),
            Some(part) => {
                self.unfinished = None;
                self.decoder.fail_next(error);
                part
            }
        }
    }

    #[cold]
    pub(super) fn fail<'b>(&mut self, error: ProtocolError) -> Event<'b> {
        self.unfinished = None;
        self.decoder.fail();
        Event::Failed(error)
    }
}
