//! Deadlines: nobody is judged before what waits of theirs is read.

use ws_frame::CloseCode;
use ws_handshake::HandshakeError;

use super::{PING, Server, reading::is_head, turn::Turn};
use crate::{Cause, ConnId, SendError, Transport, deadline::Kind, flags::Flags, peer::State};

impl<T: Transport> Server<T> {
    /// Looks at one peer whose deadline has passed, once all that are ready have been visited; `false` when there is none,
    /// or no room.
    ///
    /// The program may not have polled for a minute, or the machine was asleep: what the peer sent meanwhile may not
    /// have been read. So it is visited first, and judged if that changed nothing.
    pub(super) fn judge_next(&mut self, turn: &mut Turn<'_>) -> bool {
        if turn.full {
            return false;
        }
        self.tick_once();
        let Some(index) = self.first_due() else {
            return false;
        };
        let Some(id) = self.peers.id_at(index) else {
            self.forget_timeouts(index);
            return true;
        };
        if let Some(peer) = self.peers.get_mut(id) {
            peer.flags.set(Flags::READABLE);
            if peer.flags.has(Flags::BLOCKED) {
                peer.flags.clear(Flags::BLOCKED);
                peer.flags.set(Flags::WRITABLE);
            }
        }
        if turn.handshakes == 0 && self.peers.get(id).is_some_and(|peer| peer.io.is_handshaking()) {
            // It is read before it is judged, but in a later turn.
            return false;
        }
        self.visit(id, turn);
        if turn.full {
            return false;
        }
        // If bytes came it is judged when they are used up.
        if turn.lent_to() != Some(id) {
            self.judge_if_due(id);
        }
        true
    }

    /// The place of a connection one of whose timeouts has passed.
    pub(super) fn first_due(&self) -> Option<u32> {
        self.deadlines
            .first_due(self.now)
            .or_else(|| self.midway.first_due(self.now))
            .or_else(|| self.assembling.first_due(self.now))
    }

    /// Drops the timeouts of the connection in this place.
    pub(super) fn forget_timeouts(&mut self, index: u32) {
        self.deadlines.disarm(index);
        self.midway.forget(index);
        self.assembling.forget(index);
    }

    /// Acts if the deadline has passed for which a peer was visited.
    pub(super) fn judge_if_due(&mut self, id: ConnId) {
        if self.midway.is_due(id.index(), self.now) {
            self.end_trickle(id);
        }
        if self.assembling.is_due(id.index(), self.now) {
            self.judge_message(id);
        }
        match self.deadlines.armed(id.index()) {
            Some((kind, at)) if at <= self.now && self.peers.get(id).is_some() => self.judge(id, kind),
            _ => {}
        }
    }

    #[cold]
    fn judge(&mut self, id: ConnId, kind: Kind) {
        match kind {
            Kind::Head => self.judge_head(id),
            Kind::Decision => self.refuse_undecided(id),
            Kind::Idle => self.ping(id),
            Kind::Pong => self.lose(id, Cause::Silent),
            Kind::Stall => self.lose(id, Cause::Stalled),
            Kind::Close => self.judge_close(id),
        }
    }

    fn judge_head(&mut self, id: ConnId) {
        let begun = match self.peers.get(id).map(|peer| &peer.state) {
            Some(State::Head(scanner)) => scanner.examined() > 0,
            _ => false,
        };
        if begun {
            if let Some(peer) = self.peers.get_mut(id)
                && is_head(peer.held())
            {
                peer.flags.set(Flags::HEAD);
            }
            self.refuse(id, HandshakeError::Timeout);
        } else {
            self.stats.head_timeouts += 1;
            self.remove(id);
        }
    }

    fn ping(&mut self, id: ConnId) {
        let answered = self.config.deadlines.pong.is_some();
        match self.send_ping(id, PING) {
            Ok(_) => {
                self.arm(id, if answered { Kind::Pong } else { Kind::Idle });
                // Written now: the program may be away for longer than the answer may take.
                self.flush_peer(id);
            }
            // It was not asked, so it owes no answer: another time.
            Err(SendError::Full) => self.arm(id, Kind::Idle),
            // A peer that is being closed is waited for in another way.
            Err(_) => self.deadlines.disarm(id.index()),
        }
    }

    #[cold]
    fn end_trickle(&mut self, id: ConnId) {
        self.midway.forget(id.index());
        // If our Close was sent before, that is what was wanted.
        self.close(id, CloseCode::POLICY_VIOLATION, "too slow").ok();
    }

    /// There may be more to read than one turn takes: then there is one more term.
    fn judge_close(&mut self, id: ConnId) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        if peer.flags.has(Flags::READABLE) && !peer.flags.has(Flags::GRACED) {
            peer.flags.set(Flags::GRACED);
            return self.arm(id, Kind::Close);
        }
        self.lose(id, Cause::CloseTimeout);
    }

    /// Begins the timeout of a message, or ends it. `ended`: a message has ended since this was called last, so that one that is under
    /// way now is another.
    pub(super) fn time_message(&mut self, id: ConnId, ended: bool) {
        let Some(wait) = self.config.deadlines.message else {
            return;
        };
        let Some(peer) = self.peers.get(id) else { return };
        let State::Open(connection) = &peer.state else {
            return;
        };
        let (midway, paused) = (connection.is_midway(), peer.flags.has(Flags::PAUSED));
        if ended || !midway {
            self.midway.forget(id.index());
        }
        if midway && !paused && !self.midway.knows(id.index()) {
            self.tick();
            self.midway.begin(id.index(), self.begin.after(wait));
        }
    }

    /// Closes those that have lived for long enough.
    pub(super) fn end_lifetimes(&mut self) {
        if self.lifetimes.next().is_none() {
            return;
        }
        self.tick_once();
        while let Some(id) = self.lifetimes.take_due(self.now) {
            // Most have ended long before.
            self.close(id, CloseCode::GOING_AWAY, "").ok();
        }
    }

    /// From now on a sign of life is waited for, if we would see one.
    pub(super) fn await_life(&mut self, id: ConnId) {
        match self.peers.get(id) {
            Some(peer) if peer.flags.has(Flags::PAUSED) => self.deadlines.disarm(id.index()),
            _ => self.arm(id, Kind::Idle),
        }
    }

    /// From now on the peer is waited for in this way, if there is a deadline for it. Now is when this is called, not when the turn
    /// began: the program may have worked for a minute in between.
    pub(super) fn arm(&mut self, id: ConnId, kind: Kind) {
        let waits = &self.config.deadlines;
        let wait = match kind {
            Kind::Head => waits.head,
            Kind::Decision => waits.decision,
            Kind::Idle => waits.idle,
            Kind::Pong => waits.pong,
            Kind::Stall => waits.stall,
            Kind::Close => waits.close,
        };
        match wait {
            Some(wait) => {
                self.tick();
                self.deadlines.arm(id.index(), kind, self.begin.after(wait));
            }
            None => self.deadlines.disarm(id.index()),
        }
    }
}
