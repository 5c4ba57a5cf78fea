//! A request that opens a connection.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http::request::Parts;
use hyper::ext::Protocol;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use ws_handshake::{HandshakeError, OriginPolicy};
use ws_stream::{Builder, Error};

use super::opening::{Opening, UpgradeError, failed};
use crate::acceptor::log_refused_origin;
use crate::outcome::Outcome;
use crate::shutdown::Shutdown;
use crate::stream::Stream;
use crate::{Config, WebSocket};

/// A request for a WebSocket connection inside hyper, or a stack on it such as axum. It may come
/// over HTTP/1.1, or over HTTP/2 as an extended CONNECT (RFC 8441).
///
/// [`on_upgrade`](Self::on_upgrade) answers it and runs a handler. Pages of the same host may
/// connect, unless [`origin`](Self::origin) says otherwise.
///
/// With the feature `axum` it is an extractor. A route for it has to allow every method (`any`),
/// since HTTP/2 has another one than HTTP/1.1:
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Router, response::Response, routing::any};
/// use ws_tokio::{Error, WebSocket, WebSocketUpgrade};
///
/// async fn echo(mut ws: WebSocket) -> Result<(), Error> {
///     while let Some(message) = ws.next().await.transpose()? {
///         if message.is_data() {
///             ws.feed(message).await?;
///         }
///     }
///     Ok(())
/// }
///
/// let route = any(async |upgrade: WebSocketUpgrade| -> Response { upgrade.on_upgrade(echo) });
/// let app: Router = Router::new().route("/ws", route);
/// ```
///
/// With hyper alone:
///
/// ```
/// use hyper::{Request, Response};
/// use ws_tokio::WebSocketUpgrade;
///
/// fn serve<B>(mut request: Request<B>) -> Response<String> {
///     match WebSocketUpgrade::new(&mut request) {
///         Ok(upgrade) => upgrade.on_upgrade(|mut ws| async move { ws.send("hello").await }),
///         Err(error) => error.to_response(),
///     }
/// }
/// ```
#[must_use = "the client waits for an answer"]
pub struct WebSocketUpgrade {
    request: http::Request<()>,
    protocol: Option<Protocol>,
    on_upgrade: OnUpgrade,
    origin: OriginPolicy,
    encrypted: bool,
    config: Config,
    shutdown: Option<Shutdown>,
    subprotocol: Option<String>,
    headers: Vec<(String, String)>,
}

impl WebSocketUpgrade {
    /// Takes the connection of a request, if that asks for WebSocket and breaks no rule.
    ///
    /// # Errors
    ///
    /// [`UpgradeError`], which makes the answer to the client.
    pub fn new<B>(request: &mut http::Request<B>) -> Result<Self, UpgradeError> {
        let mut head = http::Request::new(());
        *head.method_mut() = request.method().clone();
        *head.uri_mut() = request.uri().clone();
        *head.version_mut() = request.version();
        *head.headers_mut() = request.headers().clone();
        Self::check(head, request.extensions_mut())
    }

    /// Takes the connection of a request that was taken apart, like [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// [`UpgradeError`], which makes the answer to the client.
    pub fn from_parts(parts: &mut Parts) -> Result<Self, UpgradeError> {
        let mut head = http::Request::new(());
        *head.method_mut() = parts.method.clone();
        *head.uri_mut() = parts.uri.clone();
        *head.version_mut() = parts.version;
        *head.headers_mut() = parts.headers.clone();
        Self::check(head, &mut parts.extensions)
    }

    fn check(
        request: http::Request<()>,
        extensions: &mut http::Extensions,
    ) -> Result<Self, UpgradeError> {
        let protocol = extensions.get::<Protocol>().cloned();
        Opening::check(&request, protocol.as_ref().map(Protocol::as_str))?;
        let on_upgrade = extensions
            .remove::<OnUpgrade>()
            .ok_or(UpgradeError::NotUpgradable)?;
        Ok(Self {
            request,
            protocol,
            on_upgrade,
            origin: OriginPolicy::SameHost,
            encrypted: false,
            config: Config::new(),
            shutdown: None,
            subprotocol: None,
            headers: Vec::new(),
        })
    }

    /// Sets limits, timeouts and compression of the connection.
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

    /// Says that the client came over TLS, which a request of HTTP/1.1 does not tell. Pages of the
    /// same host may then connect only if they came over `https`. Over HTTP/2 the scheme tells it.
    pub const fn encrypted(mut self) -> Self {
        self.encrypted = true;
        self
    }

    /// Lets the connection be closed by a [`Shutdown`]. Once it has begun, requests are refused
    /// with 503.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }

    /// Chooses this subprotocol if the client offers it.
    pub fn subprotocol(self, name: &str) -> Self {
        self.subprotocols(&[name])
    }

    /// Chooses the first of these subprotocols that the client offers, or none.
    #[doc(alias = "protocols")]
    pub fn subprotocols(mut self, names: &[&str]) -> Self {
        let chosen = self
            .opening()
            .ok()
            .and_then(|opening| opening.choose(names));
        self.subprotocol = chosen.map(|name| name.as_str().to_owned());
        self
    }

