//! Bytes that wait for a socket.

use core::mem;
use std::{
    collections::VecDeque,
    io::{self, IoSlice, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What one peer has still to be sent. Holds nothing while nothing waits.
#[derive(Default)]
pub(crate) struct Outgoing(Option<Box<Backlog>>);

/// Segments in order, then `tail`, to which new bytes are appended. The first `sent` bytes of the first segment (of the
/// tail, when it is alone) are gone already: no byte is ever moved up, so that a slow reader costs no copying.
#[derive(Default)]
struct Backlog {
    segments: VecDeque<Segment>,
    tail: Vec<u8>,
    sent: usize,
    /// The length of all segments.
    segments_len: usize,
    /// What all segments hold of memory that nobody else pays for.
    segments_held: usize,
}

enum Segment {
    Own(Vec<u8>),
    Shared(Arc<Shared>),
}

/// Bytes that many peers are sent, held once and counted once.
pub(crate) struct Shared {
    bytes: Arc<[u8]>,
    counted_in: Arc<AtomicUsize>,
}

/// Backlogs that were emptied, to be used again: the usual peer has one for a part of a turn.
#[derive(Default)]
pub(crate) struct Pool {
    // Boxed as the peers hold them.
    #[expect(clippy::vec_box, reason = "the boxes move between here and the peers")]
    spare: Vec<Box<Backlog>>,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// Nothing waits any more.
    All,
    /// The socket takes no more: go on when it is writable.
    Blocked,
    /// The budget is used up: go on in the next turn.
    Budget,
}

impl Outgoing {
    /// How many bytes the socket has still to take.
    pub(crate) fn waiting(&self) -> usize {
        self.0.as_ref().map_or(0, |backlog| backlog.waiting())
    }

    /// How many bytes of memory this holds and no [`Shared`] counts.
    pub(crate) fn held(&self) -> usize {
        self.0
            .as_ref()
            .map_or(0, |backlog| backlog.segments_held + backlog.tail.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// The buffer to append to, with room for `more` bytes asked for in one piece.
    pub(crate) fn tail(&mut self, more: usize, pool: &mut Pool) -> &mut Vec<u8> {
        let backlog = self.0.get_or_insert_with(|| pool.take());
        if backlog.tail.len() + more > SEGMENT && !backlog.tail.is_empty() {
            backlog.close_tail();
        }
        backlog.tail.reserve(more);
        &mut backlog.tail
    }

    /// The buffer to append to, if there is one: what is in it has not been sent.
    pub(crate) fn open_tail(&mut self) -> Option<&mut Vec<u8>> {
        self.0.as_mut().map(|backlog| &mut backlog.tail)
    }

    pub(crate) fn push_shared(&mut self, shared: &Arc<Shared>, pool: &mut Pool) {
        let backlog = self.0.get_or_insert_with(|| pool.take());
        backlog.close_tail();
        backlog.push(Segment::Shared(Arc::clone(shared)));
    }

    /// Appends bytes that are not held elsewhere.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8], pool: &mut Pool) {
        self.tail(bytes.len(), pool).extend_from_slice(bytes);
    }

    /// Writes what it can, many segments with one call.
    ///
    /// Ends at an error with everything kept that was not written; [`io::ErrorKind::WriteZero`] when `io` takes nothing.
    pub(crate) fn write_to<W: Write>(
        &mut self,
        io: &mut W,
        mut budget: usize,
        pool: &mut Pool,
    ) -> io::Result<Wrote> {
        let Some(backlog) = self.0.as_mut() else {
            return Ok(Wrote::All);
        };
        while backlog.waiting() > 0 {
            if budget == 0 {
                return Ok(Wrote::Budget);
            }
            match backlog.write_once(io) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    backlog.advance(written);
                    budget = budget.saturating_sub(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Wrote::Blocked),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.clear(pool);
        Ok(Wrote::All)
    }

    /// Gives the memory back if nothing waits.
    pub(crate) fn release(&mut self, pool: &mut Pool) {
        if self.is_empty() {
            self.clear(pool);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self, pool: &mut Pool) {
        if let Some(backlog) = self.0.take() {
            pool.give(backlog);
        }
    }
}

impl Backlog {
    fn waiting(&self) -> usize {
        self.segments_len + self.tail.len() - self.sent
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = mem::take(&mut self.tail);
            self.push(Segment::Own(tail));
        }
    }

    fn push(&mut self, segment: Segment) {
        self.segments_len += segment.bytes().len();
        self.segments_held += segment.held();
        self.segments.push_back(segment);
    }

    fn write_once<W: Write>(&self, io: &mut W) -> io::Result<usize> {
        let tail = (!self.tail.is_empty()).then_some(&*self.tail);
        let mut all = self.segments.iter().map(Segment::bytes).chain(tail);
        let first = all.next().map_or(&[][..], |first| &first[self.sent..]);
        if self.segments.is_empty() {
            return io.write(first);
        }
        let mut slices = [IoSlice::new(&[]); GATHER];
        slices[0] = IoSlice::new(first);
        let mut used = 1;
        for (slice, bytes) in slices[1..].iter_mut().zip(all) {
            *slice = IoSlice::new(bytes);
            used += 1;
        }
        io.write_vectored(&slices[..used])
    }

    fn advance(&mut self, written: usize) {
        self.sent += written;
        while let Some(first) = self.segments.front() {
            let (len, held) = (first.bytes().len(), first.held());
            if self.sent < len {
                return;
            }
            self.sent -= len;
            self.segments_len -= len;
            self.segments_held -= held;
            self.segments.pop_front();
        }
        debug_assert!(self.sent <= self.tail.len());
    }
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(shared) => &shared.bytes,
        }
    }

    fn held(&self) -> usize {
        match self {
            Self::Own(bytes) => bytes.len() + SEGMENT_OVERHEAD,
            Self::Shared(_) => SEGMENT_OVERHEAD,
        }
    }
}

impl Shared {
    /// Counts `bytes` in `counted_in` for as long as somebody is still to be sent them.
    pub(crate) fn new(bytes: Arc<[u8]>, counted_in: &Arc<AtomicUsize>) -> Arc<Self> {
        counted_in.fetch_add(bytes.len(), Ordering::Relaxed);
        Arc::new(Self {
            bytes,
            counted_in: Arc::clone(counted_in),
        })
    }

    pub(crate) fn is(&self, bytes: &Arc<[u8]>) -> bool {
        Arc::ptr_eq(&self.bytes, bytes)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.counted_in.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

impl Pool {
    #[expect(clippy::unnecessary_box_returns, reason = "a pool of boxes")]
    fn take(&mut self) -> Box<Backlog> {
        self.spare.pop().unwrap_or_default()
    }

    fn give(&mut self, mut backlog: Box<Backlog>) {
        let small = backlog.tail.capacity() <= SEGMENT && backlog.segments.capacity() <= GATHER;
        if !small || self.spare.len() >= SPARE {
            return;
        }
        backlog.segments.clear();
        backlog.tail.clear();
        (backlog.sent, backlog.segments_len, backlog.segments_held) = (0, 0, 0);
        self.spare.push(backlog);
    }
}

/// A tail that would grow beyond this becomes a segment, which is freed once it is sent: what a slow reader has taken
/// does not stay in memory.
pub(crate) const SEGMENT: usize = 64 * 1024;
/// Segments per gathered write. Well below the 1,024 that POSIX systems take.
const GATHER: usize = 64;
/// What a segment costs beside its bytes.
const SEGMENT_OVERHEAD: usize = size_of::<Segment>();
/// Emptied backlogs that are kept, of at most [`SEGMENT`] bytes each: 2 MiB per server.
const SPARE: usize = 32;

#[cfg(test)]
mod tests {
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

    fn filled(pool: &mut Pool, total: &Arc<AtomicUsize>) -> (Outgoing, Vec<u8>) {
        let (mut outgoing, mut expected) = (Outgoing::default(), Vec::new());
        for n in 0..40_u8 {
            let bytes = vec![n; 1 + usize::from(n) * 97];
            expected.extend_from_slice(&bytes);
            if n % 3 == 0 {
                outgoing.push_shared(&Shared::new(bytes.into(), total), pool);
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
        let mut outgoing = Outgoing::default();
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
        let mut outgoing = Outgoing::default();
        outgoing.push_bytes(&[7; 100], &mut pool);
        let mut io = Script::new((0..100).map(|_| Ok(10)));
        assert_eq!(
            outgoing.write_to(&mut io, 30, &mut pool).expect("no errors"),
            Wrote::Budget
        );
        assert_eq!(outgoing.waiting(), 70);
    }

    #[test]
    fn t32_memory_follows_what_waits_and_no_byte_is_moved() {
        let mut pool = Pool::default();
        let mut outgoing = Outgoing::default();
        // A reader that is always behind: the backlog never empties, and must not grow for that.
        for _ in 0..10_000 {
            outgoing.push_bytes(&[1; 1000], &mut pool);
            let room = if outgoing.waiting() > 100_000 { 1000 } else { 900 };
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
        let mut outgoing = Outgoing::default();
        let shared = Shared::new(vec![3; 1_000_000].into(), &total);
        outgoing.push_shared(&shared, &mut pool);
        drop(shared);
        outgoing.push_bytes(&vec![4; 1_000_000], &mut pool);
        assert_eq!(total.load(Ordering::Relaxed), 1_000_000);
        assert!(outgoing.held() >= 1_000_000);
        let mut io = Script::new([Ok(usize::MAX)]);
        outgoing
            .write_to(&mut io, usize::MAX, &mut pool)
            .expect("no errors");
        assert_eq!((outgoing.held(), total.load(Ordering::Relaxed)), (0, 0));
        assert!(outgoing.0.is_none());
        assert!(pool.spare.iter().all(|spare| spare.tail.capacity() <= SEGMENT));
    }

    #[test]
    fn c125_a_pooled_buffer_starts_empty() {
        let mut pool = Pool::default();
        let mut first = Outgoing::default();
        first.push_bytes(b"secret", &mut pool);
        first.clear(&mut pool);
        assert_eq!(pool.spare.len(), 1);
        let mut second = Outgoing::default();
        second.push_bytes(b"x", &mut pool);
        let mut io = Script::new([Ok(usize::MAX)]);
        second
            .write_to(&mut io, usize::MAX, &mut pool)
            .expect("no errors");
        assert_eq!(io.taken, b"x");
    }
}
