//! The header of a received frame.

use crate::rules::Rules;
use crate::wire::{self, FIN, LEN_16, LEN_64, MASKED, RSV1};
use crate::{Mask, Opcode, ProtocolError};

/// The header of one received frame (RFC 6455 §5.2). Only a header that breaks no rule becomes a
/// value of this type.
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
    /// The kind of the frame.
    pub opcode: Opcode,
    /// Whether this is the last, or only, frame of its message.
    pub fin: bool,
    /// The first reserved bit: set on the first frame of a compressed message (RFC 7692 §6), where
    /// an extension allows it.
    pub rsv1: bool,
    /// The length of the payload in bytes, below 2^63.
    pub len: u64,
}

impl Header {
    /// The length of the longest header: two bytes, a 64-bit length and a masking key.
    pub const MAX_LEN: usize = 2 + 8 + 4;
}

/// A partially received header. Every rule is checked at the byte that decides it.
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

    /// Takes the bytes of the header off the front of `input`. Returns the header once it is whole.
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

    /// Makes the checks of [`push`](Self::push) on a whole header, in the same order.
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

    /// Takes the next byte. Returns the header if that was its last.
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

    /// The key after the length. A frame without one is never unmasked, so any value does.
    fn mask(&self) -> Mask {
        let (_, after) = self.bytes.split_at(self.mask_at());
        Mask::new(after.first_chunk().copied().unwrap_or_default())
    }

    /// The first byte has been checked: its opcode is not reserved.
    fn opcode(&self) -> Opcode {
        Opcode::from_bits(self.bytes[0]).unwrap_or(Opcode::Continuation)
    }

    const fn is_compressed(&self) -> bool {
        self.bytes[0] & RSV1 != 0
    }

    const fn is_masked(&self) -> bool {
        self.bytes[1] & MASKED != 0
    }

    /// The number of bytes that the length takes besides the 7-bit length of the second byte.
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

const _: () = assert!(size_of::<wire::Bytes>() >= Header::MAX_LEN);
