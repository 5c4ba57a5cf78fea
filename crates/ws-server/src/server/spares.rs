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

    /// Makes room behind a message of which `wanted` bytes are still to come: for all of them if there is a buffer to move to, and
    /// otherwise, once what it has is used, for as much as has come, so that memory grows with what was received.
    pub(super) fn grow(&mut self, message: &mut Vec<u8>, wanted: usize) {
        if let Some(mut buffer) = self.take(message.len() + wanted) {
            buffer.extend_from_slice(message);
            *message = buffer;
        } else if message.len() == message.capacity() {
            message.reserve_exact(growth(message.len(), wanted));
        }
    }

    /// The smallest that is large enough: the room of a much larger one could not be read to in one piece.
    fn take(&mut self, capacity: usize) -> Option<Vec<u8>> {
        let all = self.buffers.iter().enumerate();
        let fitting = all.filter(|(_, buffer)| buffer.capacity() >= capacity);
        let (at, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
        let buffer = self.buffers.swap_remove(at);
        self.bytes -= buffer.capacity();
        Some(buffer)
    }
}

/// Twice the room; a little more if that is all there will be.
fn growth(len: usize, wanted: usize) -> usize {
    let more = len.max(WORTH);
    if wanted <= more + more / 4 { wanted } else { more }
}

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
        spares.grow(&mut message, 16 << 20);
        assert_eq!(message.capacity(), 200_000);
        message.resize(200_000, 2);
        spares.grow(&mut message, 240_000);
        assert_eq!(message.capacity(), 440_000, "a little more, and it is whole");
    }

    #[test]
    fn c125_a_message_moves_to_a_buffer_that_shows_nothing_of_the_last() {
        let mut spares = Spares::default();
        spares.give(vec![7; 2 << 20]);
        spares.give(vec![7; 1 << 20]);
        let mut message = vec![1; 100_000];
        spares.grow(&mut message, 500_000);
        assert_eq!((message.len(), message.capacity()), (100_000, 1 << 20));
        assert!(message.iter().all(|&byte| byte == 1));
        assert_eq!(spares.bytes, 2 << 20);
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
