//! Who can be read from or written to.

use core::mem;

use mio::{Events, Token};

use super::{LISTENER, Server, WAKER};
use crate::{ConnId, Transport, flags::Flags};

impl<T: Transport> Server<T> {
    /// Notes all that the system reported, before any peer comes or goes: so no report meets the wrong one.
    pub(super) fn note_readiness(&mut self) {
        let events = mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            match event.token() {
                LISTENER => self.gate.note_ready(),
                WAKER => {}
                Token(index) => self.note_peer(index, event),
            }
        }
        self.events = events;
    }

    fn note_peer(&mut self, index: usize, event: &mio::event::Event) {
        let index = u32::try_from(index).ok();
        let Some((id, peer)) = index.and_then(|index| self.peers.at_mut(index)) else {
            return;
        };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            peer.flags.set(Flags::READABLE);
        }
        if event.is_read_closed() || event.is_error() || event.is_priority() {
            peer.flags.set(Flags::HANGUP);
        }
        if event.is_error() || event.is_write_closed() {
            peer.flags.set(Flags::GONE);
        }
        if event.is_writable() && peer.flags.has(Flags::BLOCKED) {
            peer.flags.clear(Flags::BLOCKED);
            peer.flags.set(Flags::WRITABLE);
        }
        if peer.wants_visit() || peer.flags.has(Flags::WRITABLE | Flags::GONE) {
            self.enqueue(id);
        }
    }

    /// Has the peer visited in this turn, or if it was visited already in the next.
    pub(super) fn enqueue(&mut self, id: ConnId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !peer.flags.has(Flags::QUEUED)
        {
            peer.flags.set(Flags::QUEUED);
            self.ready.push_back(id.index());
        }
    }

    pub(super) fn enqueue_first(&mut self, id: ConnId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !peer.flags.has(Flags::QUEUED)
        {
            peer.flags.set(Flags::QUEUED);
            self.ready.push_front(id.index());
        }
    }
}
