#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

#[cfg(feature = "alloc")]
use crate::header::RSV1;
use crate::header::{FIN, LEN_16, LEN_64, MASKED};
use crate::{Header, Mask, Opcode};

/// The header of one frame, ready to be written, and the mask for its payload.
#[derive(Clone, Copy)]
pub struct EncodedHeader {
    /// The first `len` of these, and then zeros.
    bytes: [u8; size_of::<u128>()],
    len: u8,
    mask: Option<Mask>,
}

impl EncodedHeader {
    /// The header of a message in one frame, as a server sends it.
    #[cfg(feature = "alloc")]
    pub(crate) fn of_server(opcode: Opcode, len: u64) -> Self {
        Self::new(opcode, true, len, None)
    }

    /// Says that the message is compressed (RFC 7692 §6).
    #[cfg(feature = "alloc")]
    pub(crate) const fn set_rsv1(&mut self) {
        self.bytes[0] |= RSV1;
    }

    #[inline]
    pub(super) fn new(opcode: Opcode, fin: bool, len: u64, keys: Option<fn() -> [u8; 4]>) -> Self {
        let (bytes, mask_at) = unmasked(first_byte(opcode, fin), len);
        let Some(keys) = keys else {
            return Self {
                bytes: bytes.to_le_bytes(),
                len: mask_at,
                mask: None,
            };
        };
        let key = keys();
        let masked = u128::from(MASKED) << 8 | u128::from(u32::from_le_bytes(key)) << (8 * mask_at);
        Self {
            bytes: (bytes | masked).to_le_bytes(),
            len: mask_at + 4,
            mask: Some(Mask::new(key)),
        }
    }

    /// The bytes to write before the payload.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Masks the next bytes of the payload in place, for a client; leaves them as they are for a server. What has been masked must go
    /// out as it is (RFC 6455 §5.3).
    #[inline]
    pub fn mask(&mut self, payload: &mut [u8]) {
        if let Some(mask) = &mut self.mask {
            mask.apply(payload);
        }
    }

    /// Copies the next bytes of the payload, masked as by [`mask`](Self::mask). Handles as many as the shorter of the two slices
    /// holds, and says how many.
    #[inline]
    pub fn mask_copy(&mut self, from: &[u8], to: &mut [u8]) -> usize {
        match &mut self.mask {
            Some(mask) => mask.apply_copy(from, to),
            None => Mask::new([0; 4]).apply_copy(from, to),
        }
    }
}

#[cfg(feature = "alloc")]
impl EncodedHeader {
    /// Appends the header and its payload.
    #[inline]
    pub(crate) fn append(mut self, payload: &[u8], output: &mut Vec<u8>) {
        output.reserve(self.as_bytes().len() + payload.len());
        output.extend_from_slice(self.as_bytes());
        self.append_payload(payload, output);
    }

    /// Appends the next bytes of the payload.
    #[inline]
    pub(crate) fn append_payload(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        match &mut self.mask {
            None => output.extend_from_slice(payload),
            Some(mask) => mask.append(payload, output),
        }
    }
}

impl AsRef<[u8]> for EncodedHeader {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Without the key: it is as good as the payload.
impl fmt::Debug for EncodedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedHeader")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

#[inline]
pub(super) const fn first_byte(opcode: Opcode, fin: bool) -> u8 {
    opcode.bits() | if fin { FIN } else { 0 }
}

/// A header without a mask, and its length. Put together in a register, its first byte lowest: to write it and to read it back byte by
/// byte would cost more than all else about a short frame.
#[inline]
fn unmasked(first: u8, len: u64) -> (u128, u8) {
    let (second, extended, end) = match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ ..LEN_16), _) => (len, 0, 2),
        (_, Ok(len)) => (LEN_16, u64::from(len.swap_bytes()), 4),
        _ => (LEN_64, len.swap_bytes(), 10),
    };
    (
        u128::from(first) | u128::from(second) << 8 | u128::from(extended) << 16,
        end,
    )
}

const _: () = assert!(size_of::<u128>() >= Header::MAX_LEN);
