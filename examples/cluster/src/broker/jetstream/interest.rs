//! Subscriptions to subjects that end with the name of a room.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::{Client, Message, SubscribeError};
use futures_util::StreamExt as _;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// Rooms that a connection follows, all into one bounded queue.
pub(super) struct Interest {
    prefix: &'static str,
    rooms: BTreeMap<String, Followed>,
    sender: Sender<Message>,
    queue: Receiver<Message>,
}

/// A subscription, which ends with this.
struct Followed {
    task: AbortHandle,
    read_up_to: u64,
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Interest {
    pub(super) fn new(prefix: &'static str) -> Self {
        let (sender, queue) = mpsc::channel(MAX_WAITING);
        Self {
            prefix,
            rooms: BTreeMap::new(),
            sender,
            queue,
        }
    }

    /// Follows a room. Returns false if it was followed already.
    pub(super) async fn add(
        &mut self,
        client: &Client,
        room: &str,
    ) -> Result<bool, SubscribeError> {
        if self.rooms.contains_key(room) {
            return Ok(false);
        }
        let subject = format!("{}.{room}", self.prefix);
        let mut messages = client.subscribe(subject).await?;
        let queue = self.sender.clone();
        let task = tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                if queue.send(message).await.is_err() {
                    return;
                }
            }
        });
        let followed = Followed {
            task: task.abort_handle(),
            read_up_to: 0,
        };
        self.rooms.insert(room.to_owned(), followed);
        Ok(true)
    }

    /// Ends the subscriptions to all other rooms.
    pub(super) fn keep(&mut self, needed: impl Fn(&String) -> bool) {
        self.rooms.retain(|room, _| needed(room));
    }

    /// Waits for messages, and takes those that are there.
    pub(super) async fn receive(&mut self, longest: Duration, most: usize) -> Vec<Message> {
        let first = timeout(longest, self.queue.recv()).await.ok().flatten();
        let others = std::iter::from_fn(|| self.queue.try_recv().ok());
        first.into_iter().chain(others).take(most).collect()
    }

    /// Remembers that a room was read from the stream, up to a sequence.
    pub(super) fn read_up_to(&mut self, room: &str, sequence: u64) {
        if let Some(followed) = self.rooms.get_mut(room) {
            followed.read_up_to = sequence;
        }
    }

    /// Returns whether a message was among those that were read from the stream.
    pub(super) fn has_read(&self, room: &str, sequence: u64) -> bool {
        let followed = self.rooms.get(room);
        followed.is_some_and(|followed| sequence <= followed.read_up_to)
    }
}

/// The room of a message, which is the end of its subject.
pub(super) fn room<'m>(message: &'m Message, prefix: &str) -> Option<&'m str> {
    message.subject.strip_prefix(prefix)?.strip_prefix('.')
}

/// Messages of all rooms; more wait with each room's subscription.
const MAX_WAITING: usize = 1024;
