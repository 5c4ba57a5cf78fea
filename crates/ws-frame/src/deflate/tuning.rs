use zlib_rs::{Deflate, DeflateConfig, Method, Strategy};

use super::WindowBits;

/// How a compressor trades time and memory for size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tuning {
    /// How much time goes into it.
    pub level: Level,
    /// How much memory goes into it, besides the window.
    pub memory_level: MemoryLevel,
    /// The window to use where a larger one was agreed on.
    pub window_bits: WindowBits,
}

impl Tuning {
    pub(super) fn window_bits(self, agreed: WindowBits) -> WindowBits {
        self.window_bits.min(agreed).max(SMALLEST_WINDOW)
    }

    /// A compressor of raw streams for a peer with a window of that size.
    pub(super) fn compressor(self, agreed: WindowBits) -> Deflate {
        Deflate::new_with_config(DeflateConfig {
            level: i32::from(self.level.0),
            method: Method::Deflated,
            // Negative: no header and no checksum.
            window_bits: -i32::from(self.window_bits(agreed).bits()),
            mem_level: i32::from(self.memory_level.0),
            strategy: Strategy::Default,
        })
    }
}

/// From 1, the fastest, to 9, the smallest result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// The level 1.
    pub const FASTEST: Self = Self(1);
    /// The level 9.
    pub const SMALLEST: Self = Self(9);

    /// `None` unless 1 to 9.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            1..=9 => Some(Self(level)),
            _ => None,
        }
    }
}

impl Default for Level {
    /// The level 2: on text it gives two thirds of the bytes of level 1 at two thirds of its speed. Every further level costs more
    /// than it saves.
    fn default() -> Self {
        Self(2)
    }
}

/// From 1, the least memory, to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryLevel(u8);

impl MemoryLevel {
    /// The level 1.
    pub const LEAST: Self = Self(1);
    /// The level 9.
    pub const MOST: Self = Self(9);

    /// `None` unless 1 to 9.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            1..=9 => Some(Self(level)),
            _ => None,
        }
    }
}

impl Default for MemoryLevel {
    /// The level 5: 98 KiB less than the customary 8, and results within a hundredth of its.
    fn default() -> Self {
        Self(5)
    }
}

/// The compressor has no smaller window. Its longest distance is 262 less than the window, so that what it makes with 9 bits, a peer with
/// 8 can inflate: 250 is less than 256.
const SMALLEST_WINDOW: WindowBits = match WindowBits::new(9) {
    Some(bits) => bits,
    None => WindowBits::MAX,
};
