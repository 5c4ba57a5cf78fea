//! Queued bytes: those of one connection, and those that many share.

use core::mem;
use std::{
    collections::VecDeque,
    io::{self, IoSlice, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Segments in order, then `tail`, to which new bytes are appended.
///
/// The first `sent` bytes of the first segment (of the tail, if there is no segment) have been
/// written. No byte is ever moved, so that a slow reader costs no copying.
#[derive(Default)]
pub(crate) struct Segments {
    pub(super) list: VecDeque<Segment>,
    pub(super) tail: Vec<u8>,
    pub(super) sent: usize,
    /// The length of all segments.
    pub(super) len: usize,
    /// Bytes of memory of all segments that no [`Shared`] counts.
    pub(super) held: usize,
}

pub(super) enum Segment {
    Own(Vec<u8>),
    Shared(Arc<Shared>),
}

/// Bytes that are queued for many connections, held once and counted once.
pub(crate) struct Shared {
    bytes: Arc<[u8]>,
    counted_in: Arc<AtomicUsize>,
}

impl Segments {
    pub(crate) fn waiting(&self) -> usize {
        self.len + self.tail.len() - self.sent
    }

    /// How many bytes of memory this holds and no [`Shared`] counts.
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
    pub(super) fn capacity(&self) -> usize {
        size_of::<Self>() + self.tail.capacity() + self.list.capacity() * size_of::<Segment>()
    }

    /// Empties the queue and keeps its memory.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.tail.clear();
        (self.sent, self.len, self.held) = (0, 0, 0);
    }

    pub(super) fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = mem::take(&mut self.tail);
            self.push(Segment::Own(tail));
        }
    }

    pub(super) fn push(&mut self, segment: Segment) {
        self.len += segment.bytes().len();
        self.held += segment.held();
        self.list.push_back(segment);
    }

    pub(super) fn write_once<W: Write>(&self, io: &mut W) -> io::Result<usize> {
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

    pub(super) fn advance(&mut self, written: usize) {
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

impl Shared {
    /// Counts `bytes` in `counted_in` for as long as they are queued for any connection.
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
        self.counted_in
            .fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

/// A tail that would grow beyond this becomes a segment, which is freed once it is written.
pub(crate) const SEGMENT: usize = 64 * 1024;
/// Segments per gathered write. Well below the 1,024 that POSIX systems take.
const GATHER: usize = 64;
/// Bytes of memory of a segment beside its payload.
const SEGMENT_OVERHEAD: usize = size_of::<Segment>();
/// Overhead that a message may add: its own segment, and the one that it closes.
pub(crate) const SEGMENTS_HELD: usize = 2 * SEGMENT_OVERHEAD;
