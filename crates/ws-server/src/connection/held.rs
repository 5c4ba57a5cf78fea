//! Bytes that were read and are not used yet.

/// Held bytes, in the order in which they arrived. The first `used` of them are used.
pub(super) struct Held {
    bytes: Vec<u8>,
    used: usize,
    /// Bytes that were moved to a turn last.
    lent: usize,
    /// Bytes to move next.
    piece: usize,
}

impl Held {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    /// Adds bytes that arrived after these.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Moves bytes to the front of `to`, as many as fit. Returns their number.
    pub(super) fn take(&mut self, to: &mut [u8]) -> usize {
        let bytes = &self.bytes[self.used..];
        let len = bytes.len().min(to.len());
        to[..len].copy_from_slice(&bytes[..len]);
        self.used += len;
        self.lent = len;
        len
    }

    /// The number of bytes to move next: twice as many as were used the last time, so that a
    /// program that takes one message at a time has no more copied than it uses.
    pub(super) const fn next_piece(&mut self) -> usize {
        let piece = self.piece;
        self.piece = self.piece.saturating_mul(2);
        piece
    }

    /// Takes back the last `count` of the bytes that were moved.
    pub(super) fn put_back(&mut self, count: usize) {
        self.used = self.used.saturating_sub(count);
        if count > 0 {
            self.piece = PIECE.max(2 * self.lent.saturating_sub(count));
        }
    }
}

impl Default for Held {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            used: 0,
            lent: 0,
            piece: PIECE,
        }
    }
}

/// The least that is moved of the held bytes: some short messages.
const PIECE: usize = 1024;
