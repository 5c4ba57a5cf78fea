//! Events of a connection that own their bytes: the common language of the vectors, the reference
//! decoder and every implementation that is compared with them.

use std::fmt;

/// One event, in the order in which the application sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary(Vec<u8>),
    /// A ping and its payload.
    Ping(Vec<u8>),
    /// A pong and its payload.
    Pong(Vec<u8>),
    /// The peer's Close: code and reason, or an empty body.
    Close(Option<(u16, String)>),
    /// The failure of the connection, always the last event.
    Failed(Rule),
}

/// Side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads masked frames and writes unmasked ones.
    Server,
    /// Reads unmasked frames and writes masked ones.
    Client,
}

/// The rules whose violation fails a connection, named as in the vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A reserved bit is set (RFC 6455 §5.2).
    F1,
    /// A reserved opcode (§5.2).
    F2,
    /// A length in a longer form than it needs (§5.2).
    F3,
    /// The top bit of a 64-bit length (§5.2).
    F4,
    /// A frame to a server without a mask (§5.1).
    F5,
    /// A frame to a client with a mask (§5.1).
    F6,
    /// A control frame that is fragmented or longer than 125 bytes (§5.5).
    F7,
    /// A continuation outside a message, or a new message inside one (§5.4).
    F8,
    /// Text that is not UTF-8 (§8.1).
    F13,
    /// A Close payload of one byte (§5.5.1).
    F14,
    /// A close code that must not be on the wire (§7.4).
    F15,
    /// A close reason that is not UTF-8 (§5.5.1).
    F16,
    /// A frame or a message over the limit (§10.4).
    F19,
    /// Too many fragments, or too many empty ones in a row.
    F20,
    /// A compressed message that does not inflate, or not to its end (RFC 7692 §7.2.2).
    X12,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::F1,
        Self::F2,
        Self::F3,
        Self::F4,
        Self::F5,
        Self::F6,
        Self::F7,
        Self::F8,
        Self::F13,
        Self::F14,
        Self::F15,
        Self::F16,
        Self::F19,
        Self::F20,
        Self::X12,
    ];

    /// The close code for a violation of the rule (RFC 6455 §7.4.1).
    #[must_use]
    pub const fn close_code(self) -> u16 {
        match self {
            Self::F13 | Self::F16 | Self::X12 => 1007,
            Self::F19 => 1009,
            Self::F20 => 1008,
            _ => 1002,
        }
    }

    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.to_string() == name)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The limits of a connection; each is inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of payload in one data frame.
    pub frame: u64,
    /// Bytes of payload in one message.
    pub message: u64,
    /// Frames in one message; 0 counts as 1.
    pub fragments: u32,
    /// Empty fragments in a row; 0 counts as 1.
    pub empty: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: 16 << 20,
            message: 16 << 20,
            fragments: 131_072,
            empty: 128,
        }
    }
}
