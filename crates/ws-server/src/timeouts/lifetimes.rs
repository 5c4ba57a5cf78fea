//! Lifetimes of connections.

use core::time::Duration;
use std::collections::VecDeque;

use super::Moment;
use crate::ConnId;

/// The ends of connections by [`Config::lifetime`](crate::Config::lifetime).
///
/// Connections that were opened together must not end together. So each id has one of a few
/// classes. Lifetimes of one class are equally long, and end in the order in which they began.
#[derive(Default)]
pub(crate) struct Lifetimes {
    queues: [VecDeque<(Moment, ConnId)>; CLASSES],
    /// The next of their ends. Each turn asks.
    next: Option<Moment>,
}

impl Lifetimes {
    /// Begins a lifetime. In the class that lives longest it lasts for `lifetime`.
    ///
    /// Ids that are not `alive` are forgotten before the queue grows: memory follows the number of
    /// connections.
    pub(crate) fn begin(
        &mut self,
        id: ConnId,
        now: Moment,
        lifetime: Duration,
        alive: impl Fn(ConnId) -> bool,
    ) {
        // Multiplied with the golden ratio, numbers that follow one another fall far apart.
        let class = (id.to_u64().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) as usize % CLASSES;
        let mut less = Duration::ZERO;
        for _ in 0..class {
            less += lifetime / STEPS;
        }
        let queue = &mut self.queues[class];
        if queue.len() == queue.capacity() {
            queue.retain(|&(_, id)| alive(id));
            // Half of the room is free after this: the walk costs a constant time per connection.
            queue.reserve(queue.len());
        }
        queue.push_back((now.after(lifetime.saturating_sub(less)), id));
        self.note_next();
    }

    /// Takes out a connection whose lifetime has ended.
    pub(crate) fn take_due(&mut self, now: Moment) -> Option<ConnId> {
        self.next.filter(|&at| at <= now)?;
        let due = |queue: &&mut VecDeque<_>| queue.front().is_some_and(|&(at, _)| at <= now);
        let queue = self.queues.iter_mut().find(due)?;
        let (_, id) = queue.pop_front()?;
        if queue.len() < queue.capacity() / 8 {
            queue.shrink_to(2 * queue.len());
        }
        self.note_next();
        Some(id)
    }

    /// The moment at which the next lifetime ends.
    pub(crate) const fn next(&self) -> Option<Moment> {
        self.next
    }

    fn note_next(&mut self) {
        let fronts = self.queues.iter().filter_map(VecDeque::front);
        self.next = fronts.map(|&(at, _)| at).min();
    }
}

/// Classes of lifetimes.
const CLASSES: usize = 16;
/// A class is shorter than the one before by one part of this many: by 1/16 over all classes.
const STEPS: u32 = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slab::Slab;

    fn at(millis: u64) -> Moment {
        Moment::around(Duration::from_millis(millis)).0
    }

    #[test]
    fn lifetimes_differ_and_end_in_order() {
        let (mut lifetimes, mut slab) = (Lifetimes::default(), Slab::new());
        for _ in 0..1000 {
            lifetimes.begin(slab.insert(()), at(0), Duration::from_secs(160), |_| true);
        }
        let mut ended = Vec::new();
        while let Some(next) = lifetimes.next() {
            let millis = at(0).until(next).as_millis();
            let before = u64::try_from(millis).expect("it is small") - 1;
            assert_eq!(lifetimes.take_due(at(before)), None);
            ended.push(millis);
            assert!(lifetimes.take_due(next).is_some());
        }
        assert_eq!(ended.len(), 1000);
        assert!(ended.is_sorted());
        assert!(ended[0] >= 150_000 && ended[999] <= 160_000);
        ended.dedup();
        assert_eq!(ended.len(), CLASSES);
    }

    #[test]
    fn c88_lifetimes_of_those_that_ended_early_are_not_kept() {
        let (mut lifetimes, mut slab) = (Lifetimes::default(), Slab::new());
        let stay: Vec<_> = (0..100).map(|_| slab.insert(())).collect();
        for &id in &stay {
            lifetimes.begin(id, at(0), Duration::from_secs(160), |id| {
                slab.get(id).is_some()
            });
        }
        for _ in 0..100_000 {
            let id = slab.insert(());
            lifetimes.begin(id, at(0), Duration::from_secs(160), |id| {
                slab.get(id).is_some()
            });
            slab.remove(id);
        }
        let room: usize = lifetimes.queues.iter().map(VecDeque::capacity).sum();
        assert!(room <= 1000, "room for {room}");
        let mut ended: Vec<_> = core::iter::from_fn(|| lifetimes.take_due(at(160_000))).collect();
        ended.retain(|id| slab.get(*id).is_some());
        ended.sort();
        assert_eq!(ended, stay);
    }
}
