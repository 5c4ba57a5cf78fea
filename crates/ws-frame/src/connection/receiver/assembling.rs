use super::Receiver;
use crate::connection::Event;
use crate::connection::assembly::{Assembly, Place};
use crate::rules::Next;

/// Messages that do not come whole in one frame and one input, and are put together: neither streamed nor compressed.
impl Receiver {
    /// Whether messages are put together here: not streamed, and not compressed.
    pub(super) fn assembles(&self) -> bool {
        match self
            .unfinished
            .as_ref()
            .and_then(|unfinished| unfinished.message.as_ref())
        {
            Some(message) => message.is_plain(),
            None => !self.settings.streaming,
        }
    }

    /// Some of a message that is not whole in one frame and one input. Nothing larger than a word is handed from function to function
    /// here: to read what was just written waits until it is written out.
    #[inline]
    pub(super) fn assemble<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        let (mut chunk, mask) = self.decoder.masked_payload(input)?;
        let (place, header) = (Place::of(&chunk), chunk.header);
        let unfinished = self.unfinished.get_or_insert_default();
        let message = unfinished
            .message
            .get_or_insert_with(|| Assembly::new(header, false));
        if let Err(error) = message.append(&mut chunk, mask) {
            return Some(self.fail(error));
        }
        self.assembled(place)
    }

    /// Gives the message if it is whole, and otherwise tells the decoder what may come next.
    #[inline]
    fn assembled<'b>(&mut self, place: Place) -> Option<Event<'b>> {
        if place.ends_message {
            self.decoder.allow(self.settings.max_message_len, Next::Message);
            return Some(self.unfinished.as_mut()?.message.take()?.whole());
        }
        if place.ends_frame {
            self.bound();
        }
        None
    }

    /// What the driver has appended to [`assembly`](Self::assembly).
    #[inline]
    pub(super) fn take_appended<'b>(&mut self) -> Option<Event<'b>> {
        let assembly = self.unfinished.as_mut()?.message.as_mut()?;
        let place = assembly.take_appended(&mut self.decoder)?;
        self.assembled(place)
    }
}
