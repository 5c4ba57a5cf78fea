//! Settings of a client.

use std::fmt;
#[cfg(feature = "rustls")]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "rustls")]
use tokio_rustls::rustls;

use super::dial::Dialer;
use crate::{Config, Shutdown};

/// Settings of a [`Connector`](super::Connector).
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) headers: Vec<(String, String)>,
    pub(super) subprotocols: Vec<String>,
    pub(super) require_subprotocol: bool,
    pub(super) origin: Option<String>,
    pub(super) config: Config,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) open_timeout: Option<Duration>,
    pub(super) max_redirects: u32,
    pub(super) dialer: Dialer,
    #[cfg(feature = "rustls")]
    pub(super) tls: Option<Arc<rustls::ClientConfig>>,
}

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            headers: Vec::new(),
            subprotocols: Vec::new(),
            require_subprotocol: false,
            origin: None,
            config: Config::new(),
            shutdown: None,
            open_timeout: Some(Duration::from_secs(10)),
            max_redirects: 0,
            dialer: Dialer::default(),
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

impl fmt::Debug for Settings {
    /// Leaves out the values of headers, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| &name[..]).collect();
        f.debug_struct("Settings")
            .field("headers", &headers)
            .field("subprotocols", &self.subprotocols)
            .field("open_timeout", &self.open_timeout)
            .field("max_redirects", &self.max_redirects)
            .field("dialer", &self.dialer)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
