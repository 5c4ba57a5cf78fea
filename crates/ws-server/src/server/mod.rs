//! The server: one loop over many peers.

mod accepting;
mod answering;
mod closing;
mod commanding;
mod direct;
mod flushing;
mod judging;
mod making;
mod overload;
mod queued;
mod readiness;
mod reading;
mod recent;
mod sending;
mod spares;
mod spreading;
mod stopping;
mod translating;
mod turn;

use core::{fmt, time::Duration};
use std::{collections::VecDeque, io, net::SocketAddr, sync::Arc, time::Instant};

use mio::{Events, Poll, Token, net::TcpStream};

use self::{
    accepting::Gate, overload::Holders, queued::Queued, recent::Recent, spares::Spares, stopping::Stopping,
    turn::Returns,
};
pub use self::{sending::Delivery, spreading::Tally, stopping::StopReport, turn::Turn};
use crate::{
    Cause, Config, ConnId, SendError, Stats, Transport,
    assembling::Assembling,
    deadline::{Deadlines, Moment},
    handle::Commands,
    lifetime::Lifetimes,
    midway::Midway,
    outgoing::Pool,
    peer::{Peer, State},
    slots::Slots,
    topics::Topics,
};

/// A WebSocket server that is driven by a loop of the program's.
///
/// Each round of the loop is a turn: [`poll`](Self::poll) writes what was queued and waits, then
/// [`next`](Self::next) gives one event after the other, and between them the program calls whatever it likes. See the
/// [crate's page](crate) for the loop.
///
/// Nothing happens in between, and no thread is started: a server that is not polled stands still.
pub struct Server<T: Transport = TcpStream> {
    config: Config,
    poll: Poll,
    events: Events,
    gate: Gate<T>,
    peers: Slots<Peer<T>>,
    /// Places of peers to be visited, each once.
    ready: VecDeque<u32>,
    /// Places of peers to be flushed, each once.
    dirty: Vec<u32>,
    /// Connections to be told when there is room again for all, and how much each wanted.
    refused: Vec<(ConnId, usize)>,
    /// Events that come from no bytes.
    due: VecDeque<(ConnId, Due)>,
    deadlines: Deadlines,
    /// Timeouts of messages that have begun.
    midway: Midway,
    assembling: Assembling,
    start: Instant,
    /// The time when the clock was read last, rounded down.
    now: Moment,
    /// The same, rounded up: timeouts begin here.
    begin: Moment,
    /// The clock has not been read since the server waited.
    stale: bool,
    pool: Pool,
    spares: Spares,
    /// Where replies go of peers that have nothing queued; empty between calls.
    replies: Vec<u8>,
    queued: Queued,
    holders: Holders,
    recent: Recent,
    returns: Arc<Returns>,
    commands: Commands,
    stopping: Option<Stopping>,
    topics: Topics,
    /// Those that a message is published to; empty between calls.
    recipients: Vec<ConnId>,
    lifetimes: Lifetimes,
    /// Parts of messages received that were not the last.
    unended_parts: u64,
    stats: Stats,
}

/// An event without bytes.
#[derive(Clone, Copy, Debug)]
enum Due {
    Writable,
    Closed(Cause),
}

