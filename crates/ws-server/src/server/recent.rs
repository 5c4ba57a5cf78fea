//! Which messages are held for many already.

use std::sync::{Arc, Weak, atomic::AtomicUsize};

use crate::outgoing::Shared;

/// The messages that were shared last, as far as somebody is still to be sent them: what is held once shall count once,
/// also when it is sent to one peer after the other.
#[derive(Default)]
pub(super) struct Recent {
    entries: [Entry; RECENT],
    /// The one to be forgotten next.
    oldest: usize,
}

#[derive(Default)]
struct Entry {
    /// Where the bytes are: enough to look at, to see that it is another message.
    address: usize,
    shared: Weak<Shared>,
}

impl Recent {
    /// These bytes, if they are held.
    pub(super) fn find(&self, bytes: &Arc<[u8]>) -> Option<Arc<Shared>> {
        let address = address(bytes);
        let entries = self.entries.iter().filter(|entry| entry.address == address);
        let mut held = entries.filter_map(|entry| entry.shared.upgrade());
        // Other bytes may have been there before.
        held.find(|shared| shared.is(bytes))
    }

    /// Holds these bytes, and counts them once for all who are sent them.
    pub(super) fn hold(&mut self, bytes: Arc<[u8]>, counted_in: &Arc<AtomicUsize>) -> Arc<Shared> {
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

fn address(bytes: &Arc<[u8]>) -> usize {
    bytes.as_ptr().addr()
}

/// So many forms of messages are known, a message with a compressed form having two. More than that, sent to each peer in
/// turn, count more than once: `Full` comes early, and never late.
const RECENT: usize = 16;

#[cfg(test)]
mod tests {
    use core::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn s6_what_is_held_is_found_until_nobody_holds_it() {
        let (mut recent, counter) = (Recent::default(), Arc::default());
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
        let (mut recent, counter) = (Recent::default(), Arc::default());
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
