//! Compressed messages, one byte at a time.

use super::inflate::{Fault, Inflate};
use crate::event::Rule;

/// State of permessage-deflate in a connection.
#[derive(Debug)]
pub(super) struct Compressed {
    inflate: Inflate,
    /// Whether the message under way is compressed.
    in_message: bool,
}

/// Result of one more byte.
pub(super) struct Inflated {
    /// Bytes that it stands for, up to the limit of the message.
    pub(super) good: Vec<u8>,
    /// Rules that it violates.
    pub(super) broken: Vec<Rule>,
}

impl Compressed {
    /// Agrees on permessage-deflate without parameters.
    pub(super) fn new() -> Self {
        Self {
            inflate: Inflate::new(true),
            in_message: false,
        }
    }

    /// Returns whether the current data frame belongs to a compressed message.
    pub(super) const fn is_in_message(&self) -> bool {
        self.in_message
    }

    /// Begins a compressed message: the header of the data frame has RSV1.
    pub(super) fn begin(&mut self) {
        self.inflate.begin();
        self.in_message = true;
    }

    /// Inflates one more byte of a message that may have `limit` bytes.
    pub(super) fn byte(&mut self, byte: u8, limit: u64) -> Inflated {
        let before = self.inflate.so_far().len();
        let fault = self.inflate.byte(byte);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_long = self.inflate.so_far().len() > limit;
        let good = self.inflate.so_far().get(before..).unwrap_or_default();
        let good = good[..good.len().min(limit.saturating_sub(before))].to_vec();
        let mut broken: Vec<Rule> = is_long.then_some(Rule::F19).into_iter().collect();
        broken.extend(fault.err().map(|fault| match fault {
            Fault::Restarted => Rule::F20,
            Fault::Broken | Fault::Cut => Rule::X12,
        }));
        Inflated { good, broken }
    }

    /// Ends a compressed message after its last frame. Returns its bytes.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, Rule> {
        if self.inflate.finish().is_err() {
            return Err(Rule::X12);
        }
        self.in_message = false;
        Ok(self.inflate.so_far().to_vec())
    }
}
