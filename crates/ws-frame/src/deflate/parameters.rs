use core::fmt;

use crate::Role;

/// The base-2 logarithm of the size of a window in bytes, 8 to 15 (RFC 7692 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 256 bytes.
    pub const MIN: Self = Self(8);
    /// 32 KiB, which holds when nothing is said.
    pub const MAX: Self = Self(15);

    /// `None` unless 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// 8 to 15.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The smallest window with so many bytes, or the largest.
    pub(super) fn holding(len: usize) -> Self {
        (Self::MIN.0..=Self::MAX.0)
            .find(|bits| len <= 1 << bits)
            .map_or(Self::MAX, Self)
    }
}

impl Default for WindowBits {
    fn default() -> Self {
        Self::MAX
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What both ends agreed on in the opening handshake (RFC 7692 §7.1). The default is an answer without parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// The server begins each message with an empty window.
    pub server_no_context_takeover: bool,
    /// The client begins each message with an empty window.
    pub client_no_context_takeover: bool,
    /// The window with which the server compresses.
    pub server_max_window_bits: WindowBits,
    /// The window with which the client compresses.
    pub client_max_window_bits: WindowBits,
}

impl Parameters {
    /// Whether messages from that end refer to earlier ones, and how far they refer.
    pub(crate) const fn of_sender(self, sender: Role) -> (bool, WindowBits) {
        match sender {
            Role::Server => (!self.server_no_context_takeover, self.server_max_window_bits),
            Role::Client => (!self.client_no_context_takeover, self.client_max_window_bits),
        }
    }
}
