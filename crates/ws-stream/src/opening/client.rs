//! The client's side.

use ws_frame::keys;
use ws_handshake::{ClientRequest, Limits, ResponseError, ServerResponse, Url};

use super::body::read_body;
use super::builder::{Builder, claim};
use super::heads::{self, Heads, write};
use super::refusal::Refusal;
use crate::{Config, Error, Transport, WebSocket};

/// Opens a connection to the server of `url` over a byte stream to it, with the defaults of
/// [`Client`].
///
/// Put a timeout on it: a server that does not answer is waited for.
///
/// # Errors
///
/// Those of [`Client::connect`].
pub async fn connect<T: Transport>(stream: T, url: &str) -> Result<WebSocket<T>, Error> {
    Client::new(url).connect(stream).await
}

/// Opens connections as a client, over byte streams that are connected already.
///
/// ```
/// use ws_stream::{Client, Error, Transport};
///
/// async fn dial(stream: impl Transport) -> Result<(), Error> {
///     let client = Client::new("ws://example.com/feed")
///         .header("Authorization", "Bearer secret")
///         .subprotocol("chat");
///     let mut ws = client.connect(stream).await?; // put a timeout on it
///     println!("the server chose {:?}", ws.protocol());
///     ws.send("hello").await
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it connects"]
pub struct Client {
    url: String,
    headers: Vec<(String, String)>,
    subprotocols: Vec<String>,
    require_subprotocol: bool,
    origin: Option<String>,
    encrypted: bool,
    config: Config,
    limits: Limits,
}

impl Client {
    /// A client of the server and resource of `url`. The URL is checked when the client connects.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: Vec::new(),
            subprotocols: Vec::new(),
            require_subprotocol: false,
            origin: None,
            encrypted: false,
            config: Config::new(),
            limits: Limits::new(),
        }
    }

    /// Adds a header to the request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Offers a subprotocol, after those offered before.
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocols.push(name.into());
        self
    }

    /// Refuses a server that chooses none of the offered subprotocols.
    pub fn require_subprotocol(mut self) -> Self {
        self.require_subprotocol = true;
        self
    }

    /// Sends an `Origin`, as browsers do.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Says that the stream is encrypted, to the host of the URL. Without it a `wss` URL is refused
    /// with [`Error::Insecure`].
    pub fn encrypted(mut self) -> Self {
        self.encrypted = true;
        self
    }

    /// The configuration of the connection.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Limits on the head of the answer.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends the request and reads the answer. Put a timeout on it: a server that does not answer
    /// is waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Url`], [`Error::Insecure`], [`Error::Field`], [`Error::Randomness`] and
    /// [`Error::Overloaded`] before anything is sent; then [`Error::Refused`], or [`Error::Io`] and
    /// [`Error::Vanished`] if the stream fails or ends.
    pub async fn connect<T: Transport>(&self, stream: T) -> Result<WebSocket<T>, Error> {
        // Boxed: a task that serves the connection has no room for its opening.
        Box::pin(self.open(stream)).await
    }

    async fn open<T: Transport>(&self, mut stream: T) -> Result<WebSocket<T>, Error> {
        let url = Url::parse(&self.url)?;
        if url.is_secure() && !self.encrypted {
            return Err(Error::Insecure);
        }
        let claim = claim(&self.config)?;
        let protocols: Vec<_> = self.subprotocols.iter().map(|name| &**name).collect();
        let fields: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let request = self.request(&url, &protocols, &fields)?;
        let mut head = Vec::new();
        request.encode(&mut head)?;
        write(&mut stream, &head).await?;
        let builder = self.read_answer(&mut stream, &request).await?;
        builder
            .config(self.config.clone())
            .claim(claim)
            .client(stream)
    }

    fn request<'a>(
        &'a self,
        url: &Url<'a>,
        protocols: &'a [&'a str],
        fields: &'a [(&'a str, &'a str)],
    ) -> Result<ClientRequest<'a>, Error> {
        let request = ClientRequest::to(url, nonce()?)
            .protocols(protocols)
            .fields(fields);
        #[cfg(feature = "deflate")]
        let request = request.extensions(self.config.offer());
        let request = match &self.origin {
            Some(origin) => request.origin(origin),
            None => request,
        };
        Ok(if self.require_subprotocol {
            request.require_protocol()
        } else {
            request
        })
    }

    async fn read_answer<T: Transport>(
        &self,
        stream: &mut T,
        request: &ClientRequest<'_>,
    ) -> Result<Builder, Error> {
        let mut heads = Heads::of_answers(self.limits);
        loop {
            let head_end = heads.read(stream).await.map_err(heads::ended)?;
            let end = match head_end {
                Ok(end) => end,
                Err(error) => {
                    return Err(refused(
                        ResponseError::Head(error),
                        heads.into_bytes(),
                        Vec::new(),
                    ));
                }
            };
            heads.unfold(end);
            let (head, rest) = heads.bytes().split_at(end);
            let error = match ServerResponse::parse_within(head, self.limits) {
                Ok(response) if response.is_interim() => {
                    heads.pass(end);
                    continue;
                }
                Ok(response) => match response.accepted(request) {
                    Ok(accepted) => {
                        let builder = Builder::new()
                            .protocol(accepted.protocol())
                            .unread(rest)
                            .answer(head);
                        #[cfg(feature = "deflate")]
                        let builder = builder.deflate(accepted.deflate());
                        return Ok(builder);
                    }
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let mut head = heads.into_bytes();
            let came = head.split_off(end);
            let body = match ServerResponse::parse_within(&head, self.limits) {
                Ok(response) => read_body(stream, response.body_len(), came).await,
                Err(_) => came,
            };
            return Err(refused(error, head, body));
        }
    }
}

fn refused(error: ResponseError, head: Vec<u8>, body: Vec<u8>) -> Error {
    Error::Refused(Box::new(Refusal { error, head, body }))
}

/// Sixteen random bytes (RFC 6455 §4.1).
fn nonce() -> Result<[u8; 16], Error> {
    let random = keys::random().map_err(|_| Error::Randomness)?;
    let mut nonce = [0; 16];
    for four in nonce.chunks_exact_mut(4) {
        four.copy_from_slice(&random());
    }
    Ok(nonce)
}
