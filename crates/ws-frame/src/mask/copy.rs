//! Masking while copying.

use super::{LINE, Mask};

impl Mask {
    /// Copies `from` to `to`, masked. Returns the number of bytes copied: the length of the shorter
    /// slice.
    #[inline]
    pub fn apply_copy(&mut self, from: &[u8], to: &mut [u8]) -> usize {
        let len = from.len().min(to.len());
        self.copy_once(&from[..len], &mut to[..len]);
        *self = self.after(len);
        len
    }

    /// Copies all the rest of the payload to a slice of the same length.
    fn copy_once(self, from: &[u8], to: &mut [u8]) {
        match from.len() {
            ALIGNED_FROM.. => self.copy_long(from, to),
            16.. => self.copy_blocks::<16>(from, to),
            4.. => self.copy_blocks::<4>(from, to),
            _ => {
                for ((to, from), key) in to.iter_mut().zip(from).zip(self.key) {
                    *to = from ^ key;
                }
            }
        }
    }

    /// Uses the widest vectors.
    #[inline(never)]
    fn copy_long(self, from: &[u8], to: &mut [u8]) {
        #[cfg(all(feature = "wide", any(target_arch = "x86", target_arch = "x86_64")))]
        if from.len() >= LINE + 2 * BLOCK
            && let Some(wide) = super::wide::Wide::of_processor()
        {
            return wide.run(
                #[inline(always)]
                || self.copy_aligned::<{ 2 * BLOCK }>(from, to),
            );
        }
        self.copy_aligned::<BLOCK>(from, to);
    }

    /// Copies one line, then blocks from the first cache line of the destination on: a store across
    /// two lines takes twice as long.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for the vectors of the function that it is inlined in"
    )]
    #[inline(always)]
    fn copy_aligned<const N: usize>(self, from: &[u8], to: &mut [u8]) {
        let before = bytes_before_a_line(to);
        if let (Some(from), Some(to)) = (from.first_chunk(), to.first_chunk_mut()) {
            *to = self.block::<LINE>(*from);
        }
        self.after(before)
            .copy_blocks::<N>(&from[before..], &mut to[before..]);
    }

    /// Copies whole blocks, for a payload of at least one. The last block overlaps the one before
    /// it.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for the vectors of the function that it is inlined in"
    )]
    #[inline(always)]
    fn copy_blocks<const N: usize>(self, from: &[u8], to: &mut [u8]) {
        for (from, to) in from.as_chunks().0.iter().zip(to.as_chunks_mut().0) {
            *to = self.block::<N>(*from);
        }
        if let (Some(last), Some(place)) = (from.last_chunk(), to.last_chunk_mut()) {
            *place = self.after(from.len()).block::<N>(*last);
        }
    }
}

/// The number of bytes before the first cache line of `place`: fewer than a line has.
pub(super) fn bytes_before_a_line<T>(place: &[T]) -> usize {
    place.as_ptr().align_offset(LINE) % LINE
}

/// The number of bytes masked at once: as many vectors as there are registers.
pub(super) const BLOCK: usize = 128;
/// The shortest payload that is worth aligning: there is a block after the first line.
pub(super) const ALIGNED_FROM: usize = LINE + BLOCK;
