//! Broadcasts and topics: calls of the program that concern many connections.

use core::mem;

use ws_frame::Prepared;

use super::Server;
use crate::{BroadcastReport, ConnId, ConnectionError, TopicChange, Transport, broadcast};

/// Broadcasts and topics.
impl<T: Transport> Server<T> {
    /// Sends a message to every open connection. Its bytes are held once.
    #[doc(alias = "send_all")]
    #[doc(alias = "emit")]
    pub fn broadcast(&mut self, message: &Prepared) -> BroadcastReport {
        let report = broadcast::to_all(&mut self.connections, &mut self.core, message);
        self.apply_effects();
        report
    }

    /// Subscribes a connection to `topic`: it gets the messages [published](Self::publish) there
    /// until it [unsubscribes](Self::unsubscribe) or ends. Returns `false` if it was subscribed
    /// before.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::Topic`]: [`Config::max_topics`](crate::Config::max_topics) or another
    ///   limit of topics.
    /// - [`ConnectionError::NotOpen`]: its request has not been answered.
    /// - [`ConnectionError::Unknown`]: the connection has ended.
    #[doc(alias = "join")]
    #[doc(alias = "rooms")]
    #[doc(alias = "pubsub")]
    #[doc(alias = "channel")]
    pub fn subscribe(&mut self, id: ConnId, topic: &str) -> Result<bool, ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        connection.note_subscription()?;
        self.topics.subscribe(id, topic, self.core.config.topics)
    }

    /// Ends a subscription. Returns `false` if there was none.
    #[doc(alias = "leave")]
    pub fn unsubscribe(&mut self, id: ConnId, topic: &str) -> bool {
        self.topics.unsubscribe(id, topic)
    }

    /// Connections that are subscribed to `topic`.
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
    /// let mut servers: [Server; 2] =
    ///     [Server::new(Config::default())?, Server::new(Config::default())?];
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

    /// Sends a message to every subscriber of `topic`. Its bytes are held once, and what is
    /// published to one connection in one turn is written at once.
    #[doc(alias = "emit")]
    #[doc(alias = "rooms")]
    #[doc(alias = "pubsub")]
    #[doc(alias = "channel")]
    pub fn publish(&mut self, topic: &str, message: &Prepared) -> BroadcastReport {
        let mut subscribers = mem::take(&mut self.recipients);
        subscribers.extend(self.topics.subscribers(topic));
        let ids = subscribers.drain(..);
        let report = broadcast::to_each(&mut self.connections, &mut self.core, ids, message);
        self.recipients = subscribers;
        self.apply_effects();
        report
    }
}
