//! Kinds of frames.

/// The kind of a frame (RFC 6455 §5.2). A frame with one of the ten reserved values is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 6455 §5.2 defines six, and every other value is refused"
)]
#[repr(u8)]
pub enum Opcode {
    /// The next fragment of the message that a text or binary frame began (§5.4).
    Continuation = 0x0,
    /// The first, or only, frame of a text message: UTF-8 (§5.6).
    Text = 0x1,
    /// The first, or only, frame of a binary message (§5.6).
    Binary = 0x2,
    /// Begins or answers the closing handshake (§5.5.1).
    Close = 0x8,
    /// Demands a Pong (§5.5.2).
    Ping = 0x9,
    /// Answers a Ping, or is unsolicited (§5.5.3).
    Pong = 0xA,
}

impl Opcode {
    /// The opcode in the low four bits of a frame's first byte. `None` if the value is reserved.
    #[must_use]
    #[inline]
    pub const fn from_bits(byte: u8) -> Option<Self> {
        Some(match byte & 0x0F {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// The low four bits of a frame's first byte.
    #[must_use]
    #[inline]
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// Whether this is a Close, Ping or Pong: at most 125 bytes, never fragmented, allowed between
    /// fragments (§5.5).
    #[must_use]
    #[inline]
    pub const fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f2_only_six_opcodes_have_a_name() {
        let named: [u8; 6] = [0x0, 0x1, 0x2, 0x8, 0x9, 0xA];
        for byte in 0..=u8::MAX {
            let opcode = Opcode::from_bits(byte);
            assert_eq!(opcode.is_some(), named.contains(&(byte & 0x0F)));
            if let Some(opcode) = opcode {
                assert_eq!(opcode.bits(), byte & 0x0F);
                assert_eq!(opcode.is_control(), byte & 0x08 != 0);
            }
        }
    }
}
