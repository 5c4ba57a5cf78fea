//! Topic subscriptions.

use core::mem;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{ConnId, ConnectionError, config::TopicLimits};

/// Names of topics, and pairs of topic and subscriber in both orders. A subscription costs about 50
/// bytes, a connection without one nothing.
///
/// Peers may choose the names: their table is bounded, and hashed with a secret.
#[derive(Default)]
pub(crate) struct Topics {
    numbers: HashMap<Arc<str>, u32>,
    by_number: BTreeMap<u32, Topic>,
    /// The number to try next.
    next: u32,
    subscribers: BTreeSet<(u32, ConnId)>,
    subscriptions: BTreeSet<(ConnId, u32)>,
    /// Topics that have subscribers now and had none when the program last asked, or the other way
    /// round.
    changes: BTreeMap<Arc<str>, bool>,
}

/// A topic that has got its first subscriber, or lost its last: from
/// [`Server::topic_changes`](crate::Server::topic_changes).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicChange {
    /// The topic's name.
    pub topic: Arc<str>,
    /// Whether the topic has subscribers now.
    pub has_subscribers: bool,
}

struct Topic {
    name: Arc<str>,
    subscribers: usize,
}

impl Topics {
    /// Subscribes a connection. Returns `false` if it was subscribed before.
    pub(crate) fn subscribe(
        &mut self,
        id: ConnId,
        name: &str,
        limits: TopicLimits,
    ) -> Result<bool, ConnectionError> {
        let known = self.numbers.get(name).copied();
        if known.is_some_and(|number| self.subscriptions.contains(&(id, number))) {
            return Ok(false);
        }
        let too_many = known.is_none() && self.numbers.len() >= limits.topics;
        if too_many || name.len() > limits.name || self.of(id).count() >= limits.per_connection {
            return Err(ConnectionError::Topic);
        }
        let number = match known {
            Some(number) => number,
            None => self.create(name)?,
        };
        self.subscriptions.insert((id, number));
        self.subscribers.insert((number, id));
        if let Some(topic) = self.by_number.get_mut(&number) {
            topic.subscribers += 1;
            if known.is_none() {
                let name = Arc::clone(&topic.name);
                self.change(name, true);
            }
        }
        Ok(true)
    }

    /// Ends a subscription. Returns `false` if there was none.
    pub(crate) fn unsubscribe(&mut self, id: ConnId, name: &str) -> bool {
        match self.numbers.get(name) {
            Some(&number) => self.forget(id, number),
            None => false,
        }
    }

    /// Ends all subscriptions of a connection.
    pub(crate) fn leave(&mut self, id: ConnId) {
        let first = |topics: &Self| topics.of(id).next();
        while let Some(number) = first(self) {
            self.forget(id, number);
        }
    }

    pub(crate) fn subscribers(&self, name: &str) -> impl Iterator<Item = ConnId> {
        let number = self.numbers.get(name).copied();
        let range = number.map(|number| {
            self.subscribers
                .range((number, ConnId::MIN)..=(number, ConnId::MAX))
        });
        range.into_iter().flatten().map(|&(_, id)| id)
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        let topic = self
            .numbers
            .get(name)
            .and_then(|number| self.by_number.get(number));
        topic.map_or(0, |topic| topic.subscribers)
    }

    fn of(&self, id: ConnId) -> impl Iterator<Item = u32> {
        self.subscriptions
            .range((id, 0)..=(id, u32::MAX))
            .map(|&(_, number)| number)
    }

    fn create(&mut self, name: &str) -> Result<u32, ConnectionError> {
        if u32::try_from(self.by_number.len()).is_err() {
            return Err(ConnectionError::Topic);
        }
        while self.by_number.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let (number, name) = (self.next, Arc::<str>::from(name));
        self.next = number.wrapping_add(1);
        self.numbers.insert(Arc::clone(&name), number);
        let topic = Topic {
            name,
            subscribers: 0,
        };
        self.by_number.insert(number, topic);
        Ok(number)
    }

    fn forget(&mut self, id: ConnId, number: u32) -> bool {
        if !self.subscriptions.remove(&(id, number)) {
            return false;
        }
        self.subscribers.remove(&(number, id));
        let Some(topic) = self.by_number.get_mut(&number) else {
            return true;
        };
        topic.subscribers -= 1;
        if topic.subscribers == 0 {
            let name = Arc::clone(&topic.name);
            self.numbers.remove(&name);
            self.by_number.remove(&number);
            if self.numbers.len() < self.numbers.capacity() / 8 {
                self.numbers.shrink_to(2 * self.numbers.len());
            }
            self.change(name, false);
        }
        true
    }

    /// Notes a change, or forgets the opposite one that was noted before: so there are never more
    /// than the topics of now and of the last [`take_changes`](Self::take_changes) together.
    fn change(&mut self, name: Arc<str>, has_subscribers: bool) {
        if self.changes.remove(&name).is_none() {
            self.changes.insert(name, has_subscribers);
        }
    }

