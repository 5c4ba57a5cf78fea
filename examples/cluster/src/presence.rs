//! The thread that counts the people in each room, on all nodes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use redis::{Connection, RedisResult};
use ws_server::{Handle, Message, Prepared};

use crate::backoff::random;
use crate::desk::Desk;
use crate::inbox::Delivery;
use crate::store::{self, COUNT, Store};

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

    fn serve(&mut self) -> RedisResult<()> {
        let mut connection = self.store.connect()?;
        redis::cmd("CLIENT")
            .arg("SETNAME")
            .arg("chat-counter")
            .exec(&mut connection)?;
        let script = store::load(&mut connection, COUNT)?;
        for round in 0_u32.. {
            self.count(&mut connection, &script, round.is_multiple_of(AGAIN))?;
            thread::sleep(EVERY);
        }
        Ok(())
    }

    fn count(&mut self, connection: &mut Connection, script: &str, again: bool) -> RedisResult<()> {
        let rooms = self.desk.rooms();
        let mut pipe = redis::pipe();
        for room in rooms.keys() {
            pipe.add_command(store::count(script, room, &self.node, self.people(room)));
        }
        // Rooms that the last person on this node has left.
        let left: Vec<String> = self
            .told
            .keys()
            .filter(|room| !rooms.contains_key(*room))
            .cloned()
            .collect();
        for room in &left {
            pipe.add_command(store::count(script, room, &self.node, 0));
        }
        if pipe.is_empty() {
            return redis::cmd("PING").exec(connection);
        }
        let counts: Vec<(u64, String)> = pipe.query(connection)?;
        for room in left {
            self.told.remove(&room);
        }
        for ((room, servers), (people, newest)) in rooms.into_iter().zip(counts) {
            let text = format!("here\t{people}\t{newest}");
            let told = self.told.insert(room.clone(), text.clone());
            if again || told.as_ref() != Some(&text) {
                let line = Prepared::new(Message::Text(&text));
                for server in servers {
                    let (room, line) = (room.clone(), line.clone());
                    self.desk.inbox(server).push(Delivery::Room { room, line });
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
