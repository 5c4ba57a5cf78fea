//! What is due, and when. Time is an input.

use core::time::Duration;

/// A moment: milliseconds since the server began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// The last whole millisecond of this time: what is due then is due now.
    pub(crate) fn since(start: Duration) -> Self {
        Self(millis(start, start.subsec_millis()))
    }

    /// The next whole millisecond: a wait that begins now and is counted from there is never early.
    pub(crate) fn not_before(start: Duration) -> Self {
        Self(millis(start, start.subsec_nanos().div_ceil(1_000_000)))
    }

    /// This much later, rounded up to a whole millisecond: never early.
    pub(crate) fn after(self, wait: Duration) -> Self {
        let millis = millis(wait, wait.subsec_nanos().div_ceil(1_000_000));
        Self(self.0.saturating_add(millis).min(LAST))
    }

    pub(crate) const fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

/// Whole seconds as milliseconds, and so many more: without a division, since this is worked out for each read.
fn millis(time: Duration, more: u32) -> u64 {
    time.as_secs()
        .saturating_mul(1000)
        .saturating_add(more.into())
        .min(LAST)
}

/// What a peer is being waited for. A peer waits for one thing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Its request head.
    Head,
    /// The application's answer to its request.
    Decision,
    /// Any byte.
    Idle,
    /// Any byte, after our ping.
    Pong,
    /// Room for what is queued.
    Stall,
    /// Its Close, or the end of its stream.
    Close,
}

/// One first-in-first-out queue for each [`Kind`], linked through the places of the peers.
///
/// Every peer of one kind waits equally long, so the order of arming is the order of falling due: arming, disarming and
/// finding the next are a few steps each, whatever the number of peers.
pub(crate) struct Deadlines {
    queues: [Queue; KINDS.len()],
    nodes: Nodes,
}

/// The deadline of each place, in blocks that are given back when nobody is there.
struct Nodes(Vec<Option<Box<[Node; BLOCK]>>>);

#[derive(Clone, Copy)]
struct Queue {
    first: u32,
    last: u32,
}

/// The deadline of the peer in one place.
#[derive(Clone, Copy)]
struct Node {
    /// The moment, and in the low three bits the kind, or `UNARMED`.
    stamp: u64,
    previous: u32,
    next: u32,
}

impl Deadlines {
    pub(crate) const fn new() -> Self {
        Self {
            queues: [Queue {
                first: NONE,
                last: NONE,
            }; KINDS.len()],
            nodes: Nodes(Vec::new()),
        }
    }

    /// The peer in place `index` waits for `kind` until `at`, and for nothing else.
    pub(crate) fn arm(&mut self, index: u32, kind: Kind, at: Moment) {
        if self.armed(index) == Some((kind, at)) {
            return;
        }
        self.disarm(index);
        let queue = &mut self.queues[kind as usize];
        let last = core::mem::replace(&mut queue.last, index);
        if let Some(before) = self.nodes.get_mut(last) {
            debug_assert!(before.at() <= at, "peers of one kind wait equally long");
            before.next = index;
        } else {
            queue.first = index;
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
        match self.nodes.get_mut(previous) {
            Some(before) => before.next = next,
            None => self.queues[kind as usize].first = next,
        }
        match self.nodes.get_mut(next) {
            Some(after) => after.previous = previous,
            None => self.queues[kind as usize].last = previous,
        }
    }

    pub(crate) fn armed(&self, index: u32) -> Option<(Kind, Moment)> {
        let node = self.nodes.get(index)?;
        Some((node.kind()?, node.at()))
    }

    /// The place of a peer whose deadline has passed.
    pub(crate) fn first_due(&self, now: Moment) -> Option<u32> {
        let firsts = self.queues.iter().map(|queue| queue.first);
        firsts
            .into_iter()
            .find(|&index| self.nodes.get(index).is_some_and(|node| node.at() <= now))
    }

    /// When the next one falls due.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.queues
            .iter()
            .filter_map(|queue| self.nodes.get(queue.first))
            .map(Node::at)
            .min()
    }

