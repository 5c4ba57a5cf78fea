//! Random numbers, which a seed determines.

use crate::wire::End;

/// The generator `SplitMix64`.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits fit") % bound.max(1)
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    /// A way in which a peer's stream ends.
    pub(crate) fn end(&mut self) -> End {
        if self.one_in(2) { End::Eof } else { End::Reset }
    }

    /// The number of events after which a turn is left. Most turns are not.
    pub(crate) fn leave_after(&mut self) -> usize {
        if self.one_in(4) {
            self.below(4)
        } else {
            usize::MAX
        }
    }
}
