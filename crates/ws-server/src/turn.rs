//! One turn of the event loop: a lent buffer, and the bytes that were read into it.

use core::mem;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::{ConnId, config::READ_ROOM};

/// A turn of a [`Server`](crate::Server), from [`Server::poll`](crate::Server::poll). Hand it to
/// [`Server::next`](crate::Server::next) until that returns `None`.
///
/// It holds the rest of the lent buffer, and the bytes that were read. If it is dropped early, the
/// bytes come with the next turn.
#[derive(Debug)]
#[must_use = "the events of the turn are still to come: hand it to Server::next"]
pub struct Turn<'b> {
    /// The part of the buffer that nothing was read into.
    free: &'b mut [u8],
    /// Length of the whole buffer.
    len: usize,
    /// The least that a read is offered.
    room: usize,
    pub(crate) lent: Option<Lent<'b>>,
    /// Reads that may still do the work of a handshake.
    handshakes: u32,
    /// Connections still to visit: each once, so that none keeps another waiting.
    visits: usize,
    /// The rest of the buffer is too small for another read.
    is_full: bool,
    /// Timeouts had expired when the turn before ended: they come first, or busy connections would
    /// put them off for ever.
    pub(crate) is_overdue: bool,
    returns: Arc<Returns>,
}

/// Bytes of one connection.
#[derive(Debug)]
pub(crate) struct Lent<'b> {
    pub(crate) id: ConnId,
    pub(crate) input: &'b mut [u8],
    /// Length of the request head at their front.
    head: usize,
    /// A timeout of the connection has expired: it is checked when the bytes are used.
    pub(crate) is_overdue: bool,
    /// Connections that were to be flushed before.
    pub(crate) dirty: usize,
    /// Messages that had ended before.
    pub(crate) messages: u64,
}

/// Bytes of turns that were dropped early.
#[derive(Debug, Default)]
pub(crate) struct Returns {
    list: Mutex<Vec<Returned>>,
    has_some: AtomicBool,
}

/// A connection, the number of messages that had ended before, and its bytes.
type Returned = (ConnId, u64, Vec<u8>);

impl<'b> Turn<'b> {
    pub(crate) fn new(
        buffer: &'b mut [u8],
        read_budget: usize,
        visits: usize,
        is_overdue: bool,
        returns: &Arc<Returns>,
    ) -> Self {
        let len = buffer.len();
        Self {
            free: buffer,
            len,
            // A peer that sends much is read in the next turn rather than into a short rest of the
            // buffer: a message that is cut is copied.
            room: (len / 3).min(read_budget).max(READ_ROOM),
            lent: None,
            handshakes: HANDSHAKES,
            visits,
            is_full: false,
            is_overdue,
            returns: Arc::clone(returns),
        }
    }

    /// Whether this turn belongs to the server with these returns.
    #[inline]
    pub(crate) fn belongs_to(&self, returns: &Arc<Returns>) -> bool {
        Arc::ptr_eq(&self.returns, returns)
    }

    /// The part of the buffer to read into.
    pub(crate) const fn free(&mut self) -> &mut [u8] {
        self.free
    }

    /// Takes the first `len` bytes of the buffer for a connection. The first `head` of them are its
    /// request head.
    pub(crate) fn lend(
        &mut self,
        id: ConnId,
        len: usize,
        head: usize,
        dirty: usize,
        messages: u64,
    ) {
        let (input, free) = mem::take(&mut self.free).split_at_mut(len);
        self.free = free;
        self.lent = Some(Lent {
            id,
            input,
            head,
            is_overdue: false,
            dirty,
            messages,
        });
    }

    /// Whether a connection can be read from behind `held` bytes. At the beginning of a turn one
    /// can.
    pub(crate) fn has_room(&self, held: usize) -> bool {
        self.free.len() >= (self.room + held).min(self.len)
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    pub(crate) const fn set_full(&mut self) {
        self.is_full = true;
    }

    /// Takes one of the visits of this turn.
    pub(crate) const fn take_visit(&mut self) -> bool {
        if self.visits == 0 || self.is_full {
            return false;
        }
        self.visits -= 1;
        true
    }

    /// Whether no read may do the work of a handshake any more.
    pub(crate) const fn is_out_of_handshakes(&self) -> bool {
        self.handshakes == 0
    }

    /// Takes one of the reads of this turn that may do the work of a handshake.
    pub(crate) const fn take_handshake(&mut self) -> bool {
        if self.handshakes == 0 {
            return false;
        }
        self.handshakes -= 1;
        true
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take() {
            self.returns
                .push((lent.id, lent.messages, lent.input.to_vec()));
        }
    }
}

impl<'b> Lent<'b> {
    /// Takes the request head, if the bytes begin with one.
    pub(crate) fn take_head(&mut self) -> Option<&'b [u8]> {
        if self.head == 0 {
            return None;
        }
        let (head, rest) = mem::take(&mut self.input).split_at_mut(mem::take(&mut self.head));
        self.input = rest;
        Some(head)
    }
}

impl Returns {
    fn push(&self, returned: Returned) {
        self.lock().push(returned);
        self.has_some.store(true, Ordering::Release);
    }

    /// Whether there may be some.
    #[inline]
    pub(crate) fn has_some(&self) -> bool {
        self.has_some.load(Ordering::Acquire)
    }

    pub(crate) fn take(&self) -> Vec<Returned> {
        self.has_some.store(false, Ordering::Release);
        mem::take(&mut *self.lock())
    }

    /// A push cannot leave the list half done, so a poisoned lock hides nothing.
    fn lock(&self) -> MutexGuard<'_, Vec<Returned>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads in a turn that may do the work of a handshake: about a millisecond, for which the other
/// connections wait.
const HANDSHAKES: u32 = 8;
