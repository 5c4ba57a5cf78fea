//! Ending connections, and the server.

use ws_frame::CloseCode;

use super::{Due, Server};
use crate::{
    Cause, Closed, ConnId, SendError, Stats, Transport,
    deadline::Kind,
    flags::Flags,
    peer::{Peer, State},
};

impl<T: Transport> Server<T> {
    /// Begins to close a connection: sends a Close with this code and reason (at most 123 bytes) behind what is queued.
    /// There is always room for it.
    ///
    /// Messages may still come until the peer has answered; then [`Event::Closed`](crate::Event::Closed) comes. It comes
    /// anyway when [`Config::close_deadline`](crate::Config::close_deadline) has passed.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`] if the request has not been answered (see [`respond`](Self::respond)) or the connection is
    /// being closed already.
    pub fn close(&mut self, id: ConnId, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        let connection = peer.state.open()?;
        let before = peer.outgoing.held();
        let backlog = peer.outgoing.backlog(&mut self.pool);
        let closed = connection.close(code, reason, backlog.tail(CLOSE_LEN));
        self.queued.follow(before, peer.outgoing.held());
        closed?;
        // Nothing but the peer's Close is waited for, so neither its own pause nor what is queued is in the way.
        peer.flags.clear(Flags::PAUSED | Flags::CONGESTED | Flags::OWED);
        peer.flags.set(Flags::CLOSING | Flags::UNTIMED);
        if peer.wants_visit() {
            self.enqueue(id);
        }
        self.mark_dirty(id);
        self.arm(id, Kind::Close);
        Ok(())
    }

    /// Ends a connection at once, with no Close and nothing more written. [`Event::Closed`](crate::Event::Closed) comes
    /// next.
    pub fn cut(&mut self, id: ConnId) -> Result<(), SendError> {
        // Nothing more is written, the end neither.
        self.known(id)?.flags.set(Flags::BROKEN);
        self.lose(id, Cause::Cut);
        Ok(())
    }

    /// A connection is over for the program, which is told by the caller of this. Its last bytes are still to go out.
    pub(super) fn leave(&mut self, id: ConnId, closed: &Closed<'_>) {
        self.count_close(id, closed);
        self.close_down(id);
    }

    /// A connection is over for the program: flush, shut the write side, drain, and close.
    pub(super) fn close_down(&mut self, id: ConnId) {
        self.enter(id, State::Leaving);
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        peer.forget_held();
        peer.flags
            .clear(Flags::PAUSED | Flags::CONGESTED | Flags::GRACED | Flags::ASSEMBLING);
        peer.flags.set(Flags::UNTIMED);
        self.mark_dirty(id);
        self.midway.forget(id.index());
        self.assembling.forget(id.index());
        self.arm(id, Kind::Close);
    }

    /// A leaving peer has taken some of what is left for it: it has as long again for the rest, and then for the end of its
    /// stream. A server that stops waits for nobody in this way.
    pub(super) fn prolong(&mut self, id: ConnId) {
        let leaving = |peer: &Peer<T>| matches!(peer.state, State::Leaving) && !peer.flags.has(Flags::SHUT);
        if self.stopping.is_none() && self.peers.get(id).is_some_and(leaving) {
            self.arm(id, Kind::Close);
        }
    }

    /// Everything that a leaving peer was to be sent is with the system: the end of our stream comes first (RFC 6455
    /// §7.1.1), then we wait for the end of the peer's.
    pub(super) fn flushed_all(&mut self, id: ConnId) {
        self.prolong(id);
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        if peer.flags.has(Flags::BROKEN) {
            return self.remove(id);
        }
        if !peer.flags.has(Flags::SHUT) {
            peer.flags.set(Flags::SHUT);
            let inside = peer.io.unwritten();
            let ended = peer.io.shutdown_write();
            self.queued.follow(inside, peer.io.unwritten());
            if ended.is_err() {
                return self.remove(id);
            }
            if peer.io.wants_write() {
                // What the stream says at its end is still inside.
                return self.mark_dirty(id);
            }
        }
        if peer.flags.has(Flags::ENDED) {
            return self.remove(id);
        }
        if peer.wants_visit() {
            self.enqueue(id);
        }
    }

    /// A connection is over at once. The program is told if it knows of it.
    pub(super) fn lose(&mut self, id: ConnId, cause: Cause) {
        let Some(peer) = self.peers.get(id) else { return };
        let closed = Closed::without_close(cause);
        match peer.state {
            State::Open(_) => self.count_close(id, &closed),
            State::Deciding(_) => {}
            State::Head(_) | State::Leaving => return self.remove(id),
        }
        self.due.push_back((id, Due::Closed(cause)));
        self.remove(id);
    }

    /// An open connection ended.
    fn count_close(&mut self, id: ConnId, closed: &Closed<'_>) {
        log::debug!("#{id} {closed}");
        self.stats.closes.count(closed);
        self.report_close(closed);
    }

    /// Forgets a peer and closes its stream.
    pub(super) fn remove(&mut self, id: ConnId) {
        let Some(mut peer) = self.peers.remove(id) else {
            return;
        };
        if let Some(level) = level(&mut self.stats, &peer.state) {
            *level -= 1;
        }
        if peer.flags.has(Flags::SUBSCRIBED) {
            self.topics.leave(id);
        }
        self.forget_timeouts(id.index());
        self.queued.follow(peer.queued_len(), 0);
        peer.outgoing.clear(&mut self.pool);
        end_stream(&mut peer);
        self.gate.left(peer.address);
        if self.peers.is_given_back(id.index()) {
            self.deadlines.give_back(id.index());
        }
        if let Err(error) = self.poll.registry().deregister(&mut peer.io) {
            log::debug!("#{id} could not be taken off the poll: {error}");
        }
    }

    /// The only place where a peer's state changes.
    pub(super) fn enter(&mut self, id: ConnId, state: State) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        if let Some(level) = level(&mut self.stats, &peer.state) {
            *level -= 1;
        }
        if let Some(level) = level(&mut self.stats, &state) {
            *level += 1;
        }
        let left = core::mem::replace(&mut peer.state, state);
        if peer.flags.has(Flags::SUBSCRIBED) && matches!(left, State::Open(_)) {
            self.topics.leave(id);
        }
        self.gate.has_room();
    }
}

/// Has a transport say what it has to say before it is dropped: an alert that a read left inside, the end of the stream.
fn end_stream<T: Transport>(peer: &mut Peer<T>) {
    if peer.flags.has(Flags::BROKEN) {
        return;
    }
    let mut ended = Ok(());
    if peer.io.wants_write() {
        ended = peer.io.flush();
    }
    if !peer.flags.has(Flags::SHUT) {
        ended = ended.and_then(|()| peer.io.shutdown_write());
    }
    if let Err(error) = ended {
        log::trace!("a stream could not be ended in order: {error}");
    }
}

/// The number of those in this state.
pub(super) const fn level<'s>(counters: &'s mut Stats, state: &State) -> Option<&'s mut u32> {
    match state {
        State::Head(_) => Some(&mut counters.pending),
        State::Deciding(_) => Some(&mut counters.undecided),
        State::Open(_) => Some(&mut counters.open),
        State::Leaving => None,
    }
}

/// The longest Close frame of a server.
const CLOSE_LEN: usize = 127;
