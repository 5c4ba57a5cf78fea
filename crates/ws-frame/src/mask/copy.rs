//! Masking on the way from one place to another.

use super::{LINE, Mask};

impl Mask {
    /// Copies `from` to `to`, masking it on the way. Handles as many bytes as the shorter of the two holds, and says how many.
    #[inline]
    pub fn apply_copy(&mut self, from: &[u8], to: &mut [u8]) -> usize {
        let len = from.len().min(to.len());
        self.copy_once(&from[..len], &mut to[..len]);
        *self = self.after(len);
        len
    }

    /// Copies a payload that is whole to a place as long.
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

    /// From where a line of the cache begins: a store that touches two of them costs as much as two.
    fn copy_aligned(self, from: &[u8], to: &mut [u8]) {
        let before = bytes_before_a_line(to);
        self.copy_blocks::<LINE>(&from[..LINE], &mut to[..LINE]);
        self.after(before)
            .copy_blocks::<BLOCK>(&from[before..], &mut to[before..]);
    }

    /// Whole blocks only, for a payload of at least one: the last overlaps the one before it.
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

/// How many bytes there are to the next line of the cache: fewer than a line has.
pub(super) fn bytes_before_a_line<T>(place: &[T]) -> usize {
    place.as_ptr().align_offset(LINE) % LINE
}

/// What is masked at once: as many vectors as the registers hold.
pub(super) const BLOCK: usize = 128;
/// The shortest payload for which it is worth to look where lines begin: there is a block after the first line.
pub(super) const ALIGNED_FROM: usize = LINE + BLOCK;
