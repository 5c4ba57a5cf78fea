//! Deadlines: nobody is judged before what waits of theirs is read.

use ws_frame::CloseCode;
use ws_handshake::HandshakeError;

use super::{PING, Server, turn::Turn};
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
        let Some(index) = self.deadlines.first_due(self.now) else {
            return false;
        };
        let Some(id) = self.peers.id_at(index) else {
            self.deadlines.disarm(index);
            return true;
        };
        if let Some(peer) = self.peers.get_mut(id) {
            peer.flags.set(Flags::READABLE);
            if peer.flags.has(Flags::BLOCKED) {
                peer.flags.clear(Flags::BLOCKED);
                peer.flags.set(Flags::WRITABLE);
            }
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

    /// Acts if the deadline has passed for which a peer was visited.
    pub(super) fn judge_if_due(&mut self, id: ConnId) {
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
            Kind::Message => self.end_trickle(id),
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
            self.refuse(id, HandshakeError::Timeout);
        } else {
            self.stats.head_timeouts += 1;
            self.remove(id);
        }
    }

    fn ping(&mut self, id: ConnId) {
        let answered = self.config.deadlines.pong.is_some();
        self.arm(id, if answered { Kind::Pong } else { Kind::Idle });
        match self.send_ping(id, PING) {
            Ok(_) => {}
            // It was not asked, so it owes no answer: another time.
            Err(SendError::Full) => self.arm(id, Kind::Idle),
            // A peer that is being closed is waited for in another way.
            Err(_) => self.deadlines.disarm(id.index()),
        }
    }

    fn end_trickle(&mut self, id: ConnId) {
        self.deadlines.disarm(id.index());
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

    /// A message that began, or ended, changes what the peer is waited for.
    pub(super) fn time_message(&mut self, id: ConnId) {
        let Some(peer) = self.peers.get(id).filter(|peer| !peer.flags.has(Flags::PAUSED)) else {
            return;
        };
        let State::Open(connection) = &peer.state else {
            return;
        };
        let midway = connection.is_midway();
        match self.deadlines.armed(id.index()) {
            None | Some((Kind::Idle | Kind::Pong, _)) if midway => self.arm(id, Kind::Message),
            Some((Kind::Message, _)) if !midway => self.arm(id, Kind::Idle),
            _ => {}
        }
    }

    /// Closes those that have lived for long enough.
    pub(super) fn end_lifetimes(&mut self) {
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

    /// From now on the peer is waited for in this way, if there is a deadline for it.
    pub(super) fn arm(&mut self, id: ConnId, kind: Kind) {
        let waits = &self.config.deadlines;
        let wait = match kind {
            Kind::Head => waits.head,
            Kind::Decision => waits.decision,
            Kind::Idle => waits.idle,
            Kind::Pong => waits.pong,
            Kind::Message => waits.message,
            Kind::Stall => waits.stall,
            Kind::Close => waits.close,
        };
        match wait {
            Some(wait) => self.deadlines.arm(id.index(), kind, self.now.after(wait)),
            None => self.deadlines.disarm(id.index()),
        }
    }
}
