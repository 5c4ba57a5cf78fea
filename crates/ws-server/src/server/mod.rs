//! The server: one loop over many peers.

mod accepting;
mod answering;
mod closing;
mod commanding;
mod flushing;
mod judging;
mod queued;
mod reading;
mod recent;
mod sending;
mod spares;
mod spreading;
mod stopping;
mod turn;

use core::{fmt, mem, time::Duration};
use std::{
    collections::VecDeque,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Instant,
};

use mio::{Events, Poll, Token, net::TcpStream};

use self::{
    accepting::Gate, queued::Queued, recent::Recent, spares::Spares, stopping::Stopping, turn::Returns,
};
pub use self::{sending::Delivery, spreading::Tally, stopping::StopReport, turn::Turn};
use crate::{
    Cause, Config, ConnId, Listener, SendError, Stats, Transport,
    deadline::{Deadlines, Moment},
    handle::Commands,
    lifetime::Lifetimes,
    listen::{self, Tcp},
    outgoing::Pool,
    peer::{Flags, Peer, State},
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
    /// Events that come from no bytes.
    due: VecDeque<(ConnId, Due)>,
    deadlines: Deadlines,
    start: Instant,
    now: Moment,
    pool: Pool,
    spares: Spares,
    /// Where replies go of peers that have nothing queued; empty between calls.
    replies: Vec<u8>,
    queued: Queued,
    recent: Recent,
    returns: Arc<Returns>,
    commands: Commands,
    stopping: Option<Stopping>,
    topics: Topics,
    lifetimes: Lifetimes,
    stats: Stats,
}

/// An event without bytes.
#[derive(Clone, Copy, Debug)]
enum Due {
    Writable,
    Closed(Cause),
}

impl Server {
    /// Listens on a TCP address. Port 0 lets the system choose: [`local_addr`](Self::local_addr) tells.
    pub fn bind(address: SocketAddr, config: Config) -> io::Result<Self> {
        check(&config)?;
        let listener = Tcp::bind(address, &config)?;
        Self::with_listener(listener, config)
    }

    /// Takes over a listener that exists already: one from `try_clone`, or from a supervisor.
    pub fn from_std(listener: TcpListener, config: Config) -> io::Result<Self> {
        let listener = Tcp::from_std(listener, &config)?;
        Self::with_listener(listener, config)
    }
}

#[cfg(unix)]
impl Server<mio::net::UnixStream> {
    /// Listens on a path of the file system. The path must not exist; nobody removes it afterwards.
    pub fn bind_unix(path: impl AsRef<std::path::Path>, config: Config) -> io::Result<Self> {
        check(&config)?;
        let listener = listen::on_path(path.as_ref(), &config)?;
        Self::with_listener(listener, config)
    }
}

impl<T: Transport> Server<T> {
    /// Takes connections from `listener`.
    pub fn with_listener(
        listener: impl Listener<Transport = T> + Send + 'static,
        config: Config,
    ) -> io::Result<Self> {
        let mut server = Self::new(config)?;
        server.gate.open(listener, server.poll.registry())?;
        Ok(server)
    }

    /// Listens nowhere: connections come by [`adopt`](Self::adopt).
    pub fn new(config: Config) -> io::Result<Self> {
        check(&config)?;
        let poll = Poll::new()?;
        let commands = Commands::new(poll.registry(), WAKER, &config)?;
        Ok(Self {
            start: config.clock.as_ref().map_or_else(Instant::now, |clock| clock()),
            queued: Queued::new(&config),
            config,
            poll,
            events: Events::with_capacity(EVENTS),
            gate: Gate::default(),
            peers: Slots::new(),
            ready: VecDeque::new(),
            dirty: Vec::new(),
            due: VecDeque::new(),
            deadlines: Deadlines::new(),
            now: Moment::default(),
            pool: Pool::default(),
            spares: Spares::default(),
            replies: Vec::new(),
            recent: Recent::default(),
            returns: Arc::default(),
            commands,
            stopping: None,
            topics: Topics::default(),
            lifetimes: Lifetimes::default(),
            stats: Stats::default(),
        })
    }

