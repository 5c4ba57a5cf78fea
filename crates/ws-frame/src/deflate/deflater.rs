//! Compression of messages, and the calls of `zlib-rs` in both directions.

use alloc::vec::Vec;
use core::ffi::c_ulong;
use core::fmt;

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

use super::{Compressor, Level, WindowSize, short};
use crate::ProtocolError;

/// Compressor of the messages to one peer (RFC 7692 §7.2.1). A [`Connection`](crate::Connection)
/// with [`with_deflate`](crate::Connection::with_deflate) has one.
///
/// ```
/// use ws_frame::deflate::{Compressor, Deflater, Tuning, WindowSize};
///
/// let compressor = Compressor::Dedicated(Tuning::default());
/// let mut deflater = Deflater::new(compressor, true, WindowSize::MAX);
/// let (mut first, mut second) = (Vec::new(), Vec::new());
/// deflater.deflate(b"the same, and the same again", true, &mut first);
/// deflater.deflate(b"the same, and the same again", true, &mut second);
/// assert!(second.len() < first.len());
/// ```
pub struct Deflater {
    source: Compressor,
    keeps_context: bool,
    window: WindowSize,
    compressor: Option<Deflate>,
}

impl Deflater {
    /// A compressor for one peer. With `keeps_context`, a message may refer to earlier ones (RFC
    /// 7692 §7.1.1), within `window` (§7.1.2). The compressor may do less than that.
    #[must_use]
    pub const fn new(source: Compressor, keeps_context: bool, window: WindowSize) -> Self {
        Self {
            source,
            keeps_context,
            window,
            compressor: None,
        }
    }

    /// Compresses `payload` and appends it to `output`: a whole message, or a fragment of one.
    /// `last` ends the message. The peer can inflate each fragment as it comes.
    ///
    /// The caller must send what was compressed, unless [`keeps_context`](Self::keeps_context) is
    /// false and no later message refers to it.
    pub fn deflate(&mut self, payload: &[u8], last: bool, output: &mut Vec<u8>) {
        if !payload.is_empty() {
            if last && self.is_short(payload) {
                short::compress(payload, self.reach(), output);
            } else {
                self.compress(payload, output);
            }
            if last {
                debug_assert!(output.ends_with(TAIL), "an empty stored block ends a flush");
                output.truncate(output.len() - TAIL.len());
            }
        } else if last {
            output.push(STORED_BLOCK);
        }
        if last && !self.keeps_context {
            let used = self.compressor.iter_mut().filter(|it| it.total_in() > 0);
            used.for_each(Deflate::reset);
        }
    }

    /// Whether the end of a message is compressed without a compressor. The compressor of a context
    /// must see every message; one without a context may have compressed the fragments before, and
    /// forgets them.
    fn is_short(&self, payload: &[u8]) -> bool {
        payload.len() <= short::MOST
            && !self.keeps_context()
            && self.source.tuning().get_level() == Level::FASTEST
    }

    /// The distance up to which a compressed message may refer back.
    fn reach(&self) -> WindowSize {
        self.window.min(self.source.tuning().get_window())
    }

    /// The greatest length that one call of [`deflate`](Self::deflate) appends for `payload_len`
    /// bytes. A payload that does not shrink grows: by 14 % at most, mostly by a few bytes.
    #[must_use]
    pub const fn longest(payload_len: usize) -> usize {
        // With the fixed codes, a literal has at most nine bits. Every block has ten bits besides
        // its literals, and holds 127 of them at the lowest memory level. Then comes the empty
        // stored block.
        let (literals, blocks) = (payload_len / 8, payload_len / 64);
        payload_len
            .saturating_add(literals)
            .saturating_add(blocks)
            .saturating_add(ENDS)
    }

    /// Whether messages refer to earlier ones.
    #[must_use]
    pub const fn keeps_context(&self) -> bool {
        self.keeps_context && matches!(self.source, Compressor::Dedicated(_))
    }

    /// The window that both ends agreed on.
    #[must_use]
    pub const fn window(&self) -> WindowSize {
        self.window
    }

