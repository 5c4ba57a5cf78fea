//! Bytes that wait for a socket.

mod backlog;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Write},
    sync::Arc,
};

use self::backlog::Segment;
pub(crate) use self::backlog::{Backlog, SEGMENT, SEGMENTS_HELD, Shared};

/// What one peer has still to be sent. Holds nothing while nothing waits.
#[derive(Default)]
pub(crate) struct Outgoing(Option<Box<Backlog>>);

/// Backlogs that were emptied, to be used again: the usual peer has one for a part of a turn.
#[derive(Default)]
pub(crate) struct Pool {
    // Boxed as the peers hold them.
    #[expect(clippy::vec_box, reason = "the boxes move between here and the peers")]
    spare: Vec<Box<Backlog>>,
    /// The memory that they have.
    bytes: usize,
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
        self.0.as_ref().map_or(0, |backlog| backlog.held())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// What waits, to be added to: until the next [`release`](Self::release) there is something even when that is nothing.
    #[inline]
    pub(crate) fn backlog(&mut self, pool: &mut Pool) -> &mut Backlog {
        self.0.get_or_insert_with(|| pool.take())
    }

    /// The buffer to append to, if there is one: what is in it has not been sent.
    pub(crate) fn open_tail(&mut self) -> Option<&mut Vec<u8>> {
        self.0.as_mut().map(|backlog| &mut backlog.tail)
    }

    /// The same, if there is nothing else.
    #[inline]
    pub(crate) fn only_tail(&mut self) -> Option<&mut Vec<u8>> {
        let backlog = self.0.as_mut()?;
        (backlog.segments_len == 0).then_some(&mut backlog.tail)
    }

    pub(crate) fn push_shared(&mut self, shared: &Arc<Shared>, pool: &mut Pool) {
        let backlog = self.backlog(pool);
        backlog.close_tail();
        backlog.push(Segment::Shared(Arc::clone(shared)));
    }

    /// Appends bytes that are not held elsewhere.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8], pool: &mut Pool) {
        self.backlog(pool).tail(bytes.len()).extend_from_slice(bytes);
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

impl Pool {
    #[expect(clippy::unnecessary_box_returns, reason = "a pool of boxes")]
    fn take(&mut self) -> Box<Backlog> {
        let Some(backlog) = self.spare.pop() else {
            return Box::default();
        };
        self.bytes -= backlog.capacity();
        backlog
    }

    fn give(&mut self, mut backlog: Box<Backlog>) {
        let bytes = backlog.capacity();
        if self.bytes + bytes > SPARE {
            return;
        }
        backlog.clear();
        self.bytes += bytes;
        self.spare.push(backlog);
    }
}

/// Bytes of emptied backlogs that are kept: enough for a short message to each of a thousand peers.
const SPARE: usize = 256 * 1024;
