//! One turn: events one by one, out of a buffer that the program lent.

use core::{mem, ops::ControlFlow};
use std::sync::{Arc, Mutex, PoisonError};

use ws_frame::{Event as Frame, Message};

use super::{Due, Server};
use crate::{Closed, ConnId, Event, Transport, config::READ_ROOM, flags::Flags, peer::State};

/// A turn of a [`Server`], from [`Server::poll`]: hand it to [`Server::next`] until that gives `None`.
///
/// It holds what is left of the lent buffer, and of the bytes that were read. Dropped early, it gives the bytes back:
/// they come with the next turn.
#[derive(Debug)]
#[must_use = "the turn's events are still to come: hand it to Server::next"]
pub struct Turn<'b> {
    /// What nothing was read into yet.
    pub(super) free: &'b mut [u8],
    /// How much that was in the beginning.
    len: usize,
    /// What a read is offered at least.
    room: usize,
    lent: Option<Lent<'b>>,
    /// How many reads may still do the work of a handshake.
    pub(super) handshakes: u32,
    /// How many peers are still to be visited: each one once, so that none keeps another waiting.
    pub(super) visits: usize,
    /// The rest of the buffer is too small for another read.
    pub(super) full: bool,
    /// The last turn left deadlines that had passed then: they come first now, or busy peers would put them off for ever.
    overdue: bool,
    returns: Arc<Returns>,
}

/// Bytes of one peer.
#[derive(Debug)]
struct Lent<'b> {
    id: ConnId,
    input: &'b mut [u8],
    /// How many of them are the request head.
    head: usize,
    /// How many peers were to be flushed before.
    dirty: usize,
    /// How many messages had ended before.
    messages: u64,
}

/// Bytes of turns that were left early.
#[derive(Debug, Default)]
pub(super) struct Returns(Mutex<Vec<Returned>>);

/// A connection, the number of messages that had ended before, and its bytes.
type Returned = (ConnId, u64, Vec<u8>);

impl<'b> Turn<'b> {
    pub(super) fn new(
        buffer: &'b mut [u8],
        read_budget: usize,
        visits: usize,
        overdue: bool,
        returns: &Arc<Returns>,
    ) -> Self {
        let len = buffer.len();
        Self {
            free: buffer,
            len,
            // Whoever sends much is read from in the next turn rather than for the little that is left: a message that is cut is
            // copied.
            room: (len / 3).min(read_budget).max(READ_ROOM),
            lent: None,
            handshakes: HANDSHAKES,
            visits,
            full: false,
            overdue,
            returns: Arc::clone(returns),
        }
    }

    /// Takes the first `len` bytes of the buffer for a peer's. The first `head` of them are its request head.
    fn lend(&mut self, id: ConnId, len: usize, head: usize, dirty: usize, messages: u64) {
        let (input, free) = mem::take(&mut self.free).split_at_mut(len);
        self.free = free;
        self.lent = Some(Lent {
            id,
            input,
            head,
            dirty,
            messages,
        });
    }

    /// Whether a peer can be read from behind what is `held` of it. At the beginning of a turn one always can.
    pub(super) fn has_room(&self, held: usize) -> bool {
        self.free.len() >= (self.room + held).min(self.len)
    }

    pub(super) fn lent_to(&self) -> Option<ConnId> {
        self.lent.as_ref().map(|lent| lent.id)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take() {
            // A push cannot leave the list half done, so a poisoned lock hides nothing.
            let mut returns = self.returns.0.lock().unwrap_or_else(PoisonError::into_inner);
            returns.push((lent.id, lent.messages, lent.input.to_vec()));
        }
    }
}

