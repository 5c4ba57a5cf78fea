//! Taking new connections, and when not to.

use core::{ops::ControlFlow, time::Duration};
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use mio::{Interest, Registry, Token};
use ws_handshake::HandshakeError;

use super::{LISTENER, Server};
use crate::{
    ConnId, Listener, Transport,
    deadline::{Kind, Moment},
    flags::Flags,
    peer::{Peer, State},
};

/// Where connections come in, and what is known about those who came.
pub(super) struct Gate<T> {
    listener: Option<Box<dyn Listener<Transport = T> + Send>>,
    /// Somebody may be waiting outside.
    ready: bool,
    /// After an error of the system's: until when nobody is let in.
    paused_until: Option<Moment>,
    /// At a limit of ours: until somebody leaves.
    full: bool,
    /// Connections without a whole request, the oldest first; among them some that have gone on.
    pending: VecDeque<ConnId>,
    /// The system could not let somebody in, and could not since: that is logged once.
    troubled: bool,
    /// Connections by address; empty unless they are limited. Keyed by the peer, bounded by the connections, and
    /// hashed with a secret.
    addresses: HashMap<IpAddr, u32>,
}

impl<T: Transport> Gate<T> {
    pub(super) fn open(
        &mut self,
        listener: impl Listener<Transport = T> + Send + 'static,
        registry: &Registry,
    ) -> io::Result<()> {
        let mut listener = Box::new(listener);
        registry.register(&mut *listener, LISTENER, Interest::READABLE)?;
        self.listener = Some(listener);
        Ok(())
    }

    pub(super) fn shut(&mut self, registry: &Registry) {
        if let Some(mut listener) = self.listener.take()
            && let Err(error) = registry.deregister(&mut *listener)
        {
            log::debug!("the listener could not be taken off the poll: {error}");
        }
        self.paused_until = None;
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr()
    }

    pub(super) const fn note_ready(&mut self) {
        self.ready = true;
    }

    pub(super) fn has_work(&self) -> bool {
        self.ready && !self.full && self.paused_until.is_none() && self.listener.is_some()
    }

    pub(super) fn resumes_at(&self) -> Option<Moment> {
        self.paused_until.filter(|_| self.ready)
    }

    /// Notes one more connection from an address, if that is not too many.
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

    /// Notes a connection whose request is to be read. Those that are not `pending` any more are forgotten before more room is taken.
    fn await_request(&mut self, id: ConnId, is_pending: impl Fn(ConnId) -> bool) {
        if self.pending.len() == self.pending.capacity() {
            self.pending.retain(|&id| is_pending(id));
            self.pending.shrink_to(2 * self.pending.len());
            self.pending.reserve(self.pending.len().max(PENDING_ROOM));
        }
        self.pending.push_back(id);
    }

    /// The system could not let somebody in.
    fn note_trouble(&mut self, error: &io::Error) {
        if !self.troubled {
            self.troubled = true;
            log::warn!("connections cannot be accepted: {error}");
        }
    }

    /// Somebody was let in.
    fn note_success(&mut self) {
        if self.troubled {
            self.troubled = false;
            log::info!("connections can be accepted again");
        }
    }

    /// There is room again.
    pub(super) const fn has_room(&mut self) {
        self.full = false;
    }

