//! The client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
#[cfg(feature = "rustls")]
use tokio_rustls::rustls;
use ws_handshake::Url;

use super::dial::Progress;
use super::redirect::{self, RedirectError};
use super::settings::Settings;
use super::{ConnectError, Resolver, handshake};
use crate::proxy::{Credentials, Proxy, ProxyError};
use crate::stream::{Plain, Stream};
use crate::{Config, Refusal, Shutdown, Stage, WebSocket};

/// Connects to a `ws` or `wss` URL with the default settings.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut ws = ws_tokio::connect("wss://example.com/feed").await?;
/// ws.send("hello").await?;
/// while let Some(message) = ws.next().await {
///     println!("{:?}", message?);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`Connector::connect`]. Without the crate's feature `rustls`, a `wss` URL is
/// [`ConnectError::TlsDisabled`].
pub async fn connect(url: impl AsRef<str>) -> Result<WebSocket, ConnectError> {
    Connector::new().connect(url).await
}

/// A client: opens WebSocket connections to URLs.
///
/// | value | default |
/// |---|--:|
/// | [`open_timeout`](Self::open_timeout) | 10 s |
/// | [`max_redirects`](Self::max_redirects) | 0 |
/// | [`tcp_keepalive`](Self::tcp_keepalive) | 60 s |
/// | [`proxy`](Self::proxy) | none |
/// | [`config`](Self::config) | [`Config::new`] |
///
/// A clone is cheap. One connector may make any number of connections, one after another or at
/// once. `TCP_NODELAY` is always set.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use ws_tokio::Connector;
///
/// let connector = Connector::new()
///     .header("Authorization", "Bearer 1234")
///     .subprotocol("chat")
///     .open_timeout(Duration::from_secs(5));
/// let ws = connector.connect("ws://localhost:8080/room?id=1").await?;
/// assert_eq!(ws.protocol(), Some("chat"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a connector does nothing until it connects"]
pub struct Connector {
    settings: Arc<Settings>,
}

