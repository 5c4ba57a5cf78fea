//! Receives compressed messages (RFC 7692 §7.2.2).

use alloc::boxed::Box;

use super::Receiver;
use crate::connection::assembly::{Broken, Inflating, Place, Rest, Unfinished};
use crate::connection::event::Event;
use crate::deflate::Inflater;

impl Receiver {
    /// Accepts compressed messages (RFC 7692 §7.2.2).
    pub(in crate::connection) fn set_inflater(&mut self, inflater: Inflater) {
        self.unfinished.get_or_insert_default().inflating =
            Some(Box::new(Inflating::new(inflater)));
        self.decoder.set_allow_rsv1();
    }

    /// Inflates a chunk. Keeps the bytes that stand for more than one part.
    pub(super) fn inflate<'b>(
        &mut self,
        mut compressed: &[u8],
        place: Place,
    ) -> Result<Option<Event<'b>>, Broken<'b>> {
        let (event, more) = self.inflate_part(&mut compressed, place)?;
        if more {
            self.keep(Rest::new(compressed, place));
        }
        Ok(event)
    }

    /// Inflates the next part of the bytes that were kept.
    pub(super) fn inflate_rest<'b>(&mut self) -> Option<Event<'b>> {
        let mut rest = self.inflating()?.rest.take()?;
        let mut compressed = rest.left();
        match self.inflate_part(&mut compressed, rest.place) {
            Ok((event, more)) => {
                if more {
                    let left = compressed.len();
                    rest.keep_last(left);
                    self.keep(rest);
                }
                event
            }
            Err(broken) => Some(self.break_message(broken)),
        }
    }

    fn keep(&mut self, rest: Rest) {
        if let Some(inflating) = self.inflating() {
            inflating.rest = Some(rest);
        }
    }

    pub(in crate::connection) fn set_inflate_budget(&mut self, bytes: usize) {
        if let Some(inflating) = self.inflating() {
            inflating.set_budget(bytes);
        }
    }

    /// Whether compressed bytes wait for a budget.
    pub(in crate::connection) fn awaits_inflate_budget(&self) -> bool {
        match self.unfinished.as_deref() {
            Some(Unfinished {
                inflating: Some(inflating),
                ..
            }) => inflating.awaits_budget(),
            _ => false,
        }
    }

    fn inflating(&mut self) -> Option<&mut Inflating> {
        self.unfinished.as_mut()?.inflating.as_deref_mut()
    }

    /// Inflates one part. Also returns whether there is more in `compressed`.
    fn inflate_part<'b>(
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
