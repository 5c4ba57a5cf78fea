//! Unfinished messages of all connections together: how much memory they hold, and how fast they come.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use ws_frame::PartialMessage;

use crate::{Config, deadline::Moment};

/// Connections with a message that has begun and not ended, by place. Nothing is kept for any other connection.
pub(crate) struct Assembling {
    max_total: usize,
    rate: Option<Rate>,
    total: usize,
    holders: BTreeMap<u32, Holder>,
    /// When to look whether a message is too slow. Bytes that have come since then are not in it.
    due: BTreeSet<(Moment, u32)>,
    /// Milliseconds in which the program did not let the server read.
    away: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    bytes_per_second: u64,
    grace: Duration,
}

struct Holder {
    held: usize,
    received: u64,
    /// What had been received, and how long the program had been away, when the time began.
    base: u64,
    away: Duration,
    began: Moment,
    due: Option<Moment>,
}

impl Assembling {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            max_total: config.max_assembling_total_or_default(),
            rate: config.min_message_rate.map(|bytes_per_second| Rate {
                bytes_per_second: bytes_per_second.into(),
                grace: config.message_grace,
            }),
            total: 0,
            holders: BTreeMap::new(),
            due: BTreeSet::new(),
            away: Duration::ZERO,
        }
    }

    /// Bytes of memory that all unfinished messages hold.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// The message in this place has come so far. A new message has its own time.
    pub(crate) fn follow(&mut self, index: u32, message: PartialMessage, is_new: bool, now: Moment) {
        let known = self.holders.get_mut(&index);
        if let Some(holder) = known.filter(|holder| !is_new && holder.received <= message.received) {
            self.total = self.total + message.held - holder.held;
            (holder.held, holder.received) = (message.held, message.received);
            return;
        }
        self.forget(index);
        self.total += message.held;
        let holder = Holder {
            held: message.held,
            received: message.received,
            base: 0,
            away: self.away,
            began: now,
            due: None,
        };
        self.holders.insert(index, holder);
        self.revise(index, now);
    }

    /// The message has ended, or its connection.
    pub(crate) fn forget(&mut self, index: u32) {
        if let Some(holder) = self.holders.remove(&index) {
            self.total -= holder.held;
            self.set_due(index, holder.due, None);
        }
    }

    /// The place of the largest holder, if all hold too much together. A message alone never does.
    pub(crate) fn largest_if_over(&self) -> Option<u32> {
        if self.total <= self.max_total || self.holders.len() < 2 {
            return None;
        }
        let largest = self.holders.iter().max_by_key(|(_, holder)| holder.held)?;
        Some(*largest.0)
    }

    /// Whether some message has a time to keep.
    pub(crate) fn is_timed(&self) -> bool {
        !self.due.is_empty()
    }

    /// The program was busy for so long, and nothing was read: that is no fault of those who send.
    pub(crate) fn excuse(&mut self, busy: Duration) {
        if busy >= NOTICED {
            self.away = self.away.saturating_add(busy);
        }
    }

    /// The place of a connection that is to be looked at.
    pub(crate) fn first_due(&self, now: Moment) -> Option<u32> {
        let &(at, index) = self.due.first()?;
        (at <= now).then_some(index)
    }

    pub(crate) fn is_due(&self, index: u32, now: Moment) -> bool {
        self.is_timed()
            && self
                .holders
                .get(&index)
                .and_then(|holder| holder.due)
                .is_some_and(|at| at <= now)
    }

    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.first().map(|&(at, _)| at)
    }

    /// Whether the message is too slow now. If it is not, it is looked at again when it would be if nothing more came.
    pub(crate) fn revise(&mut self, index: u32, now: Moment) -> bool {
        let (Some(rate), Some(holder)) = (self.rate, self.holders.get_mut(&index)) else {
            return false;
        };
        let paid = (holder.received - holder.base).saturating_mul(1000) / rate.bytes_per_second;
        let allowed = rate
            .grace
            .saturating_add(Duration::from_millis(paid))
            .saturating_add(self.away - holder.away);
        let at = holder.began.after(allowed);
        let before = holder.due;
        let is_late = at <= now;
        holder.due = (!is_late).then_some(at);
        let due = holder.due;
        self.set_due(index, before, due);
        is_late
    }

    /// The server does not read the rest for now: no time passes for the message.
    pub(crate) fn suspend(&mut self, index: u32) {
        if let Some(holder) = self.holders.get_mut(&index) {
            let before = holder.due.take();
            self.set_due(index, before, None);
        }
    }

    /// The server reads again: the message has a new time for the rest.
    pub(crate) fn resume(&mut self, index: u32, now: Moment) {
        if let Some(holder) = self.holders.get_mut(&index) {
            (holder.base, holder.away, holder.began) = (holder.received, self.away, now);
            self.revise(index, now);
        }
    }

    fn set_due(&mut self, index: u32, before: Option<Moment>, after: Option<Moment>) {
        if before == after {
            return;
        }
        if let Some(at) = before {
            self.due.remove(&(at, index));
        }
        if let Some(at) = after {
            self.due.insert((at, index));
        }
    }
}