    /// Somebody left.
    pub(super) fn left(&mut self, address: Option<SocketAddr>) {
        self.has_room();
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
}

impl<T> Default for Gate<T> {
    fn default() -> Self {
        Self {
            listener: None,
            ready: false,
            paused_until: None,
            full: false,
            pending: VecDeque::new(),
            troubled: false,
            addresses: HashMap::new(),
        }
    }
}

impl<T: Transport> Server<T> {
    /// Takes over a stream that is connected already, as if a listener had accepted it: its request is read next.
    ///
    /// The stream must not block.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` at [`Config::max_connections`](crate::Config::max_connections) or
    /// [`Config::max_per_address`](crate::Config::max_per_address) or once the server was stopped; else what the system says
    /// to watching it. The stream is dropped.
    pub fn adopt(&mut self, stream: T, address: Option<SocketAddr>) -> io::Result<()> {
        if self.peers.len() >= self.config.max_connections || self.stopping.is_some() {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "no room for another connection",
            ));
        }
        if !self.gate.enter(address, self.config.max_per_address) {
            self.stats.refused_addresses += 1;
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "too many from this address",
            ));
        }
        self.admit(stream, address).map(|_| ())
    }

    /// Lets in who is waiting, some at a time.
    pub(super) fn accept_waiting(&mut self) {
        if let Some(until) = self.gate.paused_until {
            self.tick_once();
            if until <= self.now {
                self.gate.paused_until = None;
            }
        }
        let mut failed = 0;
        // Those who come in this turn have had no time to say anything.
        let mut earlier = self.gate.pending.len();
        for _ in 0..ACCEPTS {
            if !self.gate.has_work() {
                return;
            }
            match self.accept_one(&mut earlier) {
                ControlFlow::Continue(is_failed) => failed += u32::from(is_failed),
                ControlFlow::Break(()) => return,
            }
        }
        if failed == ACCEPTS {
            // No client after the other: it is the system that cannot.
            self.pause_accepting();
        }
    }

    /// `earlier`: how many in front of the pending may have to make room. Breaks when nobody more can come in this turn; continues with
    /// `true` if accepting failed for a reason of the client's: then the next one may be let in.
    fn accept_one(&mut self, earlier: &mut usize) -> ControlFlow<(), bool> {
        if self.peers.len() >= self.config.max_connections {
            self.stats.accept_pauses += 1;
            self.gate.full = true;
            return ControlFlow::Break(());
        }
        let is_crowded = self.stats.pending >= self.config.max_pending;
        let displaced = if is_crowded {
            self.find_silent(earlier)
        } else {
            None
        };
        if is_crowded && displaced.is_none() {
            // What they have sent is read now, and those who came just now are silent in the next turn or are not.
            return ControlFlow::Break(());
        }
        let Some(listener) = self.gate.listener.as_mut() else {
            return ControlFlow::Break(());
        };
        let accepted = listener.accept();
        match displaced {
            Some(id) if accepted.is_ok() => {
                self.stats.displaced += 1;
                self.remove(id);
            }
            // Nobody came: it stays the oldest.
            Some(id) => {
                self.gate.pending.push_front(id);
                *earlier += 1;
            }
            None => {}
        }
        match accepted {
            Ok((stream, address)) => drop(self.greet(stream, address)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.gate.ready = false,
            Err(error) if concerns_one_client(&error) => {
                log::debug!("a client could not be accepted: {error}");
                return ControlFlow::Continue(true);
            }
            // Descriptors or memory are used up, mostly. What is open goes on.
            Err(error) => {
                self.gate.note_trouble(&error);
                self.stats.accept_failures += 1;
                self.pause_accepting();
            }
        }
        ControlFlow::Continue(false)
    }

    /// Answers those that wait to be accepted when the server stops: the system would reset them.
    pub(super) fn dismiss_waiting(&mut self) {
        for _ in 0..self.config.backlog {
            if self.peers.len() >= self.config.max_connections {
                return;
            }
            let Some(listener) = self.gate.listener.as_mut() else {
                return;
            };
            match listener.accept() {
                Ok((stream, address)) => {
                    if let Some(id) = self.greet(stream, address) {
                        self.refuse(id, HandshakeError::Unavailable);
                    }
                }
                Err(error) if concerns_one_client(&error) => {}
                Err(_) => return,
            }
        }
    }

    /// Takes out the oldest of the `earlier` pending connections from which nothing waits to be read.
    fn find_silent(&mut self, earlier: &mut usize) -> Option<ConnId> {
        while *earlier > 0 {
            *earlier -= 1;
            let id = self.gate.pending.pop_front()?;
            match self.peers.get(id) {
                Some(peer) if !matches!(peer.state, State::Head(_)) => {}
                Some(peer) if peer.wants_visit() => self.gate.pending.push_back(id),
                Some(_) => return Some(id),
                None => {}
            }
        }
        None
    }

    fn greet(&mut self, stream: T, address: Option<SocketAddr>) -> Option<ConnId> {
        if !self.gate.enter(address, self.config.max_per_address) {
            self.stats.refused_addresses += 1;
            return None;
        }
        let admitted = self.admit(stream, address);
        match &admitted {
            Ok(_) => self.gate.note_success(),
            Err(error) => {
                self.stats.accept_failures += 1;
                self.gate.note_trouble(error);
            }
        }
        admitted.ok()
    }

    fn admit(&mut self, mut stream: T, address: Option<SocketAddr>) -> io::Result<ConnId> {
        let id = self.peers.next_id();
        let token = Token(id.index() as usize);
        if let Err(error) = self.poll.registry().register(&mut stream, token, interests()) {
            self.gate.left(address);
            return Err(error);
        }
        let peer = Peer::new(stream, address, self.scanner());
        let has_buffered = peer.io.has_buffered();
        self.queued.follow(0, peer.io.unwritten());
        self.peers.insert(peer);
        self.stats.accepted += 1;
        self.stats.pending += 1;
        let is_pending =
            |id| matches!(self.peers.get(id), Some(peer) if matches!(peer.state, State::Head(_)));
        self.gate.await_request(id, is_pending);
        self.arm(id, Kind::Head);
        if has_buffered && let Some(peer) = self.peers.get_mut(id) {
            // Bytes that were read before no readiness will tell of.
            peer.flags.set(Flags::READABLE);
            self.enqueue(id);
        }
        Ok(id)
    }

    /// A layer has learned the client's address. `false` if there are too many of it: then the connection is over.
    pub(super) fn readdress(&mut self, id: ConnId, client: SocketAddr) -> bool {
        let Some(peer) = self.peers.get_mut(id) else {
            return false;
        };
        let before = peer.address.take();
        self.gate.left(before);
        if !self.gate.enter(Some(client), self.config.max_per_address) {
            self.stats.refused_addresses += 1;
            self.remove(id);
            return false;
        }
        peer.address = Some(client);
        true
    }

    fn pause_accepting(&mut self) {
        self.stats.accept_pauses += 1;
        self.tick();
        self.gate.paused_until = Some(self.begin.after(ACCEPT_PAUSE));
    }
}

/// Whether an error of accept(2) is about the client that was next, or a signal: the one after it can be accepted. Linux reports so what
/// happened to a connection on its way.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let kind = matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::PermissionDenied
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::TimedOut
            | Kind::Unsupported
    );
    kind || has_no_kind(error)
}

/// Those for which the standard library has no kind.
#[cfg(unix)]
fn has_no_kind(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if errno == Some(Errno::NONET) {
        return true;
    }
    [Errno::PROTO, Errno::NOPROTOOPT, Errno::HOSTDOWN]
        .into_iter()
        .any(|one| errno == Some(one))
}

#[cfg(not(unix))]
const fn has_no_kind(_: &io::Error) -> bool {
    false
}

/// What a connection is watched for. Urgent data is no data of ours, but reads stop at it.
const fn interests() -> Interest {
    let interests = Interest::READABLE.add(Interest::WRITABLE);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let interests = interests.add(Interest::PRIORITY);
    interests
}

/// Who can have one IPv6 address mostly has a network of 2^64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Connections accepted per turn: those that are open get their turn meanwhile.
const ACCEPTS: u32 = 64;
/// Room for pending connections at first.
const PENDING_ROOM: usize = 16;
/// How long nobody is let in when the system cannot.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
