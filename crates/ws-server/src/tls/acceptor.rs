//! The TLS configuration and the counters that the connections of a listener share.

use core::{cell::Cell, fmt};
use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{TlsStats, stats::Counters};

/// A TLS configuration that can be replaced while connections are open.
///
/// [`Server::bind_tls`](crate::Server::bind_tls) makes one itself. Make one yourself to put TLS
/// over another listener, such as a [`ProxyListener`](crate::ProxyListener), or over streams that
/// the program [adopts](crate::Server::adopt). Clones share the configuration and the counters.
#[derive(Clone)]
pub struct TlsAcceptor(Arc<Shared>);

struct Shared {
    config: RwLock<Arc<ServerConfig>>,
    counters: Arc<Counters>,
}

/// The reason why a [`ServerConfig`] cannot be used for WebSocket connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// It offers an application protocol other than `http/1.1`. A browser would choose `h2`, and
    /// then send an extended CONNECT (RFC 8441) instead of an upgrade.
    Alpn,
    /// It accepts early data (0-RTT), which an attacker can replay.
    EarlyData,
}

impl TlsAcceptor {
    /// Checks a configuration for use by a server.
    ///
    /// # Errors
    ///
    /// [`TlsConfigError`] if the configuration does not suit WebSocket connections.
    pub fn new(config: &Arc<ServerConfig>) -> Result<Self, TlsConfigError> {
        Ok(Self(Arc::new(Shared {
            config: RwLock::new(prepare(config)?),
            counters: Arc::default(),
        })))
    }

    /// Replaces the configuration: its certificate, its verifier, everything. Connections whose
    /// handshake begins later use the new one; open connections stay as they are.
    ///
    /// Sessions of the old configuration resume only if the new one has the same `ticketer` or
    /// `session_storage`.
    ///
    /// # Errors
    ///
    /// [`TlsConfigError`], and the old configuration stays.
    pub fn set_config(&self, config: &Arc<ServerConfig>) -> Result<(), TlsConfigError> {
        let config = prepare(config)?;
        // A writer only stores a pointer, so a poisoned lock hides nothing.
        *self
            .0
            .config
            .write()
            .unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Counts of handshakes so far.
    #[must_use]
    pub fn stats(&self) -> TlsStats {
        self.0.counters.read()
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.0.counters
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TlsConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alpn => "the TLS configuration offers an ALPN protocol other than http/1.1",
            Self::EarlyData => "the TLS configuration accepts early data, which can be replayed",
        })
    }
}

impl core::error::Error for TlsConfigError {}

impl From<TlsConfigError> for io::Error {
    fn from(error: TlsConfigError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

fn prepare(config: &Arc<ServerConfig>) -> Result<Arc<ServerConfig>, TlsConfigError> {
    if config.alpn_protocols.iter().any(|name| name != b"http/1.1") {
        return Err(TlsConfigError::Alpn);
    }
    if config.max_early_data_size > 0 {
        return Err(TlsConfigError::EarlyData);
    }
    let mut own = ServerConfig::clone(config);
    own.cert_resolver = Arc::new(NameKeeper(Arc::clone(&config.cert_resolver)));
    Ok(Arc::new(own))
}

/// Passes on the server name of a hello: rustls' unbuffered API does not give it.
#[derive(Debug)]
struct NameKeeper(Arc<dyn ResolvesServerCert>);

impl ResolvesServerCert for NameKeeper {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        SERVER_NAME.set(hello.server_name().map(Box::from));
        self.0.resolve(hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.0.only_raw_public_keys()
    }
}

thread_local! {
    /// The name in the hello that this thread read last.
    static SERVER_NAME: Cell<Option<Box<str>>> = const { Cell::new(None) };
}

/// The name in the hello that was just read, once.
pub(super) fn take_server_name() -> Option<Box<str>> {
    SERVER_NAME.take()
}
