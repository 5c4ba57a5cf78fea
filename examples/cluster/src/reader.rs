//! The one thread of a node that reads rooms.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ws_server::{Message, Prepared};

use crate::backoff::Backoff;
use crate::broker::{Broker, Failure, Store};
use crate::desk::{Desk, Guest, Join};
use crate::entry::EntryId;
use crate::inbox::Delivery;
use crate::protocol;

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
    /// Requests taken from the desk and not answered yet, and their connections.
    joins: Vec<Join>,
    guests: Vec<Guest>,
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
            guests: Vec::new(),
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

    fn serve(&mut self) -> Result<Infallible, Failure> {
        let mut broker = self.store.connect("chat-reader")?;
        loop {
            self.answer_joins(&mut *broker)?;
            self.read(&mut *broker)?;
            self.backoff.reset();
            self.warned = false;
        }
    }

    fn answer_joins(&mut self, broker: &mut dyn Broker) -> Result<(), Failure> {
        if self.joins.is_empty() {
            (self.guests, self.joins) = self.desk.take_joins(JOINS_AT_ONCE).into_iter().unzip();
        }
        if self.joins.is_empty() {
            return Ok(());
        }
        let histories = broker.histories(&self.joins)?;
        let joins = std::mem::take(&mut self.joins);
        let guests = std::mem::take(&mut self.guests).into_iter();
        for ((guest, join), history) in guests.zip(joins).zip(histories) {
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

    fn read(&mut self, broker: &mut dyn Broker) -> Result<(), Failure> {
        let rooms = self.desk.rooms();
        self.positions.retain(|room, _| rooms.contains_key(room));
        let entries = broker.read(&self.positions)?;
        self.desk.set_there(true);
        if self.positions.is_empty() {
            self.desk.wait(IDLE);
        }
        for (room, entry) in entries {
            let line = Prepared::new(Message::Text(&protocol::said(&entry)));
            for server in rooms.get(&room).into_iter().flatten() {
                let (room, line) = (room.clone(), line.clone());
                self.desk.inbox(*server).push(Delivery::Room { room, line });
            }
            self.positions.insert(room, entry.id);
        }
        Ok(())
    }
}

/// The histories of this many connections are in memory at the same time.
const JOINS_AT_ONCE: usize = 32;

/// Interval at which a node without rooms asks whether the broker is there.
const IDLE: Duration = Duration::from_secs(1);
