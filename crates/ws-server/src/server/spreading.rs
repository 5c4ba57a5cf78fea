//! One message to many.

use core::mem;
use std::sync::Arc;

use ws_frame::Prepared;

use super::{Delivery, Server};
use crate::{ConnId, SendError, TopicChange, Transport, flags::Flags, peer::Peer};

/// What became of a message for many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// For how many it is as good as sent ([`Delivery::Sent`]).
    pub sent: usize,
    /// For how many it waits ([`Delivery::Queued`]).
    pub queued: usize,
    /// How many do not get it: too much is queued for them, or they are in the midst of another message.
    pub dropped: usize,
}

impl<T: Transport> Server<T> {
    /// Sends a message that was encoded before. As [`send_text`](Self::send_text); a long one is not copied, and held once,
    /// however many it is sent to.
    pub fn send_prepared(&mut self, id: ConnId, message: &Prepared) -> Result<Delivery, SendError> {
        self.send_shared(id, message)
    }

    /// Sends a message to every open connection. Its bytes are held once.
    pub fn broadcast(&mut self, message: &Prepared) -> Tally {
        let mut tally = Tally::default();
        let mut from = 0;
        while let Some(id) = self.peers.next_from(from) {
            from = id.index() + 1;
            self.send_one_of_many(id, message, &mut tally);
        }
        tally
    }

    /// Has a connection get what is [published](Self::publish) under `topic`, until it
    /// [unsubscribes](Self::unsubscribe) or ends. `false` if it had so before.
    ///
    /// # Errors
    ///
    /// [`SendError::Topic`] at one of the limits ([`Config::topics`](crate::Config::topics)), [`SendError::NotOpen`],
    /// [`SendError::Unknown`].
    pub fn subscribe(&mut self, id: ConnId, topic: &str) -> Result<bool, SendError> {
        let limits = self.config.topics;
        let peer = self.known(id)?;
        peer.state.open()?;
        peer.flags.set(Flags::SUBSCRIBED);
        self.topics.subscribe(id, topic, limits)
    }

    /// Ends a subscription. `false` if there was none.
    pub fn unsubscribe(&mut self, id: ConnId, topic: &str) -> bool {
        self.topics.unsubscribe(id, topic)
    }

    /// How many connections are subscribed to `topic`.
    #[must_use]
    pub fn subscribers(&self, topic: &str) -> usize {
        self.topics.count(topic)
    }

    /// Takes the topics that have got their first subscriber on this server, or lost their last,
    /// since the last call: sorted by name, each at most once. A topic that changed and changed
    /// back is not among them.
    ///
    /// A node of a cluster calls it once per turn, after the turn's last event, and asks the broker
    /// for just the topics that it serves. With several servers in one process (one for each core),
    /// the node needs a topic while any of them has subscribers: count, for each topic, the servers
    /// that do.
    ///
    /// A program that never calls it holds one entry for each topic that has subscribers.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use ws_server::{Config, Server};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut servers: [Server; 2] = [Server::new(Config::default())?, Server::new(Config::default())?];
    /// let mut needed: BTreeMap<String, usize> = BTreeMap::new();
    /// for server in &mut servers {
    ///     for change in server.topic_changes() {
    ///         let servers = needed.entry(change.topic.to_string()).or_default();
    ///         if change.has_subscribers {
    ///             *servers += 1; // at 1: subscribe at the broker
    ///         } else {
    ///             *servers -= 1; // at 0: unsubscribe at the broker
    ///         }
    ///     }
    /// }
    /// needed.retain(|_, servers| *servers > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn topic_changes(&mut self) -> impl Iterator<Item = TopicChange> + use<T> {
        self.topics.take_changes()
    }

    /// Sends a message to all who are subscribed to `topic`. Its bytes are held once; whatever is published to one peer
    /// in one turn is written at once.
    pub fn publish(&mut self, topic: &str, message: &Prepared) -> Tally {
        let mut tally = Tally::default();
        // Sending may end connections, which then leave their topics.
        let mut subscribers = mem::take(&mut self.recipients);
        subscribers.extend(self.topics.subscribers(topic));
        for id in subscribers.drain(..) {
            self.send_one_of_many(id, message, &mut tally);
        }
        self.recipients = subscribers;
        tally
    }

    /// Those that are not open any more, or are being closed, are none of the many.
    fn send_one_of_many(&mut self, id: ConnId, message: &Prepared, tally: &mut Tally) {
        if !self.peers.get(id).is_some_and(Peer::hears_many) {
            return;
        }
        match self.send_shared(id, message) {
            Ok(Delivery::Sent) => tally.sent += 1,
            Ok(Delivery::Queued { .. }) => tally.queued += 1,
            Err(error) => {
                tally.dropped += 1;
                // Those for which there is no room are counted already.
                self.stats.dropped_messages += u64::from(error != SendError::Full);
            }
        }
    }

    /// Sends a message whose bytes are shared with those it was sent to before, if it is long enough for that.
    fn send_shared(&mut self, id: ConnId, message: &Prepared) -> Result<Delivery, SendError> {
        if message.payload().len() < SHARE_FROM {
            return self.send(id, message.payload().len(), |connection, output| {
                connection.send_prepared(message, output)
            });
        }
        let bytes = self.share(id, message)?;
        let len = bytes.len().min(message.payload().len());
        let held = self.recent.find(&bytes);
        self.check_room(id, len, if held.is_some() { 0 } else { len })?;
        let shared = held.unwrap_or_else(|| self.recent.hold(bytes, self.queued.shared()));
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        let before = peer.outgoing.held();
        peer.outgoing.push_shared(&shared, &mut self.pool);
        self.queued.follow(before, peer.outgoing.held());
        self.stats.messages_out += 1;
        Ok(self.queued_for(id))
    }

    /// The bytes of a message as this peer may be sent them.
    fn share(&mut self, id: ConnId, message: &Prepared) -> Result<Arc<[u8]>, SendError> {
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        Ok(peer.state.open()?.share(message)?)
    }
}

/// Below this, copying costs less than what a segment of its own does.
const SHARE_FROM: usize = 1024;
