//! Everything that a receiver holds between two inputs.

#[cfg(feature = "deflate")]
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Assembly;
#[cfg(feature = "deflate")]
use super::Inflating;
use crate::connection::message::PartialMessage;

/// A partially received message and a partially received control frame. Boxed: an idle connection
/// has neither.
#[derive(Debug, Default)]
pub(in crate::connection) struct Unfinished {
    pub(in crate::connection) message: Option<Assembly>,
    pub(in crate::connection) control: Vec<u8>,
    /// State of compressed messages. It outlives each of them.
    #[cfg(feature = "deflate")]
    pub(in crate::connection) inflating: Option<Box<Inflating>>,
}

impl Unfinished {
    /// Whether nothing is left to keep.
    pub(in crate::connection) fn is_empty(&self) -> bool {
        #[cfg(feature = "deflate")]
        if self.inflating.is_some() {
            return false;
        }
        self.message.is_none() && self.control.is_empty()
    }

    /// The message under way, as far as it has come.
    pub(in crate::connection) fn partial_message(&self) -> Option<PartialMessage> {
        let message = self.message.as_ref()?;
        #[cfg(feature = "deflate")]
        let beside = self
            .inflating
            .as_ref()
            .map_or(0, |inflating| inflating.held());
        #[cfg(not(feature = "deflate"))]
        let beside = 0;
        Some(PartialMessage {
            received: message.len,
            held: message.capacity() + beside,
        })
    }
}
