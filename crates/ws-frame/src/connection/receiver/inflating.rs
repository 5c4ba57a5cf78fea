use alloc::boxed::Box;

use super::Receiver;
use crate::Chunk;
use crate::connection::Event;
use crate::connection::assembly::{Broken, Inflating, Place, Rest, Unfinished};
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
        let (mut compressed, place) = (&*chunk.payload, Place::of(chunk));
        let (event, more) = self.inflate_some(&mut compressed, place)?;
        if more {
            self.keep_rest(Rest::new(compressed, place));
        }
        Ok(event)
    }

    /// What was taken and has not been inflated yet: its parts are handed over one by one.
    pub(super) fn inflate_rest<'b>(&mut self) -> Option<Event<'b>> {
        let mut rest = self.unfinished.as_mut()?.inflating.as_mut()?.take_rest()?;
        let mut compressed = rest.left();
        match self.inflate_some(&mut compressed, rest.place) {
            Ok((event, more)) => {
                if more {
                    let left = compressed.len();
                    rest.keep_last(left);
                    self.keep_rest(rest);
                }
                event
            }
            Err(broken) => Some(self.break_message(broken)),
        }
    }

    fn keep_rest(&mut self, rest: Rest) {
        if let Some(inflating) = self
            .unfinished
            .as_mut()
            .and_then(|unfinished| unfinished.inflating.as_mut())
        {
            inflating.keep_rest(rest);
        }
    }

    /// Inflates one part, and says whether `compressed` stands for more.
    fn inflate_some<'b>(
        &mut self,
        compressed: &mut &[u8],
        place: Place,
    ) -> Result<(Option<Event<'b>>, bool), Broken<'b>> {
        let Some(Unfinished {
            message: Some(message),
            inflating: Some(inflating),
            ..
        }) = self.unfinished.as_deref_mut()
        else {
            return Ok((None, false));
        };
        let limit = self.settings.max_message_len;
        let (event, more) = inflating.inflate(message, compressed, place, limit)?;
        if more {
            self.decoder.delay();
        } else {
            self.go_on(place);
        }
        Ok((event, more))
    }
}
