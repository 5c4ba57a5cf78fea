//! Who wants to hear of what.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{ConnId, SendError, config::TopicLimits};

/// Names and their subscribers, and the other way round.
///
/// Names may come from peers: the table of them is bounded, and hashed with a secret.
#[derive(Default)]
pub(crate) struct Topics {
    subscribers: HashMap<Arc<str>, BTreeSet<ConnId>>,
    subscriptions: BTreeMap<ConnId, BTreeSet<Arc<str>>>,
}

impl Topics {
    /// `false` if it was subscribed before.
    pub(crate) fn subscribe(
        &mut self,
        id: ConnId,
        topic: &str,
        limits: TopicLimits,
    ) -> Result<bool, SendError> {
        let known = self
            .subscribers
            .get_key_value(topic)
            .map(|(name, _)| Arc::clone(name));
        let mine = self.subscriptions.get(&id);
        if mine.is_some_and(|topics| topics.contains(topic)) {
            return Ok(false);
        }
        let too_many = known.is_none() && self.subscribers.len() >= limits.topics;
        if too_many || topic.len() > limits.name || mine.map_or(0, BTreeSet::len) >= limits.per_connection {
            return Err(SendError::Topic);
        }
        let name = known.unwrap_or_else(|| topic.into());
        self.subscriptions
            .entry(id)
            .or_default()
            .insert(Arc::clone(&name));
        self.subscribers.entry(name).or_default().insert(id);
        Ok(true)
    }

    /// `false` if it was not subscribed.
    pub(crate) fn unsubscribe(&mut self, id: ConnId, topic: &str) -> bool {
        let Some(mine) = self.subscriptions.get_mut(&id) else {
            return false;
        };
        let was = mine.remove(topic);
        if mine.is_empty() {
            self.subscriptions.remove(&id);
        }
        self.forget(id, topic);
        was
    }

    /// Unsubscribes from all.
    pub(crate) fn leave(&mut self, id: ConnId) {
        for topic in self.subscriptions.remove(&id).unwrap_or_default() {
            self.forget(id, &topic);
        }
    }

    pub(crate) fn subscribers(&self, topic: &str) -> impl ExactSizeIterator<Item = ConnId> {
        static NOBODY: BTreeSet<ConnId> = BTreeSet::new();
        self.subscribers.get(topic).unwrap_or(&NOBODY).iter().copied()
    }

    fn forget(&mut self, id: ConnId, topic: &str) {
        if let Some(subscribers) = self.subscribers.get_mut(topic) {
            subscribers.remove(&id);
            if subscribers.is_empty() {
                self.subscribers.remove(topic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slots::Slots;

    const LIMITS: TopicLimits = TopicLimits {
        topics: 3,
        name: 5,
        per_connection: 2,
    };

    fn ids<const N: usize>() -> [ConnId; N] {
        let mut slots = Slots::new();
        [(); N].map(|()| slots.insert(()))
    }

    #[test]
    fn who_subscribed_is_there_once_until_it_leaves() {
        let (mut topics, [a, b]) = (Topics::default(), ids());
        assert_eq!(topics.subscribe(a, "news", LIMITS), Ok(true));
        assert_eq!(topics.subscribe(a, "news", LIMITS), Ok(false));
        assert_eq!(topics.subscribe(b, "news", LIMITS), Ok(true));
        assert_eq!(topics.subscribers("news").collect::<Vec<_>>(), [a, b]);
        assert!(topics.unsubscribe(a, "news"));
        assert!(!topics.unsubscribe(a, "news"));
        topics.leave(b);
        topics.leave(b);
        assert_eq!(topics.subscribers("news").len(), 0);
        assert!(topics.subscribers.is_empty() && topics.subscriptions.is_empty());
    }

    #[test]
    fn c85_counts_and_names_are_bounded() {
        let (mut topics, [a, b]) = (Topics::default(), ids());
        assert_eq!(topics.subscribe(a, "toolong", LIMITS), Err(SendError::Topic));
        assert_eq!(topics.subscribe(a, "1", LIMITS), Ok(true));
        assert_eq!(topics.subscribe(a, "2", LIMITS), Ok(true));
        assert_eq!(topics.subscribe(a, "3", LIMITS), Err(SendError::Topic));
        assert_eq!(topics.subscribe(b, "3", LIMITS), Ok(true));
        assert_eq!(topics.subscribe(b, "4", LIMITS), Err(SendError::Topic));
        assert_eq!(topics.subscribe(b, "1", LIMITS), Ok(true));
        for n in 0..1_000_000 {
            assert!(topics.subscribe(a, &n.to_string(), LIMITS).is_ok() == (1..=2).contains(&n));
        }
        assert_eq!(topics.subscribers.len(), 3);
    }
}
