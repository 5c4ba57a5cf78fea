//! Masking on the way to the end of a buffer, with no zeroing before, and no second look at what was written after.

use alloc::vec::Vec;

use super::copy::{ALIGNED_FROM, BLOCK, bytes_before_a_line};
use super::{LINE, Mask};

impl Mask {
    /// Appends the next bytes of the payload to `output`, masked.
    pub(crate) fn append(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        self.append_once(payload, output);
        *self = self.after(payload.len());
    }

    /// Appends a payload that is whole to `output`, masked.
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

    /// The least room that [`append_short`](Self::append_short) wants.
    pub(crate) const SHORT_ROOM: usize = 16;

    /// Appends a payload of at most 128 bytes, masked, where there is room for it, and for sixteen.
    #[inline]
    pub(crate) fn append_short(self, payload: &[u8], output: &mut Vec<u8>) {
        match payload.len() {
            ..=Self::SHORT_ROOM => self.append_few(payload, output),
            17..=32 => self.append_ends::<16>(payload, output),
            33..=64 => self.append_ends::<32>(payload, output),
            _ => self.append_ends::<64>(payload, output),
        }
    }

    /// At most sixteen bytes, of which all that follow the payload are taken off again.
    #[inline]
    fn append_few(self, payload: &[u8], output: &mut Vec<u8>) {
        let end = output.len() + payload.len();
        let key = u64::from(u32::from_le_bytes(self.key)) * 0x1_0000_0001;
        let words = few(payload).map(|word| (word ^ key).to_le_bytes());
        extend_within_room(output, words.as_flattened());
        output.truncate(end);
    }

    /// Two blocks that overlap, for a payload of one to two blocks.
    #[inline]
    fn append_ends<const N: usize>(self, payload: &[u8], output: &mut Vec<u8>) {
        if let (Some(first), Some(last)) = (payload.first_chunk(), payload.last_chunk()) {
            let last_at = output.len() + (payload.len() - N);
            extend_within_room(output, &self.block::<N>(*first));
            output.truncate(last_at);
            extend_within_room(output, &self.after(payload.len()).block::<N>(*last));
        }
    }

    /// From where a line of the cache begins, as copies do.
    #[inline]
    fn append_long(self, payload: &[u8], output: &mut Vec<u8>) {
        let before = bytes_before_a_line(output.spare_capacity_mut());
        let line_at = output.len() + before;
        if let Some(first) = payload.first_chunk() {
            extend_within_room(output, &self.block::<LINE>(*first));
            output.truncate(line_at);
        }
        self.after(before)
            .append_blocks::<BLOCK>(&payload[before..], output);
    }

    /// Whole blocks only, for a payload of at least one: the last overlaps the one before it.
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

/// Appends where room has been made before: with nothing to call, there is nothing to be kept for after the call.
#[inline]
pub(crate) fn extend_within_room(output: &mut Vec<u8>, bytes: &[u8]) {
    let room = output.capacity() - output.len();
    debug_assert!(room >= bytes.len(), "room is made before");
    if room >= bytes.len() {
        output.extend_from_slice(bytes);
    }
}

/// At most sixteen bytes, read as two words that overlap, and zeros.
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
