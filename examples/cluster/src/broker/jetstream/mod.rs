//! NATS, with one stream and a subject for each room.
//!
//! The stream publishes what it has stored once more, with the sequence of the message and of the
//! one before it in the room. A node subscribes to that for the rooms it serves: the servers of
//! NATS send it no others. Where the sequences do not follow on each other, it reads the stream.

mod interest;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::{Message, ServerAddr};
use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};

use super::{BLOCK, Broker, COUNT_LASTS, Failure};
use crate::desk::Join;
use crate::entry::{Entry, EntryId, History};
use crate::writer::Say;
use interest::Interest;
use session::Session;

/// The addresses of NATS, and the thread for its connections.
#[derive(Clone)]
pub(crate) struct Store {
    servers: Vec<ServerAddr>,
    runtime: Arc<Runtime>,
}

impl Store {
    pub(crate) fn new(urls: &str) -> Result<Self, Failure> {
        let servers = urls.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build()?;
        Ok(Self {
            servers,
            runtime: Arc::new(runtime),
        })
    }

    pub(super) fn connect(&self, name: &str) -> Result<Connection, Failure> {
        let session = self.runtime.block_on(Session::open(&self.servers, name))?;
        let following = Following {
            session,
            rooms: Interest::new(session::ROOM),
            people: Interest::new(PEOPLE),
            heard: BTreeMap::new(),
        };
        let runtime = Arc::clone(&self.runtime);
        Ok(Connection { runtime, following })
    }
}

/// A connection for one thread, which waits while the thread of the connections works.
pub(crate) struct Connection {
    runtime: Arc<Runtime>,
    following: Following,
}

impl Broker for Connection {
    fn histories(&mut self, joins: &[Join]) -> Result<Vec<History>, Failure> {
        self.runtime.block_on(self.following.histories(joins))
    }

    fn read(
        &mut self,
        positions: &BTreeMap<String, EntryId>,
    ) -> Result<Vec<(String, Entry)>, Failure> {
        self.runtime.block_on(self.following.read(positions))
    }

    fn say(&mut self, says: &[Say]) -> Result<Vec<Result<(), Failure>>, Failure> {
        self.runtime.block_on(self.following.session.say(says))
    }

    fn count(
        &mut self,
        node: &str,
        people: &[(String, usize)],
    ) -> Result<Vec<(u64, EntryId)>, Failure> {
        self.runtime.block_on(self.following.count(node, people))
    }
}

/// Rooms of a node, and the people in them.
struct Following {
    session: Session,
    rooms: Interest,
    people: Interest,
    /// For each room and each node how many people it told of, and when.
    heard: BTreeMap<(String, String), (u64, Instant)>,
}

impl Following {
    async fn histories(&mut self, joins: &[Join]) -> Result<Vec<History>, Failure> {
        self.session.check()?;
        // First the subscription, then the history: nothing falls between them.
        let mut new = BTreeSet::new();
        for join in joins {
            if self.rooms.add(&self.session.client, &join.room).await? {
                new.insert(&join.room);
            }
        }
        let session = &self.session;
        let histories = joins
            .iter()
            .map(|join| session.history(&join.room, join.last));
        let histories = try_join_all(histories).await?;
        for (join, history) in joins.iter().zip(&histories) {
            // The first one is the position behind which the room is read from now on.
            if new.remove(&join.room) {
                self.rooms.read_up_to(&join.room, history.newest.number);
            }
        }
        Ok(histories)
    }

    async fn read(
        &mut self,
        positions: &BTreeMap<String, EntryId>,
    ) -> Result<Vec<(String, Entry)>, Failure> {
        self.session.check()?;
        self.rooms.keep(|room| positions.contains_key(room));
        // Rooms that were read over another connection may have got messages since.
        let mut behind = BTreeSet::new();
        for (room, position) in positions {
            if self.rooms.add(&self.session.client, room).await?
                || self.rooms.has_read(room, position.number.saturating_add(1))
            {
                behind.insert(room.clone());
            }
        }
        let mut entries = Vec::new();
        let mut reached = BTreeMap::new();
        let messages = self.rooms.receive(BLOCK, READ_AT_ONCE).await;
        for (room, mut entry, previous) in messages.iter().filter_map(session::live) {
            if behind.contains(room) || self.rooms.has_read(room, entry.id.number) {
                continue;
            }
            let Some(position) = reached.get(room).or_else(|| positions.get(room)).copied() else {
                continue;
            };
            if previous == position.number {
                entry.previous = Some(position);
                reached.insert(room.to_owned(), entry.id);
                entries.push((room.to_owned(), entry));
            } else {
                behind.insert(room.to_owned());
            }
        }
        for room in behind {
            let position = reached.get(&room).or_else(|| positions.get(&room)).copied();
            let missed = self.missed(&room, position).await?;
            entries.extend(missed.into_iter().map(|entry| (room.clone(), entry)));
        }
        Ok(entries)
    }

    /// The messages that follow on a position, from the stream.
    async fn missed(
        &mut self,
        room: &str,
        position: Option<EntryId>,
    ) -> Result<Vec<Entry>, Failure> {
        let mut history = self.session.history(room, position).await?;
        self.rooms.read_up_to(room, history.newest.number);
        if !history.complete {
            // The pages ask for what is still kept, and learn that something is not.
            history
                .entries
                .drain(..history.entries.len().saturating_sub(1));
            if let Some(newest) = history.entries.first_mut() {
                newest.previous = None;
            }
        }
        Ok(history.entries)
    }

    /// Tells the other nodes about people, and hears what they tell.
    async fn count(
        &mut self,
        node: &str,
        people: &[(String, usize)],
    ) -> Result<Vec<(u64, EntryId)>, Failure> {
        self.session.check()?;
        let now = Instant::now();
        for message in self.people.receive(Duration::ZERO, usize::MAX).await {
            if let Some((room, node, count)) = told(&message) {
                self.heard.insert((room, node), (count, now));
            }
        }
        let client = &self.session.client;
        let mut sums: BTreeMap<&String, u64> = BTreeMap::new();
        for (room, count) in people {
            let subject = format!("{PEOPLE}.{room}");
            client
                .publish(subject, format!("{node} {count}").into())
                .await?;
            if *count > 0 {
                self.people.add(client, room).await?;
                sums.insert(room, u64::try_from(*count)?);
            }
        }
        self.people.keep(|room| sums.contains_key(room));
        self.heard.retain(|(room, other), (_, told)| {
            sums.contains_key(room) && other != node && now.duration_since(*told) < COUNT_LASTS
        });
        for ((room, _), (count, _)) in &self.heard {
            *sums.entry(room).or_default() += count;
        }
        let newest = people.iter().map(|(room, _)| self.session.newest(room));
        let sums = people.iter().map(|(room, _)| sums.get(room).copied());
        let sums = sums.map(Option::unwrap_or_default);
        Ok(sums.zip(try_join_all(newest).await?).collect())
    }
}

/// Reads what a node tells: a room, its own name, and how many people it has there.
fn told(message: &Message) -> Option<(String, String, u64)> {
    let room = interest::room(message, PEOPLE)?;
    let text = std::str::from_utf8(&message.payload).ok()?;
    let (node, count) = text.split_once(' ')?;
    let count: u32 = count.parse().ok()?;
    Some((room.to_owned(), node.to_owned(), count.into()))
}

/// Begins the subjects under which nodes tell each other how many people are there.
const PEOPLE: &str = "chat.people";

const READ_AT_ONCE: usize = 1000;
