//! The order of frames to send.

use crate::wire::MAX_CONTROL_LEN;
use crate::{Opcode, SendError};

/// Frames that may be sent next (RFC 6455 §5.4, §5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    BetweenMessages,
    /// A text message has begun, and its last fragment has not been sent.
    InText,
    /// The same of a binary message.
    InBinary,
    /// A Close has been sent.
    Closed,
}

impl State {
    #[inline]
    pub(super) fn after(self, opcode: Opcode, fin: bool, len: u64) -> Result<Self, SendError> {
        match (self, opcode) {
            (Self::Closed, _) => Err(SendError::Closed),
            (_, Opcode::Close | Opcode::Ping | Opcode::Pong) if !fin => {
                Err(SendError::FragmentedControl)
            }
            (_, Opcode::Close | Opcode::Ping | Opcode::Pong)
                if len > u64::from(MAX_CONTROL_LEN) =>
            {
                Err(SendError::ControlTooLong)
            }
            (_, Opcode::Close) => Ok(Self::Closed),
            (state, Opcode::Ping | Opcode::Pong) => Ok(state),
            (_, _) if len > MAX_LEN => Err(SendError::TooLong),
            (Self::BetweenMessages, Opcode::Continuation) => Err(SendError::NoMessage),
            (Self::InText | Self::InBinary, Opcode::Text | Opcode::Binary) => {
                Err(SendError::MessageUnfinished)
            }
            (_, _) if fin => Ok(Self::BetweenMessages),
            (state, Opcode::Continuation) => Ok(state),
            (_, Opcode::Text) => Ok(Self::InText),
            (_, Opcode::Binary) => Ok(Self::InBinary),
        }
    }
}

/// The longest payload of a 64-bit length, whose highest bit is zero (§5.2).
const MAX_LEN: u64 = u64::MAX >> 1;
