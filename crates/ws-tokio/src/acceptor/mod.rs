//! The server.

mod serve;

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
#[cfg(feature = "rustls")]
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
#[cfg(feature = "rustls")]
use tokio_rustls::rustls;
use ws_handshake::{Fields, Limits, OriginPolicy, Protocols, Response};
use ws_stream::{Error, Stage, Timeout};

pub use serve::Listener;

use crate::shutdown::Shutdown;
use crate::stream::Stream;
use crate::{Config, WebSocket};

/// A server's side: accepts WebSocket connections over streams.
///
/// | value | default |
/// |---|--:|
/// | [`head_timeout`](Self::head_timeout) | 10 s |
/// | [`origin`](Self::origin) | pages of the same host |
/// | [`limits`](Self::limits) | a head of 16 KiB with 100 headers |
/// | [`config`](Self::config) | [`Config::new`] |
///
/// A clone is cheap. One acceptor serves any number of connections at once.
///
/// ```no_run
/// use tokio::net::TcpListener;
/// use ws_tokio::{Acceptor, Error};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = TcpListener::bind("127.0.0.1:8080").await?;
/// let acceptor = Acceptor::new();
/// loop {
///     let (stream, _) = listener.accept().await?;
///     let acceptor = acceptor.clone();
///     tokio::spawn(async move {
///         let request = acceptor.accept(stream).await?; // the request has been read and checked
///         if request.header("authorization") != Some("Bearer 1234") {
///             return request.reject(401).await;
///         }
///         let mut ws = request.subprotocol("chat").upgrade().await?;
///         while let Some(message) = ws.next().await {
///             println!("{:?}", message?);
///         }
///         Ok::<(), Error>(())
///     });
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an acceptor does nothing until it accepts"]
pub struct Acceptor {
    origin: OriginPolicy,
    limits: Limits,
    config: Config,
    head_timeout: Option<Duration>,
    shutdown: Option<Shutdown>,
    #[cfg(feature = "rustls")]
    tls: Option<Arc<RwLock<Arc<rustls::ServerConfig>>>>,
}

