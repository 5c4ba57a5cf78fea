//! Masking (RFC 6455 §5.3).

#[cfg(feature = "alloc")]
mod append;
mod copy;
#[cfg(feature = "alloc")]
mod shift;
#[cfg(all(feature = "wide", any(target_arch = "x86", target_arch = "x86_64")))]
mod wide;

/// The masking key of one frame, rotated to the next byte of its payload (RFC 6455 §5.3).
///
/// Masking and unmasking are the same operation. The key rotates with the payload, so a frame may
/// be masked in pieces of any size.
///
/// ```
/// use ws_frame::Mask;
///
/// let mut payload = *b"\x7f\x9f\x4d\x51\x58";
/// let (front, back) = payload.split_at_mut(2);
/// let mut mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);
/// mask.apply(front);
/// mask.apply(back);
/// assert_eq!(&payload, b"Hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The key, rotated to the next byte.
    key: [u8; 4],
}

impl Mask {
    /// The mask at the first byte of a frame's payload.
    #[must_use]
    #[inline]
    pub const fn new(key: [u8; 4]) -> Self {
        Self { key }
    }

    /// Whether masking changes nothing, as in a frame that was unmasked ahead of its turn.
    #[inline]
    pub(crate) const fn is_zero(self) -> bool {
        u32::from_ne_bytes(self.key) == 0
    }

    /// Masks, or unmasks, the next bytes of the payload in place.
    #[inline]
    pub fn apply(&mut self, payload: &mut [u8]) {
        self.apply_once(payload);
        *self = self.after(payload.len());
    }

    /// Masks, or unmasks, all the rest of the payload.
    #[inline]
    pub(crate) fn apply_once(self, payload: &mut [u8]) {
        if payload.len() < WIDE_FROM {
            self.apply_short(payload);
        } else {
            self.apply_long(payload);
        }
    }

    #[inline]
    fn apply_short(self, payload: &mut [u8]) {
        match payload.len() {
            64.. => self.apply_blocks::<64>(payload),
            16.. => self.apply_blocks::<16>(payload),
            8.. => self.apply_blocks::<8>(payload),
            4.. => self.apply_blocks::<4>(payload),
            _ => self.apply_bytes(payload),
        }
    }

    /// Whole blocks, for a payload of at least one. The last block overlaps the one before it, and
    /// is read before that one is written.
    ///
    /// ```text
    ///   payload  ├──────────────────────────────────┤
    ///   blocks   ├────────────┼────────────┤              none that holds the last byte
    ///   last block             ├────────────┤   at len - N; key rotated by len (4 divides N)
    /// ```
    #[inline]
    fn apply_blocks<const N: usize>(self, payload: &mut [u8]) {
        let last = payload
            .last_chunk()
            .map(|last| self.after(payload.len()).block::<N>(*last));
        if let Some((_, before)) = payload.split_last_mut() {
            for block in before.as_chunks_mut().0 {
                *block = self.block::<N>(*block);
            }
        }
        if let (Some(place), Some(last)) = (payload.last_chunk_mut(), last) {
            *place = last;
        }
    }

    /// Uses the widest vectors.
    #[inline(never)]
    fn apply_long(self, payload: &mut [u8]) {
        #[cfg(all(feature = "wide", any(target_arch = "x86", target_arch = "x86_64")))]
        if let Some(wide) = wide::Wide::of_processor() {
            return wide.run(
                #[inline(always)]
                || match payload.len() {
                    ..LONG => self.apply_blocks::<{ 2 * LINE }>(payload),
                    _ => self.apply_aligned::<{ 2 * LINE }>(payload),
                },
            );
        }
        if payload.len() < LONG {
            self.apply_short(payload);
        } else {
            self.apply_aligned::<LINE>(payload);
        }
    }

    /// Masks the bytes before the first cache line, then whole lines: a vector across two lines
    /// takes twice as long.
    #[expect(
        clippy::inline_always,
        reason = "it is compiled for the vectors of the function that it is inlined in"
    )]
    #[inline(always)]
    fn apply_aligned<const N: usize>(self, payload: &mut [u8]) {
        let head = payload.as_ptr().align_offset(LINE).min(payload.len());
        let (head, rest) = payload.split_at_mut(head);
        self.apply_short(head);
        let mask = self.after(head.len());
        let (blocks, tail) = rest.as_chunks_mut::<N>();
        for block in blocks {
            *block = mask.block(*block);
        }
        mask.apply_short(tail);
    }

    #[inline]
    fn apply_bytes(self, payload: &mut [u8]) {
        for (byte, key) in payload.iter_mut().zip(self.key) {
            *byte ^= key;
        }
    }

    /// Masks a block. The compiler turns this into words or vectors.
    #[inline]
    fn block<const N: usize>(self, mut bytes: [u8; N]) -> [u8; N] {
        let key = u32::from_ne_bytes(self.key);
        for word in bytes.as_chunks_mut().0 {
            *word = (u32::from_ne_bytes(*word) ^ key).to_ne_bytes();
        }
        bytes
    }

    /// The mask after `passed` more bytes.
    #[inline]
    pub(crate) const fn after(self, passed: usize) -> Self {
        let [low, ..] = passed.to_le_bytes();
        let key = u32::from_le_bytes(self.key).rotate_right(8 * (low % 4) as u32);
        Self {
            key: key.to_le_bytes(),
        }
    }
}

/// The length in bytes from which alignment pays: 7 % less time at 16 KiB.
const LONG: usize = 2048;

/// The length in bytes from which wider vectors pay.
const WIDE_FROM: usize = 256;

/// The length of a cache line in bytes, on most processors.
const LINE: usize = 64;
