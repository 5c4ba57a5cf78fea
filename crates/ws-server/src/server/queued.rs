//! How much is queued for all peers, and how much may be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::{
    Config,
    outgoing::{SEGMENT, SEGMENTS_HELD},
};

pub(super) struct Queued {
    /// Bytes that are held for one peer alone, of all peers.
    own: usize,
    /// Bytes that are held once for many.
    shared: Arc<AtomicUsize>,
    /// The most that one peer may have waiting, in one piece, with nothing to be seen to.
    ample: usize,
    /// The most that one peer may have waiting.
    bound: usize,
    /// The most that may be held for all, without the segments of the next message.
    total_bound: usize,
}

impl Queued {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            own: 0,
            shared: Arc::default(),
            ample: config.high.min(SEGMENT),
            bound: config.bound_or_default(),
            total_bound: config.total_bound.saturating_sub(SEGMENTS_HELD),
        }
    }

    #[inline]
    pub(super) fn total(&self) -> usize {
        self.own + self.shared.load(Ordering::Relaxed)
    }

    pub(super) const fn shared(&self) -> &Arc<AtomicUsize> {
        &self.shared
    }

    /// Whether a peer that has `waiting` bytes may get `more`, `new` of which are held for nobody else yet.
    #[inline]
    pub(super) fn has_room(&self, waiting: usize, more: usize, new: usize) -> bool {
        self.has_room_for_peer(waiting, more) && self.has_room_for_all(new)
    }

    /// Whether that is not too much for all.
    #[inline]
    pub(super) fn has_room_for_all(&self, new: usize) -> bool {
        self.total() + new <= self.total_bound
    }

    /// How much may be held for all beside what is.
    pub(super) fn room_for_all(&self) -> usize {
        self.total_bound.saturating_sub(self.total())
    }

    /// The same, if that is far from too much for the peer and is still one piece: then nobody need look what becomes of it.
    #[inline]
    pub(super) fn has_ample_room(&self, waiting: usize, more: usize) -> bool {
        waiting + more <= self.ample && self.has_room_for_all(more)
    }

    /// Whether that is not too much for the peer.
    #[inline]
    pub(super) const fn has_room_for_peer(&self, waiting: usize, more: usize) -> bool {
        waiting + more <= self.bound
    }

    /// Whether more is held than may be.
    pub(super) fn is_too_much(&self) -> bool {
        self.total() > self.total_bound
    }

    /// Whether so many bytes fit where nothing else is.
    pub(super) const fn can_hold(&self, bytes: usize) -> bool {
        bytes <= self.bound && bytes <= self.total_bound
    }

    /// What is held for one peer alone has changed.
    #[inline]
    pub(super) const fn follow(&mut self, before: usize, after: usize) {
        self.own = self.own + after - before;
    }
}
