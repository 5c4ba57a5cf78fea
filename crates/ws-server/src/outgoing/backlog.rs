//! The bytes themselves: one peer's, and those that many share.

use core::mem;
use std::{
    collections::VecDeque,
    io::{self, IoSlice, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Segments in order, then `tail`, to which new bytes are appended. The first `sent` bytes of the first segment (of the
/// tail, when it is alone) are gone already: no byte is ever moved up, so that a slow reader costs no copying.
#[derive(Default)]
pub(crate) struct Backlog {
    pub(super) segments: VecDeque<Segment>,
    pub(super) tail: Vec<u8>,
    pub(super) sent: usize,
    /// The length of all segments.
    pub(super) segments_len: usize,
    /// What all segments hold of memory that nobody else pays for.
    pub(super) segments_held: usize,
}

pub(super) enum Segment {
    Own(Vec<u8>),
    Shared(Arc<Shared>),
}

/// Bytes that many peers are sent, held once and counted once.
pub(crate) struct Shared {
    bytes: Arc<[u8]>,
    counted_in: Arc<AtomicUsize>,
}

impl Backlog {
    pub(crate) fn waiting(&self) -> usize {
        self.segments_len + self.tail.len() - self.sent
    }

    /// How many bytes of memory this holds and no [`Shared`] counts.
    pub(crate) fn held(&self) -> usize {
        self.segments_held + self.tail.len()
    }

    /// The buffer to append `more` bytes to.
    #[inline]
    pub(crate) fn tail(&mut self, more: usize) -> &mut Vec<u8> {
        if self.tail.len() + more > SEGMENT {
            self.close_tail();
        }
        &mut self.tail
    }

    /// The memory that this has, itself included.
    pub(super) fn capacity(&self) -> usize {
        size_of::<Self>() + self.tail.capacity() + self.segments.capacity() * size_of::<Segment>()
    }

    /// Forgets everything but the memory.
    pub(super) fn clear(&mut self) {
        self.segments.clear();
        self.tail.clear();
        (self.sent, self.segments_len, self.segments_held) = (0, 0, 0);
    }

    pub(super) fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let tail = mem::take(&mut self.tail);
            self.push(Segment::Own(tail));
        }
    }

    pub(super) fn push(&mut self, segment: Segment) {
        self.segments_len += segment.bytes().len();
        self.segments_held += segment.held();
        self.segments.push_back(segment);
    }

    pub(super) fn write_once<W: Write>(&self, io: &mut W) -> io::Result<usize> {
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

    pub(super) fn advance(&mut self, written: usize) {
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

/// A tail that would grow beyond this becomes a segment, which is freed once it is sent: what a slow reader has taken
/// does not stay in memory.
pub(crate) const SEGMENT: usize = 64 * 1024;
/// Segments per gathered write. Well below the 1,024 that POSIX systems take.
const GATHER: usize = 64;
/// What a segment costs beside its bytes.
const SEGMENT_OVERHEAD: usize = size_of::<Segment>();
/// What a message may add to that: its own segment, and the one that it closes.
pub(crate) const SEGMENTS_HELD: usize = 2 * SEGMENT_OVERHEAD;
