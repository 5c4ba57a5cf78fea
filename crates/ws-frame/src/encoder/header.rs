//! The header of one frame to send.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

#[cfg(feature = "alloc")]
use crate::copy;
use crate::wire::{self, first_byte};
use crate::{Mask, Opcode};

/// The header of one frame, ready to be written, with the mask for its payload.
///
/// From [`Encoder::frame`](crate::Encoder::frame) or `Connection::header`. Write
/// [`as_bytes`](Self::as_bytes), then the payload; a client masks the payload first.
///
/// ```
/// use ws_frame::{Encoder, Opcode};
///
/// let header = Encoder::server().frame(Opcode::Binary, true, 300)?;
/// assert_eq!(header.as_bytes(), [0x82, 126, 1, 44]);
/// # Ok::<(), ws_frame::SendError>(())
/// ```
#[derive(Clone, Copy)]
pub struct EncodedHeader {
    bytes: wire::Bytes,
    len: u8,
    mask: Option<Mask>,
}

impl EncodedHeader {
    #[inline]
    pub(crate) fn new(opcode: Opcode, fin: bool, len: u64, key: Option<[u8; 4]>) -> Self {
        let (bytes, header_len) = wire::shortest_header(first_byte(opcode, fin), len, key);
        let [header_len, ..] = header_len.to_le_bytes();
        Self {
            bytes,
            len: header_len,
            mask: key.map(Mask::new),
        }
    }

    /// Marks the message as compressed (RFC 7692 §6).
    #[cfg(feature = "alloc")]
    pub(crate) const fn set_rsv1(&mut self) {
        self.bytes[0] |= wire::RSV1;
    }

    /// The bytes to write before the payload: 2 to 14.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Masks the next bytes of the payload in place for a client; leaves them unchanged for a
    /// server.
    ///
    /// Masked bytes must be written as they are (RFC 6455 §5.3). The payload may be masked in
    /// several calls, in order.
    #[inline]
    pub fn mask(&mut self, payload: &mut [u8]) {
        if let Some(mask) = &mut self.mask {
            mask.apply(payload);
        }
    }

    /// Copies the next bytes of the payload, masked like [`mask`](Self::mask). Returns the number
    /// of bytes copied: the length of the shorter slice.
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
    /// Appends the header and its whole payload.
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
            None => copy::append(output, payload),
            Some(mask) => mask.append(payload, output),
        }
    }
}

impl AsRef<[u8]> for EncodedHeader {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Leaves out the key, which reveals the payload.
impl fmt::Debug for EncodedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedHeader")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
