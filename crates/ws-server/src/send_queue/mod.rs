//! Bytes that wait to be written.

mod budget;
mod shared;
#[cfg(test)]
mod tests;

use core::mem;
use std::{
    collections::VecDeque,
    io::{self, IoSlice, Write},
    sync::Arc,
};

pub(crate) use self::{
    budget::SendBudget,
    shared::{Shared, SharedFrames},
};

/// The bytes that are queued for one connection. Empty, or with one shared frame alone, it holds no
/// memory of its own: so a message for very many takes none for each of them.
#[derive(Default)]
pub(crate) enum SendQueue {
    #[default]
    Empty,
    /// A shared frame, of which nothing has been written.
    Alone(Arc<Shared>),
    Segments(Box<Segments>),
}

/// Segments in order, then `tail`, to which new bytes are appended.
///
/// The first `sent` bytes of the first segment (of the tail, if there is no segment) have been
/// written. No byte is ever moved, so that a slow reader costs no copying.
#[derive(Default)]
pub(crate) struct Segments {
    list: VecDeque<Segment>,
    tail: Vec<u8>,
    sent: usize,
    /// The length of all segments.
    len: usize,
    /// Bytes of memory of all segments that no [`Shared`] counts.
    held: usize,
}

enum Segment {
    Own(Vec<u8>),
    Shared(Arc<Shared>),
}

/// Emptied queues, to be used again: most connections need one for a part of a turn.
#[derive(Default)]
pub(crate) struct Pool {
    #[expect(
        clippy::vec_box,
        reason = "the boxes move between here and the connections"
    )]
    spare: Vec<Box<Segments>>,
    /// Their memory.
    bytes: usize,
}

/// The end of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// Everything is written.
    All,
    /// The socket takes no more until it is writable.
    Blocked,
    /// The budget of this turn is used up.
    Budget,
}

impl SendQueue {
    /// Bytes that are not written yet.
    pub(crate) fn waiting(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Alone(shared) => shared.bytes.len(),
            Self::Segments(segments) => segments.waiting(),
        }
    }

    /// Bytes of memory that no [`Shared`] counts.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Empty | Self::Alone(_) => 0,
            Self::Segments(segments) => segments.held(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// The segments, allocated if there are none. [`release`](Self::release) gives empty ones back.
    ///
    /// A frame that was alone becomes one of them, so that [`held`](Self::held) may change.
    #[inline]
    pub(crate) fn segments(&mut self, pool: &mut Pool) -> &mut Segments {
        match self {
            Self::Segments(segments) => segments,
            other => other.allocate(pool),
        }
    }

    fn allocate(&mut self, pool: &mut Pool) -> &mut Segments {
        let mut segments = pool.take();
        if let Self::Alone(shared) = mem::take(self) {
            segments.push_shared(shared);
        }
        *self = Self::Segments(segments);
        self.segments(pool)
    }

    /// The buffer to append to, if there is one. Its bytes have not been written.
    pub(crate) fn open_tail(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Self::Segments(segments) => Some(&mut segments.tail),
            Self::Empty | Self::Alone(_) => None,
        }
    }

    /// The buffer to append to, if there is one and no segment is before it.
    #[inline]
    pub(crate) fn only_tail(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Self::Segments(segments) if segments.len == 0 => Some(&mut segments.tail),
            _ => None,
        }
    }

    pub(crate) fn push_shared(&mut self, shared: Arc<Shared>, pool: &mut Pool) {
        match self {
            Self::Empty => *self = Self::Alone(shared),
            _ => self.segments(pool).push_shared(shared),
        }
    }

    /// Appends a copy of these bytes.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8], pool: &mut Pool) {
        self.segments(pool)
            .tail(bytes.len())
            .extend_from_slice(bytes);
    }

    /// Writes what it can, many segments in one call.
    ///
    /// After an error it keeps what was not written. [`io::ErrorKind::WriteZero`]: `io` took
    /// nothing.
    pub(crate) fn write_to<W: Write>(
        &mut self,
        io: &mut W,
        mut budget: usize,
        pool: &mut Pool,
    ) -> io::Result<Wrote> {
        while !self.is_empty() {
            if budget == 0 {
                return Ok(Wrote::Budget);
            }
            match self.write_once(io) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.advance(written, pool);
                    budget = budget.saturating_sub(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Wrote::Blocked);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.clear(pool);
        Ok(Wrote::All)
    }

    fn write_once<W: Write>(&self, io: &mut W) -> io::Result<usize> {
        match self {
            Self::Empty => Ok(0),
            Self::Alone(shared) => io.write(&shared.bytes),
            Self::Segments(segments) => segments.write_once(io),
        }
    }

    fn advance(&mut self, written: usize, pool: &mut Pool) {
        match self {
            Self::Alone(shared) if written == shared.bytes.len() => *self = Self::Empty,
            _ => self.segments(pool).advance(written),
        }
    }

    /// Gives the memory back if the queue is empty.
    pub(crate) fn release(&mut self, pool: &mut Pool) {
        if self.is_empty() {
            self.clear(pool);
        }
    }

    /// Drops everything that is queued.
    pub(crate) fn clear(&mut self, pool: &mut Pool) {
        if let Self::Segments(segments) = mem::take(self) {
            pool.give(segments);
        }
    }
}