    /// Adds a header to the answer, such as `Set-Cookie`.
    pub fn answer_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The path, beginning with `/`, not decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.opening().map_or("/", |opening| opening.path())
    }

    /// The query, without the question mark, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.opening().ok()?.query()
    }

    /// The value of a header, if it is there and is text. The case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.opening().ok()?.fields().first(name)?).ok()
    }

    /// The value of a cookie (RFC 6265 §5.4). The first, if there are several of the name.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.opening().ok()?.fields().cookie(name)?).ok()
    }

    /// The subprotocols that the client offers, in its order of preference.
    #[must_use]
    pub fn offered_subprotocols(&self) -> Vec<&str> {
        self.opening()
            .map_or(Vec::new(), |opening| opening.protocols().collect())
    }

    /// Checked when this value was made.
    fn opening(&self) -> Result<Opening<'_>, UpgradeError> {
        Opening::check(&self.request, self.protocol.as_ref().map(Protocol::as_str))
    }

    /// Answers the request, and runs the handler in a task of its own once the connection is open.
    /// An error that the handler returns is logged.
    ///
    /// If the page may not connect or a header is malformed, the answer is a refusal and the
    /// handler is not called.
    pub fn on_upgrade<B, F, T, E>(
        self,
        handler: impl FnOnce(WebSocket) -> F + Send + 'static,
    ) -> Response<B>
    where
        B: Default,
        F: Future<Output = T> + Send + 'static,
        T: Outcome<E>,
    {
        let (answer, upgrading) = match self.accept() {
            Ok(accepted) => accepted,
            Err(refusal) => return refusal.map(|()| B::default()),
        };
        tokio::spawn(async move {
            match upgrading.await {
                Ok(ws) => handler(ws).await.log(),
                Err(error) => log::debug!("a connection was not handed over: {error}"),
            }
        });
        answer.map(|()| B::default())
    }

    /// The answer that opens the connection, and the connection, which is there once the HTTP stack
    /// has sent the answer.
    ///
    /// # Errors
    ///
    /// The answer that refuses the connection: 403 for a page that may not connect, 503 during a
    /// [`Shutdown`], 500 for a malformed header of [`answer_header`](Self::answer_header).
    pub fn accept(self) -> Result<(Response<()>, Upgrading), Response<()>> {
        let opening = self.opening().map_err(UpgradeError::to_response)?;
        if let Err(error) = opening.check_origin(&self.origin, self.encrypted) {
            log_refused_origin(&opening.host(), opening.fields().first("Origin"));
            return Err(UpgradeError::Request(error).to_response());
        }
        if self.shutdown.as_ref().is_some_and(Shutdown::has_begun) {
            return Err(UpgradeError::Request(HandshakeError::Unavailable).to_response());
        }
        #[cfg(feature = "deflate")]
        let deflate = self.config.agree(opening.extensions());
        #[cfg(not(feature = "deflate"))]
        let deflate = None;
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let answer = opening
            .accept(self.subprotocol.as_deref(), deflate, &headers)
            .map_err(|_| failed())?;
        let builder = Builder::new()
            .config(self.config.stream.clone())
            .protocol(self.subprotocol.as_deref());
        #[cfg(feature = "deflate")]
        let builder = builder.deflate(deflate);
        let Self {
            on_upgrade,
            config,
            shutdown,
            ..
        } = self;
        Ok((
            answer,
            Upgrading {
                on_upgrade,
                builder: Some(builder),
                config,
                shutdown,
            },
        ))
    }
}

impl fmt::Debug for WebSocketUpgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketUpgrade")
            .field("opening", &self.opening())
            .field("origin", &self.origin)
            .field("subprotocol", &self.subprotocol)
            .finish_non_exhaustive()
    }
}

/// A connection that the HTTP stack has yet to hand over.
#[derive(Debug)]
#[must_use = "await it for the connection"]
pub struct Upgrading {
    on_upgrade: OnUpgrade,
    builder: Option<Builder>,
    config: Config,
    shutdown: Option<Shutdown>,
}

impl Future for Upgrading {
    type Output = Result<WebSocket, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let upgraded = ready!(Pin::new(&mut this.on_upgrade).poll(cx)).map_err(io::Error::other)?;
        let builder = this.builder.take().unwrap_or_default();
        let (stream, unread) = without_hyper(upgraded);
        let opened = builder.unread(&unread).server(stream)?;
        Poll::Ready(Ok(WebSocket::new(
            opened,
            &this.config,
            this.shutdown.as_ref(),
        )))
    }
}

/// The socket under a connection, if it is TCP, with what hyper read and did not use. Then nothing
/// stands between the connection and its socket.
fn without_hyper(upgraded: Upgraded) -> (Stream, Vec<u8>) {
    let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => return (Stream::new(parts.io.into_inner()), parts.read_buf.into()),
        Err(upgraded) => upgraded,
    };
    #[cfg(feature = "axum")]
    let upgraded =
        match hyper_util::server::conn::auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => return (Stream::new(parts.io.into_inner()), parts.read_buf.into()),
            Err(upgraded) => upgraded,
        };
    (Stream::new(TokioIo::new(upgraded)), Vec::new())
}
