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

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that are moved in all, by a program that uses `step` of them each time.
    fn moved(len: usize, step: usize) -> usize {
        let mut held = Held::default();
        held.push(&vec![7; len]);
        let (mut to, mut moved) = (vec![0; 128 * 1024], 0);
        while !held.bytes().is_empty() {
            let piece = held.next_piece().min(to.len());
            let count = held.take(&mut to[..piece]);
            moved += count;
            held.put_back(count.saturating_sub(step));
        }
        moved
    }

    #[test]
    fn r47_the_cost_of_a_message_does_not_depend_on_what_is_behind_it() {
        for step in [1, 7, 100, 1000, 5000, 100_000] {
            let most = (4 * step).max(PIECE);
            for len in [1000, 20_000, 200_000] {
                let times = len / step + 1;
                assert!(moved(len, step) <= times * most, "{len} {step}");
            }
        }
    }
}
