//! Lets connections in, and counts them.

use core::{ops::ControlFlow, time::Duration};
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use mio::{Interest, Registry, Token};

use crate::{
    ConnId, Listener, Transport, accept_error::concerns_one_client, connection::Connection,
    core::Core, slab::Slab, timeouts::Moment,
};

/// The listener, and the limits of new connections.
pub(crate) struct Gate<T> {
    listener: Option<Box<dyn Listener<Transport = T> + Send>>,
    /// Connections may wait to be accepted.
    is_ready: bool,
    /// Accepting pauses until then, after an error of the system.
    paused_until: Option<Moment>,
    /// Accepting pauses at `max_connections`.
    is_full: bool,
    /// Connections whose request has not been read, the oldest first. Some of them have gone on.
    pending: VecDeque<ConnId>,
    trouble: Trouble,
    /// Connections by address; empty unless they are limited. Peers choose the keys: the table is
    /// bounded by the connections, and hashed with a secret.
    addresses: HashMap<IpAddr, u32>,
}

/// A state in which accepting fails. The log has a line for its beginning and one for its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trouble {
    #[default]
    None,
    Failing,
    /// A connection was accepted, and others may still wait.
    Recovering,
}

/// The parts of a server that letting connections in and out needs.
pub(crate) struct Room<'s, T> {
    pub(crate) connections: &'s mut Slab<Connection<T>>,
    pub(crate) core: &'s mut Core,
    pub(crate) registry: &'s Registry,
}

impl<T: Transport> Gate<T> {
    pub(crate) fn open(
        &mut self,
        listener: impl Listener<Transport = T> + Send + 'static,
        token: Token,
        registry: &Registry,
    ) -> io::Result<()> {
        let mut listener = Box::new(listener);
        registry.register(&mut *listener, token, Interest::READABLE)?;
        self.listener = Some(listener);
        Ok(())
    }

