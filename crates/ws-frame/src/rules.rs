//! The rules about one frame, and about the frames that may come next.

#[cfg(feature = "alloc")]
use crate::wire::LEN_64;
use crate::wire::{FIN, LEN_16, MASKED, MAX_CONTROL_LEN, RSV, RSV1};
use crate::{Opcode, ProtocolError, Role};

/// The frames that may come next: the fixed rules of RFC 6455 §5, and the state of the message
/// under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// The mask bit of the peer's frames (§5.1): [`MASKED`] from a client, 0 from a server.
    mask_bit: u8,
    /// Whether RSV1 may be set on the first frame of a message.
    allow_rsv1: bool,
    next: Next,
    /// The longest payload of a data frame.
    max_frame_len: u64,
    /// The longest payload of the next data frame: within this limit, and within that of its
    /// message.
    max_next_len: u64,
}

/// The data frame that may come next (§5.4). A control frame always may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The first frame of a message.
    Message,
    /// A continuation of the message under way.
    Fragment,
    /// A continuation that is not empty: the limit of empty ones in a row is reached.
    FilledFragment,
    /// No data frame: the message under way has reached the limit of fragments.
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

    /// The number of bytes of the masking key in the peer's frames.
    pub(crate) const fn key_len(&self) -> usize {
        match self.role() {
            Role::Server => 4,
            Role::Client => 0,
        }
    }

    pub(crate) const fn set_allow_rsv1(&mut self, allow: bool) {
        self.allow_rsv1 = allow;
    }

    /// Limits every data frame. The limit of the message must be set again after this.
    pub(crate) const fn set_max_frame_len(&mut self, len: u64) {
        self.max_frame_len = len;
        self.max_next_len = len;
    }

    /// Limits the message under way, or the next one, to `len` more bytes.
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

    /// Fast path: reads the front of a header, up to its length, if it begins an unfragmented
    /// message of at most 65,535 bytes and breaks no rule. Returns the opcode, the payload length
    /// and the number of header bytes read. `None` decides nothing.
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
        let (len, header_len) = self.peek_len(second, after)?;
        Some((opcode, len, header_len))
    }

    /// Fast path: reads the length of a data frame, of which `second` is the second byte and
    /// `after` follows, if it is at most 65,535 bytes and breaks no rule. Returns it, and the
    /// number of header bytes up to its end. `None` decides nothing.
    #[inline]
    pub(crate) fn peek_len(&self, second: u8, after: &[u8]) -> Option<(usize, usize)> {
        let (len, header_len) = match second ^ self.mask_bit {
            len @ ..LEN_16 => (usize::from(len), 2),
            LEN_16 => match u16::from_be_bytes(*after.first_chunk()?) {
                ..126 => return None,
                len => (usize::from(len), 4),
            },
            _ => return None,
        };
        self.allows_len(len).then_some((len, header_len))
    }

    /// Whether the message under way, or the next one, may have a frame of this many bytes next.
    #[inline]
    pub(crate) const fn allows_len(&self, len: usize) -> bool {
        len as u64 <= self.max_next_len
    }

    /// Reads the length of the data frame that `input` begins with, whatever it is, if it breaks no
    /// rule. Returns it, and the number of header bytes up to its end.
    #[cfg(feature = "alloc")]
    pub(crate) fn peek_any_len(&self, input: &[u8]) -> Option<(usize, usize)> {
        let (&[_, second], after) = input.split_first_chunk()?;
        if second ^ self.mask_bit != LEN_64 {
            return self.peek_len(second, after);
        }
        let len = usize::try_from(u64::from_be_bytes(*after.first_chunk()?)).ok()?;
        let legal = len > usize::from(u16::MAX) && self.allows_len(len);
        legal.then_some((len, 2 + 8))
    }

    /// If `input`, the front of a data frame, ends before the payload length does, and its length
    /// breaks no rule so far: the number of bytes at which the next rule is checked.
    #[cfg(feature = "alloc")]
    pub(crate) fn peek_cut(&self, input: &[u8]) -> Option<usize> {
        match *input {
            [_] => Some(2),
            [_, second, ref after @ ..] => match (second ^ self.mask_bit, after) {
                (LEN_16, [] | [_]) => Some(2 + 2),
                (LEN_64, []) => Some(2 + 1),
                (LEN_64, [top, rest @ ..]) if rest.len() < 7 => {
                    Self::check_top(*top).ok().map(|()| 2 + 8)
                }
                _ => None,
            },
            [] => None,
        }
    }

    /// Checks FIN, the reserved bits and the opcode.
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

    /// The reserved bits that may be set. Only the first frame of a message says whether the
    /// message is compressed (RFC 7692 §6).
    fn allowed_bits(&self, opcode: Option<Opcode>) -> u8 {
        let begins_message = matches!(opcode, Some(Opcode::Text | Opcode::Binary));
        if self.allow_rsv1 && begins_message {
            RSV1
        } else {
            0
        }
    }

    /// Checks the mask bit, and the 7-bit length of a control frame.
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

    /// Checks the first byte of a 64-bit length.
    pub(crate) const fn check_top(top: u8) -> Result<(), ProtocolError> {
        if top & 0x80 == 0 {
            Ok(())
        } else {
            Err(ProtocolError::LengthOutOfRange)
        }
    }

    /// Checks the whole length. It took `written` bytes besides the 7-bit length.
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
        // The inflater limits a compressed message, by its inflated length.
        if len > self.max_next_len && !compressed {
            return Err(ProtocolError::MessageTooBig);
        }
        if len == 0 && matches!(self.next, Next::FilledFragment) {
            return Err(ProtocolError::TooManyEmptyFragments);
        }
        Ok(())
    }
}

/// The first byte of an unfragmented message.
pub(crate) const TEXT_MESSAGE: u8 = FIN | Opcode::Text.bits();
pub(crate) const BINARY_MESSAGE: u8 = FIN | Opcode::Binary.bits();
/// The first bytes of the fragments after the first.
#[cfg(feature = "alloc")]
pub(crate) const CONTINUATION: u8 = Opcode::Continuation.bits();
#[cfg(feature = "alloc")]
pub(crate) const LAST_FRAGMENT: u8 = FIN | CONTINUATION;