impl<T: Transport> Server<T> {
    /// Begins a turn: writes what was queued, then waits until something can be done, until `timeout` has passed, or
    /// until a deadline falls due; then accepts who is waiting. `None` waits for as long as it takes.
    ///
    /// Go on with [`next`](Self::next) until it gives `None`. A turn that is left early loses nothing: the rest comes
    /// with the next one.
    ///
    /// `buffer` is where this turn's bytes are read to, and what its events borrow. At least
    /// [`Config::min_buffer`] bytes, or the error is `InvalidInput`; 256 KiB is a good size.
    ///
    /// # Errors
    ///
    /// Only what concerns the whole server; no peer can cause one.
    pub fn poll<'b>(&mut self, buffer: &'b mut [u8], timeout: Option<Duration>) -> io::Result<Turn<'b>> {
        if buffer.len() < self.config.min_buffer() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the buffer is smaller than min_buffer",
            ));
        }
        self.tick_once();
        let overdue = self.first_due().is_some();
        self.holders.begin_turn();
        self.take_back();
        self.obey();
        self.flush();
        self.tell_refused();
        self.wait(timeout)?;
        self.note_readiness();
        self.obey();
        self.end_lifetimes();
        self.dismiss_due();
        self.accept_waiting();
        self.give_back_room();
        Ok(Turn::new(
            buffer,
            self.config.read_budget,
            self.ready.len(),
            overdue,
            &self.returns,
        ))
    }

    /// The address that clients connect to: the one given to [`bind`](Self::bind), with the port that it got.
    ///
    /// # Errors
    ///
    /// `NotConnected` when there is none: for a server on a path, without a listener, or stopped.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.gate
            .local_addr()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// The transport of a connection that the program knows of, from [`Event::Request`](crate::Event::Request) to
    /// [`Event::Closed`](crate::Event::Closed): for the server name and client certificate of a TLS stream.
    #[must_use]
    pub fn transport(&self, id: ConnId) -> Option<&T> {
        let peer = self.peers.get(id)?;
        matches!(peer.state, State::Deciding(_) | State::Open(_)).then_some(&peer.io)
    }

    /// The address of a peer, if it has one. Behind a proxy it is the proxy's, unless the connection comes from a
    /// [`ProxyListener`](crate::ProxyListener).
    #[must_use]
    pub fn peer_addr(&self, id: ConnId) -> Option<SocketAddr> {
        self.peers.get(id)?.address
    }

    /// What happened so far, in numbers. Costs nothing worth mentioning.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            connections: self.peers.len(),
            queued_bytes: self.queued.total(),
            assembling_bytes: self.assembling.total(),
            #[cfg(feature = "rustls")]
            tls: self.commands.handle().tls_stats(),
            ..self.stats
        }
    }

    /// Gives back the memory of lists that were long once, when many connections have gone.
    fn give_back_room(&mut self) {
        let most = LIST_ROOM.max(4 * self.peers.len() as usize);
        if self.ready.capacity() > most {
            self.ready.shrink_to(most / 2);
        }
        if self.dirty.capacity() > most {
            self.dirty.shrink_to(most / 2);
        }
        if self.due.capacity() > most {
            self.due.shrink_to(most / 2);
        }
        if self.recipients.capacity() > most {
            self.recipients.shrink_to(most / 2);
        }
    }

    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let wait = if self.has_work() {
            Some(Duration::ZERO)
        } else {
            self.until_next(timeout)
        };
        self.stale = true;
        match self.poll.poll(&mut self.events, wait) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Whether something can be done without waiting.
    fn has_work(&self) -> bool {
        let queued = !self.ready.is_empty() || !self.dirty.is_empty() || !self.due.is_empty();
        // A server that stopped in this very call is not waited for.
        queued || self.gate.has_work() || self.is_stopped()
    }

    fn until_next(&mut self, timeout: Option<Duration>) -> Option<Duration> {
        self.tick();
        let moments = [
            self.deadlines.next(),
            self.midway.next(),
            self.assembling.next(),
            self.gate.resumes_at(),
            self.lifetimes.next(),
            self.next_dismissal(),
        ];
        let waits = moments.into_iter().flatten().map(|at| self.now.until(at));
        waits.chain(timeout).min()
    }

    /// Reads the clock. Time never goes back, whatever the clock does.
    fn tick(&mut self) {
        let now = self
            .config
            .clock
            .as_ref()
            .map_or_else(Instant::now, |clock| clock());
        let since = now.saturating_duration_since(self.start);
        self.now = self.now.max(Moment::since(since));
        self.begin = self.begin.max(Moment::not_before(since));
        self.stale = false;
    }

    /// Reads the clock if that was not done since the server waited.
    #[inline]
    fn tick_once(&mut self) {
        if self.stale {
            self.tick();
        }
    }

    /// The peer of an id that the program knows of.
    fn known(&mut self, id: ConnId) -> Result<&mut Peer<T>, SendError> {
        match self.peers.get_mut(id) {
            Some(peer) if matches!(peer.state, State::Deciding(_) | State::Open(_)) => Ok(peer),
            _ => Err(SendError::Unknown),
        }
    }
}

impl<T: Transport> fmt::Debug for Server<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("local_addr", &self.gate.local_addr())
            .field("connections", &self.peers.len())
            .field("stopping", &self.stopping.is_some())
            .finish_non_exhaustive()
    }
}

/// The token of the handles' waker.
const WAKER: Token = Token(usize::MAX);
/// The token of the listener; peers have their places for tokens.
const LISTENER: Token = Token(usize::MAX - 1);
/// Room of a list of connections that is not worth giving back.
const LIST_ROOM: usize = 1024;
/// What idle peers are asked with.
const PING: &[u8] = b"";