impl Acceptor {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            origin: OriginPolicy::SameHost,
            limits: Limits::new(),
            config: Config::new(),
            head_timeout: Some(Duration::from_secs(10)),
            shutdown: None,
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }

    /// Sets limits, timeouts and compression of the open connections.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets which web pages may connect (RFC 6455 §10.2). Others are refused with 403, and both
    /// names are logged.
    pub fn origin(mut self, policy: OriginPolicy) -> Self {
        self.origin = policy;
        self
    }

    /// Sets the limits on the head of a request.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a client may take for its request, the TLS handshake included.
    #[doc(alias = "handshake_timeout")]
    pub fn head_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.head_timeout = timeout.into();
        self
    }

    /// Lets the connections be closed by a [`Shutdown`]. Once it has begun, requests are refused
    /// with 503.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }

    /// Accepts connections over TLS, with the certificates and the crypto provider of this
    /// configuration.
    ///
    /// ALPN offers only `http/1.1`, whatever the configuration lists.
    #[cfg(feature = "rustls")]
    pub fn tls(mut self, config: Arc<rustls::ServerConfig>) -> Self {
        self.tls = Some(Arc::new(RwLock::new(crate::tls::for_server(config))));
        self
    }

    /// Replaces the configuration of TLS, for new certificates, in this acceptor and all its
    /// clones. Connections that are open stay. Without effect if the acceptor has no TLS.
    #[cfg(feature = "rustls")]
    pub fn reload_tls(&self, config: Arc<rustls::ServerConfig>) {
        if let Some(tls) = &self.tls {
            *tls.write().unwrap_or_else(PoisonError::into_inner) = crate::tls::for_server(config);
        }
    }

    /// Reads and checks one request. A request that does not open a WebSocket connection has been
    /// answered, with the status that its fault deserves, when this returns its error.
    ///
    /// A `TcpStream` gets `TCP_NODELAY`.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] for a request that was refused, [`Error::Timeout`] with the stage,
    /// [`Error::Opening`] if TLS fails, [`Error::Overloaded`] if [`Bounds`](crate::Bounds) have no
    /// room, [`Error::Closed`] during a [`Shutdown`], [`Error::Vanished`] and [`Error::Io`].
    pub async fn accept<S>(&self, stream: S) -> Result<Request, Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // Boxed: state of the opening must not stay in the caller's future.
        Box::pin(self.open(Stream::new(stream))).await
    }

    async fn open(&self, stream: Stream) -> Result<Request, Error> {
        if let Some(tcp) = stream.get_ref::<TcpStream>() {
            tcp.set_nodelay(true)?;
        }
        let deadline = self
            .head_timeout
            .and_then(|after| tokio::time::Instant::now().checked_add(after));
        let stream = until(deadline, Stage::Tls, self.decrypt(stream)).await?;
        let acceptor = ws_stream::Acceptor::new()
            .config(self.config.stream.clone())
            .origin(OriginPolicy::Any) // checked below, where a refusal can be logged
            .limits(self.limits);
        let request = until(deadline, Stage::Handshake, acceptor.accept(stream)).await?;
        let request = Request(Box::new(Parts {
            inner: request,
            config: self.config.clone(),
            shutdown: self.shutdown.clone(),
        }));
        let upgrade = request.0.inner.get().secure(request.get_ref().is_tls());
        if let Err(error) = upgrade.check_origin(&self.origin) {
            log_refused_origin(&upgrade.host().to_string(), upgrade.origin());
            request.respond(&Response::from(error)).await?;
            return Err(Error::Request(error));
        }
        if self.shutdown.as_ref().is_some_and(Shutdown::has_begun) {
            request.reject(503).await?;
            return Err(Error::Closed);
        }
        Ok(request)
    }

    /// Accepts a connection without looking at its path and headers.
    ///
    /// # Errors
    ///
    /// Those of [`accept`](Self::accept).
    pub async fn upgrade<S>(&self, stream: S) -> Result<WebSocket, Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.accept(stream).await?.upgrade().await
    }

    #[cfg(feature = "rustls")]
    async fn decrypt(&self, stream: Stream) -> Result<Stream, Error> {
        let Some(tls) = &self.tls else {
            return Ok(stream);
        };
        let config = Arc::clone(&tls.read().unwrap_or_else(PoisonError::into_inner));
        let accepted = crate::tls::accept(config, stream.into_plain()).await;
        accepted.map_err(|source| Error::Opening {
            stage: Stage::Tls,
            source: source.into(),
        })
    }

    #[cfg(not(feature = "rustls"))]
    #[expect(clippy::unused_async, reason = "with the feature `rustls` it waits")]
    async fn decrypt(&self, stream: Stream) -> Result<Stream, Error> {
        Ok(stream)
    }
}

impl Default for Acceptor {
    fn default() -> Self {
        Self::new()
    }
}

/// Waits for a stage of the opening until the deadline.
async fn until<T>(
    deadline: Option<tokio::time::Instant>,
    stage: Stage,
    opening: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(deadline) = deadline else {
        return opening.await;
    };
    match tokio::time::timeout_at(deadline, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(Timeout::Opening(stage).into()),
    }
}

/// A client's request, read, checked and not yet answered.
///
/// Answer it with [`upgrade`](Self::upgrade) or [`reject`](Self::reject). Dropping it ends the
/// connection without an answer.
#[must_use = "the client waits for an answer"]
pub struct Request(Box<Parts>);

/// Boxed: a handler's future holds its request to the end.
struct Parts {
    inner: ws_stream::Request<Stream>,
    config: Config,
    shutdown: Option<Shutdown>,
}

