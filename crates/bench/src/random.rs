//! A small generator with a fixed seed: all runs and all peers get the same bytes.

/// Marsaglia's xorshift with 64 bits of state.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator; the same `seed` gives the same numbers.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from `range`.
    pub fn within(&mut self, range: std::ops::Range<usize>) -> usize {
        let width = (range.end - range.start) as u64;
        range.start
            + usize::try_from(self.bits() % width).expect("less than the width of a range of usize")
    }

    /// A masking key.
    pub const fn key(&mut self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.bits().to_le_bytes();
        [a, b, c, d]
    }

    /// `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.bits().to_le_bytes())
            .flatten()
            .take(len)
            .collect()
    }
}
