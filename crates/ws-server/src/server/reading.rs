//! Reading from peers.

use std::borrow::Cow;

use ws_handshake::{HandshakeError, Request, Upgrade};

use super::{Server, turn::Turn};
use crate::{
    Cause, ConnId, Event, SendError, Transport,
    deadline::Kind,
    flags::Flags,
    peer::{State, Took},
};

impl<T: Transport> Server<T> {
    /// Visits the next peer of this turn; `false` when there is none, or no room.
    pub(super) fn visit_next(&mut self, turn: &mut Turn<'_>) -> bool {
        if turn.visits == 0 || turn.full {
            return false;
        }
        let Some(index) = self.ready.pop_front() else {
            return false;
        };
        turn.visits -= 1;
        if let Some((id, peer)) = self.peers.at_mut(index) {
            peer.flags.clear(Flags::QUEUED);
            self.visit(id, turn);
        }
        true
    }

    /// Does for one peer what can be done now.
    pub(super) fn visit(&mut self, id: ConnId, turn: &mut Turn<'_>) {
        let Some(mut peer) = self.peers.get_mut(id) else {
            return;
        };
        if peer.flags.has(Flags::WRITABLE) {
            peer.flags.clear(Flags::WRITABLE);
            self.flush_peer(id);
            let Some(flushed) = self.peers.get_mut(id) else {
                return;
            };
            peer = flushed;
        }
        let deaf = matches!(peer.state, State::Deciding(_)) || peer.flags.has(Flags::PAUSED);
        if peer.flags.has(Flags::GONE | Flags::BROKEN) && deaf {
            return self.lose(id, Cause::Vanished);
        }
        if !peer.wants_visit() {
            return;
        }
        if !turn.has_room(peer.held().len().min(self.config.head.get_max_head_len())) {
            turn.full = true;
            // The first of the next turn, or the same few would use up every buffer.
            return self.enqueue_first(id);
        }
        if peer.io.is_handshaking() {
            if turn.handshakes == 0 {
                return self.enqueue(id);
            }
            turn.handshakes -= 1;
        }
        match peer.state {
            State::Head(_) => self.read_head(id, turn),
            State::Open(_) => self.read_frames(id, turn),
            State::Deciding(_) | State::Leaving => self.drain(id, turn),
        }
    }