impl Connector {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            settings: Arc::new(Settings::new()),
        }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sends a header with the opening request. A name that is given twice is sent twice.
    ///
    /// The names that belong to the handshake itself (`Host`, `Sec-WebSocket-Key` and the like)
    /// make [`connect`](Self::connect) return [`ConnectError::Request`].
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(|settings| settings.headers.push((name.into(), value.into())))
    }

    /// Sends a user name and a password as `Authorization: Basic` (RFC 7617).
    ///
    /// # Errors
    ///
    /// [`ProxyError::Credentials`] for an empty name or a colon in it, and for more than 255 bytes.
    pub fn basic_auth(self, user: &str, password: &str) -> Result<Self, ProxyError> {
        let value = Credentials::new(user, password)?.basic();
        Ok(self.header("Authorization", value))
    }

    /// Offers a subprotocol, after those offered before (RFC 6455 §1.9). The server may choose
    /// none: see [`require_subprotocol`](Self::require_subprotocol).
    pub fn subprotocol(self, name: impl Into<String>) -> Self {
        self.set(|settings| settings.subprotocols.push(name.into()))
    }

    /// Refuses a server that chooses none of the offered subprotocols.
    pub fn require_subprotocol(self) -> Self {
        self.set(|settings| settings.require_subprotocol = true)
    }

    /// Sends an `Origin`, for clients that act for a web page.
    pub fn origin(self, origin: impl Into<String>) -> Self {
        self.set(|settings| settings.origin = Some(origin.into()))
    }

    /// Sets limits, timeouts and compression of the open connection.
    pub fn config(self, config: Config) -> Self {
        self.set(|settings| settings.config = config)
    }

    /// Lets the connections be closed by a [`Shutdown`].
    pub fn shutdown(self, shutdown: &Shutdown) -> Self {
        self.set(|settings| settings.shutdown = Some(shutdown.clone()))
    }

    /// Sets how long everything until the connection is open may take, redirects included.
    #[doc(alias = "connect_timeout")]
    pub fn open_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.set(|settings| settings.open_timeout = timeout.into())
    }

    /// Connects through a proxy, or through none.
    ///
    /// ```
    /// use ws_tokio::{Connector, Proxy};
    ///
    /// # fn main() -> Result<(), ws_tokio::ProxyError> {
    /// let connector = Connector::new().proxy(Proxy::from_env()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn proxy(self, proxy: impl Into<Option<Proxy>>) -> Self {
        self.set(|settings| settings.dialer.proxy = proxy.into().map(Arc::new))
    }

    /// Replaces the operating system's resolver. Through a proxy, only the proxy's name is
    /// resolved.
    pub fn resolver(self, resolver: impl Resolver) -> Self {
        self.set(|settings| settings.dialer.resolver = Arc::new(resolver))
    }

    /// Connects to a Unix socket. The URL's host and path still go into the request, and over TLS
    /// the host is verified. A proxy is not used.
    pub fn unix_socket(self, path: impl Into<PathBuf>) -> Self {
        self.set(|settings| settings.dialer.unix_socket = Some(Arc::new(path.into())))
    }

    /// Sets after how much silence TCP sends its keepalive probes.
    pub fn tcp_keepalive(self, time: impl Into<Option<Duration>>) -> Self {
        self.set(|settings| settings.dialer.tcp_keepalive = time.into())
    }

    /// Follows at most this many redirects, never from `wss` to `ws`. To another origin the client
    /// sends no header that [`header`](Self::header) added, since any of them may be a secret.
    pub fn max_redirects(self, count: u32) -> Self {
        self.set(|settings| settings.max_redirects = count)
    }

    /// Uses this configuration of rustls for `wss`, with ALPN `http/1.1`, in place of the default
    /// one.
    ///
    /// The default configuration trusts the certificates that the feature `platform-verifier` or
    /// `webpki-roots` provides, and uses the crypto provider that the program has installed for the
    /// process. It is made once, so that sessions are resumed.
    #[cfg(feature = "rustls")]
    pub fn tls(self, config: Arc<rustls::ClientConfig>) -> Self {
        let config = crate::tls::for_client(config);
        self.set(|settings| settings.tls = Some(config))
    }

    #[cfg(test)]
    pub(crate) fn sockets(self, sockets: Arc<dyn super::dial::Sockets>) -> Self {
        self.set(|settings| settings.dialer.sockets = Some(sockets))
    }

    /// Connects to a `ws` or `wss` URL and returns the open connection.
    ///
    /// The future may be dropped at any time: attempts under way end with it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] has a variant for each stage that can fail.
    pub async fn connect(&self, url: impl AsRef<str>) -> Result<WebSocket, ConnectError> {
        let progress = Progress::default();
        let opening = self.follow(url.as_ref(), &progress);
        self.within_timeout(opening, &progress).await
    }

    /// Opens a connection over a stream that is connected already, such as one through a tunnel of
    /// the program's own. A `wss` URL gets TLS over it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], as for [`connect`](Self::connect). Redirects are not followed.
    pub async fn connect_over<T>(
        &self,
        url: impl AsRef<str>,
        stream: T,
    ) -> Result<WebSocket, ConnectError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let progress = Progress::default();
        let plain = Stream::new(stream).into_plain();
        let opening = self.open(url.as_ref(), &self.settings.headers, &progress, Some(plain));
        self.within_timeout(opening, &progress).await
    }

    async fn within_timeout(
        &self,
        opening: impl Future<Output = Result<WebSocket, ConnectError>>,
        progress: &Progress,
    ) -> Result<WebSocket, ConnectError> {
        let Some(after) = self.settings.open_timeout else {
            return opening.await;
        };
        match timeout(after, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(ConnectError::Timeout {
                stage: progress.stage(),
                after,
            }),
        }
    }

    /// Connects, and follows redirects.
    async fn follow(&self, url: &str, progress: &Progress) -> Result<WebSocket, ConnectError> {
        let mut url = url.to_owned();
        let mut headers = &self.settings.headers[..];
        let mut redirects = 0;
        loop {
            let refusal = match self.open(&url, headers, progress, None).await {
                Err(ConnectError::Refused(refusal)) => refusal,
                other => return other,
            };
            let Some(target) = self.redirected(&url, &refusal, redirects)? else {
                return Err(ConnectError::Refused(refusal));
            };
            if !redirect::is_same_origin(&url, &target) {
                if self.settings.dialer.unix_socket.is_some() {
                    return Err(RedirectError::OtherOrigin.into());
                }
                headers = &[];
            }
            redirects += 1;
            url = target;
        }
    }

    /// The URL of a redirect. Returns `None` if the refusal is not a redirect, or none is to be
    /// followed.
    fn redirected(
        &self,
        url: &str,
        refusal: &Refusal,
        redirects: u32,
    ) -> Result<Option<String>, RedirectError> {
        let is_redirect = refusal.status().is_some_and(redirect::is_redirect);
        if self.settings.max_redirects == 0 || !is_redirect {
            return Ok(None);
        }
        if redirects == self.settings.max_redirects {
            return Err(RedirectError::TooMany);
        }
        let location = refusal.header("Location").ok_or(RedirectError::Location)?;
        redirect::target(url, location).map(Some)
    }

    async fn open(
        &self,
        text: &str,
        headers: &[(String, String)],
        progress: &Progress,
        over: Option<Plain>,
    ) -> Result<WebSocket, ConnectError> {
        let url = &Url::parse(text)?;
        if url.is_secure() && cfg!(not(feature = "rustls")) {
            return Err(ConnectError::TlsDisabled);
        }
        let plain = match over {
            Some(plain) => plain,
            None => self.settings.dialer.dial(url, progress).await?,
        };
        let stream = if url.is_secure() {
            progress.at(Stage::Tls);
            self.encrypt(url.host(), plain).await?
        } else {
            Stream::plain(plain)
        };
        progress.at(Stage::Handshake);
        handshake::open(&self.settings, text, headers, stream).await
    }

    #[cfg(feature = "rustls")]
    async fn encrypt(&self, host: &str, plain: Plain) -> Result<Stream, ConnectError> {
        let config = match &self.settings.tls {
            Some(config) => Arc::clone(config),
            None => crate::tls::default_client().map_err(ConnectError::Tls)?,
        };
        crate::tls::connect(config, host, plain)
            .await
            .map_err(ConnectError::Tls)
    }

    #[cfg(not(feature = "rustls"))]
    #[expect(
        clippy::unused_async,
        reason = "with TLS there is something to wait for"
    )]
    async fn encrypt(&self, _: &str, _: Plain) -> Result<Stream, ConnectError> {
        Err(ConnectError::TlsDisabled)
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self::new()
    }
}
