//! Ends the connections that hold most, when all together hold too much.

use core::cmp::Reverse;

use ws_frame::CloseCode;

use super::{Due, Server};
use crate::{Cause, Closed, ConnId, Transport, flags::Flags, peer::State};

/// Connections that take too little of what is queued for them, as they were when memory ran out in this turn.
#[derive(Default)]
pub(super) struct Holders {
    /// Bytes that wait, and for whom: the most last.
    list: Vec<(usize, ConnId)>,
    is_listed: bool,
}

impl Holders {
    /// A turn begins: what was listed is out of date.
    pub(super) fn begin_turn(&mut self) {
        if self.is_listed {
            *self = Self::default();
        }
    }
}

impl<T: Transport> Server<T> {
    /// Follows the message that a connection has under way, after bytes of it were read. `ended`: a message has ended since this was
    /// called last.
    #[inline]
    pub(super) fn follow_message(&mut self, id: ConnId, ended: bool) {
        let Some(peer) = self.peers.get(id) else { return };
        let message = match &peer.state {
            State::Open(connection) => connection.partial_message(),
            _ => None,
        };
        if message.is_some() || peer.flags.has(Flags::ASSEMBLING) {
            self.follow_partial(id, message, ended);
        }
    }

    fn follow_partial(&mut self, id: ConnId, message: Option<ws_frame::PartialMessage>, ended: bool) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let Some(message) = message else {
            peer.flags.clear(Flags::ASSEMBLING);
            return self.assembling.forget(id.index());
        };
        let is_new = ended || !peer.flags.has(Flags::ASSEMBLING);
        peer.flags.set(Flags::ASSEMBLING);
        if is_new {
            self.tick();
            self.assembling.follow(id.index(), message, true, self.begin);
        } else {
            self.tick_once();
            self.assembling.follow(id.index(), message, false, self.now);
        }
        while let Some(index) = self.assembling.largest_if_over() {
            match self.peers.id_at(index) {
                Some(largest) => self.end_largest(largest),
                None => self.assembling.forget(index),
            }
        }
    }

    /// Gives up a message for the memory that it holds. The peer is told to try again later.
    #[cold]
    fn end_largest(&mut self, id: ConnId) {
        if let Some(peer) = self.peers.get_mut(id)
            && let Ok(connection) = peer.state.open()
        {
            let before = peer.outgoing.held();
            let tail = peer.outgoing.backlog(&mut self.pool).tail(CLOSE_ROOM);
            // If its Close was sent before, it gets no other.
            connection
                .close(CloseCode::TRY_AGAIN_LATER, "overloaded", tail)
                .ok();
            self.queued.follow(before, peer.outgoing.held());
        }
        self.assembling.forget(id.index());
        self.leave(id, &Closed::without_close(Cause::Overloaded));
        self.due.push_back((id, Due::Closed(Cause::Overloaded)));
    }

    /// Closes a connection whose message comes too slowly.
    pub(super) fn judge_message(&mut self, id: ConnId) {
        let Some(peer) = self.peers.get(id) else { return };
        if peer
            .flags
            .has(Flags::PAUSED | Flags::CONGESTED | Flags::CLOSING | Flags::BROKEN)
        {
            return self.assembling.suspend(id.index());
        }
        if peer.flags.has(Flags::READABLE) && !peer.flags.has(Flags::LENT) {
            // It is judged when all that waits is read.
            return self.enqueue(id);
        }
        if self.assembling.is_late(id.index(), self.now) {
            self.assembling.suspend(id.index());
            self.stats.slow_messages += 1;
            self.close(id, CloseCode::POLICY_VIOLATION, "message too slow")
                .ok();
        }
    }

    /// What a connection sends is read again.
    pub(super) fn resume_message(&mut self, id: ConnId) {
        if self
            .peers
            .get(id)
            .is_some_and(|peer| peer.flags.has(Flags::ASSEMBLING))
        {
            self.tick();
            self.assembling.resume(id.index(), self.begin);
        }
    }

    /// Ends connections that take too little of what is queued for them, those with most first, until `new` bytes more fit for `id`.
    /// The one that has most queued pays, and that can be `id` itself: then nothing is ended.
    #[cold]
    pub(super) fn relieve(&mut self, id: ConnId, new: usize) {
        let own = self.queued_bytes(id).max(self.config.high);
        while !self.queued.has_room_for_all(new) {
            let Some(holder) = self.next_holder(id, own) else {
                return;
            };
            log::info!("#{holder} has most of what is queued for all, and takes too little: ending it");
            self.lose(holder, Cause::Overloaded);
        }
    }

    fn next_holder(&mut self, id: ConnId, own: usize) -> Option<ConnId> {
        if !self.holders.is_listed {
            self.list_holders();
        }
        while let Some((_, holder)) = self.holders.list.pop() {
            let waiting = self.queued_bytes(holder);
            if holder != id && waiting > own {
                return Some(holder);
            }
        }
        None
    }

    /// Once in a turn: whoever sends in vain does not have all connections looked through each time.
    fn list_holders(&mut self) {
        self.holders.is_listed = true;
        let mut from = 0;
        while let Some(id) = self.peers.next_from(from) {
            from = id.index() + 1;
            let waiting = self.queued_bytes(id);
            if waiting > self.config.high
                && self
                    .peers
                    .get(id)
                    .is_some_and(|peer| peer.flags.has(Flags::BLOCKED))
            {
                self.holders.list.push((waiting, id));
            }
        }
        self.holders
            .list
            .sort_unstable_by_key(|(waiting, id)| (*waiting, Reverse(*id)));
    }
}

/// A Close with its reason.
const CLOSE_ROOM: usize = 127;
