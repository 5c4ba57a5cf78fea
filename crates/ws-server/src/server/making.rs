//! Making a server.

use std::{
    collections::VecDeque,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Instant,
};

use mio::{Events, Poll};

use super::{
    Server, WAKER, accepting::Gate, overload::Holders, queued::Queued, recent::Recent, spares::Spares,
};
use crate::{
    Config, Listener, Stats, Transport,
    assembling::Assembling,
    deadline::{Deadlines, Moment},
    handle::Commands,
    lifetime::Lifetimes,
    listen,
    midway::Midway,
    outgoing::Pool,
    slots::Slots,
    topics::Topics,
};

impl Server {
    /// Listens on a TCP address. Port 0 lets the system choose: [`local_addr`](Self::local_addr) tells.
    pub fn bind(address: SocketAddr, config: Config) -> io::Result<Self> {
        check(&config)?;
        let listener = crate::TcpListener::bind(address, &config)?;
        Self::with_listener(listener, config)
    }

    /// Takes over a listener that exists already: one from `try_clone`, or from a supervisor.
    pub fn from_std(listener: TcpListener, config: Config) -> io::Result<Self> {
        let listener = crate::TcpListener::from_std(listener, &config)?;
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
            assembling: Assembling::new(&config),
            config,
            poll,
            events: Events::with_capacity(EVENTS),
            gate: Gate::default(),
            peers: Slots::new(),
            ready: VecDeque::new(),
            dirty: Vec::new(),
            refused: Vec::new(),
            due: VecDeque::new(),
            deadlines: Deadlines::new(),
            midway: Midway::default(),
            holders: Holders::default(),
            now: Moment::default(),
            begin: Moment::default(),
            stale: true,
            pool: Pool::default(),
            spares: Spares::default(),
            replies: Vec::new(),
            recent: Recent::default(),
            returns: Arc::default(),
            commands,
            stopping: None,
            topics: Topics::default(),
            recipients: Vec::new(),
            lifetimes: Lifetimes::default(),
            unended_parts: 0,
            stats: Stats::default(),
        })
    }
}

fn check(config: &Config) -> io::Result<()> {
    config
        .check()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// Reports taken from the system at a time.
const EVENTS: usize = 1024;
