//! From a host name to a connected socket.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use ws_handshake::Url;

use super::race::race;
use super::{ConnectError, Resolver, SystemResolver};
use crate::Stage;
use crate::proxy::Proxy;
use crate::stream::Plain;

/// The current stage, for the error of a timeout.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU8);

impl Progress {
    pub(super) fn at(&self, stage: Stage) {
        let index = STAGES
            .iter()
            .position(|known| *known == stage)
            .unwrap_or_default();
        self.0
            .store(u8::try_from(index).unwrap_or_default(), Ordering::Relaxed);
    }

    pub(super) fn stage(&self) -> Stage {
        STAGES
            .get(usize::from(self.0.load(Ordering::Relaxed)))
            .copied()
            .unwrap_or(Stage::Handshake)
    }
}

const STAGES: [Stage; 5] = [
    Stage::Resolve,
    Stage::Connect,
    Stage::Proxy,
    Stage::Tls,
    Stage::Handshake,
];

/// Source of connected sockets.
#[derive(Clone, Debug)]
pub(super) struct Dialer {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) proxy: Option<Arc<Proxy>>,
    pub(super) unix_socket: Option<Arc<PathBuf>>,
    pub(super) tcp_keepalive: Option<Duration>,
    #[cfg(test)]
    pub(super) sockets: Option<Arc<dyn Sockets>>,
}

impl Default for Dialer {
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            proxy: None,
            unix_socket: None,
            tcp_keepalive: Some(Duration::from_secs(60)),
            #[cfg(test)]
            sockets: None,
        }
    }
}

/// A future that connects one socket.
pub(crate) type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Plain>> + Send + 'a>>;

/// Scripted sockets, for tests.
#[cfg(test)]
pub(crate) trait Sockets: Send + Sync + std::fmt::Debug {
    fn connect(&self, address: SocketAddr) -> Connecting<'_>;
}

impl Dialer {
    /// Connects to the server of `url`, through the proxy if there is one for it.
    pub(super) async fn dial(
        &self,
        url: &Url<'_>,
        progress: &Progress,
    ) -> Result<Plain, ConnectError> {
        let (host, port) = (url.host(), url.port());
        if let Some(path) = &self.unix_socket {
            progress.at(Stage::Connect);
            return connect_unix(path).await;
        }
        let Some(proxy) = self.proxy.as_deref().filter(|proxy| proxy.is_for(url)) else {
            return self.connect_host(host, port, progress).await;
        };
        let (proxy_host, proxy_port) = proxy.address();
        let mut stream = self.connect_host(proxy_host, proxy_port, progress).await?;
        progress.at(Stage::Proxy);
        proxy.open(&mut stream, host, port).await?;
        Ok(stream)
    }

    async fn connect_host(
        &self,
        host: &str,
        port: u16,
        progress: &Progress,
    ) -> Result<Plain, ConnectError> {
        progress.at(Stage::Resolve);
        let addresses =
            match host.parse::<IpAddr>() {
                Ok(address) => vec![SocketAddr::new(address, port)],
                Err(_) => self.resolver.resolve(host, port).await.map_err(|source| {
                    ConnectError::Resolve {
                        host: host.to_owned(),
                        source,
                    }
                })?,
            };
        progress.at(Stage::Connect);
        race(addresses, |address| self.connect(address))
            .await
            .map_err(ConnectError::Connect)
    }

    fn connect(&self, address: SocketAddr) -> Connecting<'_> {
        #[cfg(test)]
        if let Some(sockets) = &self.sockets {
            return sockets.connect(address);
        }
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            set_options(&stream, self.tcp_keepalive)?;
            Ok(Plain::Tcp(stream))
        })
    }
}

/// Sends small messages at once, and lets TCP notice a dead peer while nothing is sent.
fn set_options(stream: &TcpStream, keepalive: Option<Duration>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if let Some(time) = keepalive {
        SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(time))?;
    }
    Ok(())
}

#[cfg(unix)]
async fn connect_unix(path: &PathBuf) -> Result<Plain, ConnectError> {
    let connected = tokio::net::UnixStream::connect(path).await;
    connected.map(Plain::Unix).map_err(ConnectError::Unix)
}

#[cfg(not(unix))]
async fn connect_unix(_: &PathBuf) -> Result<Plain, ConnectError> {
    Err(ConnectError::Unix(io::ErrorKind::Unsupported.into()))
}
