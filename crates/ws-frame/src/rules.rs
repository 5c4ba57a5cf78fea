use crate::header::{FIN, LEN_16, MASKED, MAX_CONTROL_LEN, RSV, RSV1};
use crate::{Opcode, ProtocolError, Role};

/// What the next frame may be: the fixed rules of RFC 6455 §5, and what the message under way leaves open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// [`MASKED`] if the peer is a client, 0 if it is a server (§5.1): the mask bit of its frames.
    mask_bit: u8,
    /// Whether RSV1 may be set on the first frame of a message.
    allow_rsv1: bool,
    next: Next,
    /// The longest payload of a data frame.
    max_frame_len: u64,
    /// The longest payload of the next: what its message may still hold, and no more than any frame may.
    max_next_len: u64,
}

/// Which data frame may come next (§5.4). A control frame always may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The first of a message.
    Message,
    /// A continuation: a message is under way.
    Fragment,
    /// The same, and not an empty one: too many have been.
    FilledFragment,
    /// None: the message under way has come in as many as it may.
    NoFragment,
}

impl Rules {
    pub(crate) const fn new(role: Role) -> Self {
        Self {
            mask_bit: match role {
                Role::Server => MASKED,
                Role::Client => 0,
            },
            allow_rsv1: false,
            next: Next::Message,
            max_frame_len: u64::MAX,
            max_next_len: u64::MAX,
        }
    }

    pub(crate) const fn role(&self) -> Role {
        if self.mask_bit == MASKED {
            Role::Server
        } else {
            Role::Client
        }
    }

    pub(crate) const fn set_allow_rsv1(&mut self, allow: bool) {
        self.allow_rsv1 = allow;
    }

    /// Bounds every frame. How much of a message may come must be told anew.
    pub(crate) const fn set_max_frame_len(&mut self, len: u64) {
        self.max_frame_len = len;
        self.max_next_len = len;
    }

    /// Bounds the message under way, or the next, to `len` bytes more.
    pub(crate) const fn set_max_message_len(&mut self, len: u64) {
        self.max_next_len = if len < self.max_frame_len {
            len
        } else {
            self.max_frame_len
        };
    }

    pub(crate) const fn next(&self) -> Next {
        self.next
    }

    pub(crate) const fn set_next(&mut self, next: Next) {
        self.next = next;
    }

    /// Reads the front of a header, up to its length, if it is that of a whole message, and breaks no rule: data, final, no reserved
    /// bit, at most 65,535 bytes. Gives the bytes it takes too. `None` decides nothing.
    #[inline]
    pub(crate) fn peek(&self, input: &[u8]) -> Option<(Opcode, usize, usize)> {
        let (&[first, second], after) = input.split_first_chunk()?;
        if !matches!(first, TEXT_MESSAGE..=BINARY_MESSAGE) {
            return None;
        }
        let opcode = if first == TEXT_MESSAGE {
            Opcode::Text
        } else {
            Opcode::Binary
        };
        let (len, header_len) = match second ^ self.mask_bit {
            len @ ..LEN_16 => (usize::from(len), 2),
            LEN_16 => match u16::from_be_bytes(*after.first_chunk()?) {
                ..126 => return None,
                len => (usize::from(len), 4),
            },
            _ => return None,
        };
        (len as u64 <= self.max_next_len).then_some((opcode, len, header_len))
    }

    /// FIN, the reserved bits, and the opcode.
    pub(crate) fn check_first(&self, first: u8) -> Result<(), ProtocolError> {
        let opcode = Opcode::from_bits(first);
        if first & RSV & !self.allowed_bits(opcode) != 0 {
            return Err(ProtocolError::ReservedBits);
        }
        match (opcode.ok_or(ProtocolError::ReservedOpcode)?, self.next) {
            (Opcode::Close | Opcode::Ping | Opcode::Pong, _) if first & FIN == 0 => {
                Err(ProtocolError::FragmentedControl)
            }
            (Opcode::Continuation, Next::Message) => Err(ProtocolError::UnexpectedContinuation),
            (Opcode::Continuation, Next::NoFragment) => Err(ProtocolError::TooManyFragments),
            (Opcode::Text | Opcode::Binary, next) if next != Next::Message => {
                Err(ProtocolError::ExpectedContinuation)
            }
            _ => Ok(()),
        }
    }

    /// RFC 7692 §6: only the first frame of a message says whether the message is compressed.
    fn allowed_bits(&self, opcode: Option<Opcode>) -> u8 {
        let begins_message = matches!(opcode, Some(Opcode::Text | Opcode::Binary));
        if self.allow_rsv1 && begins_message {
            RSV1
        } else {
            0
        }
    }

    /// The mask bit, and what seven bits of length tell about a control frame.
    pub(crate) fn check_second(&self, first: u8, second: u8) -> Result<(), ProtocolError> {
        match (self.role(), second & MASKED != 0) {
            (Role::Server, false) => return Err(ProtocolError::Unmasked),
            (Role::Client, true) => return Err(ProtocolError::Masked),
            (Role::Server, true) | (Role::Client, false) => {}
        }
        match (Opcode::from_bits(first), second & !MASKED) {
            (Some(opcode), len) if opcode.is_control() && len > MAX_CONTROL_LEN => {
                Err(ProtocolError::ControlTooLong)
            }
            (Some(Opcode::Close), 1) => Err(ProtocolError::TruncatedCloseCode),
            _ => Ok(()),
        }
    }

    /// The first byte of a 64-bit length.
    pub(crate) const fn check_top(top: u8) -> Result<(), ProtocolError> {
        if top & 0x80 == 0 {
            Ok(())
        } else {
            Err(ProtocolError::LengthOutOfRange)
        }
    }

    /// The whole length, as soon as it is known: `written` is how many bytes it took besides the seven bits.
    pub(crate) const fn check_len(
        &self,
        opcode: Opcode,
        written: usize,
        len: u64,
        compressed: bool,
    ) -> Result<(), ProtocolError> {
        if written == 2 && len <= MAX_CONTROL_LEN as u64 || written == 8 && len <= u16::MAX as u64 {
            return Err(ProtocolError::NonMinimalLength);
        }
        if opcode.is_control() {
            return Ok(());
        }
        if len > self.max_frame_len {
            return Err(ProtocolError::FrameTooBig);
        }
        // What is compressed is bounded where it is inflated.
        if len > self.max_next_len && !compressed {
            return Err(ProtocolError::MessageTooBig);
        }
        if len == 0 && matches!(self.next, Next::FilledFragment) {
            return Err(ProtocolError::TooManyEmptyFragments);
        }
        Ok(())
    }
}

/// The first byte of a message in one frame.
pub(crate) const TEXT_MESSAGE: u8 = FIN | Opcode::Text.bits();
const BINARY_MESSAGE: u8 = FIN | Opcode::Binary.bits();
