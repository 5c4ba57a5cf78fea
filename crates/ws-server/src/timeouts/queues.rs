//! The one timeout of each connection, in a queue for each kind.

use super::Moment;

/// The kind of a timeout. A connection has one timeout at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// For the request head.
    Head,
    /// For the program's answer to the request.
    Accept,
    /// For any byte.
    Idle,
    /// For any byte, after a ping.
    Pong,
    /// For the peer to take some of its queued bytes.
    Write,
    /// For the peer's Close, or the end of its stream.
    Close,
}

/// One first-in-first-out queue for each [`Kind`], linked through the indices of the connections.
///
/// All timeouts of one kind are equally long, so they expire in the order in which they were
/// armed: arming, disarming and finding the next take a few steps, whatever the number of
/// connections.
pub(crate) struct TimeoutQueues {
    queues: [Queue; KINDS.len()],
    nodes: Nodes,
    /// The moment at which the first of all expires. Each turn asks, and it seldom changes.
    next: Moment,
}

/// The timeout at each index, in blocks that are freed when they hold none.
struct Nodes(Vec<Option<Box<[Node; BLOCK]>>>);

#[derive(Clone, Copy)]
struct Queue {
    first: u32,
    last: u32,
    /// The moment at which the first expires.
    at: Moment,
}

/// The timeout of the connection at one index.
#[derive(Clone, Copy)]
struct Node {
    /// The moment, and in the low three bits the kind, or `UNARMED`.
    stamp: u64,
    previous: u32,
    next: u32,
}

impl TimeoutQueues {
    pub(crate) const fn new() -> Self {
        Self {
            queues: [Queue::EMPTY; KINDS.len()],
            nodes: Nodes(Vec::new()),
            next: Moment::NEVER,
        }
    }

    /// Replaces the timeout at `index` by one of this kind, which expires at `at`.
    pub(crate) fn arm(&mut self, index: u32, kind: Kind, at: Moment) {
        if self.armed(index) == Some((kind, at)) {
            return;
        }
        self.disarm(index);
        let queue = &mut self.queues[kind as usize];
        let last = core::mem::replace(&mut queue.last, index);
        if let Some(before) = self.nodes.get_mut(last) {
            debug_assert!(before.at() <= at, "timeouts of one kind are equally long");
            before.next = index;
        } else {
            (queue.first, queue.at) = (index, at);
            self.next = self.next.min(at);
        }
        *self.nodes.make(index) = Node {
            stamp: at.0 << 3 | kind as u64,
            previous: last,
            next: NONE,
        };
    }

    pub(crate) fn disarm(&mut self, index: u32) {
        let Some(node) = self.nodes.get_mut(index) else {
            return;
        };
        let Some(kind) = node.kind() else { return };
        let Node { previous, next, .. } = core::mem::replace(node, Node::UNARMED);
        let queue = &mut self.queues[kind as usize];
        let next_at = if let Some(after) = self.nodes.get_mut(next) {
            after.previous = previous;
            after.at()
        } else {
            queue.last = previous;
            Moment::NEVER
        };
        if let Some(before) = self.nodes.get_mut(previous) {
            before.next = next;
        } else {
            (queue.first, queue.at) = (next, next_at);
            let firsts = self.queues.iter().map(|queue| queue.at);
            self.next = firsts.min().unwrap_or(Moment::NEVER);
        }
    }

    #[inline]
    pub(crate) fn armed(&self, index: u32) -> Option<(Kind, Moment)> {
        let node = self.nodes.get(index)?;
        Some((node.kind()?, node.at()))
    }

    /// The index of a timeout that has expired.
    #[inline]
    pub(crate) fn first_due(&self, now: Moment) -> Option<u32> {
        if self.next > now {
            return None;
        }
        let is_due = |queue: &&Queue| queue.at <= now && queue.first != NONE;
        self.queues.iter().find(is_due).map(|queue| queue.first)
    }

    /// The moment at which the next timeout expires.
    pub(crate) fn next(&self) -> Option<Moment> {
        (self.next != Moment::NEVER).then_some(self.next)
    }

    /// Frees the block of this index if it holds no timeout.
    pub(crate) fn free(&mut self, index: u32) {
        if let Some(block) = self.nodes.0.get_mut(index as usize / BLOCK) {
            block.take_if(|nodes| nodes.iter().all(|node| node.kind().is_none()));
        }
    }
}

impl Nodes {
    #[inline]
    fn get(&self, index: u32) -> Option<&Node> {
        let block = self.0.get(index as usize / BLOCK)?.as_ref()?;
        Some(&block[index as usize % BLOCK])
    }

