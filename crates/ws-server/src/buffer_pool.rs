//! Recycled buffers, in which the next large messages are assembled.

/// Emptied buffers. Fresh memory would cost as much as all else about a large message.
#[derive(Default)]
pub(crate) struct BufferPool {
    buffers: Vec<Vec<u8>>,
    /// Their capacity in all.
    bytes: usize,
}

impl BufferPool {
    pub(crate) const fn is_empty(&self) -> bool {
        self.buffers.is_empty()
    }

    /// Keeps a buffer, unless it is small or too much is kept.
    pub(crate) fn give(&mut self, mut buffer: Vec<u8>) {
        let capacity = buffer.capacity();
        if capacity >= WORTH && self.bytes + capacity <= KEPT {
            buffer.clear();
            self.bytes += capacity;
            self.buffers.push(buffer);
        }
    }

    /// Makes room behind a message of which `wanted` bytes are missing: for all of them if there is
    /// a buffer for it and a fair part has arrived; otherwise it doubles the memory once it is
    /// full. Memory grows with bytes received, not with bytes claimed. Messages of this connection
    /// are known to reach `proven` bytes.
    pub(crate) fn grow(&mut self, message: &mut Vec<u8>, wanted: usize, proven: usize) {
        let most = message.len().max(proven).saturating_mul(FAIR_SHARE) + SMALLEST_GROWTH;
        if let Some(mut buffer) = self.take(message.len() + wanted, most) {
            buffer.extend_from_slice(message);
            *message = buffer;
        } else if message.len() == message.capacity() {
            message.reserve_exact(growth(message.len(), wanted));
        }
    }

    /// Takes the smallest buffer that is large enough, and holds no more than `most`.
    fn take(&mut self, capacity: usize, most: usize) -> Option<Vec<u8>> {
        let all = self.buffers.iter().enumerate();
        let fitting = all.filter(|(_, buffer)| (capacity..=most).contains(&buffer.capacity()));
        let (at, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
        let buffer = self.buffers.swap_remove(at);
        self.bytes -= buffer.capacity();
        Some(buffer)
    }
}

/// Doubles the room, or adds a little more if that completes the message.
fn growth(len: usize, wanted: usize) -> usize {
    let more = len.max(SMALLEST_GROWTH);
    if wanted <= more + more / 4 {
        wanted
    } else {
        more
    }
}

/// A recycled buffer is at most this many times as large as the received part of its message.
const FAIR_SHARE: usize = 4;
/// One page: growing by less costs more than it saves.
const SMALLEST_GROWTH: usize = 4 * 1024;
/// A smaller buffer is as cheap to allocate.
const WORTH: usize = 64 * 1024;
/// Bytes kept in all: for messages of 1 MiB from four connections at a time.
const KEPT: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_with_what_was_received() {
        let mut pool = BufferPool::default();
        let mut message = vec![1; 100_000];
        pool.grow(&mut message, 16 << 20, 0);
        assert_eq!(message.capacity(), 200_000);
        message.resize(200_000, 2);
        pool.grow(&mut message, 240_000, 0);
        assert_eq!(
            message.capacity(),
            440_000,
            "a little more, and it is whole"
        );
    }

    #[test]
    fn c125_a_message_moves_to_a_buffer_that_shows_nothing_of_the_last() {
        let mut pool = BufferPool::default();
        pool.give(vec![7; 2 << 20]);
        pool.give(vec![7; 1 << 20]);
        let mut message = vec![1; 300_000];
        pool.grow(&mut message, 300_000, 0);
        assert_eq!((message.len(), message.capacity()), (300_000, 1 << 20));
        assert!(message.iter().all(|&byte| byte == 1));
        assert_eq!(pool.bytes, 2 << 20);
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
            let mut pool = BufferPool::default();
            pool.give(vec![7; 2 << 20]);
            pool.give(vec![7; 1 << 20]);
            let mut message = vec![1; len];
            pool.grow(&mut message, wanted, proven);
            assert_eq!(
                pool.buffers.len(),
                2 - usize::from(fair),
                "{len} of {}",
                len + wanted
            );
            assert!(message.capacity() <= 4 * len.max(proven) + SMALLEST_GROWTH);
        }
    }

    /// A buffer of 4 MiB for a message of 200 kB would hold twenty times as much meanwhile.
    #[test]
    fn r42_a_message_gets_no_buffer_that_is_much_too_large() {
        let mut pool = BufferPool::default();
        pool.give(vec![7; 4 << 20]);
        let mut message = vec![1; 100_000];
        pool.grow(&mut message, 100_000, 0);
        assert_eq!((message.capacity(), pool.buffers.len()), (200_000, 1));
    }

    #[test]
    fn kept_buffers_are_bounded() {
        let mut pool = BufferPool::default();
        for _ in 0..100 {
            pool.give(vec![0; 1 << 20]);
            pool.give(vec![0; 100]);
        }
        pool.give(vec![0; 64 << 20]);
        assert_eq!((pool.bytes, pool.buffers.len()), (4 << 20, 4));
    }
}
