//! Parameters that both ends agreed on.

use core::fmt;

use crate::Role;

/// The size of a window: its base-2 logarithm in bytes, 8 to 15 (RFC 7692 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowSize(u8);

impl WindowSize {
    /// 8 bits: 256 bytes.
    pub const MIN: Self = Self(8);
    /// 15 bits: 32 KiB. The default.
    pub const MAX: Self = Self(15);

    /// A window of `2^bits` bytes. `None` unless `bits` is 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The base-2 logarithm of the size in bytes: 8 to 15.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The smallest window of at least `len` bytes, or the largest.
    pub(super) fn holding(len: usize) -> Self {
        (Self::MIN.0..=Self::MAX.0)
            .find(|bits| len <= 1 << bits)
            .map_or(Self::MAX, Self)
    }
}

impl Default for WindowSize {
    fn default() -> Self {
        Self::MAX
    }
}

impl fmt::Display for WindowSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Parameters that both ends agreed on in the opening handshake (RFC 7692 §7.1). The default is an
/// answer without parameters.
///
/// ```
/// use ws_frame::deflate::Parameters;
///
/// let agreed = Parameters::new(true, false, 15, 12).expect("windows of 8 to 15 bits");
/// assert_eq!(agreed.client_max_window_bits(), 12);
/// assert_eq!(Parameters::new(false, false, 7, 15), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_window: WindowSize,
    client_window: WindowSize,
}

impl Parameters {
    /// Parameters by their names in the handshake. `None` unless both windows have 8 to 15 bits; a
    /// window that the handshake does not mention has 15.
    #[must_use]
    pub const fn new(
        server_no_context_takeover: bool,
        client_no_context_takeover: bool,
        server_max_window_bits: u8,
        client_max_window_bits: u8,
    ) -> Option<Self> {
        match (
            WindowSize::new(server_max_window_bits),
            WindowSize::new(client_max_window_bits),
        ) {
            (Some(server_window), Some(client_window)) => Some(Self {
                server_no_context_takeover,
                client_no_context_takeover,
                server_window,
                client_window,
            }),
            _ => None,
        }
    }

    /// Whether the server begins each message with an empty window.
    #[must_use]
    pub const fn server_no_context_takeover(&self) -> bool {
        self.server_no_context_takeover
    }

    /// Whether the client begins each message with an empty window.
    #[must_use]
    pub const fn client_no_context_takeover(&self) -> bool {
        self.client_no_context_takeover
    }

    /// The size of the window with which the server compresses: 8 to 15.
    #[must_use]
    pub const fn server_max_window_bits(&self) -> u8 {
        self.server_window.bits()
    }

    /// The size of the window with which the client compresses: 8 to 15.
    #[must_use]
    pub const fn client_max_window_bits(&self) -> u8 {
        self.client_window.bits()
    }

    /// Whether messages from that end refer to earlier ones, and how far they refer.
    pub(crate) const fn of_sender(self, sender: Role) -> (bool, WindowSize) {
        match sender {
            Role::Server => (!self.server_no_context_takeover, self.server_window),
            Role::Client => (!self.client_no_context_takeover, self.client_window),
        }
    }
}
