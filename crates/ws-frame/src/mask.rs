/// One frame's masking key, turned as bytes pass (RFC 6455 §5.3).
///
/// Masking and unmasking are the same operation. The key turns with the payload, so a frame may be handed over in pieces of any
/// size: nothing needs to remember how many bytes went before.
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
    /// The key as it applies to the next byte: that byte is the lowest, whatever the machine's byte order.
    key: u32,
}

impl Mask {
    /// The mask at the first byte of a frame's payload.
    #[must_use]
    #[inline]
    pub const fn new(key: [u8; 4]) -> Self {
        Self {
            key: u32::from_le_bytes(key),
        }
    }

    /// Masks, or unmasks, the next bytes of the payload in place.
    #[inline]
    pub fn apply(&mut self, payload: &mut [u8]) {
        let mut blocks = payload.chunks_exact_mut(WORD);
        let word = u64::from(self.key) << 32 | u64::from(self.key);
        for block in &mut blocks {
            if let Ok(bytes) = <&mut [u8; WORD]>::try_from(block) {
                *bytes = (u64::from_le_bytes(*bytes) ^ word).to_le_bytes();
            }
        }
        for (byte, key) in blocks.into_remainder().iter_mut().zip(word.to_le_bytes()) {
            *byte ^= key;
        }
        self.turn(payload.len());
    }

    /// Copies `from` to `to`, masking it on the way. Handles as many bytes as the shorter of the two holds, and says how many.
    #[inline]
    pub fn apply_copy(&mut self, from: &[u8], to: &mut [u8]) -> usize {
        let len = from.len().min(to.len());
        let to = &mut to[..len];
        to.copy_from_slice(&from[..len]);
        self.apply(to);
        len
    }

    /// The key as it will apply after `passed` more bytes.
    #[inline]
    const fn turn(&mut self, passed: usize) {
        self.key = match passed % 4 {
            0 => self.key,
            1 => self.key.rotate_right(8),
            2 => self.key.rotate_right(16),
            _ => self.key.rotate_right(24),
        };
    }
}

const WORD: usize = size_of::<u64>();