impl Request {
    /// The path, beginning with `/`, not decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.inner.path()
    }

    /// The query, without the question mark, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.0.inner.query()
    }

    /// The value of a header, if it is there and is text. The case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.inner.header(name)
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> Fields<'_> {
        self.0.inner.headers()
    }

    /// The value of a cookie (RFC 6265 §5.4). The first, if there are several of the name.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers().cookie(name)?).ok()
    }

    /// The page that connects, if the client is a browser.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.header("Origin")
    }

    /// The subprotocols that the client offers, in its order of preference.
    #[must_use]
    pub fn offered_subprotocols(&self) -> Protocols<'_> {
        self.0.inner.offered_subprotocols()
    }

    /// The client's address, if it connects over TCP.
    #[doc(alias = "remote_addr")]
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.get_ref().peer_addr()
    }

    /// The stream that the request came over.
    #[must_use]
    pub fn get_ref(&self) -> &Stream {
        self.0.inner.get_ref()
    }

    /// Chooses this subprotocol if the client offers it.
    pub fn subprotocol(self, name: &str) -> Self {
        self.subprotocols(&[name])
    }

    /// Chooses the first of these subprotocols that the client offers, or none.
    pub fn subprotocols(mut self, names: &[&str]) -> Self {
        self.0.inner = self.0.inner.subprotocols(names);
        self
    }

    /// Adds a header to the answer, such as `Set-Cookie`.
    pub fn answer_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.inner = self.0.inner.answer_header(name, value);
        self
    }

    /// Gives this connection other limits, timeouts and compression than the acceptor's.
    pub fn config(mut self, config: Config) -> Self {
        let stream = config.stream.clone();
        self.0.inner = self.0.inner.config(|_| stream);
        self.0.config = config;
        self
    }

    /// Opens the connection. The client has been answered when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Field`] for a malformed header, [`Error::Io`], and
    /// [`Timeout::Write`](crate::Timeout::Write) if the client does not take the answer.
    pub async fn upgrade(self) -> Result<WebSocket, Error> {
        let Parts {
            inner,
            config,
            shutdown,
        } = *self.0;
        let opening = within(config.timeouts.write, Timeout::Write, inner.upgrade());
        let opened = Box::pin(opening).await?;
        Ok(WebSocket::new(opened, &config, shutdown.as_ref()))
    }

    /// Refuses the connection with a status and no body.
    ///
    /// # Errors
    ///
    /// [`Error::Field`] if the status is not 200 to 599, [`Error::Io`], and
    /// [`Timeout::Close`](crate::Timeout::Close) if the client does not end its side.
    pub async fn reject(self, status: u16) -> Result<(), Error> {
        self.respond(&Response::new(status)).await
    }

    /// Refuses the connection with any answer: with headers, with a body.
    ///
    /// ```
    /// # async fn run(request: ws_tokio::Request) -> Result<(), ws_tokio::Error> {
    /// use ws_tokio::Response;
    ///
    /// let fields = [("WWW-Authenticate", "Bearer")];
    /// let response = Response::new(401).fields(&fields).body("text/plain", b"log in first");
    /// request.respond(&response).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Field`] if the answer is not well-formed; otherwise those of
    /// [`reject`](Self::reject).
    pub async fn respond(self, response: &Response<'_>) -> Result<(), Error> {
        let Parts { inner, config, .. } = *self.0;
        let refusing = within(
            config.timeouts.close,
            Timeout::Close,
            inner.respond(response),
        );
        Box::pin(refusing).await
    }
}

/// Logs the two names that did not match: a refusal is often a forgotten setting.
pub(crate) fn log_refused_origin(host: &str, origin: Option<&[u8]>) {
    let origin = origin.unwrap_or_default().escape_ascii();
    log::warn!("refused a connection from the page {origin} to the host {host}");
}

/// Waits for at most this time.
async fn within<T>(
    after: Option<Duration>,
    name: Timeout,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match after {
        None => work.await,
        Some(after) => timeout(after, work)
            .await
            .unwrap_or_else(|_| Err(name.into())),
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.inner.fmt(f)
    }
}
