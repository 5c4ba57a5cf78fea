use alloc::vec::Vec;

use super::{Compressor, Decompressor, Deflater, SharedContexts, WindowBits};

/// How this end compresses and inflates: its own business, within what was agreed on. A server has one for all of its connections.
///
/// The default: one compressor for all connections with the same options, a decompressor for each, messages from 128 bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What compresses the messages that are sent.
    pub compressor: Compressor,
    /// What inflates the messages that come.
    pub decompressor: Decompressor,
    /// Shorter messages are sent as they are. [`DEFAULT_MIN_LEN`](Self::DEFAULT_MIN_LEN) unless set.
    pub min_len: usize,
}

impl Options {
    /// 128 bytes: by itself, a shorter text hardly shrinks.
    pub const DEFAULT_MIN_LEN: usize = 128;

    /// Compresses a message by itself, and gives the smallest window with which a peer can inflate it.
    pub(crate) fn compress(&self, payload: &[u8]) -> (WindowBits, Vec<u8>) {
        let mut deflater = Deflater::new(self.compressor.clone(), false, WindowBits::MAX);
        let mut compressed = Vec::new();
        deflater.deflate(payload, true, &mut compressed);
        let window_bits = WindowBits::holding(payload.len()).min(self.compressor.tuning().window_bits);
        (window_bits, compressed)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            compressor: Compressor::Shared(SharedContexts::default()),
            decompressor: Decompressor::Dedicated,
            min_len: Self::DEFAULT_MIN_LEN,
        }
    }
}
