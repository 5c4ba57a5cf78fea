//! The server's side: reads and checks a request.

use ws_handshake::{HandshakeError, Limits, OriginPolicy, Response};

use super::builder::claim;
use super::heads::{self, Heads};
use super::request::{Checked, Request, respond};
use crate::{Config, Error, Transport, WebSocket};

/// Accepts WebSocket connections over byte streams.
///
/// It reads a request, checks it, and lets pages of the same host in (RFC 6455 §10.2) unless
/// [`origin`](Self::origin) says otherwise. One acceptor serves all connections of a server.
///
/// ```
/// use ws_stream::{Acceptor, Error, Transport};
///
/// async fn serve(acceptor: &Acceptor, stream: impl Transport) -> Result<(), Error> {
///     let request = acceptor.accept(stream).await?; // put a timeout on it
///     if request.header("authorization") != Some("Bearer secret") {
///         return request.reject(401).await;
///     }
///     let mut ws = request.subprotocols(&["chat"]).upgrade().await?;
///     while let Some(message) = ws.next().await {
///         println!("{:?}", message?);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until it accepts"]
pub struct Acceptor {
    config: Config,
    origin: OriginPolicy,
    limits: Limits,
    encrypted: bool,
}

impl Acceptor {
    /// An acceptor with the defaults: the same host only, limits of [`Limits`] and [`Config`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration of the connections.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The origins that are let in. Pages of the same host unless set.
    pub fn origin(mut self, policy: OriginPolicy) -> Self {
        self.origin = policy;
        self
    }

    /// Limits on the head of a request.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Says that the streams are encrypted. Pages of the same host are then let in only if they
    /// came over `https`.
    pub fn encrypted(mut self) -> Self {
        self.encrypted = true;
        self
    }

    /// The configuration of the connections.
    #[must_use]
    pub const fn get_config(&self) -> &Config {
        &self.config
    }

    /// The origins that are let in.
    #[must_use]
    pub const fn get_origin(&self) -> &OriginPolicy {
        &self.origin
    }

    /// Reads and checks the request of a client. A request that does not open a WebSocket
    /// connection is answered with the status that its fault deserves.
    ///
    /// Put a timeout on it: a client that sends its request slowly, or not at all, is waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] for a request that was refused; [`Error::Io`] and [`Error::Vanished`] if
    /// the stream fails or ends first; [`Error::Overloaded`] if the [`Bounds`](crate::Bounds) have
    /// no room, after an answer of 503.
    pub async fn accept<T: Transport>(&self, stream: T) -> Result<Request<T>, Error> {
        // Boxed, here and below: a task that serves the connection has no room for its opening.
        Box::pin(self.read(stream)).await
    }

    async fn read<T: Transport>(&self, mut stream: T) -> Result<Request<T>, Error> {
        let claimed = claim(&self.config);
        let mut heads = Heads::new(self.limits);
        let head_end = heads.read(&mut stream).await.map_err(heads::ended)?;
        let checked = head_end.map_err(HandshakeError::Head).and_then(|end| {
            let upgrade = ws_handshake::Request::parse_within(&heads.bytes()[..end], self.limits)?
                .upgrade()?;
            upgrade.secure(self.encrypted).check_origin(&self.origin)?;
            Ok(end)
        });
        let (fault, error) = match (checked, claimed) {
            (Ok(end), Ok(claim)) => {
                let head = Checked {
                    bytes: heads.into_bytes(),
                    head_end: end,
                    limits: self.limits,
                    encrypted: self.encrypted,
                };
                return Ok(Request::new(stream, head, self.config.clone(), claim));
            }
            (Err(fault), _) => (fault, Error::Request(fault)),
            (Ok(_), Err(error)) => (HandshakeError::Unavailable, error),
        };
        // Also a head that was not whole may be that of a HEAD.
        let answer = Response::from(fault).answering(heads.bytes());
        respond(stream, &answer).await?;
        Err(error)
    }

    /// Reads and checks the request of a client, and opens the connection without looking at it.
    ///
    /// # Errors
    ///
    /// Those of [`accept`](Self::accept).
    pub async fn upgrade<T: Transport>(&self, stream: T) -> Result<WebSocket<T>, Error> {
        Box::pin(async { self.read(stream).await?.upgrade().await }).await
    }
}
