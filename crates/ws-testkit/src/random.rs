//! Repeatable pseudo-random numbers (`SplitMix64`).

/// A generator; the seed is all its state.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be zero.
    pub const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True once in `n` times.
    pub const fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A byte.
    pub const fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    /// Four bytes: a masking key.
    pub const fn key(&mut self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.next().to_le_bytes();
        [a, b, c, d]
    }

    /// `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }

    /// Text of `chars` characters of every encoded length.
    pub fn text(&mut self, chars: usize) -> String {
        (0..chars).map(|_| self.char()).collect()
    }

    fn char(&mut self) -> char {
        let (first, last) = match self.below(8) {
            0..=4 => (0x20, 0x7e),
            5 => (0x80, 0x7ff),
            6 => (0x800, 0xffff),
            _ => (0x1_0000, 0x10_ffff),
        };
        let scalar = first + self.below((last - first + 1) as usize) as u32;
        char::from_u32(scalar).unwrap_or('\u{feff}')
    }
}
