//! Sending to peers.

use ws_frame::{Connection, Message};

use super::{Due, Server, direct::DIRECT_FROM};
use crate::{ConnId, SendError, SlowPeers, Transport, flags::Flags, peer::Peer};

/// What became of a message that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a message that was taken waits for the peer, or does not"
)]
pub enum Delivery {
    /// Nothing but this turn's end stands between the message and the system: the next [`poll`](Server::poll) writes it.
    Sent,
    /// The peer is slower than what it is sent: this many bytes wait for it, the message included.
    /// [`Event::Writable`](crate::Event::Writable) comes when it has caught up.
    Queued {
        /// How many, of all messages.
        bytes: usize,
    },
}

impl<T: Transport> Server<T> {
    /// Sends a text message.
    ///
    /// It is queued, and written with everything else for this peer when the next [`poll`](Self::poll) begins (much of it
    /// earlier). On an error nothing was queued.
    #[inline]
    pub fn send_text(&mut self, id: ConnId, text: &str) -> Result<Delivery, SendError> {
        if self.send_behind(id, text.len(), |connection, output| {
            connection.send_text(text, output)
        }) {
            return Ok(Delivery::Sent);
        }
        self.send_message(id, Message::Text(text))
    }

    /// Sends a binary message. As [`send_text`](Self::send_text).
    #[inline]
    pub fn send_binary(&mut self, id: ConnId, payload: &[u8]) -> Result<Delivery, SendError> {
        if self.send_behind(id, payload.len(), |connection, output| {
            connection.send_binary(payload, output)
        }) {
            return Ok(Delivery::Sent);
        }
        self.send_message(id, Message::Binary(payload))
    }

    /// Sends the next part of a text message, which begins with the first call and ends with the one that says `last`. No
    /// other message can be sent to this peer in between: it answers
    /// [`MessageUnfinished`](ws_frame::SendError::MessageUnfinished).
    pub fn send_text_fragment(&mut self, id: ConnId, text: &str, last: bool) -> Result<Delivery, SendError> {
        self.send(id, text.len(), |connection, output| {
            connection.send_text_fragment(text, last, output)
        })
    }

    /// Sends the next part of a binary message. As [`send_text_fragment`](Self::send_text_fragment).
    pub fn send_binary_fragment(
        &mut self,
        id: ConnId,
        payload: &[u8],
        last: bool,
    ) -> Result<Delivery, SendError> {
        self.send(id, payload.len(), |connection, output| {
            connection.send_binary_fragment(payload, last, output)
        })
    }

    /// Sends a ping with at most 125 bytes. Idle peers are pinged by themselves ([`Config::idle`](crate::Config::idle)).
    pub fn send_ping(&mut self, id: ConnId, payload: &[u8]) -> Result<Delivery, SendError> {
        let delivery = self.send(id, payload.len(), |connection, output| {
            connection.send_ping(payload, output)
        })?;
        self.stats.messages_out -= 1;
        Ok(delivery)
    }

    /// Takes other limits for one connection, from its next message on: larger ones after a log-in, say, or messages in parts
    /// for an upload. What it may be sent stays within the same [bound](crate::Config::bound). Pings are answered whatever `auto_pong`
    /// says: there is no other way to answer one.
    pub fn set_limits(&mut self, id: ConnId, limits: ws_frame::Config) -> Result<(), SendError> {
        self.known(id)?.state.open()?.set_config(limits.auto_pong(true));
        Ok(())
    }

    /// How many bytes wait for a peer; zero for one that there is not.
    #[must_use]
    pub fn queued_bytes(&self, id: ConnId) -> usize {
        self.peers.get(id).map_or(0, Peer::waiting)
    }

    /// The common case, and nothing else: a message behind others of this turn, to a peer that keeps up.
    #[inline]
    fn send_behind(
        &mut self,
        id: ConnId,
        len: usize,
        encode: impl FnOnce(&mut Connection, &mut Vec<u8>) -> Result<(), ws_frame::SendError>,
    ) -> bool {
        let Some((connection, tail)) = self.peers.get_mut(id).and_then(Peer::adding) else {
            return false;
        };
        let before = tail.len();
        if !self.queued.has_ample_room(before, len + MAX_HEADER) {
            return false;
        }
        let sent = encode(connection, tail).is_ok();
        self.queued.follow(before, tail.len());
        self.stats.messages_out += u64::from(sent);
        sent
    }

    #[inline(never)]
    fn send_message(&mut self, id: ConnId, message: Message<'_>) -> Result<Delivery, SendError> {
        let len = message.payload().len();
        if len >= DIRECT_FROM && self.peers.get(id).is_some_and(Peer::takes_direct) {
            return self.send_direct(id, message);
        }
        self.send(id, len, |connection, output| match message {
            Message::Text(text) => connection.send_text(text, output),
            Message::Binary(payload) => connection.send_binary(payload, output),
        })
    }

    #[inline]
    pub(super) fn send(
        &mut self,
        id: ConnId,
        len: usize,
        encode: impl FnOnce(&mut Connection, &mut Vec<u8>) -> Result<(), ws_frame::SendError>,
    ) -> Result<Delivery, SendError> {
        let delivery = self.send_frame(id, len, encode)?;
        self.stats.messages_out += 1;
        Ok(delivery)
    }