    /// Gives back the memory of this place and of those around it, if nobody in them waits.
    pub(crate) fn give_back(&mut self, index: u32) {
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

const KINDS: [Kind; 6] = [
    Kind::Head,
    Kind::Decision,
    Kind::Idle,
    Kind::Pong,
    Kind::Stall,
    Kind::Close,
];
/// Places in a block, as many as those of the connections have.
const BLOCK: usize = 64;
/// The kind of a node that is in no queue.
const UNARMED: u64 = 7;
/// The index that no place has.
const NONE: u32 = u32::MAX;
/// The last moment there is: what is left of 64 bits beside a kind, 73 million years.
const LAST: u64 = u64::MAX >> 3;

const _: () = assert!(KINDS.len() <= 7);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment(millis)
    }

    fn drain(deadlines: &mut Deadlines, now: u64) -> Vec<u32> {
        let mut due = Vec::new();
        while let Some(index) = deadlines.first_due(at(now)) {
            deadlines.disarm(index);
            due.push(index);
        }
        due
    }

    #[test]
    fn they_fall_due_in_order_and_not_early() {
        let mut deadlines = Deadlines::new();
        for index in 0..100 {
            deadlines.arm(index, Kind::Idle, at(1000 + u64::from(index)));
        }
        assert_eq!(deadlines.next(), Some(at(1000)));
        assert_eq!(drain(&mut deadlines, 999), []);
        assert_eq!(drain(&mut deadlines, 1049), (0..50).collect::<Vec<_>>());
        assert_eq!(deadlines.next(), Some(at(1050)));
        assert_eq!(drain(&mut deadlines, 5000), (50..100).collect::<Vec<_>>());
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn arming_again_moves_a_peer_and_disarming_takes_it_out() {
        let mut deadlines = Deadlines::new();
        for index in 0..5 {
            deadlines.arm(index, Kind::Head, at(10));
        }
        deadlines.arm(0, Kind::Idle, at(500));
        deadlines.arm(2, Kind::Head, at(20));
        deadlines.disarm(4);
        deadlines.disarm(4);
        deadlines.disarm(77);
        assert_eq!(deadlines.armed(0), Some((Kind::Idle, at(500))));
        assert_eq!(deadlines.armed(4), None);
        assert_eq!(drain(&mut deadlines, 10), [1, 3]);
        assert_eq!(drain(&mut deadlines, 20), [2]);
        assert_eq!(drain(&mut deadlines, 499), []);
        assert_eq!(drain(&mut deadlines, 500), [0]);
        assert_eq!(drain(&mut deadlines, u64::MAX), []);
    }

    #[test]
    fn moments_round_up_and_do_not_wrap() {
        assert_eq!(at(5).after(Duration::from_micros(1)), at(6));
        assert_eq!(at(5).after(Duration::MAX), at(LAST));
        assert_eq!(Moment::since(Duration::MAX), at(LAST));
        assert_eq!(at(9).until(at(5)), Duration::ZERO);
    }

    #[test]
    fn r08_a_wait_begins_at_the_end_of_the_millisecond_and_is_over_at_the_beginning() {
        let micros = Duration::from_micros;
        assert_eq!(Moment::since(micros(900)), at(0));
        assert_eq!(Moment::not_before(micros(900)), at(1));
        assert_eq!(Moment::not_before(micros(2000)), at(2));
        assert_eq!(Moment::not_before(Duration::MAX), at(LAST));
    }

    #[test]
    fn r43_places_that_nobody_waits_in_are_given_back() {
        let mut deadlines = Deadlines::new();
        for index in 0..1000 {
            deadlines.arm(index, Kind::Idle, at(1000));
        }
        for index in 0..1000 {
            if index != 500 {
                deadlines.disarm(index);
                deadlines.give_back(index);
            }
        }
        let blocks = |deadlines: &Deadlines| deadlines.nodes.0.iter().flatten().count();
        assert_eq!(blocks(&deadlines), 1);
        deadlines.arm(3, Kind::Idle, at(1000));
        assert_eq!(
            (blocks(&deadlines), drain(&mut deadlines, 1000)),
            (2, vec![500, 3])
        );
        deadlines.give_back(u32::MAX);
    }

    #[test]
    fn a_node_is_sixteen_bytes() {
        assert_eq!(size_of::<Node>(), 16);
    }
}
