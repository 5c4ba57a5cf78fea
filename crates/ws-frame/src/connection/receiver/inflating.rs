use alloc::boxed::Box;

use super::Receiver;
use crate::Chunk;
use crate::connection::Event;
use crate::connection::assembly::{Broken, Inflating, Place, Unfinished};
use crate::deflate::Inflater;

/// Compressed messages (RFC 7692 §7.2.2).
impl Receiver {
    /// They may come from now on.
    pub(in crate::connection) fn set_inflater(&mut self, inflater: Inflater) {
        self.unfinished.get_or_insert_default().inflating = Some(Box::new(Inflating::new(inflater)));
        self.decoder.set_allow_rsv1();
    }

    /// Takes some of the compressed message under way.
    pub(super) fn inflate<'b>(&mut self, chunk: &Chunk<'_>) -> Result<Option<Event<'b>>, Broken<'b>> {
        if let Some(message) = self
            .unfinished
            .as_mut()
            .and_then(|unfinished| unfinished.message.as_mut())
        {
            message.count(chunk.payload.len(), chunk.is_first());
        }
        self.inflate_some(chunk.payload, Place::of(chunk))
    }

    /// What was taken and has not been inflated yet: its parts are handed over one by one.
    pub(super) fn inflate_rest<'b>(&mut self) -> Option<Event<'b>> {
        let (rest, place) = self.unfinished.as_mut()?.inflating.as_mut()?.take_rest()?;
        self.inflate_some(&rest, place)
            .unwrap_or_else(|broken| Some(self.break_message(broken)))
    }

    fn inflate_some<'b>(
        &mut self,
        mut compressed: &[u8],
        place: Place,
    ) -> Result<Option<Event<'b>>, Broken<'b>> {
        let Some(Unfinished {
            message: Some(message),
            inflating: Some(inflating),
            ..
        }) = self.unfinished.as_deref_mut()
        else {
            return Ok(None);
        };
        let limit = self.settings.max_message_len;
        let event = inflating.inflate(message, &mut compressed, place, limit)?;
        if inflating.has_rest() {
            self.decoder.delay();
        } else {
            self.go_on(place);
        }
        Ok(event)
    }
}
