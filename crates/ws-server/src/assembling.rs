//! Memory and rate of the unfinished messages of all connections.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use ws_frame::PartialMessage;

use crate::{Config, timeouts::Moment};

/// Connections with a message that has begun and not ended, by index. Holds nothing for any other.
pub(crate) struct Assembling {
    max_total: usize,
    rate: Option<Rate>,
    total: usize,
    holders: BTreeMap<u32, Holder>,
    /// The next check of the rate of each message. Bytes that came since are not counted in it.
    due: BTreeSet<(Moment, u32)>,
    /// So many bytes after a check is due show that they had waited for the server.
    backlog: u64,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    bytes_per_second: u64,
    grace: Duration,
}

struct Holder {
    held: usize,
    received: u64,
    /// Bytes received when the time began.
    base: u64,
    /// Bytes received after the check was due: they had waited for the server.
    gain: u64,
    began: Moment,
    /// Whether it holds, or held, enough for the minimum rate to apply.
    is_timed: bool,
    due: Option<Moment>,
}

impl Assembling {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            max_total: config.max_assembling_total_or_default(),
            rate: config
                .min_message_rate_or_default()
                .map(|bytes_per_second| Rate {
                    bytes_per_second: bytes_per_second.into(),
                    grace: config.message_grace,
                }),
            total: 0,
            holders: BTreeMap::new(),
            due: BTreeSet::new(),
            backlog: BACKLOG.min(config.read_budget as u64 / 2),
        }
    }

    /// Bytes of memory that all unfinished messages hold.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// Records the progress of the message at this index. A new message has its own time.
    pub(crate) fn follow(
        &mut self,
        index: u32,
        message: PartialMessage,
        is_new: bool,
        now: Moment,
    ) {
        let known = self.holders.get_mut(&index);
        if let Some(holder) = known.filter(|holder| !is_new && holder.received <= message.received)
        {
            self.total = self.total + message.held - holder.held;
            if holder.due.is_some_and(|at| at <= now) {
                holder.gain += message.received - holder.received;
            }
            let becomes_timed = !holder.is_timed && message.held >= TIMED_FROM;
            (holder.held, holder.received) = (message.held, message.received);
            if becomes_timed {
                self.begin(index, now);
            }
            return;
        }
        self.forget(index);
        self.total += message.held;
        let holder = Holder {
            held: message.held,
            received: message.received,
            base: 0,
            gain: 0,
            began: now,
            is_timed: false,
            due: None,
        };
        self.holders.insert(index, holder);
        if message.held >= TIMED_FROM {
            self.begin(index, now);
        }
    }

    /// The message has ended, or its connection.
    pub(crate) fn forget(&mut self, index: u32) {
        if let Some(holder) = self.holders.remove(&index) {
            self.total -= holder.held;
            self.set_due(index, holder.due, None);
        }
    }

    /// The index of the largest holder, if all together exceed the limit. One alone never does.
    pub(crate) fn largest_if_over(&self) -> Option<u32> {
        if self.total <= self.max_total || self.holders.len() < 2 {
            return None;
        }
        let largest = self.holders.iter().max_by_key(|(_, holder)| holder.held)?;
        Some(*largest.0)
    }

    /// Whether the rate of some message must be checked.
    pub(crate) fn is_timed(&self) -> bool {
        !self.due.is_empty()
    }

    /// The index of a connection whose message must be checked.
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

    /// Whether the message is too slow. If it is not, the next check is due when it would be too
    /// slow without further bytes.
    ///
    /// A message of which much had waited for the server gets a new time for the rest: the program
    /// was busy, and backpressure may have stopped the sender.
    pub(crate) fn is_late(&mut self, index: u32, now: Moment) -> bool {
        let is_late = self.revise(index, now);
        let had_waited = self
            .holders
            .get(&index)
            .is_some_and(|holder| holder.gain >= self.backlog);
        if is_late && had_waited {
            self.begin(index, now);
            return false;
        }
        is_late
    }

    fn revise(&mut self, index: u32, now: Moment) -> bool {
        let (Some(rate), Some(holder)) = (self.rate, self.holders.get_mut(&index)) else {
            return false;
        };
        let paid = (holder.received - holder.base).saturating_mul(1000) / rate.bytes_per_second;
        let allowed = rate.grace.saturating_add(Duration::from_millis(paid));
        let at = holder.began.after(allowed);
        let before = holder.due;
        let is_late = at <= now;
        if !is_late {
            (holder.due, holder.gain) = (Some(at), 0);
        }
        let due = holder.due;
        self.set_due(index, before, due);
        is_late
    }

    /// Stops the time of a message while the server does not read from the connection.
    pub(crate) fn suspend(&mut self, index: u32) {
        if let Some(holder) = self.holders.get_mut(&index) {
            let before = holder.due.take();
            self.set_due(index, before, None);
        }
    }

    /// Gives the message a new time for the rest, once the server reads again.
    pub(crate) fn resume(&mut self, index: u32, now: Moment) {
        if self
            .holders
            .get(&index)
            .is_some_and(|holder| holder.is_timed)
        {
            self.begin(index, now);
        }
    }

    fn begin(&mut self, index: u32, now: Moment) {
        if let Some(holder) = self.holders.get_mut(&index) {
            (holder.base, holder.gain, holder.began) = (holder.received, 0, now);
            holder.is_timed = true;
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

/// A message that holds less than this costs hardly more than an idle connection.
const TIMED_FROM: usize = 4 * 1024;
/// Bytes that a system buffers for a connection, or half of them.
const BACKLOG: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Moment {
        Moment::around(Duration::from_secs(secs)).0
    }

    fn message(received: u64, held: usize) -> PartialMessage {
        let mut message = PartialMessage::default();
        (message.received, message.held) = (received, held);
        message
    }

    fn assembling() -> Assembling {
        let config = Config::default()
            .max_message_len(500)
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
        assert_eq!(
            (assembling.total(), assembling.largest_if_over()),
            (900, None)
        );
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
        assembling.follow(1, message(0, 5000), true, at(0));
        assert_eq!(assembling.next(), Some(at(10)));
        assembling.follow(1, message(500, 5000), false, at(9));
        assert!(!assembling.revise(1, at(10)));
        assert_eq!(assembling.next(), Some(at(15)));
        assert!(!assembling.revise(1, at(14)) && assembling.revise(1, at(15)));
        assembling.follow(1, message(1, 5000), true, at(100));
        assert_eq!(
            assembling.first_due(at(109)),
            None,
            "another message has its own time"
        );
    }

    #[test]
    fn r45_time_in_which_nothing_is_read_is_no_time_of_the_message() {
        let mut assembling = assembling();
        assembling.follow(1, message(0, 5000), true, at(0));
        assembling.follow(1, message(64 << 10, 5000), false, at(2000));
        assert!(!assembling.is_late(1, at(2000)), "that had waited");
        assert_eq!(assembling.next(), Some(at(2010)));
        assembling.follow(1, message(128 << 10, 5000), false, at(2001));
        assert!(!assembling.is_late(1, at(2010)) && assembling.is_late(1, at(4000)));
        assembling.suspend(1);
        assert_eq!(assembling.next(), None);
        assembling.resume(1, at(500));
        assert_eq!(assembling.next(), Some(at(510)));
    }
}
