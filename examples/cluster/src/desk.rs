//! What the servers of this process need from the broker.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ws_server::ConnId;

use crate::entry::EntryId;
use crate::inbox::{Delivery, Inbox};

/// Connections that want to join, and rooms that somebody needs: written by the servers, read by
/// the broker's threads. One entry for each connection and each room at most, also while the broker
/// is away.
pub(crate) struct Desk {
    needs: Mutex<Needs>,
    asked: Condvar,
    there: AtomicBool,
    inboxes: Vec<Inbox>,
}

#[derive(Default)]
struct Needs {
    joins: BTreeMap<Guest, Join>,
    /// For each room and each server the reasons to read it: one for its subscribers, and one for
    /// each connection that joins.
    rooms: BTreeMap<String, Vec<usize>>,
}

/// A connection of one of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guest {
    pub(crate) server: usize,
    pub(crate) id: ConnId,
}

/// The wish of a connection to get a room's messages.
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

    /// Tells everybody, once, that the broker is there or away.
    pub(crate) fn set_there(&self, there: bool) {
        if self.there.swap(there, Ordering::AcqRel) != there {
            for inbox in &self.inboxes {
                inbox.push(Delivery::Broker { there });
            }
        }
    }

    /// A connection wants to join: the answer is [`Delivery::Joined`]. Its room is read from now
    /// on.
    pub(crate) fn ask(&self, guest: Guest, join: Join) {
        self.need(guest.server, &join.room);
        self.lock().joins.insert(guest, join);
        self.asked.notify_all();
    }

    /// A connection has ended. Where it was still waiting, its room is not needed for it any more;
    /// where the answer is under way, it is until that comes.
    pub(crate) fn forget(&self, guest: Guest) {
        let join = self.lock().joins.remove(&guest);
        if let Some(join) = join {
            self.release(guest.server, &join.room);
        }
    }

    /// A server has one more reason to get a room's messages.
    pub(crate) fn need(&self, server: usize, room: &str) {
        let mut needs = self.lock();
        let servers = needs.rooms.entry(room.to_owned()).or_default();
        servers.resize(self.inboxes.len(), 0);
        servers[server] += 1;
    }

    /// A server has one reason less.
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

    /// Takes some of those that want to join.
    pub(crate) fn take_joins(&self, most: usize) -> Vec<(Guest, Join)> {
        let mut needs = self.lock();
        std::iter::from_fn(|| needs.joins.pop_first())
            .take(most)
            .collect()
    }

    /// Waits until somebody wants to join.
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
