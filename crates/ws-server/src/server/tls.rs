//! Servers over TLS.

use std::{io, net::ToSocketAddrs, sync::Arc};

use rustls::ServerConfig;

use super::Server;
use crate::{Config, Listener, TcpListener, TlsAcceptor, TlsStream, Transport};

impl Server<TlsStream> {
    /// Listens on a TCP address, for `wss` and `https` clients only.
    ///
    /// `tls` has the certificate, the crypto provider, and everything else that rustls can be told.
    /// The [module's page](crate::tls) has a configuration to begin with.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with a [`TlsConfigError`](crate::TlsConfigError) or a
    /// [`ConfigError`](crate::ConfigError) inside; otherwise the system's error.
    pub fn bind_tls(
        address: impl ToSocketAddrs,
        tls: &Arc<ServerConfig>,
        config: Config,
    ) -> io::Result<Self> {
        let acceptor = TlsAcceptor::new(tls)?;
        Self::with_tls_listener(TcpListener::bind(address, &config)?, &acceptor, config)
    }
}

impl<T: Transport> Server<TlsStream<T>> {
    /// Takes connections from `listener`, and speaks TLS on each: for a [`TcpListener`] that exists
    /// already, a Unix socket, or a [`ProxyListener`](crate::ProxyListener).
    pub fn with_tls_listener(
        listener: impl Listener<Transport = T> + Send + 'static,
        acceptor: &TlsAcceptor,
        config: Config,
    ) -> io::Result<Self> {
        let server = Self::with_listener(acceptor.listener(listener), config)?;
        server.note_acceptor(acceptor);
        Ok(server)
    }

    /// Replaces the TLS configuration, as [`TlsAcceptor::set_config`] does: for a new certificate.
    /// Open connections stay as they are. From another thread, call
    /// [`Handle::set_tls_config`](crate::Handle::set_tls_config).
    ///
    /// # Errors
    ///
    /// `InvalidInput` with a [`TlsConfigError`](crate::TlsConfigError) inside; `NotConnected` if
    /// the server has no TLS listener.
    pub fn set_tls_config(&self, tls: &Arc<ServerConfig>) -> io::Result<()> {
        self.handle().set_tls_config(tls)
    }
}