    fn read_head(&mut self, id: ConnId, turn: &mut Turn<'_>) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let State::Head(scanner) = &mut peer.state else {
            return;
        };
        if let Ok(Some(_)) = scanner.scan(&[]) {
            // A turn with the whole head in it was left early.
            let head = scanner.examined();
            let len = peer.unhold(turn.free);
            return self.lend(id, len, head, turn);
        }
        let held = peer.held().len();
        let end = turn.free.len().min(held.saturating_add(self.config.read_budget));
        let inside = peer.io.unwritten();
        let took = peer.read(&mut turn.free[held..end]);
        self.queued.follow(inside, peer.io.unwritten());
        if let Some(client) = peer.io.client_addr()
            && peer.address != Some(client)
            && !self.readdress(id, client)
        {
            return;
        }
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let (owes, goes_on) = (peer.io.wants_write(), peer.wants_reading());
        if owes {
            self.mark_dirty(id);
        }
        let len = match took {
            Took::Bytes(len) => len,
            Took::Nothing => {
                if goes_on {
                    self.enqueue(id);
                }
                return;
            }
            Took::End | Took::Failed(_) => {
                self.stats.abandoned += 1;
                return self.remove(id);
            }
        };
        self.stats.bytes_in += len as u64;
        let new = &turn.free[held..held + len];
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let State::Head(scanner) = &mut peer.state else {
            return;
        };
        match scanner.scan(new) {
            Ok(None) => {
                peer.hold(new);
                if peer.wants_visit() {
                    self.enqueue(id);
                }
            }
            Ok(Some(end)) => {
                peer.unhold(turn.free);
                self.lend(id, held + len, held + end, turn);
            }
            Err(error) => {
                peer.unhold(turn.free);
                self.note_method(id, &turn.free[..held + len]);
                self.refuse(id, error.into());
            }
        }
    }

    /// A whole head, or a request that is not in order.
    pub(super) fn request<'b>(&mut self, id: ConnId, head: &'b [u8]) -> Option<Event<'b>> {
        self.note_method(id, head);
        let is_secure = self.peers.get(id).is_some_and(|peer| peer.io.is_secure());
        let event = Request::parse_within(head, self.config.head).and_then(|request| {
            if self.config.http && !request.is_upgrade() {
                return Ok(Event::Http(request.plain()?));
            }
            let upgrade = request.upgrade()?.secure(is_secure);
            let checked = upgrade.check_origin(&self.config.origins);
            checked.inspect_err(|error| warn_of_origin(&upgrade, *error))?;
            Ok(Event::Request(upgrade))
        });
        let event = event.and_then(|event| self.find_room_to_decide().map(|()| event));
        match event {
            Ok(event) => {
                let agreed = match &event {
                    Event::Request(upgrade) => self.config.agree(upgrade),
                    _ => None,
                };
                self.ask(id, matches!(event, Event::Http(_)), agreed);
                Some(event)
            }
            Err(error) => {
                self.refuse(id, error);
                None
            }
        }
    }

    fn note_method(&mut self, id: ConnId, received: &[u8]) {
        if is_head(received)
            && let Some(peer) = self.peers.get_mut(id)
        {
            peer.flags.set(Flags::HEAD);
        }
    }

    fn find_room_to_decide(&self) -> Result<(), HandshakeError> {
        let room = self.stats.undecided < self.config.max_undecided && self.stopping.is_none();
        if room {
            Ok(())
        } else {
            Err(HandshakeError::Unavailable)
        }
    }

    fn read_frames(&mut self, id: ConnId, turn: &mut Turn<'_>) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let budget = self.config.read_budget.min(turn.free.len());
        let into = &mut turn.free[..budget];
        let held = peer.unhold_piece(into);
        if held > 0 || peer.flags.has(Flags::PENDING) {
            peer.flags.clear(Flags::PENDING);
            return self.lend(id, held, 0, turn);
        }
        let inside = peer.io.unwritten();
        // A large message is read to its own place.
        let assembled = peer.read_assembly(budget, |message, wanted, proven| {
            self.spares.grow(message, wanted, proven);
        });
        let took = assembled.unwrap_or_else(|| {
            // With no memory to put it in, a message that is begun with much has to be moved less often.
            let len = if self.spares.is_empty() {
                budget
            } else {
                peer.foretaste(budget)
            };
            peer.read(&mut into[..len])
        });
        self.queued.follow(inside, peer.io.unwritten());
        if peer.io.wants_write() {
            self.mark_dirty(id);
        }
        match took {
            Took::Bytes(len) => {
                self.stats.bytes_in += len as u64;
                self.lend(id, if assembled.is_some() { 0 } else { len }, 0, turn);
                self.heard(id);
            }
            Took::Nothing => self.settle_dry(id),
            Took::End => self.lose(id, Cause::Vanished),
            Took::Failed(kind) => self.lose(id, Cause::Io(kind)),
        }
    }

    /// Nothing is left to read: if writing failed before, that was it. A transport that has work left is called in the next turn.
    fn settle_dry(&mut self, id: ConnId) {
        match self.peers.get(id) {
            Some(peer) if peer.flags.has(Flags::READABLE) => self.enqueue(id),
            Some(peer) if peer.flags.has(Flags::BROKEN) => self.lose(id, Cause::Vanished),
            _ => {}
        }
    }

    /// A sign of life.
    fn heard(&mut self, id: ConnId) {
        if let None | Some((Kind::Idle | Kind::Pong, _)) = self.deadlines.armed(id.index()) {
            self.arm(id, Kind::Idle);
        }
    }

    /// Throws away what a peer still sends after its connection is over.
    fn drain(&mut self, id: ConnId, turn: &mut Turn<'_>) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let budget = self.config.read_budget.min(turn.free.len());
        let inside = peer.io.unwritten();
        let took = peer.read(&mut turn.free[..budget]);
        self.queued.follow(inside, peer.io.unwritten());
        if let Took::Bytes(len) = took {
            self.stats.bytes_in += len as u64;
        }
        if peer.io.wants_write() {
            self.mark_dirty(id);
        }
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        match took {
            Took::Bytes(_) | Took::Nothing if peer.flags.has(Flags::READABLE) => self.enqueue(id),
            Took::Nothing if peer.flags.has(Flags::BROKEN) => self.remove(id),
            Took::Bytes(_) | Took::Nothing => {}
            Took::End if !peer.outgoing.is_empty() || peer.io.wants_write() => {
                // It ended its half only: it may still read what it asked for.
                peer.flags.set(Flags::ENDED);
                peer.flags.clear(Flags::READABLE);
            }
            Took::End | Took::Failed(_) => self.remove(id),
        }
    }

    /// Takes the bytes of a message back once they are not needed any more. The next large message is put together in them: with fresh
    /// memory it would cost twice as much. What is borrowed, short or more than is worth keeping (4 MiB in all) is dropped.
    pub fn recycle(&mut self, payload: Cow<'_, [u8]>) {
        if let Cow::Owned(buffer) = payload {
            self.spares.give(buffer);
        }
    }

    /// Stops reading from a peer, until [`resume`](Self::resume): nothing more comes from it, not even the end, unless the
    /// connection breaks or its [`stall`](crate::Config::stall) deadline passes. It is not pinged meanwhile. A peer whose Close is
    /// waited for cannot be paused.
    pub fn pause(&mut self, id: ConnId) -> Result<(), SendError> {
        let peer = self.known(id)?;
        if peer.flags.has(Flags::CLOSING) {
            return Err(SendError::NotOpen);
        }
        peer.flags.set(Flags::PAUSED);
        if peer.flags.has(Flags::GONE | Flags::BROKEN) {
            // The end came with its last bytes: no further readiness tells of it.
            self.enqueue(id);
        }
        if let Some((Kind::Idle | Kind::Pong, _)) = self.deadlines.armed(id.index()) {
            self.deadlines.disarm(id.index());
        }
        if self.config.deadlines.message.is_some() {
            self.tick();
            self.midway.suspend(id.index(), self.now);
        }
        Ok(())
    }

    /// Reads from a peer again.
    pub fn resume(&mut self, id: ConnId) -> Result<(), SendError> {
        let peer = self.known(id)?;
        if peer.flags.has(Flags::PAUSED) {
            peer.flags.clear(Flags::PAUSED);
            if peer.wants_visit() {
                self.enqueue(id);
            }
            if matches!(self.peers.get(id), Some(peer) if matches!(peer.state, State::Open(_))) {
                self.heard(id);
                self.resume_message(id);
                if self.config.deadlines.message.is_some() {
                    self.tick();
                    self.midway.resume(id.index(), self.begin);
                    self.time_message(id, false);
                }
            }
        }
        Ok(())
    }
}

/// A page that should be able to connect is refused when the policy lacks an entry, and its user sees
/// no reason, so the operator must.
fn warn_of_origin(upgrade: &Upgrade<'_>, error: HandshakeError) {
    let origin = upgrade.origin().unwrap_or_default().escape_ascii();
    log::warn!("{error}: origin `{origin}`, host `{}`", upgrade.host());
}

/// Whether these are the first bytes of a HEAD request.
pub(super) fn is_head(received: &[u8]) -> bool {
    let line = received.strip_prefix(b"\r\n").unwrap_or(received);
    line.starts_with(b"HEAD ")
}
