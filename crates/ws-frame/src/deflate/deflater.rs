use alloc::vec::Vec;
use core::fmt;

use zlib_rs::Deflate;

use super::feed::{self, RECOUNT_AFTER};
use super::{Compressor, WindowBits, room};

/// Compresses the messages to one peer (RFC 7692 §7.2.1).
///
/// [`Connection`](crate::Connection) does so by itself.
///
/// ```
/// use ws_frame::deflate::{Compressor, Deflater, Tuning, WindowBits};
///
/// let mut deflater = Deflater::new(Compressor::Dedicated(Tuning::default()), true, WindowBits::MAX);
/// let (mut first, mut second) = (Vec::new(), Vec::new());
/// deflater.deflate(b"the same, and the same again", true, &mut first);
/// deflater.deflate(b"the same, and the same again", true, &mut second);
/// assert!(second.len() < first.len());
/// ```
pub struct Deflater {
    source: Compressor,
    keeps_context: bool,
    window_bits: WindowBits,
    compressor: Option<Deflate>,
}

impl Deflater {
    /// `keeps_context`: whether a message may refer to earlier ones, as both ends agreed (RFC 7692 §7.1.1); `window_bits`: how far
    /// (§7.1.2). Less may be done than agreed.
    #[must_use]
    pub const fn new(source: Compressor, keeps_context: bool, window_bits: WindowBits) -> Self {
        Self {
            source,
            keeps_context,
            window_bits,
            compressor: None,
        }
    }

    /// Appends `payload`, compressed, to `output`: a whole message, or a fragment of one with `last` for its last. The peer can inflate
    /// each fragment as it comes.
    ///
    /// What was compressed must be sent, unless [`keeps_context`](Self::keeps_context) says that no later message refers to it.
    pub fn deflate(&mut self, payload: &[u8], last: bool, output: &mut Vec<u8>) {
        if !payload.is_empty() {
            self.compress(payload, output);
            if last {
                debug_assert!(output.ends_with(TAIL), "an empty stored block ends a flush");
                output.truncate(output.len() - TAIL.len());
            }
        } else if last {
            output.push(STORED_BLOCK);
        }
        if last && !self.keeps_context {
            self.compressor.iter_mut().for_each(Deflate::reset);
        }
    }

    /// How long so many bytes can become at worst, in one call of [`deflate`](Self::deflate): what does not shrink grows, by 14 % at
    /// the very most and mostly by a few bytes.
    #[must_use]
    pub const fn longest(payload_len: usize) -> usize {
        // With the fixed codes, a literal has nine bits at most; every block has ten bits beside its literals, and holds 127 of them at the
        // lowest memory level. Then comes the empty stored block.
        let (literals, blocks) = (payload_len / 8, payload_len / 64);
        payload_len
            .saturating_add(literals)
            .saturating_add(blocks)
            .saturating_add(ENDS)
    }

    /// Whether a message refers to earlier ones.
    #[must_use]
    pub const fn keeps_context(&self) -> bool {
        self.keeps_context && matches!(self.source, Compressor::Dedicated(_))
    }

    /// The window that both ends agreed on.
    #[must_use]
    pub const fn window_bits(&self) -> WindowBits {
        self.window_bits
    }

    fn compress(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        match &self.source {
            Compressor::Shared(contexts) => {
                for payload in payload.chunks(MAX_PIECE) {
                    contexts.compress(self.window_bits, |compressor| {
                        compress(compressor, payload, output);
                    });
                }
            }
            Compressor::Dedicated(tuning) => {
                let compressor = self
                    .compressor
                    .get_or_insert_with(|| tuning.compressor(self.window_bits));
                for payload in payload.chunks(MAX_PIECE) {
                    if compressor.total_in().max(compressor.total_out()) > RECOUNT_AFTER {
                        compressor.reset();
                    }
                    compress(compressor, payload, output);
                }
            }
        }
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("source", &self.source)
            .field("keeps_context", &self.keeps_context)
            .field("window_bits", &self.window_bits)
            .field("has_compressor", &self.compressor.is_some())
            .finish()
    }
}

fn compress(compressor: &mut Deflate, mut payload: &[u8], output: &mut Vec<u8>) {
    loop {
        let at = output.len();
        let len = (payload.len() / 2).clamp(SMALLEST_STEP, LARGEST_STEP);
        let fed = feed::compress(compressor, payload, room::open(output, len, usize::MAX));
        output.truncate(at + fed.made);
        payload = &payload[fed.used..];
        let flushed = payload.is_empty() && fed.made < len;
        if flushed || fed.is_idle() {
            return;
        }
    }
}

/// What is cut off the end of a message: all of an empty stored block but its header.
const TAIL: &[u8] = &[0x00, 0x00, 0xff, 0xff];

/// What is lost to round numbers, and the empty stored block that ends a flush.
const ENDS: usize = 16;

/// The header of an empty stored block that is not the last, and the rest of its byte: an empty message (RFC 7692 §7.2.3.6).
const STORED_BLOCK: u8 = 0x00;

/// The longest payload that is compressed in one stream, in bytes: `zlib-rs` counts in a `c_ulong`, which may have 32 bits.
const MAX_PIECE: usize = 1 << 30;

/// The output is lengthened by steps: of half the input at first.
const SMALLEST_STEP: usize = 64;

const LARGEST_STEP: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::{Decompressor, Inflater, Tuning};

    #[test]
    fn r73_the_compressor_begins_to_count_anew_long_before_its_count_overflows() {
        let mut deflater = Deflater::new(Compressor::Dedicated(Tuning::default()), true, WindowBits::MAX);
        let mut inflater = Inflater::new(Decompressor::Dedicated, true);
        for round in 0..RECOUNT_AFTER / 200 {
            let message = round.to_le_bytes().repeat(125);
            let (mut compressed, mut inflated) = (Vec::new(), Vec::new());
            deflater.deflate(&message, true, &mut compressed);
            assert!(deflater.compressor.as_ref().unwrap().total_in() < RECOUNT_AFTER + 1100);
            let _ = inflater
                .inflate(&mut &compressed[..], &mut inflated, usize::MAX, 1000)
                .unwrap();
            inflater.finish().unwrap();
            assert_eq!(inflated, message);
        }
    }
}
