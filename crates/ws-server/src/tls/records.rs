//! Plaintext, cut into records.

use std::io::IoSlice;

use super::session::PLAIN;

/// Cuts slices into records of up to 16 KiB. Short slices share a record.
pub(super) struct Records<'w> {
    slices: &'w [IoSlice<'w>],
    /// Number of used bytes of the first slice.
    used: usize,
    plain: &'w mut Vec<u8>,
}

impl<'w> Records<'w> {
    pub(super) const fn new(slices: &'w [IoSlice<'w>], plain: &'w mut Vec<u8>) -> Self {
        Self {
            slices,
            used: 0,
            plain,
        }
    }

    pub(super) fn next(&mut self) -> Option<&[u8]> {
        let first = self.piece(PLAIN)?;
        if first.len() == PLAIN || self.slices.is_empty() {
            return Some(first);
        }
        self.plain.clear();
        self.plain.extend_from_slice(first);
        while let Some(piece) = self.piece(STEP.min(PLAIN - self.plain.len())) {
            self.plain.extend_from_slice(piece);
        }
        Some(self.plain)
    }

    /// The next bytes of one slice, at most `most`.
    fn piece(&mut self, most: usize) -> Option<&'w [u8]> {
        if most == 0 {
            return None;
        }
        while let Some((first, others)) = self.slices.split_first() {
            if self.used < first.len() {
                break;
            }
            self.slices = others;
            self.used = 0;
        }
        let first: &'w [u8] = self.slices.first()?;
        let piece = &first[self.used..];
        let piece = &piece[..piece.len().min(most)];
        self.used += piece.len();
        if self.used == first.len() {
            self.slices = &self.slices[1..];
            self.used = 0;
        }
        Some(piece)
    }
}

/// The longest copy, in bytes. Longer ones are many times slower on some processors, behind a
/// header (`rep movsb`).
const STEP: usize = 2 * 1024 - 64;
