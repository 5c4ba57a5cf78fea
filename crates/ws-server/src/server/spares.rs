//! Memory that large messages were put together in, for the next ones.

/// Emptied buffers, their memory touched before: fresh memory costs as much as all else about a large message.
#[derive(Default)]
pub(super) struct Spares {
    buffers: Vec<Vec<u8>>,
    /// What they can hold.
    bytes: usize,
}

impl Spares {
    pub(super) const fn is_empty(&self) -> bool {
        self.buffers.is_empty()
    }

    /// Keeps a buffer, if it is worth it and not too much is kept.
    pub(super) fn give(&mut self, mut buffer: Vec<u8>) {
        let capacity = buffer.capacity();
        if capacity >= WORTH && self.bytes + capacity <= KEPT {
            buffer.clear();
            self.bytes += capacity;
            self.buffers.push(buffer);
        }
    }

    /// Makes room behind a message of which `wanted` bytes are still to come: for all of them if there is a buffer to move to and a fair
    /// part has come, and otherwise, once what it has is used, for as much as has come. Memory grows with what was received, not with
    /// what was claimed. `proven`: bytes that a message of this connection is known to reach.
    pub(super) fn grow(&mut self, message: &mut Vec<u8>, wanted: usize, proven: usize) {
        let most = message.len().max(proven).saturating_mul(FAIR_SHARE) + SMALLEST_GROWTH;
        if let Some(mut buffer) = self.take(message.len() + wanted, most) {
            buffer.extend_from_slice(message);
            *message = buffer;
        } else if message.len() == message.capacity() {
            message.reserve_exact(growth(message.len(), wanted));
        }
    }

    /// The smallest that is large enough, and holds no more than `most`.
    fn take(&mut self, capacity: usize, most: usize) -> Option<Vec<u8>> {
        let all = self.buffers.iter().enumerate();
        let fitting = all.filter(|(_, buffer)| (capacity..=most).contains(&buffer.capacity()));
        let (at, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
        let buffer = self.buffers.swap_remove(at);
        self.bytes -= buffer.capacity();
        Some(buffer)
    }
}

/// Twice the room; a little more if that is all there will be.
fn growth(len: usize, wanted: usize) -> usize {
    let more = len.max(SMALLEST_GROWTH);
    if wanted <= more + more / 4 { wanted } else { more }
}

/// A recycled buffer is at most so many times as large as what has come of its message.
const FAIR_SHARE: usize = 4;
/// A page: below that, growing costs more than it saves.
const SMALLEST_GROWTH: usize = 4 * 1024;
/// What is as cheap to come by anew.
const WORTH: usize = 64 * 1024;
/// What is kept in all, in bytes: for messages of 1 MiB from four peers at a time.
const KEPT: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_with_what_was_received() {
        let mut spares = Spares::default();
        let mut message = vec![1; 100_000];
        spares.grow(&mut message, 16 << 20, 0);
        assert_eq!(message.capacity(), 200_000);
        message.resize(200_000, 2);
        spares.grow(&mut message, 240_000, 0);
        assert_eq!(message.capacity(), 440_000, "a little more, and it is whole");
    }

    #[test]
    fn c125_a_message_moves_to_a_buffer_that_shows_nothing_of_the_last() {
        let mut spares = Spares::default();
        spares.give(vec![7; 2 << 20]);
        spares.give(vec![7; 1 << 20]);
        let mut message = vec![1; 300_000];
        spares.grow(&mut message, 300_000, 0);
        assert_eq!((message.len(), message.capacity()), (300_000, 1 << 20));
        assert!(message.iter().all(|&byte| byte == 1));
        assert_eq!(spares.bytes, 2 << 20);
    }

    #[test]
    fn r42_a_claim_alone_gets_no_recycled_buffer() {
        for (len, wanted, proven, fair) in [
            (2, 1 << 20, 0, false),
            (2, (1 << 20) - 2, 256 << 10, true),
            (2, 1 << 20, 256 << 10, false),
            (2, 2 << 20, 256 << 10, false),
            (262_144, 786_432, 0, true),
            (250_000, 750_000, 0, false),
        ] {
            let mut spares = Spares::default();
            spares.give(vec![7; 2 << 20]);
            spares.give(vec![7; 1 << 20]);
            let mut message = vec![1; len];
            spares.grow(&mut message, wanted, proven);
            assert_eq!(
                spares.buffers.len(),
                2 - usize::from(fair),
                "{len} of {}",
                len + wanted
            );
            assert!(message.capacity() <= 4 * len.max(proven) + SMALLEST_GROWTH);
        }
    }

    /// A buffer of 4 MiB for a message of 200 kB would hold twenty times as much for as long as the message takes.
    #[test]
    fn r42_a_message_gets_no_buffer_that_is_much_too_large() {
        let mut spares = Spares::default();
        spares.give(vec![7; 4 << 20]);
        let mut message = vec![1; 100_000];
        spares.grow(&mut message, 100_000, 0);
        assert_eq!((message.capacity(), spares.buffers.len()), (200_000, 1));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut spares = Spares::default();
        for _ in 0..100 {
            spares.give(vec![0; 1 << 20]);
            spares.give(vec![0; 100]);
        }
        spares.give(vec![0; 64 << 20]);
        assert_eq!((spares.bytes, spares.buffers.len()), (4 << 20, 4));
    }
}
