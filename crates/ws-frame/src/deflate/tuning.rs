//! Trade-offs of a compressor.

use zlib_rs::{Deflate, DeflateConfig, Method, Strategy};

use super::WindowSize;

/// Trade-off of a compressor between time, memory and size.
///
/// ```
/// use ws_frame::deflate::{Level, MemoryLevel, Tuning, WindowSize};
///
/// // 148 KiB instead of 274 KiB for each dedicated compressor.
/// let tuning = Tuning::new()
///     .memory_level(MemoryLevel::LEAST)
///     .window(WindowSize::new(12).expect("8 to 15"))
///     .level(Level::FASTEST);
/// assert_eq!(tuning.get_window().bits(), 12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Tuning {
    level: Level,
    memory_level: MemoryLevel,
    window: WindowSize,
}

impl Tuning {
    /// The default: level 2, memory level 5, a window of 15 bits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time that compression takes.
    pub const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the memory that compression takes besides the window.
    pub const fn memory_level(mut self, level: MemoryLevel) -> Self {
        self.memory_level = level;
        self
    }

    /// Sets the window to use where the handshake agreed on a larger one.
    pub const fn window(mut self, window: WindowSize) -> Self {
        self.window = window;
        self
    }

    /// The value set by [`level`](Self::level).
    #[must_use]
    pub const fn get_level(&self) -> Level {
        self.level
    }

    /// The value set by [`memory_level`](Self::memory_level).
    #[must_use]
    pub const fn get_memory_level(&self) -> MemoryLevel {
        self.memory_level
    }

    /// The value set by [`window`](Self::window).
    #[must_use]
    pub const fn get_window(&self) -> WindowSize {
        self.window
    }

    pub(super) fn window_within(self, agreed: WindowSize) -> WindowSize {
        self.window.min(agreed).max(SMALLEST_WINDOW)
    }

    /// A compressor of raw streams for a peer with this window.
    pub(super) fn compressor(self, agreed: WindowSize) -> Deflate {
        Deflate::new_with_config(DeflateConfig {
            level: i32::from(self.level.0),
            method: Method::Deflated,
            // Negative: no header and no checksum.
            window_bits: -i32::from(self.window_within(agreed).bits()),
            mem_level: i32::from(self.memory_level.0),
            strategy: Strategy::Default,
        })
    }
}

/// Compression level, from 1, the fastest, to 9, the smallest result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// The level 1. It takes a fifth of the time of level 2 or less for a message of up to 2 KiB
    /// that refers to no other, and gives a sixth to a third more bytes.
    pub const FASTEST: Self = Self(1);
    /// The level 9.
    pub const SMALLEST: Self = Self(9);

    /// A level of 1 to 9. `None` for other numbers.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            1..=9 => Some(Self(level)),
            _ => None,
        }
    }
}

impl Default for Level {
    /// The level 2: on text, two thirds of the bytes of level 1 at two thirds of its speed. Every
    /// further level costs more than it saves.
    fn default() -> Self {
        Self(2)
    }
}

/// Memory level, from 1, the least memory, to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryLevel(u8);

impl MemoryLevel {
    /// The level 1.
    pub const LEAST: Self = Self(1);
    /// The level 9.
    pub const MOST: Self = Self(9);

    /// A level of 1 to 9. `None` for other numbers.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            1..=9 => Some(Self(level)),
            _ => None,
        }
    }
}

impl Default for MemoryLevel {
    /// The level 5: 98 KiB less than the customary 8, and results within 1 % of its.
    fn default() -> Self {
        Self(5)
    }
}

/// The smallest window of the compressor. Its longest distance is 262 bytes less than the window,
/// so a peer with 8 bits can inflate what it makes with 9: 250 is less than 256.
const SMALLEST_WINDOW: WindowSize = match WindowSize::new(9) {
    Some(window) => window,
    None => WindowSize::MAX,
};
