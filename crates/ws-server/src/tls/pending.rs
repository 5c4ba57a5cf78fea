//! Bytes that a TLS stream keeps for later.

/// Bytes in order, of which the first `used` are used up. Holds no memory once all are.
#[derive(Default)]
pub(super) struct Pending {
    bytes: Vec<u8>,
    used: usize,
}

impl Pending {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[self.used..]
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len() - self.used
    }

    /// Memory that it holds.
    pub(super) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.used > 0 && self.used >= self.len() {
            // Moving less than was used up costs a constant for each byte.
            self.bytes.drain(..self.used);
            self.used = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn consume(&mut self, len: usize) {
        self.used += len;
        if self.is_empty() {
            *self = Self::default();
        }
    }
}
