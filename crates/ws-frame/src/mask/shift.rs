//! Masking while moving bytes towards the front of their slice.

use core::ops::Range;

use super::{LINE, Mask};

impl Mask {
    /// Moves the bytes of `from` to `to`, at or before their place, masked. All are the rest of a
    /// payload.
    pub(crate) fn shift(self, bytes: &mut [u8], from: Range<usize>, to: usize) {
        if from.len() < LINE {
            if let Some(payload) = bytes.get_mut(from.clone()) {
                self.apply_once(payload);
            }
            return bytes.copy_within(from, to);
        }
        #[cfg(all(feature = "wide", any(target_arch = "x86", target_arch = "x86_64")))]
        if let Some(wide) = super::wide::Wide::of_processor() {
            return wide.run(
                #[inline(always)]
                || self.shift_lines(bytes, from, to),
            );
        }
        self.shift_lines(bytes, from, to);
    }

    /// Moves whole lines, for a payload of at least one. The last line overlaps the one before it,
    /// and is read before that one is written.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for the vectors of the function that it is inlined in"
    )]
    #[inline(always)]
    fn shift_lines(self, bytes: &mut [u8], from: Range<usize>, to: usize) {
        let Some(bytes) = bytes.get_mut(to..from.end) else {
            return;
        };
        let (gap, len) = (from.start - to, from.len());
        let last = bytes.last_chunk().map(|last| self.after(len).block(*last));
        let mut at = 0;
        while at + LINE < len
            && let Some(line) = bytes[at + gap..].first_chunk().copied()
            && let Some(place) = bytes[at..].first_chunk_mut()
        {
            *place = self.block::<LINE>(line);
            at += LINE;
        }
        if let (Some(place), Some(last)) = (bytes[..len].last_chunk_mut::<LINE>(), last) {
            *place = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn bytes_move_to_the_front_masked_and_leave_all_others_alone() {
        let mask = Mask::new([0x37, 0xFA, 0x21, 0x3D]);
        let before: Vec<u8> = (0..=255).cycle().take(400).collect();
        for len in (0..200).chain([255, 256, 257, 300]) {
            for (to, gap) in [(0, 0), (0, 4), (3, 6), (7, 8), (0, 64), (5, 65)] {
                let from = to + gap..to + gap + len;
                let mut expected = before[from.clone()].to_vec();
                mask.apply_once(&mut expected);
                let mut bytes = before.clone();
                mask.shift(&mut bytes, from.clone(), to);
                assert_eq!(
                    bytes[to..to + len],
                    expected,
                    "{len} bytes from {gap} behind"
                );
                assert_eq!(bytes[..to], before[..to]);
                assert_eq!(bytes[from.end..], before[from.end..]);
            }
        }
    }
}