    pub(crate) fn shut(&mut self, registry: &Registry) {
        if let Some(mut listener) = self.listener.take()
            && let Err(error) = registry.deregister(&mut *listener)
        {
            log::debug!("the listener could not be taken off the poll: {error}");
        }
        self.paused_until = None;
    }

    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr()
    }

    pub(crate) const fn note_ready(&mut self) {
        self.is_ready = true;
    }

    pub(crate) fn has_work(&self) -> bool {
        self.is_ready && !self.is_full && self.paused_until.is_none() && self.listener.is_some()
    }

    pub(crate) fn resumes_at(&self) -> Option<Moment> {
        self.paused_until.filter(|_| self.is_ready)
    }

    /// Takes over a connected stream, within the limits.
    pub(crate) fn adopt(
        &mut self,
        stream: T,
        address: Option<SocketAddr>,
        room: &mut Room<'_, T>,
    ) -> io::Result<()> {
        let refused = |reason| Err(io::Error::new(io::ErrorKind::ConnectionRefused, reason));
        if room.connections.len() >= room.core.config.max_connections || room.core.is_stopping() {
            return refused("no room for another connection");
        }
        if !self.enter(address, room.core.config.max_per_address) {
            room.core.stats.refused_addresses += 1;
            return refused("too many from this address");
        }
        self.admit(stream, address, room).map(drop)
    }

    /// Accepts connections that wait, some at a time.
    pub(crate) fn accept_waiting(&mut self, room: &mut Room<'_, T>) {
        if let Some(until) = self.paused_until {
            room.core.clock.read_once();
            if until <= room.core.clock.now() {
                self.paused_until = None;
            }
        }
        let mut failed = 0;
        // Connections of this turn have had no time to send anything.
        let mut earlier = self.pending.len();
        for _ in 0..ACCEPTS {
            if !self.has_work() {
                return;
            }
            match self.accept_one(&mut earlier, room) {
                ControlFlow::Continue(has_failed) => failed += u32::from(has_failed),
                ControlFlow::Break(()) => return,
            }
        }
        if failed == ACCEPTS {
            // Not the clients, but the system is the reason.
            self.pause_accepting(room.core);
        }
    }

    /// Breaks when no more can be accepted in this turn. Continues with `true` if accepting failed
    /// for a reason of the client: the next one may be accepted. The first `earlier` pending
    /// connections may have to make room.
    fn accept_one(&mut self, earlier: &mut usize, room: &mut Room<'_, T>) -> ControlFlow<(), bool> {
        if room.connections.len() >= room.core.config.max_connections {
            room.core.stats.accept_pauses += 1;
            self.is_full = true;
            return ControlFlow::Break(());
        }
        let is_crowded = room.core.stats.pending >= room.core.config.max_pending;
        let displaced = if is_crowded {
            self.find_silent(earlier, room.connections)
        } else {
            None
        };
        if is_crowded && displaced.is_none() {
            // What they have sent is read in this turn.
            return ControlFlow::Break(());
        }
        let Some(listener) = self.listener.as_mut() else {
            return ControlFlow::Break(());
        };
        let accepted = listener.accept();
        match displaced {
            Some(id) if accepted.is_ok() => self.displace(id, room),
            // No connection came: this one stays the oldest.
            Some(id) => {
                self.pending.push_front(id);
                *earlier += 1;
            }
            None => {}
        }
        match accepted {
            Ok((stream, address)) => drop(self.greet(stream, address, room)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_ready = false;
                self.note_empty();
            }
            Err(error) if concerns_one_client(&error) => {
                log::debug!("a client could not be accepted: {error}");
                return ControlFlow::Continue(true);
            }
            // Mostly the process has run out of descriptors or memory. Open connections go on.
            Err(error) => {
                self.note_trouble(&error);
                room.core.stats.accept_failures += 1;
                self.pause_accepting(room.core);
            }
        }
        ControlFlow::Continue(false)
    }

    /// Answers connections that wait to be accepted when the server stops: the system would reset
    /// them.
    pub(crate) fn dismiss_waiting(&mut self, room: &mut Room<'_, T>) {
        for _ in 0..room.core.config.backlog {
            if room.connections.len() >= room.core.config.max_connections {
                return;
            }
            let Some(listener) = self.listener.as_mut() else {
                return;
            };
            match listener.accept() {
                Ok((stream, address)) => {
                    let admitted = self.greet(stream, address, room);
                    if let Some(connection) = admitted.and_then(|id| room.connections.get_mut(id)) {
                        connection.dismiss(room.core);
                    }
                }
                Err(error) if concerns_one_client(&error) => {}
                Err(_) => return,
            }
        }
    }

    /// Removes a connection that has ended.
    pub(crate) fn remove(&mut self, id: ConnId, room: &mut Room<'_, T>) {
        let Some(mut connection) = room.connections.remove(id) else {
            return;
        };
        self.leave(connection.address());
        if room.connections.is_freed(id.index()) {
            room.core.timeouts.free(id.index());
        }
        room.core.has_shrunk = true;
        if let Err(error) = room.registry.deregister(connection.io_mut()) {
            log::debug!("#{id} could not be taken off the poll: {error}");
        }
    }

    /// Counts a connection by the address of its client, which a layer of the transport has
    /// learned. Ends it if there are too many of that address.
    pub(crate) fn readdress(&mut self, id: ConnId, client: SocketAddr, room: &mut Room<'_, T>) {
        let Some(connection) = room.connections.get_mut(id) else {
            return;
        };
        self.leave(connection.set_address(None));
        if self.enter(Some(client), room.core.config.max_per_address) {
            connection.set_address(Some(client));
        } else {
            room.core.stats.refused_addresses += 1;
            connection.end(room.core);
        }
    }

    /// Ends the oldest silent connection for a new one.
    fn displace(&mut self, id: ConnId, room: &mut Room<'_, T>) {
        room.core.stats.displaced += 1;
        if let Some(connection) = room.connections.get_mut(id) {
            connection.end(room.core);
        }
        self.remove(id, room);
    }

    /// Takes out the oldest of the `earlier` pending connections from which nothing waits to be
    /// read.
    fn find_silent(
        &mut self,
        earlier: &mut usize,
        connections: &Slab<Connection<T>>,
    ) -> Option<ConnId> {
        while *earlier > 0 {
            *earlier -= 1;
            let id = self.pending.pop_front()?;
            match connections.get(id) {
                Some(connection) if !connection.is_pending() => {}
                Some(connection) if connection.wants_visit() => self.pending.push_back(id),
                Some(_) => return Some(id),
                None => {}
            }
        }
        None
    }

    fn greet(
        &mut self,
        stream: T,
        address: Option<SocketAddr>,
        room: &mut Room<'_, T>,
    ) -> Option<ConnId> {
        if !self.enter(address, room.core.config.max_per_address) {
            room.core.stats.refused_addresses += 1;
            return None;
        }
        match self.admit(stream, address, room) {
            Ok(id) => {
                if self.trouble == Trouble::Failing {
                    self.trouble = Trouble::Recovering;
                }
                Some(id)
            }
            Err(error) => {
                room.core.stats.accept_failures += 1;
                self.note_trouble(&error);
                None
            }
        }
    }

    fn admit(
        &mut self,
        mut stream: T,
        address: Option<SocketAddr>,
        room: &mut Room<'_, T>,
    ) -> io::Result<ConnId> {
        let id = room.connections.next_id();
        let token = Token(id.index() as usize);
        if let Err(error) = room.registry.register(&mut stream, token, interests()) {
            self.leave(address);
            return Err(error);
        }
        let connection = Connection::new(id, stream, address, room.core);
        room.connections.insert(connection);
        self.await_request(id, room.connections);
        Ok(id)
    }

    /// Notes a connection whose request is to be read. Those that have gone on are forgotten before
    /// the queue grows.
    fn await_request(&mut self, id: ConnId, connections: &Slab<Connection<T>>) {
        if self.pending.len() == self.pending.capacity() {
            self.pending
                .retain(|&id| connections.get(id).is_some_and(Connection::is_pending));
            self.pending.shrink_to(2 * self.pending.len());
            self.pending.reserve(self.pending.len().max(PENDING_ROOM));
        }
        self.pending.push_back(id);
    }

    /// Counts one more connection of an address. `false` if that is too many.
    fn enter(&mut self, address: Option<SocketAddr>, limit: Option<u32>) -> bool {
        let (Some(address), Some(limit)) = (address, limit) else {
            return true;
        };
        let count = self.addresses.entry(network(address.ip())).or_default();
        if *count >= limit {
            return false;
        }
        *count += 1;
        true
    }

    /// Counts one connection less: there is room again.
    fn leave(&mut self, address: Option<SocketAddr>) {
        self.is_full = false;
        if self.addresses.is_empty() {
            return;
        }
        let Some(network) = address.map(|address| network(address.ip())) else {
            return;
        };
        if let Some(count) = self.addresses.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&network);
                if self.addresses.len() < self.addresses.capacity() / 8 {
                    self.addresses.shrink_to(2 * self.addresses.len());
                }
            }
        }
    }

    fn pause_accepting(&mut self, core: &mut Core) {
        core.stats.accept_pauses += 1;
        self.paused_until = Some(core.clock.begin().after(ACCEPT_PAUSE));
    }

    fn note_trouble(&mut self, error: &io::Error) {
        if self.trouble == Trouble::None {
            log::warn!("connections cannot be accepted: {error}");
        }
        self.trouble = Trouble::Failing;
    }

    /// Nobody waits any more. A process at its limit of descriptors lets one in whenever another
    /// has gone: that is no end of the trouble while there are more outside.
    fn note_empty(&mut self) {
        if self.trouble == Trouble::Recovering {
            self.trouble = Trouble::None;
            log::info!("connections can be accepted again");
        }
    }
}

impl<T> Default for Gate<T> {
    fn default() -> Self {
        Self {
            listener: None,
            is_ready: false,
            paused_until: None,
            is_full: false,
            pending: VecDeque::new(),
            trouble: Trouble::default(),
            addresses: HashMap::new(),
        }
    }
}

/// Readiness that is reported. Urgent data is not used, but reads stop at it.
const fn interests() -> Interest {
    let interests = Interest::READABLE.add(Interest::WRITABLE);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let interests = interests.add(Interest::PRIORITY);
    interests
}

/// The network that counts as one address: the owner of one IPv6 address mostly has 2^64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Connections accepted per turn, so that open connections are served meanwhile.
const ACCEPTS: u32 = 64;
/// Initial capacity for pending connections.
const PENDING_ROOM: usize = 16;
/// Pause of accepting after an error of the system.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
