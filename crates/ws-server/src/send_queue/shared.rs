//! Queued frames that several connections share.

use std::sync::{
    Arc, Weak,
    atomic::{AtomicUsize, Ordering},
};

/// Bytes that are queued for many connections, held once and counted once.
pub(crate) struct Shared {
    pub(super) bytes: Arc<[u8]>,
    counted_in: Arc<AtomicUsize>,
}

/// The frames that were shared last, as long as they are queued for a connection. So a frame that
/// is held once counts once, also when the program sends it to one connection after the other.
#[derive(Default)]
pub(crate) struct SharedFrames {
    entries: [Entry; RECENT],
    /// The entry to replace next.
    oldest: usize,
}

#[derive(Default)]
struct Entry {
    /// The address of the bytes, to compare first.
    address: usize,
    shared: Weak<Shared>,
}

impl SharedFrames {
    /// Finds these bytes if they are held.
    pub(crate) fn find(&self, bytes: &Arc<[u8]>) -> Option<Arc<Shared>> {
        let address = address(bytes);
        let entries = self.entries.iter().filter(|entry| entry.address == address);
        let mut held = entries.filter_map(|entry| entry.shared.upgrade());
        // Other bytes may have been at this address before.
        held.find(|shared| shared.is(bytes))
    }

    /// Holds these bytes, and counts them once for all connections.
    pub(crate) fn hold(&mut self, bytes: Arc<[u8]>, counted_in: &Arc<AtomicUsize>) -> Arc<Shared> {
        let address = address(&bytes);
        let shared = Shared::new(bytes, counted_in);
        self.entries[self.oldest] = Entry {
            address,
            shared: Arc::downgrade(&shared),
        };
        self.oldest = (self.oldest + 1) % RECENT;
        shared
    }
}

impl Shared {
    /// Counts `bytes` in `counted_in` for as long as they are queued for any connection.
    pub(super) fn new(bytes: Arc<[u8]>, counted_in: &Arc<AtomicUsize>) -> Arc<Self> {
        counted_in.fetch_add(bytes.len(), Ordering::Relaxed);
        Arc::new(Self {
            bytes,
            counted_in: Arc::clone(counted_in),
        })
    }

    fn is(&self, bytes: &Arc<[u8]>) -> bool {
        Arc::ptr_eq(&self.bytes, bytes)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.counted_in
            .fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

fn address(bytes: &Arc<[u8]>) -> usize {
    bytes.as_ptr().addr()
}

/// Frames that are remembered; a message with a compressed form has two. If a program sends more
/// than this to each connection in turn, they count more than once: `Full` comes early, never late.
const RECENT: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s6_held_frames_are_found_until_the_last_holder_drops_them() {
        let (mut recent, counter) = (SharedFrames::default(), Arc::default());
        let bytes: Arc<[u8]> = vec![7; 100].into();
        assert!(recent.find(&bytes).is_none());
        let first = recent.hold(Arc::clone(&bytes), &counter);
        let second = recent.find(&bytes).expect("it is held");
        drop(first);
        assert!(recent.find(&bytes).is_some());
        assert_eq!(counter.load(Ordering::Relaxed), 100);
        drop(second);
        assert!(recent.find(&bytes).is_none());
        assert_eq!(counter.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn s6_more_than_are_known_are_counted_again() {
        let (mut recent, counter) = (SharedFrames::default(), Arc::default());
        let all: Vec<Arc<[u8]>> = (0..=RECENT).map(|n| vec![0; 100 + n].into()).collect();
        let held: Vec<_> = all
            .iter()
            .map(|bytes| recent.hold(Arc::clone(bytes), &counter))
            .collect();
        assert!(recent.find(&all[0]).is_none());
        assert!(all[1..].iter().all(|bytes| recent.find(bytes).is_some()));
        drop(held);
        assert_eq!(counter.load(Ordering::Relaxed), 0);
    }
}
