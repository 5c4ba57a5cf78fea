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

    /// Inflates more of what was taken before.
    pub(super) fn inflate_rest<'b>(&mut self) -> Option<Event<'b>> {
        let mut rest = self.inflating_mut()?.take_rest()?;
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

    /// See [`Connection::set_inflate_budget`](crate::Connection::set_inflate_budget).
    pub(in crate::connection) fn set_inflate_budget(&mut self, bytes: usize) {
        if let Some(inflating) = self.inflating_mut() {
            inflating.set_budget(bytes);
        }
    }

    /// Whether compressed bytes wait for a budget.
    pub(in crate::connection) fn awaits_inflate_budget(&self) -> bool {
        let inflating = self
            .unfinished
            .as_ref()
            .and_then(|unfinished| unfinished.inflating.as_ref());
        inflating.is_some_and(|inflating| inflating.awaits_budget())
    }

    fn inflating_mut(&mut self) -> Option<&mut Inflating> {
        self.unfinished.as_mut()?.inflating.as_deref_mut()
    }

    fn keep_rest(&mut self, rest: Rest) {
        if let Some(inflating) = self.inflating_mut() {
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
