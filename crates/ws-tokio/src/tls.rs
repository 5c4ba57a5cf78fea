//! TLS, with rustls.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::stream::{Plain, Stream};

/// The only protocol that a WebSocket connection begins with. A peer that agrees on `h2` sends an
/// extended CONNECT instead of an upgrade.
const ALPN: &[u8] = b"http/1.1";

/// The same configuration, with ALPN `http/1.1` and nothing else. Tickets stay shared with the
/// original.
pub(crate) fn for_client(config: Arc<ClientConfig>) -> Arc<ClientConfig> {
    if config.alpn_protocols == [ALPN] {
        return config;
    }
    let mut config = Arc::unwrap_or_clone(config);
    config.alpn_protocols = vec![ALPN.to_vec()];
    Arc::new(config)
}

/// The same configuration, without any ALPN protocol but `http/1.1`. One that has none keeps none:
/// then every client is served, whatever it offers.
pub(crate) fn for_server(config: Arc<ServerConfig>) -> Arc<ServerConfig> {
    if config
        .alpn_protocols
        .iter()
        .all(|protocol| protocol == ALPN)
    {
        return config;
    }
    let mut config = Arc::unwrap_or_clone(config);
    config.alpn_protocols = vec![ALPN.to_vec()];
    Arc::new(config)
}

/// The configuration of clients that set none. It is made once for the process, so sessions resume
/// across connectors.
pub(crate) fn default_client() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: Mutex<Option<Arc<ClientConfig>>> = Mutex::new(None);
    let mut config = CONFIG.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(config) = &*config {
        return Ok(Arc::clone(config));
    }
    let provider = CryptoProvider::get_default().ok_or_else(|| io::Error::other(NO_PROVIDER))?;
    let made = for_client(Arc::new(with_roots(Arc::clone(provider))?));
    *config = Some(Arc::clone(&made));
    Ok(made)
}

const NO_PROVIDER: &str = "rustls has no crypto provider: install one for the process, for example with \
    `rustls::crypto::aws_lc_rs::default_provider().install_default()`, or give a `ClientConfig`";

#[cfg(feature = "platform-verifier")]
fn with_roots(provider: Arc<CryptoProvider>) -> io::Result<ClientConfig> {
    use rustls_platform_verifier::BuilderVerifierExt;

    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(io::Error::other)?;
    Ok(config.with_no_client_auth())
}

#[cfg(all(feature = "webpki-roots", not(feature = "platform-verifier")))]
fn with_roots(provider: Arc<CryptoProvider>) -> io::Result<ClientConfig> {
    use tokio_rustls::rustls::RootCertStore;

    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(not(any(feature = "webpki-roots", feature = "platform-verifier")))]
fn with_roots(_: Arc<CryptoProvider>) -> io::Result<ClientConfig> {
    Err(io::Error::other(
        "there are no root certificates: enable the feature `platform-verifier` or `webpki-roots` of \
         ws-tokio, or give a `ClientConfig`",
    ))
}

/// Runs the client's side of the TLS handshake. `host` is a name or an address without brackets.
pub(crate) async fn connect(
    config: Arc<ClientConfig>,
    host: &str,
    plain: Plain,
) -> io::Result<Stream> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    Ok(Stream::tls(
        TlsConnector::from(config).connect(name, plain).await?,
    ))
}

/// Runs the server's side of the TLS handshake.
pub(crate) async fn accept(config: Arc<ServerConfig>, plain: Plain) -> io::Result<Stream> {
    Ok(Stream::tls(TlsAcceptor::from(config).accept(plain).await?))
}
