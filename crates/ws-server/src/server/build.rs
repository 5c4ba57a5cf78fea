//! Constructors.

use std::{
    io,
    net::{TcpListener, ToSocketAddrs},
    sync::Arc,
};

use mio::{Events, Poll};

use super::{LISTENER, Server, WAKER};
use crate::{
    Config, Listener, Transport, core::Core, gate::Gate, handle::Commands, listener, slab::Slab,
    timeouts::Lifetimes, topics::Topics,
};

impl Server {
    /// Listens on a TCP address: on the first of the addresses of a name that is free. With port 0
    /// the system chooses one: see [`local_addr`](Self::local_addr).
    ///
    /// ```no_run
    /// use ws_server::{Config, Server};
    ///
    /// let server = Server::bind("localhost:8888", Config::new())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a configuration that cannot work ([`Config::check`]); otherwise errors of
    /// the system, those of the last address.
    #[doc(alias = "listen")]
    pub fn bind(address: impl ToSocketAddrs, config: Config) -> io::Result<Self> {
        check(&config)?;
        let listener = crate::TcpListener::bind(address, &config)?;
        Self::with_listener(listener, config)
    }

    /// Takes over a listener that exists already: one from `try_clone`, or from a supervisor.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Self::bind).
    pub fn from_std(listener: TcpListener, config: Config) -> io::Result<Self> {
        let listener = crate::TcpListener::from_std(listener, &config)?;
        Self::with_listener(listener, config)
    }
}

#[cfg(unix)]
impl Server<mio::net::UnixStream> {
    /// Listens on a path of the file system. The path must not exist, and the server does not
    /// remove it.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Server::bind).
    #[doc(alias = "unix_socket")]
    pub fn bind_unix(path: impl AsRef<std::path::Path>, config: Config) -> io::Result<Self> {
        check(&config)?;
        let listener = listener::on_path(path.as_ref(), &config)?;
        Self::with_listener(listener, config)
    }
}

impl<T: Transport> Server<T> {
    /// Accepts connections from `listener`.
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Server::bind).
    pub fn with_listener(
        listener: impl Listener<Transport = T> + Send + 'static,
        config: Config,
    ) -> io::Result<Self> {
        let mut server = Self::new(config)?;
        server
            .gate
            .open(listener, LISTENER, server.poll.registry())?;
        Ok(server)
    }

    /// A server without a listener: connections come by [`adopt`](Self::adopt).
    ///
    /// # Errors
    ///
    /// Those of [`bind`](Server::bind).
    pub fn new(config: Config) -> io::Result<Self> {
        check(&config)?;
        let poll = Poll::new()?;
        let commands = Commands::new(poll.registry(), WAKER, &config)?;
        Ok(Self {
            connections: Slab::new(),
            core: Core::new(config),
            poll,
            events: Events::with_capacity(EVENTS),
            has_more_events: false,
            gate: Gate::default(),
            topics: Topics::default(),
            recipients: Vec::new(),
            lifetimes: Lifetimes::default(),
            commands,
            returns: Arc::default(),
            shutdown: None,
        })
    }
}

fn check(config: &Config) -> io::Result<()> {
    config
        .check()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// Events taken from the system at a time.
const EVENTS: usize = 1024;
