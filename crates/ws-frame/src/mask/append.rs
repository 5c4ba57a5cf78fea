//! Masking while appending to a buffer: the spare capacity is not zeroed first, and the payload is
//! written once.

use alloc::vec::Vec;

use super::copy::{ALIGNED_FROM, BLOCK, bytes_before_a_line};
use super::{LINE, Mask};
use crate::wire::extend_within_room;

impl Mask {
    /// Appends the next bytes of the payload to `output`, masked.
    pub(crate) fn append(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        self.append_once(payload, output);
        *self = self.after(payload.len());
    }

    /// Appends all the rest of the payload to `output`, masked.
    #[inline]
    pub(crate) fn append_once(self, payload: &[u8], output: &mut Vec<u8>) {
        output.reserve(payload.len());
        match payload.len() {
            ALIGNED_FROM.. => self.append_long(payload, output),
            64.. => self.append_blocks::<64>(payload, output),
            4.. => self.append_blocks::<4>(payload, output),
            _ => output.extend(payload.iter().zip(self.key).map(|(byte, key)| byte ^ key)),
        }
    }

    /// The least spare capacity for [`append_short`](Self::append_short), in bytes.
    pub(crate) const SHORT_ROOM: usize = 16;

    /// Appends a payload of at most 128 bytes, masked, within the spare capacity, which is at least
    /// its length and [`SHORT_ROOM`](Self::SHORT_ROOM).
    #[inline]
    pub(crate) fn append_short(self, payload: &[u8], output: &mut Vec<u8>) {
        let len = payload.len();
        if len > 32 {
            if len <= 64 {
                self.append_ends::<32>(payload, output);
            } else {
                self.append_ends::<64>(payload, output);
            }
        } else if len > 16 {
            self.append_ends::<16>(payload, output);
        } else {
            self.append_few(payload, output);
        }
    }

    /// Appends 16 bytes, then truncates to the payload.
    #[inline]
    fn append_few(self, payload: &[u8], output: &mut Vec<u8>) {
        let end = output.len() + payload.len();
        let key = u64::from(u32::from_le_bytes(self.key)) * 0x1_0000_0001;
        let words = few(payload).map(|word| (word ^ key).to_le_bytes());
        extend_within_room(output, words.as_flattened());
        output.truncate(end);
    }

    /// Appends two overlapping blocks, for a payload of one to two blocks.
    #[inline]
    fn append_ends<const N: usize>(self, payload: &[u8], output: &mut Vec<u8>) {
        if let (Some(first), Some(last)) = (payload.first_chunk(), payload.last_chunk()) {
            let last_at = output.len() + (payload.len() - N);
            extend_within_room(output, &self.block::<N>(*first));
            output.truncate(last_at);
            extend_within_room(output, &self.after(payload.len()).block::<N>(*last));
        }
    }

    /// Uses the widest vectors.
    #[inline(never)]
    fn append_long(self, payload: &[u8], output: &mut Vec<u8>) {
        #[cfg(all(feature = "wide", any(target_arch = "x86", target_arch = "x86_64")))]
        if payload.len() >= WIDE_FROM
            && let Some(wide) = super::wide::Wide::of_processor()
        {
            return wide.run(
                #[inline(always)]
                || match payload.len() {
                    ..super::LONG => self.append_lines::<{ 2 * BLOCK }>(payload, output),
                    _ => self.append_aligned::<{ 2 * BLOCK }>(payload, output),
                },
            );
        }
        self.append_aligned::<BLOCK>(payload, output);
    }

    /// Appends one line, then from the first cache line of the destination on.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for the vectors of the function that it is inlined in"
    )]
    #[inline(always)]
    fn append_aligned<const N: usize>(self, payload: &[u8], output: &mut Vec<u8>) {
        let before = bytes_before_a_line(output.spare_capacity_mut());
        let line_at = output.len() + before;
        if let Some(first) = payload.first_chunk() {
            extend_within_room(output, &self.block::<LINE>(*first));
            output.truncate(line_at);
        }
        self.after(before)
            .append_lines::<N>(&payload[before..], output);
    }

    /// Appends whole blocks, then the rest line by line, for a payload of at least one line. The
    /// last line overlaps the one before it.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for the vectors of the function that it is inlined in"
    )]
    #[inline(always)]
    fn append_lines<const N: usize>(self, payload: &[u8], output: &mut Vec<u8>) {
        let end = output.len() + payload.len();
        let (blocks, rest) = payload.as_chunks();
        for block in blocks {
            extend_within_room(output, &self.block::<N>(*block));
        }
        let (lines, rest) = rest.as_chunks();
        for line in lines {
            extend_within_room(output, &self.block::<LINE>(*line));
        }
        if let (false, Some(last)) = (rest.is_empty(), payload.last_chunk()) {
            output.truncate(end - LINE);
            extend_within_room(output, &self.after(payload.len()).block::<LINE>(*last));
        }
    }

    /// Appends whole blocks, for a payload of at least one. The last block overlaps the one before
    /// it.
    #[inline]
    fn append_blocks<const N: usize>(self, payload: &[u8], output: &mut Vec<u8>) {
        let end = output.len() + payload.len();
        for block in payload.as_chunks().0 {
            extend_within_room(output, &self.block::<N>(*block));
        }
        if let Some(last) = payload.last_chunk() {
            output.truncate(end - N);
            extend_within_room(output, &self.after(payload.len()).block::<N>(*last));
        }
    }
}

/// The shortest payload for wider vectors.
#[cfg(all(feature = "wide", any(target_arch = "x86", target_arch = "x86_64")))]
const WIDE_FROM: usize = LINE + 2 * BLOCK;

/// At most 16 bytes, read as two overlapping words, with zeros after them.
#[inline]
fn few(bytes: &[u8]) -> [u64; 2] {
    let [len, ..] = bytes.len().to_le_bytes();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk()) {
        let rest = u64::from_le_bytes(*last).unbounded_shr(8 * (16 - u32::from(len)));
        [u64::from_le_bytes(*first), rest]
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk()) {
        let last = u64::from(u32::from_le_bytes(*last)) << (8 * (len - 4));
        [u64::from(u32::from_le_bytes(*first)) | last, 0]
    } else {
        let shift_in = |word, byte: &u8| word << 8 | u64::from(*byte);
        [bytes.iter().rev().fold(0, shift_in), 0]
    }
}