impl Segments {
    pub(crate) fn waiting(&self) -> usize {
        self.len + self.tail.len() - self.sent
    }

    /// Bytes of memory that no [`Shared`] counts.
    pub(crate) fn held(&self) -> usize {
        self.held + self.tail.len()
    }

    /// The buffer to append `more` bytes to.
    #[inline]
    pub(crate) fn tail(&mut self, more: usize) -> &mut Vec<u8> {
        if self.tail.len() + more > SEGMENT {
            self.close_tail();
        }
        &mut self.tail
    }

    /// Allocated memory, with the structure itself.
    fn capacity(&self) -> usize {
        size_of::<Self>() + self.tail.capacity() + self.list.capacity() * size_of::<Segment>()
    }

    /// Empties the queue and keeps its memory.
    fn clear(&mut self) {
        self.list.clear();
        self.tail.clear();
        (self.sent, self.len, self.held) = (0, 0, 0);
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = mem::take(&mut self.tail);
            self.push(Segment::Own(tail));
        }
    }

    fn push(&mut self, segment: Segment) {
        self.len += segment.bytes().len();
        self.held += segment.held();
        self.list.push_back(segment);
    }

    /// Appends a frame that other connections hold as well: a copy of it where that costs less than
    /// a segment.
    fn push_shared(&mut self, shared: Arc<Shared>) {
        if shared.bytes.len() < SHARE_FROM {
            let tail = self.tail(shared.bytes.len());
            tail.extend_from_slice(&shared.bytes);
        } else {
            self.close_tail();
            self.push(Segment::Shared(shared));
        }
    }

    fn write_once<W: Write>(&self, io: &mut W) -> io::Result<usize> {
        let tail = (!self.tail.is_empty()).then_some(&*self.tail);
        let mut all = self.list.iter().map(Segment::bytes).chain(tail);
        let first = all.next().map_or(&[][..], |first| &first[self.sent..]);
        if self.list.is_empty() {
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
        while let Some(first) = self.list.front() {
            let (len, held) = (first.bytes().len(), first.held());
            if self.sent < len {
                return;
            }
            self.sent -= len;
            self.len -= len;
            self.held -= held;
            self.list.pop_front();
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

impl Pool {
    #[expect(clippy::unnecessary_box_returns, reason = "a pool of boxes")]
    fn take(&mut self) -> Box<Segments> {
        let Some(segments) = self.spare.pop() else {
            return Box::default();
        };
        self.bytes -= segments.capacity();
        segments
    }

    fn give(&mut self, mut segments: Box<Segments>) {
        let bytes = segments.capacity();
        if self.bytes + bytes > SPARE {
            return;
        }
        segments.clear();
        self.bytes += bytes;
        self.spare.push(segments);
    }
}

/// Bytes of emptied queues that are kept: enough for a short message to each of 1,000 connections.
const SPARE: usize = 256 * 1024;
/// A tail that would grow beyond this becomes a segment, which is freed once it is written.
pub(crate) const SEGMENT: usize = 64 * 1024;
/// Copying a shorter frame costs less than a segment of its own.
pub(crate) const SHARE_FROM: usize = 1024;
/// Segments per gathered write. Well below the 1,024 that POSIX systems take.
const GATHER: usize = 64;
/// Bytes of memory of a segment beside its payload.
const SEGMENT_OVERHEAD: usize = size_of::<Segment>();
/// Overhead that a message may add: its own segment, and the one that it closes.
pub(crate) const SEGMENTS_HELD: usize = 2 * SEGMENT_OVERHEAD;
