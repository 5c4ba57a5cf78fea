//! The last bytes that were inflated.

use alloc::vec::Vec;

use zlib_rs::{Inflate, InflateError};

use crate::copy;

/// The last 32 KiB that were inflated.
///
/// The decompressor has them too, but loses them at a final block, which RFC 7692 §7.2.3.4 allows
/// anywhere. A shared decompressor has those of the connection that it served last.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Grows to `WINDOW` bytes, then is a ring.
    bytes: Vec<u8>,
    /// The place of the oldest byte of the ring.
    oldest: usize,
}

impl History {
    pub(super) fn extend(&mut self, inflated: &[u8]) {
        let inflated = &inflated[inflated.len().saturating_sub(WINDOW)..];
        let (growth, rest) = inflated.split_at(inflated.len().min(WINDOW - self.bytes.len()));
        self.grow(growth);
        let (end, start) = rest.split_at(rest.len().min(WINDOW - self.oldest));
        self.bytes[self.oldest..][..end.len()].copy_from_slice(end);
        self.bytes[..start.len()].copy_from_slice(start);
        self.oldest = (self.oldest + rest.len()) % WINDOW;
    }

    /// Forgets all of it and frees the memory.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Gives it to a decompressor that has inflated nothing yet.
    pub(super) fn prime(&self, decompressor: &mut Inflate) -> Result<(), InflateError> {
        let (newer, older) = self.bytes.split_at(self.oldest);
        decompressor.set_dictionary(older)?;
        decompressor.set_dictionary(newer)?;
        Ok(())
    }

    fn grow(&mut self, growth: &[u8]) {
        let len = self.bytes.len() + growth.len();
        if len > self.bytes.capacity() {
            let capacity = (2 * self.bytes.capacity()).clamp(len, WINDOW);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        copy::append(&mut self.bytes, growth);
    }
}

/// The size of the window in bytes, whatever was agreed on: a peer may use less.
const WINDOW: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_bytes_however_they_come() {
        let all: Vec<u8> = (0..200_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        for step in [1, 7, 1000, WINDOW - 1, WINDOW, WINDOW + 1, 100_000] {
            let mut history = History::default();
            for (i, piece) in all.chunks(step).enumerate() {
                history.extend(piece);
                let so_far = all.len().min((i + 1) * step);
                let mut kept = history.bytes.clone();
                kept.rotate_left(history.oldest);
                if step > 10 || i % 997 == 0 {
                    assert_eq!(kept, &all[so_far.saturating_sub(WINDOW)..so_far]);
                }
            }
            assert_eq!(history.bytes.capacity(), WINDOW);
        }
    }
}
