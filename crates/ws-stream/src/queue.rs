//! Bytes that wait to be written.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::{Transport, scratch};

/// Bytes that wait to be written: large payloads without a copy, and small frames together in one
/// buffer behind them.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    segments: VecDeque<Segment>,
    /// Small frames, behind all segments.
    tail: Vec<u8>,
    /// Bytes of the first segment that have been written, or of `tail` if there is none.
    head_written: usize,
    /// Bytes in `segments` that have not been written.
    segments_len: usize,
    /// Bytes written since the connection began.
    written: u64,
    /// Set while the stream may still hold some of them.
    unflushed: bool,
}

#[derive(Debug)]
enum Segment {
    Owned(Vec<u8>),
    Shared(Arc<[u8]>),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Queue {
    /// The buffer to append frames to.
    #[inline]
    pub(crate) fn tail(&mut self) -> &mut Vec<u8> {
        if self.tail.capacity() == 0 {
            self.tail = scratch::take_output();
        } else if self.segments.is_empty() && self.head_written > self.tail.len() / 2 {
            // Written bytes are removed once they are the larger part: each byte moves at most once
            // on average.
            self.tail.drain(..self.head_written);
            self.head_written = 0;
        }
        &mut self.tail
    }

    /// Returns the buffer to the thread if it was not used.
    #[inline]
    pub(crate) fn tidy(&mut self) {
        if self.tail.is_empty() && self.tail.capacity() > 0 {
            scratch::put_output(std::mem::take(&mut self.tail));
        }
    }

    /// Queues a payload without copying it.
    pub(crate) fn push(&mut self, payload: Vec<u8>) {
        self.push_segment(Segment::Owned(payload));
    }

    /// Queues bytes that other connections hold too.
    pub(crate) fn push_shared(&mut self, bytes: Arc<[u8]>) {
        self.push_segment(Segment::Shared(bytes));
    }

    fn push_segment(&mut self, segment: Segment) {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            let written = if self.segments.is_empty() {
                self.head_written
            } else {
                0
            };
            self.segments_len += tail.len() - written;
            self.segments.push_back(Segment::Owned(tail));
        }
        self.segments_len += segment.bytes().len();
        self.segments.push_back(segment);
    }

    /// Bytes that wait to be written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        let head_of_tail = if self.segments.is_empty() {
            self.head_written
        } else {
            0
        };
        self.segments_len + self.tail.len() - head_of_tail
    }

    /// Bytes that have been written since the connection began.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that have been queued since the connection began.
    pub(crate) fn queued(&self) -> u64 {
        self.written + self.len() as u64
    }

    pub(crate) const fn is_unflushed(&self) -> bool {
        self.unflushed
    }

    /// Discards the waiting bytes: they cannot be written any more.
    pub(crate) fn clear(&mut self) {
        let written = self.written;
        *self = Self {
            written,
            ..Self::default()
        };
    }

    /// Writes once.
    pub(crate) fn poll_write<T: Transport + ?Sized>(
        &mut self,
        io: &mut T,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let count = if self.segments.is_empty() {
            ready!(io.poll_write(cx, &self.tail[self.head_written..]))?
        } else {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = self.fill(&mut slices);
            ready!(io.poll_write_vectored(cx, &slices[..used]))?
        };
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(count.min(self.len()));
        self.unflushed = true;
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_flush<T: Transport + ?Sized>(
        &mut self,
        io: &mut T,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(io.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn fill<'a>(&'a self, slices: &mut [IoSlice<'a>; SLICES]) -> usize {
        let tail = (!self.tail.is_empty()).then_some(&self.tail[..]);
        let all = self.segments.iter().map(Segment::bytes).chain(tail);
        let mut used = 0;
        for (slice, bytes) in slices.iter_mut().zip(all) {
            let skipped = if used == 0 { self.head_written } else { 0 };
            *slice = IoSlice::new(&bytes[skipped..]);
            used += 1;
        }
        used
    }

    fn advance(&mut self, mut count: usize) {
        self.written += count as u64;
        while let Some(first) = self.segments.front() {
            let left = first.bytes().len() - self.head_written;
            let taken = left.min(count);
            self.segments_len -= taken;
            count -= taken;
            if taken < left {
                self.head_written += taken;
                return;
            }
            self.head_written = 0;
            if let Some(Segment::Owned(bytes)) = self.segments.pop_front() {
                scratch::put_written(bytes);
            }
        }
        self.segments = VecDeque::new();
        self.head_written += count;
        if self.head_written == self.tail.len() {
            self.head_written = 0;
            scratch::put_output(std::mem::take(&mut self.tail));
        }
    }
}

/// Slices in one vectored write.
const SLICES: usize = 16;
