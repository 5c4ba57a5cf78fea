//! Timeouts of messages that have begun and not ended.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::Moment;

/// Timeouts of the messages under way, at most one for each connection. Kept apart from the other
/// timeouts: a peer that takes nothing, or that is pinged, gets no more time for its message.
///
/// Holds nothing for a connection between messages, and nothing without a message timeout.
#[derive(Default)]
pub(crate) struct MessageTimeouts {
    due: BTreeSet<(Moment, u32)>,
    waits: BTreeMap<u32, Wait>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Until(Moment),
    /// The program paused the connection when this much time was left.
    Suspended(Duration),
}

impl MessageTimeouts {
    /// Whether the connection at this index has a message under way.
    pub(crate) fn knows(&self, index: u32) -> bool {
        self.waits.contains_key(&index)
    }

    pub(crate) fn begin(&mut self, index: u32, at: Moment) {
        self.forget(index);
        self.waits.insert(index, Wait::Until(at));
        self.due.insert((at, index));
    }

    /// The message has ended, or the connection.
    pub(crate) fn forget(&mut self, index: u32) {
        if self.waits.is_empty() {
            return;
        }
        if let Some(Wait::Until(at)) = self.waits.remove(&index) {
            self.due.remove(&(at, index));
        }
    }

    /// Stops the time of a message while the program pauses the connection.
    pub(crate) fn suspend(&mut self, index: u32, now: Moment) {
        if let Some(wait) = self.waits.get_mut(&index)
            && let Wait::Until(at) = *wait
        {
            *wait = Wait::Suspended(now.until(at));
            self.due.remove(&(at, index));
        }
    }

    pub(crate) fn resume(&mut self, index: u32, now: Moment) {
        if let Some(&Wait::Suspended(left)) = self.waits.get(&index) {
            self.begin(index, now.after(left));
        }
    }

    pub(crate) fn is_due(&self, index: u32, now: Moment) -> bool {
        !self.waits.is_empty()
            && matches!(self.waits.get(&index), Some(Wait::Until(at)) if *at <= now)
    }

    /// The index of a connection whose message is late.
    pub(crate) fn first_due(&self, now: Moment) -> Option<u32> {
        let &(at, index) = self.due.first()?;
        (at <= now).then_some(index)
    }

    /// The moment at which the next message is late.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.first().map(|&(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::around(Duration::from_millis(millis)).0
    }

    #[test]
    fn c79_the_time_of_a_pause_is_no_time_of_the_message() {
        let mut timeouts = MessageTimeouts::default();
        timeouts.begin(3, at(100));
        timeouts.begin(4, at(200));
        assert_eq!(
            (timeouts.first_due(at(99)), timeouts.first_due(at(100))),
            (None, Some(3))
        );
        timeouts.suspend(3, at(60));
        timeouts.suspend(3, at(70));
        assert_eq!(
            (timeouts.next(), timeouts.is_due(3, at(1000))),
            (Some(at(200)), false)
        );
        timeouts.resume(3, at(1000));
        timeouts.resume(3, at(2000));
        assert_eq!(timeouts.first_due(at(200)), Some(4));
        timeouts.forget(4);
        assert_eq!(
            (timeouts.first_due(at(1039)), timeouts.first_due(at(1040))),
            (None, Some(3))
        );
        timeouts.forget(3);
        assert!(timeouts.due.is_empty() && timeouts.waits.is_empty());
    }
}
