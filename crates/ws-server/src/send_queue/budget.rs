//! Bytes queued for all connections together, and their limits.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{SEGMENT, SEGMENTS_HELD};
use crate::Config;

/// Count of queued bytes, and their limits for one connection and for all.
pub(crate) struct SendBudget {
    /// Bytes that are held for one connection each, of all connections.
    own: usize,
    /// Bytes that are held once for many.
    shared: Arc<AtomicUsize>,
    /// The most that one connection may have waiting for the fast path.
    ample: usize,
    /// The most that one connection may have waiting.
    max_one: usize,
    /// The most that may be held for all, without the segments of the next message.
    max_total: usize,
}

impl SendBudget {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            own: 0,
            shared: Arc::default(),
            ample: config.high_watermark.min(SEGMENT),
            max_one: config.max_queued_or_default(),
            max_total: config.max_queued_total.saturating_sub(SEGMENTS_HELD),
        }
    }

    #[inline]
    pub(crate) fn total(&self) -> usize {
        self.own + self.shared.load(Ordering::Relaxed)
    }

    pub(crate) const fn shared(&self) -> &Arc<AtomicUsize> {
        &self.shared
    }

    /// Whether a connection with `waiting` bytes may get `more`, `new` of which are not held yet
    /// for another connection.
    #[inline]
    pub(crate) fn has_room(&self, waiting: usize, more: usize, new: usize) -> bool {
        self.has_room_for_one(waiting, more) && self.has_room_for_all(new)
    }

    /// Whether `new` bytes more are within the limit for all.
    #[inline]
    pub(crate) fn has_room_for_all(&self, new: usize) -> bool {
        self.total() + new <= self.max_total
    }

    /// Bytes that may still be queued for all.
    pub(crate) fn room_for_all(&self) -> usize {
        self.max_total.saturating_sub(self.total())
    }

    /// Fast path: far below every limit, and still one segment, so the other checks are skipped.
    #[inline]
    pub(crate) fn has_ample_room(&self, waiting: usize, more: usize) -> bool {
        waiting + more <= self.ample && self.has_room_for_all(more)
    }

    /// Whether `more` bytes are within the limit for one connection.
    #[inline]
    pub(crate) const fn has_room_for_one(&self, waiting: usize, more: usize) -> bool {
        waiting + more <= self.max_one
    }

    /// Whether the limit for all is exceeded.
    pub(crate) fn is_too_much(&self) -> bool {
        self.total() > self.max_total
    }

    /// Whether this many bytes fit into an empty queue.
    pub(crate) const fn can_hold(&self, bytes: usize) -> bool {
        bytes <= self.max_one && bytes <= self.max_total
    }

    /// Records that the bytes held for one connection have changed.
    #[inline]
    pub(crate) const fn follow(&mut self, before: usize, after: usize) {
        self.own = self.own + after - before;
    }
}
