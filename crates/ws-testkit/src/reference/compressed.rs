//! Compressed messages, one byte at a time.

use super::inflate::{Fault, Inflate};
use super::{Message, Reference, Rule};

/// State of permessage-deflate in a connection.
#[derive(Debug)]
pub(super) struct Compressed {
    inflate: Inflate,
    /// Whether the message under way is compressed.
    in_message: bool,
}

impl Reference {
    /// Agrees on permessage-deflate without parameters.
    #[must_use]
    pub fn with_deflate(mut self) -> Self {
        self.frames = self.frames.with_rsv1();
        self.compressed = Some(Compressed {
            inflate: Inflate::new(true),
            in_message: false,
        });
        self
    }

    /// Returns whether the current data frame belongs to a compressed message.
    pub(super) fn is_compressed(&self) -> bool {
        self.compressed
            .as_ref()
            .is_some_and(|compressed| compressed.in_message)
    }

    /// Begins a compressed message: the header of the data frame has RSV1.
    pub(super) fn begin_compressed(&mut self) {
        if let Some(compressed) = &mut self.compressed {
            compressed.inflate.begin();
            compressed.in_message = true;
        }
    }

    /// Rules that the bytes inflated from one more byte violate.
    pub(super) fn broken_inflated(&mut self, byte: u8) -> Vec<Rule> {
        let Some(Compressed { inflate, .. }) = &mut self.compressed else {
            return Vec::new();
        };
        let before = inflate.so_far().len();
        let fault = inflate.byte(byte);
        let limit = usize::try_from(self.limits.message).unwrap_or(usize::MAX);
        let is_long = inflate.so_far().len() > limit;
        let good = inflate.so_far().get(before..).unwrap_or_default();
        let good = good[..good.len().min(limit.saturating_sub(before))].to_vec();
        let mut broken: Vec<Rule> = good
            .into_iter()
            .find_map(|byte| self.broken_text(byte))
            .into_iter()
            .collect();
        broken.extend(is_long.then_some(Rule::F19));
        broken.extend(fault.err().map(|fault| match fault {
            Fault::Restarted => Rule::F20,
            Fault::Broken | Fault::Cut => Rule::X12,
        }));
        broken
    }

    /// Ends a compressed message after its last frame.
    pub(super) fn finish_compressed(&mut self, message: Message) -> Vec<Rule> {
        let Some(compressed) = &mut self.compressed else {
            return Vec::new();
        };
        if compressed.inflate.finish().is_err() {
            return vec![Rule::X12];
        }
        compressed.in_message = false;
        self.payload = compressed.inflate.so_far().to_vec();
        self.finish(message)
    }
}
