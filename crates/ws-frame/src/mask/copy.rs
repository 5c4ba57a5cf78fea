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
            ALIGNED_FROM.. => self.copy_aligned(from, to),
            16.. => self.copy_blocks::<16>(from, to),
            4.. => self.copy_blocks::<4>(from, to),
            _ => {
                for ((to, from), key) in to.iter_mut().zip(from).zip(self.key) {
                    *to = from ^ key;
                }
            }
        }
    }

    /// Copies one line, then blocks from the first cache line of the destination on: a store across
    /// two lines takes twice as long.
    fn copy_aligned(self, from: &[u8], to: &mut [u8]) {
        let before = bytes_before_a_line(to);
        self.copy_blocks::<LINE>(&from[..LINE], &mut to[..LINE]);
        self.after(before)
            .copy_blocks::<BLOCK>(&from[before..], &mut to[before..]);
    }

    /// Copies whole blocks, for a payload of at least one. The last block overlaps the one before
    /// it.
    #[inline]
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