impl<T: Transport> Server<T> {
    /// The next event of this turn; `None` when it has no more, and it is time for the next [`poll`](Self::poll).
    ///
    /// Events borrow the buffer that the turn was given, and not the server: any of its methods can be called while they
    /// are held.
    ///
    /// A turn of another server has no events here.
    #[inline]
    pub fn next<'b>(&mut self, turn: &mut Turn<'b>) -> Option<(ConnId, Event<'b>)> {
        if !Arc::ptr_eq(&turn.returns, &self.returns) {
            return None;
        }
        loop {
            // The common case is a message in bytes that were read. It is moved once only: an event is many words.
            if let Some(lent) = &mut turn.lent
                && self.due.is_empty()
            {
                let id = lent.id;
                let message = match self.decode_message(lent) {
                    Some(Message::Text(text)) => Event::Text(text.into()),
                    Some(Message::Binary(bytes)) => Event::Binary(bytes.into()),
                    None => match self.other(turn) {
                        None => continue,
                        event => return event,
                    },
                };
                self.stats.messages_in += 1;
                return Some((id, message));
            }
            if let ControlFlow::Break(event) = self.go_on(turn) {
                return event;
            }
        }
    }

    /// What is neither a message nor the end of a peer's bytes; at that end, it goes on to the next peer.
    #[inline(never)]
    fn other<'b>(&mut self, turn: &mut Turn<'b>) -> Option<(ConnId, Event<'b>)> {
        let lent = turn.lent.as_mut()?;
        let event = match self.decode(lent) {
            Some(frame) => Some(self.translate(lent.id, frame)),
            None => self.decode_head(lent),
        };
        if event.is_none() {
            self.finish(turn);
        }
        Some((turn.lent_to()?, event?))
    }

    /// Sees to what comes of no bytes, and reads more.
    #[inline(never)]
    fn go_on<'b>(&mut self, turn: &mut Turn<'b>) -> ControlFlow<Option<(ConnId, Event<'b>)>> {
        if let Some(event) = self.next_due() {
            return ControlFlow::Break(Some(event));
        }
        if turn.overdue {
            turn.overdue = self.judge_next(turn);
        } else if !self.visit_next(turn) && !self.judge_next(turn) {
            self.tell_refused();
            return ControlFlow::Break(self.next_due());
        }
        ControlFlow::Continue(())
    }

    #[inline]
    fn next_due(&mut self) -> Option<(ConnId, Event<'static>)> {
        let (id, due) = self.due.pop_front()?;
        Some(match due {
            Due::Writable => (id, Event::Writable),
            Due::Closed(cause) => (id, Event::Closed(Closed::without_close(cause))),
        })
    }

    /// What comes next of the bytes of an open connection, if it is a whole message.
    #[inline]
    fn decode_message<'b>(&mut self, lent: &mut Lent<'b>) -> Option<Message<'b>> {
        let (connection, _) = self.peers.get_mut(lent.id)?.heeded()?;
        connection.receive_message(&mut lent.input)
    }

    /// What comes next of them, whatever it is.
    #[inline]
    fn decode<'b>(&mut self, lent: &mut Lent<'b>) -> Option<Frame<'b>> {
        let (connection, outgoing) = self.peers.get_mut(lent.id)?.heeded()?;
        // Behind what is queued, if anything is: then a flood of pings leaves one answer.
        let replies = outgoing.open_tail().unwrap_or(&mut self.replies);
        let before = replies.len();
        let frame = connection.receive_rest(&mut lent.input, replies);
        let added = replies.len() - before;
        if added > 0 {
            self.note_replies(lent.id, added);
        }
        frame
    }

    fn decode_head<'b>(&mut self, lent: &mut Lent<'b>) -> Option<Event<'b>> {
        if lent.head == 0 || !matches!(self.peers.get(lent.id)?.state, State::Head(_)) {
            return None;
        }
        let (head, rest) = mem::take(&mut lent.input).split_at_mut(mem::take(&mut lent.head));
        lent.input = rest;
        self.request(lent.id, head)
    }

    /// The bytes of a peer are used up, or are not to be used now.
    fn finish(&mut self, turn: &mut Turn<'_>) {
        let Some(lent) = turn.lent.take() else { return };
        let mut alone = self.dirty.len() == lent.dirty + 1 && self.dirty.last() == Some(&lent.id.index());
        if let Some(peer) = self.peers.get_mut(lent.id) {
            peer.flags.clear(Flags::LENT);
            // What is published to it in this turn is one write.
            alone &= !peer.flags.has(Flags::SUBSCRIBED);
            if matches!(peer.state, State::Deciding(_) | State::Open(_)) {
                peer.put_back(lent.input);
            }
            if peer.flags.has(Flags::PAUSED | Flags::CONGESTED) || peer.awaits_budget() {
                peer.flags.set(Flags::PENDING);
            }
            if peer.wants_visit() {
                self.enqueue(lent.id);
            }
        }
        let ended = self.messages_ended() != lent.messages;
        if self.config.deadlines.message.is_some() {
            self.time_message(lent.id, ended);
        }
        self.follow_message(lent.id, ended);
        // Answers go out while they are warm. Where others were sent to as well, all may get more in this turn: they wait for
        // its end.
        if alone {
            self.flush_last();
        }
        self.judge_if_due(lent.id);
    }

    /// The first `len` bytes of the turn's buffer are this peer's, the first `head` of them its request head.
    pub(super) fn lend(&mut self, id: ConnId, len: usize, head: usize, turn: &mut Turn<'_>) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.flags.set(Flags::LENT);
            peer.set_inflate_budget(self.config.read_budget);
            turn.lend(
                id,
                len,
                head,
                self.dirty.len(),
                self.stats.messages_in - self.unended_parts,
            );
        }
    }

    /// How many messages have ended, those in parts included.
    const fn messages_ended(&self) -> u64 {
        self.stats.messages_in - self.unended_parts
    }

    /// Takes back what turns were left with.
    pub(super) fn take_back(&mut self) {
        let returned = mem::take(&mut *self.returns.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (id, messages, bytes) in returned {
            let Some(peer) = self.peers.get_mut(id) else {
                continue;
            };
            peer.flags.clear(Flags::LENT);
            if matches!(peer.state, State::Head(_) | State::Deciding(_) | State::Open(_)) {
                peer.put_back(&bytes);
            }
            peer.flags.set(Flags::PENDING);
            self.enqueue(id);
            let ended = self.messages_ended() != messages;
            self.time_message(id, ended);
            self.follow_message(id, ended);
        }
    }
}

/// Reads in a turn that may do the work of a handshake: about a millisecond, for which those that are connected wait.
const HANDSHAKES: u32 = 8;
