//! The one thread of a node that reads rooms.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::thread;

use redis::streams::{StreamRangeReply, StreamReadReply};
use redis::{Connection, RedisResult};
use ws_server::{Message, Prepared};

use crate::backoff::Backoff;
use crate::desk::{Desk, Guest, Join};
use crate::entry::{EntryId, History};
use crate::inbox::Delivery;
use crate::protocol;
use crate::store::{self, Store};

/// Reads the rooms that people on this node are in, over one connection, and gives the history to
/// those that join.
///
/// One thread does both: a joining connection gets the kept messages, and its server then
/// subscribes it, before the next message of the room is delivered. So no message is lost between
/// the two.
pub(crate) struct Reader {
    store: Store,
    desk: Arc<Desk>,
    /// The last delivered message of each room.
    positions: BTreeMap<String, EntryId>,
    /// Requests taken from the desk and not answered yet.
    joins: Vec<(Guest, Join)>,
    backoff: Backoff,
    /// Whether the log has recorded that the broker is away.
    warned: bool,
}

impl Reader {
    pub(crate) fn new(store: Store, desk: Arc<Desk>) -> Self {
        Self {
            store,
            desk,
            positions: BTreeMap::new(),
            joins: Vec::new(),
            backoff: Backoff::default(),
            warned: false,
        }
    }

    /// Reads for as long as the process runs. After an interruption, it continues behind the last
    /// delivered message.
    pub(crate) fn run(mut self) {
        loop {
            let Err(error) = self.serve();
            // A single connection may break. The broker counts as away when a second one fails too.
            let pause = self.backoff.pause();
            if self.backoff.is_first() {
                log::debug!("connecting to the broker again: {error}");
                continue;
            }
            if !std::mem::replace(&mut self.warned, true) {
                log::warn!("the broker is away: {error}");
            }
            self.desk.set_there(false);
            thread::sleep(pause);
        }
    }

    fn serve(&mut self) -> RedisResult<Infallible> {
        let mut connection = self.store.connect()?;
        redis::cmd("CLIENT")
            .arg("SETNAME")
            .arg("chat-reader")
            .exec(&mut connection)?;
        loop {
            self.answer_joins(&mut connection)?;
            self.read(&mut connection)?;
            self.backoff.reset();
            self.warned = false;
        }
    }

    fn answer_joins(&mut self, connection: &mut Connection) -> RedisResult<()> {
        if self.joins.is_empty() {
            self.joins = self.desk.take_joins(JOINS_AT_ONCE);
        }
        if self.joins.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for (_, join) in &self.joins {
            pipe.add_command(store::newest(&join.room, join.last));
        }
        let replies: Vec<StreamRangeReply> = pipe.query(connection)?;
        for ((guest, join), reply) in std::mem::take(&mut self.joins).into_iter().zip(replies) {
            let entries: Vec<_> = reply.ids.iter().rev().filter_map(store::entry).collect();
            let history = match join.last {
                Some(last) => History::after(last, entries),
                None => History::for_newcomer(entries),
            };
            self.positions
                .entry(join.room.clone())
                .or_insert(history.newest);
            let (id, room) = (guest.id, join.room);
            self.desk
                .inbox(guest.server)
                .push(Delivery::Joined { id, room, history });
        }
        Ok(())
    }

    fn read(&mut self, connection: &mut Connection) -> RedisResult<()> {
        let rooms = self.desk.rooms();
        self.positions.retain(|room, _| rooms.contains_key(room));
        if self.positions.is_empty() {
            redis::cmd("PING").exec(connection)?;
            self.desk.set_there(true);
            self.desk.wait(IDLE);
            return Ok(());
        }
        // An empty reply means that the time is over.
        let reply: Option<StreamReadReply> =
            store::read(self.positions.iter()).query(connection)?;
        self.desk.set_there(true);
        for stream in reply.unwrap_or_default().keys {
            let Some(room) = store::room_of(&stream.key) else {
                continue;
            };
            for entry in stream.ids.iter().filter_map(store::entry) {
                let line = Prepared::new(Message::Text(&protocol::said(&entry)));
                for server in rooms.get(room).into_iter().flatten() {
                    let (room, line) = (room.to_owned(), line.clone());
                    self.desk.inbox(*server).push(Delivery::Room { room, line });
                }
                self.positions.insert(room.to_owned(), entry.id);
            }
        }
        Ok(())
    }
}

/// The histories of this many connections are in memory at the same time.
const JOINS_AT_ONCE: usize = 32;

/// Interval at which a node without rooms asks whether the broker is there.
const IDLE: std::time::Duration = std::time::Duration::from_secs(1);
