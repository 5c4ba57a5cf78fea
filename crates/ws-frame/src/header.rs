use crate::rules::Rules;
use crate::{Mask, Opcode, ProtocolError};

/// What the header of one frame says (RFC 6455 §5.2). Only a header that breaks no rule becomes a value of this type.
///
/// ```text
///  byte 0                           byte 1
/// +-----+------+------+------+--------+------+---------+
/// | FIN | RSV1 | RSV2 | RSV3 | opcode | MASK | length  |
/// |  1  |  1   |  1   |  1   |   4    |  1   |    7    |
/// +-----+------+------+------+--------+------+---------+
/// | extended length: 2 bytes if length is 126,         |
/// |                  8 bytes if length is 127          |
/// +----------------------------------------------------+
/// | masking key: 4 bytes if MASK is set                |
/// +----------------------------------------------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// What the frame carries.
    pub opcode: Opcode,
    /// Whether this is the last, or only, frame of its message.
    pub fin: bool,
    /// The first reserved bit: set on the first frame of a compressed message (RFC 7692 §6), where an extension allows it.
    pub rsv1: bool,
    /// The length of the payload in bytes, below 2^63.
    pub len: u64,
}

impl Header {
    /// The most bytes a header takes: two, a 64-bit length, and a masking key.
    pub const MAX_LEN: usize = 2 + 8 + 4;
}

/// A header as its bytes come. Every rule is checked at the byte that decides it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartialHeader {
    bytes: [u8; Header::MAX_LEN],
    len: u8,
}

impl PartialHeader {
    pub(crate) const EMPTY: Self = Self {
        bytes: [0; Header::MAX_LEN],
        len: 0,
    };

    #[cfg(feature = "alloc")]
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes what `input` holds of the header; gives the header once it is whole.
    pub(crate) fn take(
        &mut self,
        input: &mut &mut [u8],
        rules: &Rules,
    ) -> Result<Option<(Header, Mask)>, ProtocolError> {
        if self.len == 0
            && let Some(window) = input.first_chunk()
        {
            self.bytes = *window;
            self.check_whole(rules)?;
            _ = input.split_off_mut(..self.end());
            return Ok(Some((self.header(), self.mask())));
        }
        while let Some(byte) = input.split_off_first_mut() {
            if let Some(header) = self.push(*byte, rules)? {
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// What [`push`](Self::push) checks byte by byte, in the same order.
    #[inline]
    fn check_whole(&self, rules: &Rules) -> Result<(), ProtocolError> {
        let [first, second, third, ..] = self.bytes;
        rules.check_first(first)?;
        rules.check_second(first, second)?;
        if self.extended_len() == 8 {
            Rules::check_top(third)?;
        }
        self.check_len(rules)
    }

    /// Takes the next byte; gives the header if that was its last.
    fn push(&mut self, byte: u8, rules: &Rules) -> Result<Option<(Header, Mask)>, ProtocolError> {
        let at = usize::from(self.len);
        self.bytes[at] = byte;
        self.len += 1;
        match at {
            0 => rules.check_first(byte)?,
            1 => rules.check_second(self.bytes[0], byte)?,
            2 if self.extended_len() == 8 => Rules::check_top(byte)?,
            _ => {}
        }
        if at + 1 == self.mask_at() {
            self.check_len(rules)?;
        }
        Ok((at + 1 == self.end()).then(|| (self.header(), self.mask())))
    }

    fn check_len(&self, rules: &Rules) -> Result<(), ProtocolError> {
        let (opcode, written) = (self.opcode(), self.extended_len());
        rules.check_len(opcode, written, self.payload_len(), self.is_compressed())
    }

    fn header(&self) -> Header {
        Header {
            opcode: self.opcode(),
            fin: self.bytes[0] & FIN != 0,
            rsv1: self.is_compressed(),
            len: self.payload_len(),
        }
    }

    /// The key that follows the length. A frame without one is not unmasked, so it does not matter what this gives.
    fn mask(&self) -> Mask {
        let (_, after) = self.bytes.split_at(self.mask_at());
        Mask::new(after.first_chunk().copied().unwrap_or_default())
    }

    /// The first byte has been checked: a reserved opcode does not come here.
    fn opcode(&self) -> Opcode {
        Opcode::from_bits(self.bytes[0]).unwrap_or(Opcode::Continuation)
    }

    const fn is_compressed(&self) -> bool {
        self.bytes[0] & RSV1 != 0
    }

    const fn is_masked(&self) -> bool {
        self.bytes[1] & MASKED != 0
    }

    /// How many bytes the length takes besides the seven bits of the second byte.
    const fn extended_len(&self) -> usize {
        match self.bytes[1] & !MASKED {
            LEN_16 => 2,
            LEN_64 => 8,
            _ => 0,
        }
    }

    fn payload_len(&self) -> u64 {
        let [_, second, extended @ ..] = &self.bytes;
        match (
            self.extended_len(),
            extended.first_chunk(),
            extended.first_chunk(),
        ) {
            (2, Some(&len), _) => u64::from(u16::from_be_bytes(len)),
            (8, _, Some(&len)) => u64::from_be_bytes(len),
            _ => u64::from(second & !MASKED),
        }
    }

    const fn mask_at(&self) -> usize {
        2 + self.extended_len()
    }

    const fn end(&self) -> usize {
        if self.is_masked() {
            self.mask_at() + 4
        } else {
            self.mask_at()
        }
    }
}

/// The frame is the last of its message.
pub(crate) const FIN: u8 = 0x80;
/// The three bits kept for extensions; the first is given a meaning by RFC 7692.
pub(crate) const RSV: u8 = 0x70;
pub(crate) const RSV1: u8 = 0x40;
/// The payload is masked.
pub(crate) const MASKED: u8 = 0x80;
/// The seven bits of length that say "the length is in the next two bytes", and "in the next eight".
pub(crate) const LEN_16: u8 = 126;
pub(crate) const LEN_64: u8 = 127;
/// The longest payload of a Close, Ping or Pong (§5.5), and the longest that the seven bits can say.
pub(crate) const MAX_CONTROL_LEN: u8 = 125;
