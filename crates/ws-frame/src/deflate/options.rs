//! Options of this end's compression.

use alloc::vec::Vec;

use super::{Compressor, Decompressor, Deflater, SharedContexts, WindowSize};

/// Options of this end's compression, within what the handshake agreed on. One value serves all
/// connections of a server.
///
/// ```
/// use ws_frame::deflate::{Compressor, Options, Tuning};
///
/// let options = Options::new()
///     .compressor(Compressor::Dedicated(Tuning::new()))
///     .min_len(512);
/// assert_eq!(options.get_min_len(), 512);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    compressor: Compressor,
    decompressor: Decompressor,
    min_len: usize,
}

impl Options {
    /// 128 bytes: a shorter text by itself hardly shrinks.
    pub const DEFAULT_MIN_LEN: usize = 128;

    /// The default options: one compressor for all connections with the same options, a
    /// decompressor for each connection, messages from 128 bytes.
    pub fn new() -> Self {
        Self {
            compressor: Compressor::Shared(SharedContexts::default()),
            decompressor: Decompressor::Dedicated,
            min_len: Self::DEFAULT_MIN_LEN,
        }
    }

    /// Sets the compressor of sent messages. Default: [`Compressor::Shared`].
    pub fn compressor(self, compressor: Compressor) -> Self {
        Self { compressor, ..self }
    }

    /// Sets the decompressor of received messages. Default: [`Decompressor::Dedicated`].
    pub fn decompressor(self, decompressor: Decompressor) -> Self {
        Self {
            decompressor,
            ..self
        }
    }

    /// Sets the length in bytes from which messages are compressed. Shorter ones are sent as they
    /// are. Default: [`DEFAULT_MIN_LEN`](Self::DEFAULT_MIN_LEN).
    pub fn min_len(self, bytes: usize) -> Self {
        Self {
            min_len: bytes,
            ..self
        }
    }

    /// The value set by [`compressor`](Self::compressor).
    #[must_use]
    pub const fn get_compressor(&self) -> &Compressor {
        &self.compressor
    }

    /// The value set by [`decompressor`](Self::decompressor).
    #[must_use]
    pub const fn get_decompressor(&self) -> &Decompressor {
        &self.decompressor
    }

    /// The value set by [`min_len`](Self::min_len), in bytes.
    #[must_use]
    pub const fn get_min_len(&self) -> usize {
        self.min_len
    }

    /// Compresses a message by itself. Returns the smallest window that can inflate it, too.
    pub(crate) fn compress(&self, payload: &[u8]) -> (WindowSize, Vec<u8>) {
        let mut deflater = Deflater::new(self.compressor.clone(), false, WindowSize::MAX);
        let mut compressed = Vec::new();
        deflater.deflate(payload, true, &mut compressed);
        let window = WindowSize::holding(payload.len()).min(self.compressor.tuning().get_window());
        (window, compressed)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
