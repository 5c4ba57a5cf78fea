//! Tests of the queue.

use std::{
    collections::VecDeque,
    io::IoSlice,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;

/// Takes at most as many bytes per call as the script says; at its end it blocks.
struct Script {
    steps: VecDeque<io::Result<usize>>,
    taken: Vec<u8>,
    calls: usize,
}

impl Script {
    fn new(script: impl IntoIterator<Item = io::Result<usize>>) -> Self {
        Self {
            steps: script.into_iter().collect(),
            taken: Vec::new(),
            calls: 0,
        }
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.calls += 1;
        let room = self
            .steps
            .pop_front()
            .unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))?;
        let before = self.taken.len();
        for slice in slices {
            let take = slice.len().min(room - (self.taken.len() - before));
            self.taken.extend_from_slice(&slice[..take]);
        }
        Ok(self.taken.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn filled(pool: &mut Pool, total: &Arc<AtomicUsize>) -> (SendQueue, Vec<u8>) {
    let (mut outgoing, mut expected) = (SendQueue::default(), Vec::new());
    for n in 0..40_u8 {
        let bytes = vec![n; 1 + usize::from(n) * 97];
        expected.extend_from_slice(&bytes);
        if n % 3 == 0 {
            outgoing.push_shared(Shared::new(bytes.into(), total), pool);
        } else {
            outgoing.push_bytes(&bytes, pool);
        }
    }
    (outgoing, expected)
}

#[test]
fn c91_any_sizes_of_writes_send_the_same_bytes() {
    for step in [1, 2, 7, 96, 1000, 5000, usize::MAX] {
        let (mut pool, total) = (Pool::default(), Arc::new(AtomicUsize::new(0)));
        let (mut outgoing, expected) = filled(&mut pool, &total);
        let mut taken = Vec::new();
        while !outgoing.is_empty() {
            let waiting = outgoing.waiting();
            let mut io = Script::new([Err(io::ErrorKind::Interrupted.into()), Ok(step)]);
            let wrote = outgoing
                .write_to(&mut io, usize::MAX, &mut pool)
                .expect("the script has no errors");
            assert_eq!(waiting - outgoing.waiting(), io.taken.len());
            assert_eq!(wrote == Wrote::All, outgoing.is_empty());
            taken.extend(io.taken);
        }
        assert_eq!(taken, expected);
        assert_eq!((outgoing.held(), total.load(Ordering::Relaxed)), (0, 0));
    }
}

#[test]
fn many_segments_are_one_write() {
    let (mut pool, total) = (Pool::default(), Arc::new(AtomicUsize::new(0)));
    let (mut outgoing, expected) = filled(&mut pool, &total);
    let mut io = Script::new([Ok(usize::MAX)]);
    assert_eq!(
        outgoing
            .write_to(&mut io, usize::MAX, &mut pool)
            .expect("no errors"),
        Wrote::All
    );
    assert_eq!((io.calls, io.taken), (1, expected));
}

#[test]
fn c91_a_write_of_nothing_is_an_error_and_loses_nothing() {
    let mut pool = Pool::default();
    let mut outgoing = SendQueue::default();
    outgoing.push_bytes(b"hello", &mut pool);
    let mut io = Script::new([Ok(2), Ok(0)]);
    let error = outgoing
        .write_to(&mut io, usize::MAX, &mut pool)
        .expect_err("nothing was taken");
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    assert_eq!(outgoing.waiting(), 3);
}

#[test]
fn s4_a_budget_ends_a_write() {
    let mut pool = Pool::default();
    let mut outgoing = SendQueue::default();
    outgoing.push_bytes(&[7; 100], &mut pool);
    let mut io = Script::new((0..100).map(|_| Ok(10)));
    assert_eq!(
        outgoing
            .write_to(&mut io, 30, &mut pool)
            .expect("no errors"),
        Wrote::Budget
    );
    assert_eq!(outgoing.waiting(), 70);
}

#[test]
fn t32_memory_follows_what_waits_and_no_byte_is_moved() {
    let mut pool = Pool::default();
    let mut outgoing = SendQueue::default();
    // A reader that is always behind: the backlog never empties, and must not grow for that.
    for _ in 0..10_000 {
        outgoing.push_bytes(&[1; 1000], &mut pool);
        let room = if outgoing.waiting() > 100_000 {
            1000
        } else {
            900
        };
        let mut io = Script::new([Ok(room)]);
        outgoing
            .write_to(&mut io, usize::MAX, &mut pool)
            .expect("no errors");
    }
    assert!(
        outgoing.held() <= outgoing.waiting() + 2 * SEGMENT,
        "{}",
        outgoing.held()
    );
}

#[test]
fn c86_memory_goes_back_when_all_is_sent() {
    let (mut pool, total) = (Pool::default(), Arc::new(AtomicUsize::new(0)));
    let mut outgoing = SendQueue::default();
    let shared = Shared::new(vec![3; 1_000_000].into(), &total);
    outgoing.push_shared(shared, &mut pool);
    outgoing.push_bytes(&vec![4; 1_000_000], &mut pool);
    assert_eq!(total.load(Ordering::Relaxed), 1_000_000);
    assert!(outgoing.held() >= 1_000_000);
    let mut io = Script::new([Ok(usize::MAX)]);
    outgoing
        .write_to(&mut io, usize::MAX, &mut pool)
        .expect("no errors");
    assert_eq!((outgoing.held(), total.load(Ordering::Relaxed)), (0, 0));
    assert!(matches!(outgoing, SendQueue::Empty));
    assert!(
        pool.spare
            .iter()
            .all(|spare| spare.tail.capacity() <= SEGMENT)
    );
}

#[test]
fn c125_a_pooled_buffer_starts_empty() {
    let mut pool = Pool::default();
    let mut first = SendQueue::default();
    first.push_bytes(b"secret", &mut pool);
    first.clear(&mut pool);
    assert_eq!(pool.spare.len(), 1);
    let mut second = SendQueue::default();
    second.push_bytes(b"x", &mut pool);
    let mut io = Script::new([Ok(usize::MAX)]);
    second
        .write_to(&mut io, usize::MAX, &mut pool)
        .expect("no errors");
    assert_eq!(io.taken, b"x");
}

/// A frame alone for many: however it is written, and whatever comes behind it.
#[test]
fn r136_a_shared_frame_alone_needs_no_memory_of_the_connection() {
    for len in [1, SHARE_FROM - 1, SHARE_FROM, 70_000] {
        for step in [1, len / 2 + 1, len] {
            let (mut pool, total) = (Pool::default(), Arc::new(AtomicUsize::new(0)));
            let shared = Shared::new(vec![7; len].into(), &total);
            let mut queues: Vec<_> = (0..3).map(|_| SendQueue::default()).collect();
            for queue in &mut queues {
                queue.push_shared(Arc::clone(&shared), &mut pool);
                assert_eq!((queue.waiting(), queue.held()), (len, 0));
                assert!(queue.only_tail().is_none() && queue.open_tail().is_none());
            }
            drop(shared);
            assert_eq!(total.load(Ordering::Relaxed), len);
            queues[1].push_bytes(b"and more", &mut pool);
            queues[2].clear(&mut pool);
            for (queue, rest) in queues.iter_mut().zip([&b""[..], b"and more", b""]) {
                let is_cleared = queue.is_empty();
                let mut io = Script::new((0..2 * len + 20).map(|_| Ok(step)));
                let wrote = queue.write_to(&mut io, usize::MAX, &mut pool);
                assert_eq!(wrote.expect("no errors"), Wrote::All);
                let first = if is_cleared { 0 } else { len };
                assert_eq!(io.taken, [&vec![7; first], rest].concat());
                assert!(matches!(queue, SendQueue::Empty));
            }
            assert_eq!(total.load(Ordering::Relaxed), 0);
        }
    }
}

#[test]
fn c91_a_shared_frame_alone_stays_when_a_write_fails() {
    use io::ErrorKind::{BrokenPipe, Interrupted, WouldBlock, WriteZero};
    let (mut pool, total) = (Pool::default(), Arc::new(AtomicUsize::new(0)));
    let mut queue = SendQueue::default();
    queue.push_shared(Shared::new(vec![7; 10].into(), &total), &mut pool);
    for (step, failure) in [(Ok(0), WriteZero), (Err(BrokenPipe.into()), BrokenPipe)] {
        let wrote = queue.write_to(&mut Script::new([step]), usize::MAX, &mut pool);
        assert_eq!(wrote.expect_err("it fails").kind(), failure);
        assert_eq!(queue.waiting(), 10);
    }
    let mut io = Script::new([Err(WouldBlock.into())]);
    let wrote = queue.write_to(&mut io, usize::MAX, &mut pool);
    assert_eq!(wrote.expect("it waits"), Wrote::Blocked);
    let mut io = Script::new([
        Err(Interrupted.into()),
        Ok(4),
        Err(Interrupted.into()),
        Ok(6),
    ]);
    let wrote = queue.write_to(&mut io, usize::MAX, &mut pool);
    assert_eq!(wrote.expect("no errors"), Wrote::All);
    assert_eq!((io.taken, io.calls), (vec![7; 10], 4));
}
