//! The wire format of a frame header (RFC 6455 §5.2): its bits, and the one writer of its bytes.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::Opcode;

/// The frame is the last of its message.
pub(crate) const FIN: u8 = 0x80;
/// The three bits reserved for extensions. RFC 7692 gives a meaning to the first.
pub(crate) const RSV: u8 = 0x70;
pub(crate) const RSV1: u8 = 0x40;
/// The payload is masked.
pub(crate) const MASKED: u8 = 0x80;
/// Values of the 7-bit length that announce a length in the next two or eight bytes.
pub(crate) const LEN_16: u8 = 126;
pub(crate) const LEN_64: u8 = 127;
/// The longest payload of a Close, Ping or Pong (§5.5), and of the 7-bit length.
pub(crate) const MAX_CONTROL_LEN: u8 = 125;

/// The first byte of a frame.
#[inline]
pub(crate) const fn first_byte(opcode: Opcode, fin: bool) -> u8 {
    opcode as u8 | if fin { FIN } else { 0 }
}

/// The bytes of a header, followed by zeros.
pub(crate) type Bytes = [u8; size_of::<u128>()];

/// The bytes of a header whose length takes `EXTENDED` bytes (0, 2 or 8) besides the 7-bit length,
/// and how many bytes the header has. With a key, the mask bit is set.
///
/// The header is put together in a register, its first byte lowest. Writing it to memory byte by
/// byte and reading it back would cost more than the rest of a short frame.
#[inline]
pub(crate) const fn header<const EXTENDED: usize>(
    first: u8,
    len: u64,
    key: Option<[u8; 4]>,
) -> (Bytes, usize) {
    let [low, high, ..] = len.to_le_bytes();
    let (second, extended) = match EXTENDED {
        0 => (low, 0),
        2 => (LEN_16, u16::from_le_bytes([high, low]) as u128),
        _ => (LEN_64, len.swap_bytes() as u128),
    };
    let bytes = first as u128 | (second as u128) << 8 | extended << 16;
    let key_at = 2 + EXTENDED;
    match key {
        None => (bytes.to_le_bytes(), key_at),
        Some(key) => {
            let masked = (MASKED as u128) << 8 | (u32::from_le_bytes(key) as u128) << (8 * key_at);
            ((bytes | masked).to_le_bytes(), key_at + 4)
        }
    }
}

/// The header of a masked frame of at most 125 bytes. Written as bytes, it takes three stores; put
/// together in a register, eight instructions more.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) const fn short_masked_header(
    first: u8,
    len: usize,
    key: [u8; 4],
) -> [u8; SHORT_MASKED_LEN] {
    let ([len, ..], [a, b, c, d]) = (len.to_le_bytes(), key);
    [first, MASKED | len, a, b, c, d]
}

/// The length of such a header in bytes.
#[cfg(feature = "alloc")]
pub(crate) const SHORT_MASKED_LEN: usize = 6;

/// The shortest header for a payload of `len` bytes.
#[inline]
pub(crate) const fn shortest_header(first: u8, len: u64, key: Option<[u8; 4]>) -> (Bytes, usize) {
    if len <= MAX_LEN_7 {
        header::<0>(first, len, key)
    } else if len <= MAX_LEN_16 {
        header::<2>(first, len, key)
    } else {
        header::<8>(first, len, key)
    }
}

/// Appends within the spare capacity. Without a call that may grow the buffer, no register is saved
/// for one.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) fn extend_within_room(output: &mut Vec<u8>, bytes: &[u8]) {
    let room = output.capacity() - output.len();
    debug_assert!(room >= bytes.len(), "the caller has reserved room");
    if room >= bytes.len() {
        output.extend_from_slice(bytes);
    }
}

/// The longest payload of the 7-bit length.
pub(crate) const MAX_LEN_7: u64 = MAX_CONTROL_LEN as u64;
/// The longest payload of the 16-bit length.
pub(crate) const MAX_LEN_16: u64 = u16::MAX as u64;