    #[inline]
    fn get_mut(&mut self, index: u32) -> Option<&mut Node> {
        let block = self.0.get_mut(index as usize / BLOCK)?.as_mut()?;
        Some(&mut block[index as usize % BLOCK])
    }

    #[inline]
    fn make(&mut self, index: u32) -> &mut Node {
        let block = index as usize / BLOCK;
        if block >= self.0.len() {
            self.0.resize_with(block + 1, || None);
        }
        let nodes = self.0[block].get_or_insert_with(|| Box::new([Node::UNARMED; BLOCK]));
        &mut nodes[index as usize % BLOCK]
    }
}

impl Queue {
    const EMPTY: Self = Self {
        first: NONE,
        last: NONE,
        at: Moment::NEVER,
    };
}

impl Node {
    const UNARMED: Self = Self {
        stamp: UNARMED,
        previous: NONE,
        next: NONE,
    };

    fn kind(&self) -> Option<Kind> {
        KINDS.get(usize::try_from(self.stamp & 7).ok()?).copied()
    }

    const fn at(&self) -> Moment {
        Moment(self.stamp >> 3)
    }
}

pub(crate) const KINDS: [Kind; 6] = [
    Kind::Head,
    Kind::Accept,
    Kind::Idle,
    Kind::Pong,
    Kind::Write,
    Kind::Close,
];
/// Indices in a block, as many as a block of connections has.
const BLOCK: usize = 64;
/// The kind of a node that is in no queue.
const UNARMED: u64 = 7;
/// The index that no connection has.
const NONE: u32 = u32::MAX;

const _: () = assert!(KINDS.len() <= 7);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment(millis)
    }

    fn drain(timeouts: &mut TimeoutQueues, now: u64) -> Vec<u32> {
        let mut due = Vec::new();
        while let Some(index) = timeouts.first_due(at(now)) {
            timeouts.disarm(index);
            due.push(index);
        }
        due
    }

    #[test]
    fn they_fall_due_in_order_and_not_early() {
        let mut timeouts = TimeoutQueues::new();
        for index in 0..100 {
            timeouts.arm(index, Kind::Idle, at(1000 + u64::from(index)));
        }
        assert_eq!(timeouts.next(), Some(at(1000)));
        assert_eq!(drain(&mut timeouts, 999), []);
        assert_eq!(drain(&mut timeouts, 1049), (0..50).collect::<Vec<_>>());
        assert_eq!(timeouts.next(), Some(at(1050)));
        assert_eq!(drain(&mut timeouts, 5000), (50..100).collect::<Vec<_>>());
        assert_eq!(timeouts.next(), None);
    }

    #[test]
    fn arming_again_moves_a_peer_and_disarming_takes_it_out() {
        let mut timeouts = TimeoutQueues::new();
        for index in 0..5 {
            timeouts.arm(index, Kind::Head, at(10));
        }
        timeouts.arm(0, Kind::Idle, at(500));
        timeouts.arm(2, Kind::Head, at(20));
        timeouts.disarm(4);
        timeouts.disarm(4);
        timeouts.disarm(77);
        assert_eq!(timeouts.armed(0), Some((Kind::Idle, at(500))));
        assert_eq!(timeouts.armed(4), None);
        assert_eq!(drain(&mut timeouts, 10), [1, 3]);
        assert_eq!(drain(&mut timeouts, 20), [2]);
        assert_eq!(drain(&mut timeouts, 499), []);
        assert_eq!(drain(&mut timeouts, 500), [0]);
        assert_eq!(drain(&mut timeouts, u64::MAX), []);
    }

    #[test]
    fn r43_blocks_without_timeouts_are_freed() {
        let mut timeouts = TimeoutQueues::new();
        for index in 0..1000 {
            timeouts.arm(index, Kind::Idle, at(1000));
        }
        for index in 0..1000 {
            if index != 500 {
                timeouts.disarm(index);
                timeouts.free(index);
            }
        }
        let blocks = |timeouts: &TimeoutQueues| timeouts.nodes.0.iter().flatten().count();
        assert_eq!(blocks(&timeouts), 1);
        timeouts.arm(3, Kind::Idle, at(1000));
        assert_eq!(
            (blocks(&timeouts), drain(&mut timeouts, 1000)),
            (2, vec![500, 3])
        );
        timeouts.free(u32::MAX);
    }

    #[test]
    fn a_node_is_sixteen_bytes() {
        assert_eq!(size_of::<Node>(), 16);
    }
}
