//! The thread that counts the people in each room, on all nodes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ws_server::{Handle, Message, Prepared};

use crate::backoff::random;
use crate::broker::{Broker, Failure, Store};
use crate::desk::Desk;
use crate::inbox::Delivery;

/// Tells the broker regularly how many people are on this node, and the people how many are on all
/// nodes. The count is approximate: the people of a node that died are counted until their time is
/// over.
///
/// The same line has the newest message of the room, so a slow page that missed the last one
/// notices.
pub(crate) struct Presence {
    store: Store,
    desk: Arc<Desk>,
    handles: Vec<Handle>,
    node: String,
    /// The last line of each room that has people on this node.
    told: BTreeMap<String, String>,
}

impl Presence {
    pub(crate) fn new(store: Store, desk: Arc<Desk>, handles: Vec<Handle>) -> Self {
        Self {
            store,
            desk,
            handles,
            node: format!("{:016x}", random()),
            told: BTreeMap::new(),
        }
    }

    /// Counts for as long as the process runs.
    pub(crate) fn run(mut self) {
        loop {
            if let Err(error) = self.serve() {
                log::debug!("people are not counted: {error}"); // the reader tells that the broker is away
            }
            thread::sleep(EVERY);
        }
    }

    fn serve(&mut self) -> Result<(), Failure> {
        let mut broker = self.store.connect("chat-counter")?;
        for round in 0_u32.. {
            self.count(&mut *broker, round.is_multiple_of(AGAIN))?;
            thread::sleep(EVERY);
        }
        Ok(())
    }

    fn count(&mut self, broker: &mut dyn Broker, again: bool) -> Result<(), Failure> {
        let rooms = self.desk.rooms();
        let here = rooms.keys().map(|room| (room.clone(), self.people(room)));
        // And rooms that the last person on this node has left.
        let told = self.told.keys();
        let left = told.filter(|room| !rooms.contains_key(*room));
        let people: Vec<_> = here.chain(left.map(|room| (room.clone(), 0))).collect();
        let counts = broker.count(&self.node, &people)?;
        for ((room, _), (people, newest)) in people.into_iter().zip(counts) {
            let Some(servers) = rooms.get(&room) else {
                self.told.remove(&room);
                continue;
            };
            let text = format!("here\t{people}\t{newest}");
            let told = self.told.insert(room.clone(), text.clone());
            if again || told.as_ref() != Some(&text) {
                let line = Prepared::new(Message::Text(&text));
                for server in servers {
                    let (room, line) = (room.clone(), line.clone());
                    self.desk.inbox(*server).push(Delivery::Room { room, line });
                }
            }
        }
        Ok(())
    }

    /// The people of this node, on all its servers.
    fn people(&self, room: &str) -> usize {
        let asked = self
            .handles
            .iter()
            .filter_map(|handle| handle.subscribers(room).ok());
        asked
            .filter_map(|answer| answer.recv_timeout(EVERY).ok())
            .sum()
    }
}

const EVERY: Duration = Duration::from_secs(2);

/// Rounds after which an unchanged line is repeated.
const AGAIN: u32 = 10;