    #[inline]
    fn send_frame(
        &mut self,
        id: ConnId,
        len: usize,
        encode: impl FnOnce(&mut Connection, &mut Vec<u8>) -> Result<(), ws_frame::SendError>,
    ) -> Result<Delivery, SendError> {
        let mut peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        let most = if peer.flags.has(Flags::DEFLATE) {
            // A compressor that remembers cannot take back what it made: there must be room for the worst before.
            self.config.longest(len)
        } else {
            len
        };
        // A length of bytes in memory: nothing here comes near to overflowing.
        let (more, most) = (len + MAX_HEADER, most + MAX_HEADER);
        if !self.queued.has_room(peer.waiting(), most, most) {
            self.make_room(id, most, most)?;
            peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        }
        let connection = peer.state.open()?;
        let backlog = peer.outgoing.backlog(&mut self.pool);
        let before = backlog.held();
        let encoded = encode(connection, backlog.tail(more));
        self.queued.follow(before, backlog.held());
        if let Err(error) = encoded {
            peer.outgoing.release(&mut self.pool);
            return Err(error.into());
        }
        let much = backlog.waiting() > self.config.high;
        if !peer.flags.has(Flags::DIRTY) {
            peer.flags.set(Flags::DIRTY);
            self.dirty.push(id.index());
        }
        if much || peer.flags.has(Flags::BLOCKED) {
            return Ok(self.settle_queued(id));
        }
        Ok(Delivery::Sent)
    }

    /// Whether `len` more bytes may be queued for a peer, `new` of which are held for nobody else yet.
    pub(super) fn check_room(&mut self, id: ConnId, len: usize, new: usize) -> Result<(), SendError> {
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        peer.state.open()?;
        let (more, new) = (len + MAX_HEADER, new + MAX_HEADER);
        if self.queued.has_room(peer.waiting(), more, new) {
            return Ok(());
        }
        self.make_room(id, more, new)
    }

    /// The last resort is to write at once.
    #[cold]
    fn make_room(&mut self, id: ConnId, more: usize, new: usize) -> Result<(), SendError> {
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        peer.state.open()?;
        if !self.queued.can_hold(more) {
            return Err(SendError::TooLong);
        }
        self.flush_peer(id);
        if self.queued.has_room_for_peer(self.queued_bytes(id), more) {
            self.relieve(id, new);
        }
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        if self.queued.has_room(peer.waiting(), more, new) {
            return Ok(());
        }
        self.stats.dropped_messages += 1;
        let fits = self.queued.has_room_for_peer(peer.waiting(), more);
        if peer.waiting() > 0 {
            peer.congest();
        } else if !peer.flags.has(Flags::CLOSING | Flags::BROKEN | Flags::REFUSED) {
            // Nothing of its own will tell when there is room.
            peer.flags.set(Flags::REFUSED);
            self.refused.push((id, new));
        }
        if self.config.slow_peers == SlowPeers::Close && !fits {
            log::info!("#{id} does not keep up: closing it");
            // If its Close was sent before, that is what was wanted.
            self.close(id, ws_frame::CloseCode::TRY_AGAIN_LATER, "too slow")
                .ok();
        }
        Err(SendError::Full)
    }

    /// Tells those that were refused for what others had queued, as far as there is room for what they wanted.
    pub(super) fn tell_refused(&mut self) {
        if self.refused.is_empty() {
            return;
        }
        let mut room = self.queued.room_for_all();
        let (peers, due) = (&mut self.peers, &mut self.due);
        self.refused.retain(|&(id, wanted)| {
            let Some(peer) = peers.get_mut(id) else {
                return false;
            };
            let hears = peer.hears_many();
            if hears && wanted > room {
                return true;
            }
            peer.flags.clear(Flags::REFUSED);
            if hears {
                room -= wanted;
                due.push_back((id, Due::Writable));
            }
            false
        });
    }

    /// Something was queued for a peer.
    pub(super) fn queued_for(&mut self, id: ConnId) -> Delivery {
        self.mark_dirty(id);
        self.settle_queued(id)
    }

    /// Much may be queued for a peer: writes it now, if the peer takes it.
    #[cold]
    fn settle_queued(&mut self, id: ConnId) -> Delivery {
        let high = self.config.high;
        if let Some(peer) = self.peers.get_mut(id)
            && peer.waiting() > high
            && !peer.flags.has(Flags::BLOCKED)
        {
            self.flush_peer(id);
        }
        match self.peers.get_mut(id) {
            Some(peer) if peer.flags.has(Flags::BLOCKED) => {
                let bytes = peer.waiting();
                if bytes > high {
                    peer.congest();
                }
                if !peer.flags.has(Flags::CLOSING | Flags::BROKEN) {
                    peer.flags.set(Flags::OWED);
                }
                Delivery::Queued { bytes }
            }
            _ => Delivery::Sent,
        }
    }

    /// Replies were written: to `replies`, or behind what is queued for the peer.
    pub(super) fn note_replies(&mut self, id: ConnId, len: usize) {
        if self.replies.is_empty() {
            self.queued.follow(0, len);
        } else if let Some(peer) = self.peers.get_mut(id) {
            let before = peer.outgoing.held();
            peer.outgoing.push_bytes(&self.replies, &mut self.pool);
            self.queued.follow(before, peer.outgoing.held());
        }
        self.replies.clear();
        self.mark_dirty(id);
    }
}

/// A server's frame header at its longest.
const MAX_HEADER: usize = 10;
