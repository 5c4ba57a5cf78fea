//! Bytes that wait to be written.

mod budget;
mod segments;
mod shared;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Write},
    sync::Arc,
};

use self::segments::Segment;
pub(crate) use self::{
    budget::SendBudget,
    segments::{SEGMENTS_HELD, Segments, Shared},
    shared::SharedFrames,
};

/// The bytes that are queued for one connection. Empty, it holds no memory.
#[derive(Default)]
pub(crate) struct SendQueue(Option<Box<Segments>>);

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
        self.0.as_ref().map_or(0, |segments| segments.waiting())
    }

    /// Bytes of memory that no [`Shared`] counts.
    pub(crate) fn held(&self) -> usize {
        self.0.as_ref().map_or(0, |segments| segments.held())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// The segments, allocated if there are none. [`release`](Self::release) gives empty ones back.
    #[inline]
    pub(crate) fn segments(&mut self, pool: &mut Pool) -> &mut Segments {
        self.0.get_or_insert_with(|| pool.take())
    }

    /// The buffer to append to, if there is one. Its bytes have not been written.
    pub(crate) fn open_tail(&mut self) -> Option<&mut Vec<u8>> {
        self.0.as_mut().map(|segments| &mut segments.tail)
    }

    /// The buffer to append to, if there is one and no segment is before it.
    #[inline]
    pub(crate) fn only_tail(&mut self) -> Option<&mut Vec<u8>> {
        let segments = self.0.as_mut()?;
        (segments.len == 0).then_some(&mut segments.tail)
    }

    pub(crate) fn push_shared(&mut self, shared: &Arc<Shared>, pool: &mut Pool) {
        let segments = self.segments(pool);
        segments.close_tail();
        segments.push(Segment::Shared(Arc::clone(shared)));
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
        let Some(segments) = self.0.as_mut() else {
            return Ok(Wrote::All);
        };
        while segments.waiting() > 0 {
            if budget == 0 {
                return Ok(Wrote::Budget);
            }
            match segments.write_once(io) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    segments.advance(written);
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

    /// Gives the memory back if the queue is empty.
    pub(crate) fn release(&mut self, pool: &mut Pool) {
        if self.is_empty() {
            self.clear(pool);
        }
    }

    /// Drops everything that is queued.
    pub(crate) fn clear(&mut self, pool: &mut Pool) {
        if let Some(segments) = self.0.take() {
            pool.give(segments);
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