/// A turn that takes the program longer than this counts as its own time.
const NOTICED: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Moment {
        Moment::since(Duration::from_secs(secs))
    }

    fn message(received: u64, held: usize) -> PartialMessage {
        let mut message = PartialMessage::default();
        (message.received, message.held) = (received, held);
        message
    }

    fn assembling() -> Assembling {
        let config = Config::default()
            .max_message(500)
            .max_assembling_total(1000)
            .min_message_rate(100)
            .message_grace(Duration::from_secs(10));
        Assembling::new(&config)
    }

    #[test]
    fn r44_the_largest_holder_is_named_when_all_hold_too_much() {
        let mut assembling = assembling();
        assembling.follow(1, message(1, 600), true, at(0));
        assembling.follow(2, message(1, 300), true, at(0));
        assert_eq!((assembling.total(), assembling.largest_if_over()), (900, None));
        assembling.follow(2, message(2, 401), false, at(0));
        assert_eq!(
            (assembling.total(), assembling.largest_if_over()),
            (1001, Some(1))
        );
        assembling.follow(2, message(3, 601), false, at(0));
        assert_eq!(assembling.largest_if_over(), Some(2));
        assembling.forget(2);
        assembling.follow(1, message(3, 5000), false, at(0));
        assert_eq!(
            (assembling.total(), assembling.largest_if_over()),
            (5000, None),
            "it is alone"
        );
        assembling.forget(1);
        assert_eq!((assembling.total(), assembling.is_timed()), (0, false));
    }

    #[test]
    fn r45_a_message_is_late_when_its_rate_is_below_the_least_after_a_grace() {
        let mut assembling = assembling();
        assembling.follow(1, message(0, 1), true, at(0));
        assert_eq!(assembling.next(), Some(at(10)));
        assembling.follow(1, message(500, 1), false, at(9));
        assert!(!assembling.revise(1, at(10)));
        assert_eq!(assembling.next(), Some(at(15)));
        assert!(!assembling.revise(1, at(14)) && assembling.revise(1, at(15)));
        assembling.follow(1, message(1, 1), true, at(100));
        assert_eq!(
            assembling.first_due(at(109)),
            None,
            "another message has its own time"
        );
    }

    #[test]
    fn r45_time_in_which_nothing_is_read_is_no_time_of_the_message() {
        let mut assembling = assembling();
        assembling.follow(1, message(0, 1), true, at(0));
        assembling.excuse(Duration::from_millis(999));
        assembling.excuse(Duration::from_secs(60));
        assert!(!assembling.revise(1, at(69)) && assembling.revise(1, at(70)));
        assembling.suspend(1);
        assert_eq!(assembling.next(), None);
        assembling.resume(1, at(500));
        assert_eq!(assembling.next(), Some(at(510)));
    }
}
