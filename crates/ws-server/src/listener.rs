//! Listening sockets.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener, ToSocketAddrs},
};

use mio::net::TcpStream;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::{Config, Listener, source::source_inside};

/// A TCP listener, with the socket options of a [`Config`]: `backlog`, `reuse_port`, `nodelay`,
/// `keepalive`.
///
/// [`Server::bind`](crate::Server::bind) makes one itself. Make one yourself to put a layer over
/// it, such as [`ProxyListener`](crate::ProxyListener), and hand that to
/// [`Server::with_listener`](crate::Server::with_listener).
#[derive(Debug)]
pub struct TcpListener {
    listener: mio::net::TcpListener,
    nodelay: bool,
    keepalive: Option<TcpKeepalive>,
}

impl TcpListener {
    /// Listens on the first free address of a name. With port 0 the system chooses the port.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn bind(address: impl ToSocketAddrs, config: &Config) -> io::Result<Self> {
        let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
        for address in address.to_socket_addrs()? {
            match Self::bind_one(address, config) {
                Ok(listener) => return Ok(listener),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn bind_one(address: SocketAddr, config: &Config) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // Not on Windows, which would let two programs share one address.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        #[cfg(unix)]
        if config.reuse_port {
            socket.set_reuse_port(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(config.backlog)?;
        Self::from_std(socket.into(), config)
    }

    /// Takes over an existing listener. It keeps its own options; the options of `config` apply to
    /// its connections.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn from_std(listener: StdListener, config: &Config) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: mio::net::TcpListener::from_std(listener),
            nodelay: config.nodelay,
            keepalive: config
                .keepalive
                .map(|idle| TcpKeepalive::new().with_time(idle)),
        })
    }

    /// Sets the options of an accepted stream. A failure is no reason to lose the client.
    fn set_options(&self, stream: &TcpStream) {
        if self.nodelay
            && let Err(error) = stream.set_nodelay(true)
        {
            log::debug!("TCP_NODELAY was not set: {error}");
        }
        if let Some(keepalive) = &self.keepalive
            && let Err(error) = SockRef::from(stream).set_tcp_keepalive(keepalive)
        {
            log::debug!("keepalive was not set: {error}");
        }
    }
}

impl Listener for TcpListener {
    type Transport = TcpStream;

    fn accept(&mut self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        let (stream, address) = self.listener.accept()?;
        self.set_options(&stream);
        Ok((stream, Some(address)))
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }
}

source_inside!(TcpListener, listener);

/// Listens on a path.
#[cfg(unix)]
pub(crate) fn on_path(
    path: &std::path::Path,
    config: &Config,
) -> io::Result<mio::net::UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&socket2::SockAddr::unix(path)?)?;
    socket.listen(config.backlog)?;
    socket.set_nonblocking(true)?;
    Ok(mio::net::UnixListener::from_std(socket.into()))
}

#[cfg(unix)]
impl Listener for mio::net::UnixListener {
    type Transport = mio::net::UnixStream;

    fn accept(&mut self) -> io::Result<(mio::net::UnixStream, Option<SocketAddr>)> {
        // The inherent one.
        let (stream, _) = Self::accept(self)?;
        Ok((stream, None))
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// A stream that was accepted.
    fn accepted(config: &Config) -> TcpStream {
        let address = "127.0.0.1:0";
        let mut tcp = TcpListener::bind(address, config).expect("a port is free");
        let client = std::net::TcpStream::connect(tcp.local_addr().expect("it listens"));
        drop(client.expect("the backlog takes it"));
        tcp.accept().expect("somebody waits").0
    }

    /// Number of 20 clients that the system lets in though nobody accepts.
    fn queued(backlog: i32) -> usize {
        let address = "127.0.0.1:0";
        let tcp = TcpListener::bind(address, &Config::default().backlog(backlog))
            .expect("a port is free");
        let address = tcp.local_addr().expect("it listens");
        let connect = |_| TcpStream::connect(address).expect("it begins to");
        let clients: Vec<_> = (0..20).map(connect).collect();
        let connected = || {
            clients
                .iter()
                .filter(|client| client.peer_addr().is_ok())
                .count()
        };
        let mut most = 0;
        // Who is not let in at once tries again after a second.
        for _ in 0..50 {
            std::thread::sleep(Duration::from_millis(10));
            most = connected();
            if most == clients.len() {
                break;
            }
        }
        most
    }

    /// Linux lets one more in than it was told.
    #[test]
    fn the_backlog_limits_connections_that_wait() {
        assert_eq!(queued(100), 20);
        assert_eq!(queued(4), 5);
    }

    #[cfg(unix)]
    #[test]
    fn the_backlog_limits_connections_that_wait_at_a_path() {
        for (backlog, wait) in [(100, 20), (4, 5)] {
            let path =
                std::env::temp_dir().join(format!("ws-server-{}-{backlog}", std::process::id()));
            let listener =
                on_path(&path, &Config::default().backlog(backlog)).expect("the path is free");
            let connect = |_| {
                let client = Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
                client
                    .set_nonblocking(true)
                    .expect("a socket can be made so");
                client
                    .connect(&socket2::SockAddr::unix(&path).expect("it is short"))
                    .map(|()| client)
            };
            // Where there is no room, a connect that does not wait fails.
            let clients: Vec<_> = (0..20).map_while(|n| connect(n).ok()).collect();
            assert_eq!(clients.len(), wait);
            drop(listener);
            std::fs::remove_file(&path).expect("the path is there");
        }
    }

    #[test]
    fn s14_nodelay_is_on_and_keepalive_off_unless_they_are_set() {
        let stream = accepted(&Config::default());
        assert!(stream.nodelay().expect("the option exists"));
        assert!(
            !SockRef::from(&stream)
                .keepalive()
                .expect("the option exists")
        );
    }

    #[test]
    fn s14_nodelay_and_keepalive_are_as_they_are_set() {
        let idle = Duration::from_secs(77);
        let stream = accepted(&Config::default().nodelay(false).keepalive(idle));
        let socket = SockRef::from(&stream);
        assert!(!socket.tcp_nodelay().expect("the option exists"));
        assert!(socket.keepalive().expect("the option exists"));
        assert_eq!(
            socket.tcp_keepalive_time().expect("the option exists"),
            idle
        );
    }
}
