//! Requests of this process's servers to the broker.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ws_server::ConnId;

use crate::entry::EntryId;
use crate::inbox::{Delivery, Inbox};

/// Connections that want to join, and rooms that are needed. The servers write it, the broker's
/// threads read it. It holds at most one entry for each connection and each room, also while the
/// broker is away.
pub(crate) struct Desk {
    needs: Mutex<Needs>,
    asked: Condvar,
    there: AtomicBool,
    inboxes: Vec<Inbox>,
}

#[derive(Default)]
struct Needs {
    joins: BTreeMap<Guest, Join>,
    /// The reasons to read a room, for each room and server: one for its subscribers, and one for
    /// each connection that joins.
    rooms: BTreeMap<String, Vec<usize>>,
}

/// A connection of one of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guest {
    pub(crate) server: usize,
    pub(crate) id: ConnId,
}

/// A connection's request for a room's messages.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) room: String,
    /// The last message that it has.
    pub(crate) last: Option<EntryId>,
}

impl Desk {
    pub(crate) fn new(inboxes: Vec<Inbox>) -> Self {
        Self {
            needs: Mutex::default(),
            asked: Condvar::new(),
            there: AtomicBool::new(false),
            inboxes,
        }
    }

    pub(crate) fn inbox(&self, server: usize) -> &Inbox {
        &self.inboxes[server]
    }

    pub(crate) fn is_there(&self) -> bool {
        self.there.load(Ordering::Acquire)
    }

    /// Reports once to all servers that the broker is back or away.
    pub(crate) fn set_there(&self, there: bool) {
        if self.there.swap(there, Ordering::AcqRel) != there {
            for inbox in &self.inboxes {
                inbox.push(Delivery::Broker { there });
            }
        }
    }

    /// Queues a connection that wants to join. The answer is [`Delivery::Joined`]. Its room is read
    /// from now on.
    pub(crate) fn ask(&self, guest: Guest, join: Join) {
        self.need(guest.server, &join.room);
        self.lock().joins.insert(guest, join);
        self.asked.notify_all();
    }

    /// Removes a connection that has ended. If it was still waiting, its room is no longer needed
    /// for it; if its answer is under way, the room is needed until the answer arrives.
    pub(crate) fn forget(&self, guest: Guest) {
        let join = self.lock().joins.remove(&guest);
        if let Some(join) = join {
            self.release(guest.server, &join.room);
        }
    }

    /// Adds one reason of a server to read a room.
    pub(crate) fn need(&self, server: usize, room: &str) {
        let mut needs = self.lock();
        let servers = needs.rooms.entry(room.to_owned()).or_default();
        servers.resize(self.inboxes.len(), 0);
        servers[server] += 1;
    }

    /// Removes one reason of a server.
    pub(crate) fn release(&self, server: usize, room: &str) {
        let mut needs = self.lock();
        let Some(servers) = needs.rooms.get_mut(room) else {
            return;
        };
        servers[server] = servers[server].saturating_sub(1);
        if servers.iter().all(|reasons| *reasons == 0) {
            needs.rooms.remove(room);
        }
    }

    /// Takes some of the connections that want to join.
    pub(crate) fn take_joins(&self, most: usize) -> Vec<(Guest, Join)> {
        let mut needs = self.lock();
        std::iter::from_fn(|| needs.joins.pop_first())
            .take(most)
            .collect()
    }

    /// Waits until a connection wants to join.
    pub(crate) fn wait(&self, longest: Duration) {
        let needs = self.lock();
        let waited = self
            .asked
            .wait_timeout_while(needs, longest, |needs| needs.joins.is_empty());
        drop(waited);
    }

    /// Rooms to be read, each with the servers that need it.
    pub(crate) fn rooms(&self) -> BTreeMap<String, Vec<usize>> {
        let needing = |servers: &Vec<usize>| {
            let servers = servers
                .iter()
                .enumerate()
                .filter(|(_, reasons)| **reasons > 0);
            servers.map(|(server, _)| server).collect()
        };
        let needs = self.lock();
        needs
            .rooms
            .iter()
            .map(|(room, servers)| (room.clone(), needing(servers)))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Needs> {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
