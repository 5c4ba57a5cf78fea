//! The seam between the chat and its broker.

mod jetstream;
mod redis_streams;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use crate::desk::Join;
use crate::entry::{Entry, EntryId, History};
use crate::writer::Say;

/// A connection to the broker, for one thread. Each call has a timeout. After an error, the
/// connection is of no more use.
///
/// An empty call asks whether the broker is there.
pub(crate) trait Broker {
    /// The history of each room that somebody joins, in the order of `joins`.
    fn histories(&mut self, joins: &[Join]) -> Result<Vec<History>, Failure>;

    /// Messages behind `positions`, each with its room, in the order of the room. Waits for them at
    /// most for [`BLOCK`].
    fn read(
        &mut self,
        positions: &BTreeMap<String, EntryId>,
    ) -> Result<Vec<(String, Entry)>, Failure>;

    /// Stores messages, and returns the outcome of each.
    fn say(&mut self, says: &[Say]) -> Result<Vec<Result<(), Failure>>, Failure>;

    /// Reports how many people of this node are in each room; 0 if the last one has left. Returns
    /// for each room how many are on all nodes, and the newest message.
    fn count(
        &mut self,
        node: &str,
        people: &[(String, usize)],
    ) -> Result<Vec<(u64, EntryId)>, Failure>;
}

/// Reason why a call failed.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The broker that was chosen.
#[derive(Clone)]
pub(crate) enum Store {
    Redis(redis_streams::Store),
    Nats(jetstream::Store),
}

impl Store {
    pub(crate) fn redis(url: &str) -> Result<Self, Failure> {
        Ok(Self::Redis(redis_streams::Store::new(url)?))
    }

    /// Starts the one thread that NATS has in this process.
    pub(crate) fn nats(urls: &str) -> Result<Self, Failure> {
        Ok(Self::Nats(jetstream::Store::new(urls)?))
    }

    /// Connects under a name that the broker shows.
    pub(crate) fn connect(&self, name: &str) -> Result<Box<dyn Broker>, Failure> {
        Ok(match self {
            Self::Redis(store) => Box::new(store.connect(name)?),
            Self::Nats(store) => Box::new(store.connect(name)?),
        })
    }
}

/// A read does not notice a connection that joins, so it lasts only as long as a person hardly
/// notices.
const BLOCK: Duration = Duration::from_millis(50);

/// Limit on the time of the broker's answer.
const ANSWER: Duration = Duration::from_secs(3);

/// Number of messages that are kept of a room.
const KEPT: u16 = 500;

const SHOWN_TO_NEWCOMERS: usize = 50;

/// Time after which a room without writers expires.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Time after which the people of a silent node are not counted.
const COUNT_LASTS: Duration = Duration::from_secs(8);