    fn compress(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        match &self.source {
            Compressor::Shared(contexts) => {
                for payload in payload.chunks(MAX_PIECE) {
                    contexts.compress(self.window, |compressor| {
                        compress(compressor, payload, output);
                    });
                }
            }
            Compressor::Dedicated(tuning) => {
                let compressor = self
                    .compressor
                    .get_or_insert_with(|| tuning.compressor(self.window));
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
            .field("window", &self.window)
            .field("has_compressor", &self.compressor.is_some())
            .finish()
    }
}

fn compress(compressor: &mut Deflate, mut payload: &[u8], output: &mut Vec<u8>) {
    loop {
        let at = output.len();
        let len = (payload.len() / 2).clamp(SMALLEST_STEP, LARGEST_STEP);
        let fed = call_compressor(compressor, payload, extend_by(output, len, usize::MAX));
        output.truncate(at + fed.made);
        payload = &payload[fed.used..];
        let flushed = payload.is_empty() && fed.made < len;
        if flushed || fed.is_idle() {
            return;
        }
    }
}

/// The effect of one call of a compressor or decompressor.
pub(super) struct Fed {
    /// Bytes taken off the input.
    pub(super) used: usize,
    /// Bytes written to the output.
    pub(super) made: usize,
    /// An error came after these bytes.
    pub(super) status: Result<Status, ProtocolError>,
}

impl Fed {
    pub(super) const fn is_idle(&self) -> bool {
        self.used == 0 && self.made == 0
    }
}

pub(super) fn call_decompressor(
    decompressor: &mut Inflate,
    input: &[u8],
    output: &mut [u8],
    flush: InflateFlush,
) -> Fed {
    let (total_in, total_out) = (decompressor.total_in(), decompressor.total_out());
    let status = decompressor
        .decompress(input, output, flush)
        .map_err(|_| ProtocolError::InvalidDeflate);
    Fed {
        used: difference(decompressor.total_in(), total_in),
        made: difference(decompressor.total_out(), total_out),
        status,
    }
}

/// Flushes to a byte boundary with an empty stored block, if the output has room for it.
fn call_compressor(compressor: &mut Deflate, input: &[u8], output: &mut [u8]) -> Fed {
    let (total_in, total_out) = (compressor.total_in(), compressor.total_out());
    let status = compressor
        .compress(input, output, DeflateFlush::SyncFlush)
        .expect("a stream that is never finished takes input");
    Fed {
        used: difference(compressor.total_in(), total_in),
        made: difference(compressor.total_out(), total_out),
        status: Ok(status),
    }
}

/// Both count the bytes of slices.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

/// Extends `output` by `len` bytes to write over. Reserves no more than `most` bytes, its final
/// growth, need.
pub(super) fn extend_by(output: &mut Vec<u8>, len: usize, most: usize) -> &mut [u8] {
    let at = output.len();
    let needed = at.saturating_add(len);
    if needed > output.capacity() {
        let capacity = output
            .capacity()
            .saturating_mul(2)
            .min(at.saturating_add(most))
            .max(needed);
        output.reserve_exact(capacity - at);
    }
    output.resize(needed, 0);
    &mut output[at..]
}

/// The most compressed bytes of one stream: half of what `zlib-rs` can count in its `c_ulong`,
/// which has 32 bits on many targets.
#[allow(
    clippy::allow_attributes,
    clippy::unnecessary_cast,
    reason = "a `c_ulong` is a `u64` on some targets, and not on others"
)]
pub(super) const MAX_COUNT: u64 = (c_ulong::MAX / 2) as u64;

/// The bytes after which a new stream begins as soon as one can, so that the count stays below
/// [`MAX_COUNT`].
pub(super) const RECOUNT_AFTER: u64 = if cfg!(test) { 1 << 15 } else { 1 << 30 };

/// The bytes that are cut off the end of a message: an empty stored block without its header.
const TAIL: &[u8] = &[0x00, 0x00, 0xff, 0xff];

/// Rounding, and the empty stored block that ends a flush, in bytes.
const ENDS: usize = 16;

/// An empty message (RFC 7692 §7.2.3.6): the header of an empty stored block that is not final,
/// padded to a byte.
const STORED_BLOCK: u8 = 0x00;

/// The longest payload of one stream, in bytes: its length must not overflow the count either.
const MAX_PIECE: usize = 1 << 30;

/// The output grows in steps of half the input, within these bounds in bytes.
const SMALLEST_STEP: usize = 64;

const LARGEST_STEP: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::{Decompressor, Inflater, Tuning};

    #[test]
    fn r73_the_compressor_begins_to_count_anew_long_before_its_count_overflows() {
        let mut deflater = Deflater::new(
            Compressor::Dedicated(Tuning::default()),
            true,
            WindowSize::MAX,
        );
        let mut inflater = Inflater::new(Decompressor::Dedicated, true);
        for round in 0..RECOUNT_AFTER / 200 {
            let message = round.to_le_bytes().repeat(125);
            let (mut compressed, mut result) = (Vec::new(), Vec::new());
            deflater.deflate(&message, true, &mut compressed);
            assert!(deflater.compressor.as_ref().unwrap().total_in() < RECOUNT_AFTER + 1100);
            let _ = inflater
                .inflate(&mut &compressed[..], &mut result, usize::MAX, 1000)
                .unwrap();
            inflater.finish().unwrap();
            assert_eq!(result, message);
        }
    }
}