    pub(crate) fn take_changes(&mut self) -> impl Iterator<Item = TopicChange> + use<> {
        let changes = mem::take(&mut self.changes);
        changes
            .into_iter()
            .map(|(topic, has_subscribers)| TopicChange {
                topic,
                has_subscribers,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slab::Slab;

    const LIMITS: TopicLimits = TopicLimits {
        topics: 3,
        name: 5,
        per_connection: 2,
    };

    fn ids<const N: usize>() -> [ConnId; N] {
        let mut slab = Slab::new();
        [(); N].map(|()| slab.insert(()))
    }

    #[test]
    fn a_subscriber_is_listed_once_until_it_leaves() {
        let (mut topics, [a, b]) = (Topics::default(), ids());
        assert_eq!(topics.subscribe(a, "news", LIMITS), Ok(true));
        assert_eq!(topics.subscribe(a, "news", LIMITS), Ok(false));
        assert_eq!(topics.subscribe(b, "news", LIMITS), Ok(true));
        assert_eq!(topics.subscribers("news").collect::<Vec<_>>(), [a, b]);
        assert!(topics.unsubscribe(a, "news"));
        assert!(!topics.unsubscribe(a, "news"));
        topics.leave(b);
        topics.leave(b);
        assert_eq!(topics.count("news"), 0);
        assert_eq!(topics.subscribers("news").count(), 0);
        assert!(
            topics.subscribers.is_empty()
                && topics.subscriptions.is_empty()
                && topics.numbers.is_empty()
        );
        assert_eq!(topics.subscribe(a, "other", LIMITS), Ok(true));
        assert_eq!(topics.by_number.len(), 1);
    }

    #[test]
    fn r43_topics_without_subscribers_are_forgotten() {
        let (mut topics, [a, b]) = (Topics::default(), ids());
        let limits = TopicLimits {
            topics: usize::MAX,
            name: 100,
            per_connection: usize::MAX,
        };
        topics.next = u32::MAX - 500;
        for n in 0..10_000 {
            assert_eq!(topics.subscribe(a, &format!("room {n}"), limits), Ok(true));
        }
        assert_eq!(topics.subscribe(b, "room 5000", limits), Ok(true));
        topics.leave(a);
        assert_eq!((topics.numbers.len(), topics.by_number.len()), (1, 1));
        assert!(
            topics.numbers.capacity() < 100,
            "{}",
            topics.numbers.capacity()
        );
        assert_eq!((topics.count("room 5000"), topics.count("room 1")), (1, 0));
        topics.next = u32::MAX - 500;
        for n in 0..10_000 {
            assert_eq!(topics.subscribe(a, &format!("room {n}"), limits), Ok(true));
        }
        assert_eq!(topics.subscribers("room 5000").collect::<Vec<_>>(), [a, b]);
        assert_eq!(topics.by_number.len(), 10_000, "no number stands for two");
    }

    #[test]
    fn c85_counts_and_names_are_bounded() {
        let (mut topics, [a, b]) = (Topics::default(), ids());
        assert_eq!(
            topics.subscribe(a, "toolong", LIMITS),
            Err(ConnectionError::Topic)
        );
        assert_eq!(topics.subscribe(a, "1", LIMITS), Ok(true));
        assert_eq!(topics.subscribe(a, "2", LIMITS), Ok(true));
        assert_eq!(
            topics.subscribe(a, "3", LIMITS),
            Err(ConnectionError::Topic)
        );
        assert_eq!(topics.subscribe(b, "3", LIMITS), Ok(true));
        assert_eq!(
            topics.subscribe(b, "4", LIMITS),
            Err(ConnectionError::Topic)
        );
        assert_eq!(topics.subscribe(b, "1", LIMITS), Ok(true));
        for n in 0..1_000_000 {
            assert!(topics.subscribe(a, &n.to_string(), LIMITS).is_ok() == (1..=2).contains(&n));
        }
        assert_eq!(topics.numbers.len(), 3);
    }

    /// A program that never asks, and peers that come and go: no more changes than topics.
    #[test]
    fn k01_changes_are_bounded_by_the_topics() {
        let (mut topics, [a, b]) = (Topics::default(), ids());
        for n in 0..100_000 {
            let name = (n % 10_000).to_string();
            assert_eq!(topics.subscribe(a, &name, LIMITS), Ok(true));
            assert_eq!(topics.subscribe(b, &name, LIMITS), Ok(true));
            assert!(topics.unsubscribe(a, &name) && topics.unsubscribe(b, &name));
            assert!(topics.changes.is_empty());
        }
        assert_eq!(topics.subscribe(a, "1", LIMITS), Ok(true));
        assert_eq!(topics.take_changes().count(), 1);
        topics.leave(a);
        assert_eq!(topics.changes.len(), 1);
    }
}
