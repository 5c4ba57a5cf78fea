use core::ffi::c_ulong;

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

use crate::ProtocolError;

/// What one call of a compressor or decompressor did.
pub(super) struct Fed {
    /// Bytes taken off the input.
    pub(super) used: usize,
    /// Bytes written to the output.
    pub(super) made: usize,
    /// An error came after these bytes were made.
    pub(super) status: Result<Status, ProtocolError>,
}

impl Fed {
    pub(super) const fn is_idle(&self) -> bool {
        self.used == 0 && self.made == 0
    }
}

pub(super) fn inflate(
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

/// Flushes to a byte's edge with an empty stored block, if the output has room for it.
pub(super) fn compress(compressor: &mut Deflate, input: &[u8], output: &mut [u8]) -> Fed {
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

/// The most bytes that one stream may have, compressed: half of what `zlib-rs` can count in its `c_ulong`, which has 32 bits on many
/// targets.
#[allow(
    clippy::allow_attributes,
    clippy::unnecessary_cast,
    reason = "a `c_ulong` is a `u64` on some targets, and not on others"
)]
pub(super) const MAX_COUNT: u64 = (c_ulong::MAX / 2) as u64;

/// After so many bytes a new stream begins as soon as one can, so that the count stays below [`MAX_COUNT`].
pub(super) const RECOUNT_AFTER: u64 = if cfg!(test) { 1 << 15 } else { 1 << 30 };
