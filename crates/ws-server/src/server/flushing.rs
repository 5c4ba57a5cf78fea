//! Writing what is queued, and what follows when it goes or does not.

use core::mem;
use std::io;

use super::{Due, Server};
use crate::{
    ConnId, Transport, deadline::Kind, flags::Flags, outgoing::Wrote, peer::State, transport::Direct,
};

impl<T: Transport> Server<T> {
    /// Writes what is queued now instead of when the next [`poll`](Self::poll) begins: before a long pause.
    pub fn flush(&mut self) {
        let mut dirty = mem::take(&mut self.dirty);
        for index in dirty.drain(..) {
            self.flush_dirty(index);
        }
        // Those with more than a budget's worth were marked again: they come first.
        dirty.append(&mut self.dirty);
        self.dirty = dirty;
    }

    /// Writes what the peer has queued that was marked last.
    pub(super) fn flush_last(&mut self) {
        if let Some(index) = self.dirty.pop() {
            self.flush_dirty(index);
        }
    }

    fn flush_dirty(&mut self, index: u32) {
        if let Some((id, peer)) = self.peers.at_mut(index)
            && peer.flags.has(Flags::DIRTY)
        {
            peer.flags.clear(Flags::DIRTY);
            self.flush_peer(id);
        }
    }

    #[inline]
    pub(super) fn mark_dirty(&mut self, id: ConnId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !peer.flags.has(Flags::DIRTY)
        {
            peer.flags.set(Flags::DIRTY);
            self.dirty.push(id.index());
        }
    }

    /// Writes what one peer has queued, as far as it goes.
    pub(super) fn flush_peer(&mut self, id: ConnId) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        if peer.flags.has(Flags::BLOCKED) {
            return;
        }
        let (waiting, held) = (peer.outgoing.waiting(), peer.queued_len());
        let before = peer.waiting();
        let io = &mut Direct(&mut peer.io);
        let wrote = peer.outgoing.write_to(io, WRITE_BUDGET, &mut self.pool);
        let wrote = match wrote {
            Ok(Wrote::All) if peer.io.wants_write() => flush_inside(&mut peer.io),
            wrote => wrote,
        };
        let written = waiting - peer.outgoing.waiting();
        // What went into the transport and no further is no progress.
        let progress = peer.waiting() < before;
        self.queued.follow(held, peer.queued_len());
        self.stats.bytes_out += written as u64;
        if let (Ok(Wrote::All), Some(connection)) = (&wrote, peer.keeping_up()) {
            connection.flush_pong(&mut self.replies);
            return self.note_pong(id);
        }
        if peer.flags.has(Flags::UNTIMED) {
            peer.flags.clear(Flags::UNTIMED);
            self.arm(id, Kind::Close);
        }
        match wrote {
            Ok(Wrote::All) => self.flushed(id),
            Ok(Wrote::Budget) => self.took_a_budget(id),
            Ok(Wrote::Blocked) => self.blocked(id, progress),
            Err(error) => self.broke(id, error.kind()),
        }
        self.settle_marks(id);
    }

    /// More is for the next turn. The peer takes what it is given.
    fn took_a_budget(&mut self, id: ConnId) {
        if let Some((Kind::Stall, _)) = self.deadlines.armed(id.index()) {
            self.arm(id, Kind::Stall);
        }
        self.prolong(id);
        self.mark_dirty(id);
    }

    fn flushed(&mut self, id: ConnId) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        match &mut peer.state {
            State::Leaving => self.flushed_all(id),
            State::Open(connection) => {
                connection.flush_pong(&mut self.replies);
                peer.flags.clear(Flags::STALLED);
                if let None | Some((Kind::Stall, _)) = self.deadlines.armed(id.index()) {
                    self.await_life(id);
                }
                self.note_pong(id);
            }
            State::Head(_) | State::Deciding(_) => {}
        }
    }

    /// A Pong that waited for room may have been written to `replies`.
    #[inline]
    fn note_pong(&mut self, id: ConnId) {
        if !self.replies.is_empty() {
            self.note_replies(id, self.replies.len());
        }
    }

    pub(super) fn blocked(&mut self, id: ConnId, progress: bool) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        peer.flags.set(Flags::BLOCKED);
        if !matches!(peer.state, State::Open(_)) {
            if progress {
                self.prolong(id);
            }
            return;
        }
        match self.deadlines.armed(id.index()) {
            Some((Kind::Stall, _)) if !progress => {}
            Some((Kind::Close, _)) => {}
            _ => {
                peer.flags.set(Flags::STALLED);
                self.arm(id, Kind::Stall);
            }
        }
    }

    /// Writing failed. What the peer sent before may still wait to be read, its Close too.
    pub(super) fn broke(&mut self, id: ConnId, kind: io::ErrorKind) {
        log::debug!("writing to #{id} failed: {kind}");
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let held = peer.outgoing.held();
        peer.outgoing.clear(&mut self.pool);
        self.queued.follow(held, 0);
        peer.flags.set(Flags::BROKEN | Flags::READABLE | Flags::HANGUP);
        self.enqueue(id);
    }

    /// Follows what is queued for a peer across the marks.
    fn settle_marks(&mut self, id: ConnId) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let waiting = peer.waiting();
        if waiting > self.config.high {
            peer.congest();
        } else if waiting <= self.config.low && peer.is_to_be_told() {
            peer.flags.clear(Flags::CONGESTED | Flags::OWED);
            let told = matches!(peer.state, State::Open(_)) && !peer.flags.has(Flags::BROKEN);
            if peer.wants_visit() {
                self.enqueue(id);
            }
            self.resume_message(id);
            if told {
                self.due.push_back((id, Due::Writable));
            }
        }
    }
}

/// Has a transport write what waits inside it.
fn flush_inside<T: Transport>(io: &mut T) -> io::Result<Wrote> {
    match io.flush() {
        Ok(()) => Ok(Wrote::All),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Wrote::Blocked),
        Err(error) => Err(error),
    }
}

/// Bytes written to one peer in one turn: a gigabit for 8 ms.
pub(super) const WRITE_BUDGET: usize = 1024 * 1024;