    /// Begins a turn: writes what was queued, then waits until something can be done, until `timeout` has passed, or
    /// until a deadline falls due; then accepts who is waiting. `None` waits for as long as it takes.
    ///
    /// Go on with [`next`](Self::next) until it gives `None`. A turn that is left early loses nothing: the rest comes
    /// with the next one.
    ///
    /// `buffer` is where this turn's bytes are read to, and what its events borrow. At least
    /// [`Config::min_buffer`] bytes, or the error is `InvalidInput`; 64 KiB or more is a good size.
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
        let overdue = self.deadlines.first_due(self.now).is_some();
        self.take_back();
        self.obey();
        self.flush();
        self.wait(timeout)?;
        self.tick();
        self.note_readiness();
        self.obey();
        self.end_lifetimes();
        self.dismiss_due();
        self.accept_waiting();
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

    /// The address of a peer, if it has one. Behind a proxy it is the proxy's.
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
            ..self.stats
        }
    }

    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let wait = if self.has_work() {
            Some(Duration::ZERO)
        } else {
            self.until_next(timeout)
        };
        match self.poll.poll(&mut self.events, wait) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Whether something can be done without waiting.
    fn has_work(&self) -> bool {
        !self.ready.is_empty() || !self.dirty.is_empty() || !self.due.is_empty() || self.gate.has_work()
    }

    fn until_next(&mut self, timeout: Option<Duration>) -> Option<Duration> {
        self.tick();
        let ends = [self.lifetimes.next(), self.next_dismissal()];
        let moments = [self.deadlines.next(), self.gate.resumes_at()];
        let waits = moments
            .into_iter()
            .chain(ends)
            .flatten()
            .map(|at| self.now.until(at));
        waits.chain(timeout).min()
    }

    /// Looks at the clock. Time never goes back, whatever the clock does.
    fn tick(&mut self) {
        let now = self
            .config
            .clock
            .as_ref()
            .map_or_else(Instant::now, |clock| clock());
        self.now = self
            .now
            .max(Moment::since(now.saturating_duration_since(self.start)));
    }

    /// Notes all that the system reported, before any peer comes or goes: so no report meets the wrong one.
    fn note_readiness(&mut self) {
        let events = mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            match event.token() {
                LISTENER => self.gate.note_ready(),
                WAKER => {}
                Token(index) => self.note_peer(index, event),
            }
        }
        self.events = events;
    }

    fn note_peer(&mut self, index: usize, event: &mio::event::Event) {
        let Some(id) = u32::try_from(index)
            .ok()
            .and_then(|index| self.peers.id_at(index))
        else {
            return;
        };
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            peer.flags.set(Flags::READABLE);
        }
        if event.is_read_closed() || event.is_error() {
            peer.flags.set(Flags::HANGUP);
        }
        if event.is_error() || event.is_write_closed() {
            peer.flags.set(Flags::GONE);
        }
        if event.is_writable() && peer.flags.has(Flags::BLOCKED) {
            peer.flags.clear(Flags::BLOCKED);
            peer.flags.set(Flags::WRITABLE);
        }
        if peer.wants_visit() || peer.flags.has(Flags::WRITABLE | Flags::GONE) {
            self.enqueue(id);
        }
    }

    /// Has the peer visited in this turn, or if it was visited already in the next.
    fn enqueue(&mut self, id: ConnId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !peer.flags.has(Flags::QUEUED)
        {
            peer.flags.set(Flags::QUEUED);
            self.ready.push_back(id.index());
        }
    }

    fn enqueue_first(&mut self, id: ConnId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !peer.flags.has(Flags::QUEUED)
        {
            peer.flags.set(Flags::QUEUED);
            self.ready.push_front(id.index());
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

fn check(config: &Config) -> io::Result<()> {
    config
        .check()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// Reports taken from the system at a time.
const EVENTS: usize = 1024;
/// The token of the handles' waker.
const WAKER: Token = Token(usize::MAX);
/// The token of the listener; peers have their places for tokens.
const LISTENER: Token = Token(usize::MAX - 1);
/// What idle peers are asked with.
const PING: &[u8] = b"";
