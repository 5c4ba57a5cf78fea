//! A request that waits for its answer.

use std::fmt;
use std::future::poll_fn;

use ws_handshake::{Fields, Limits, OriginPolicy, Protocols, Response, Upgrade};

use super::builder::Builder;
use super::heads::{self, write};
use crate::bounds::Claim;
use crate::{Config, Error, Transport, WebSocket};

/// A client's request that has been read and checked, and not yet answered.
///
/// Answer it with [`upgrade`](Self::upgrade), [`reject`](Self::reject) or
/// [`respond`](Self::respond). Dropping it ends the byte stream without an answer.
#[must_use = "the client waits for an answer"]
pub struct Request<T: Transport> {
    stream: T,
    inner: Box<Inner>,
}

/// The head of a request that has been checked, and what came with it.
pub(super) struct Checked {
    pub(super) bytes: Vec<u8>,
    pub(super) head_end: usize,
    pub(super) limits: Limits,
    pub(super) encrypted: bool,
}

/// Everything but the stream.
struct Inner {
    head: Checked,
    config: Config,
    claim: Option<Claim>,
    protocol: Option<String>,
    headers: Vec<(String, String)>,
}

impl<T: Transport> Request<T> {
    pub(super) fn new(stream: T, head: Checked, config: Config, claim: Option<Claim>) -> Self {
        let inner = Inner {
            head,
            config,
            claim,
            protocol: None,
            headers: Vec::new(),
        };
        Self {
            stream,
            inner: Box::new(inner),
        }
    }

    /// The request as `ws-handshake` sees it: host, origin, all headers, offered extensions.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the acceptor checked the same bytes"
    )]
    #[must_use]
    pub fn get(&self) -> Upgrade<'_> {
        let head = &self.inner.head;
        let request =
            ws_handshake::Request::parse_within(&head.bytes[..head.head_end], head.limits);
        request
            .and_then(|request| request.upgrade())
            .map(|upgrade| upgrade.secure(head.encrypted))
            .expect("the acceptor checked the same bytes")
    }

    /// The path that is asked for, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.get().path()
    }

    /// The query that is asked for, without the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.get().query()
    }

    /// The value of a header, if it is text; the case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .first(name)
            .and_then(|value| str::from_utf8(value).ok())
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> Fields<'_> {
        self.get().fields()
    }

    /// The subprotocols that the client offers, in its order of preference.
    #[must_use]
    pub fn offered_subprotocols(&self) -> Protocols<'_> {
        self.get().protocols()
    }

    /// The byte stream, for example for the peer's address.
    #[must_use]
    pub const fn get_ref(&self) -> &T {
        &self.stream
    }

    /// Accepts `name` as the subprotocol, if the client offers it.
    pub fn subprotocol(self, name: &str) -> Self {
        self.subprotocols(&[name])
    }

    /// Accepts the first of `names` that the client offers as the subprotocol. If it offers none of
    /// them, the answer has none.
    pub fn subprotocols(mut self, names: &[&str]) -> Self {
        self.inner.protocol = self
            .get()
            .choose(names)
            .map(|protocol| protocol.as_str().into());
        self
    }

    /// The subprotocol that was chosen.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.inner.protocol.as_deref()
    }

    /// Adds a header to the answer that opens the connection.
    pub fn answer_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.inner.headers.push((name.into(), value.into()));
        self
    }

    /// Changes the configuration of this connection.
    pub fn config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.inner.config = change(std::mem::take(&mut self.inner.config));
        self
    }

    /// Checks the origin against another policy than the acceptor's.
    ///
    /// # Errors
    ///
    /// [`Error::Request`]. Nothing has been answered.
    pub fn check_origin(&self, policy: &OriginPolicy) -> Result<(), Error> {
        Ok(self.get().check_origin(policy)?)
    }

    /// Opens the connection. The answer has been written when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Field`] for a malformed header of [`answer_header`](Self::answer_header);
    /// [`Error::Io`] if the stream fails.
    pub async fn upgrade(mut self) -> Result<WebSocket<T>, Error> {
        let mut answer = Vec::new();
        let builder = Box::new(self.agree(&mut answer)?);
        drop(self.inner);
        write(&mut self.stream, &answer).await?;
        drop(answer);
        builder.server(self.stream)
    }

    /// Refuses the connection with a status and no body, and ends the byte stream. Put a timeout on
    /// it: it waits for the client to end its side.
    ///
    /// # Errors
    ///
    /// [`Error::Field`] if `status` is not 200 to 599; [`Error::Io`] if the stream fails.
    pub async fn reject(self, status: u16) -> Result<(), Error> {
        self.respond(&Response::new(status)).await
    }

    /// Refuses the connection with any answer, and ends the byte stream. Put a timeout on it: it
    /// waits for the client to end its side.
    ///
    /// # Errors
    ///
    /// [`Error::Field`] if the answer is not well-formed; [`Error::Io`] if the stream fails.
    pub async fn respond(self, response: &Response<'_>) -> Result<(), Error> {
        respond(self.stream, response).await
    }

    /// Encodes the answer that opens the connection.
    fn agree(&mut self, answer: &mut Vec<u8>) -> Result<Builder, Error> {
        let upgrade = self.get();
        let fields: Vec<_> = self
            .inner
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let protocol = self.inner.protocol.as_deref();
        let accept = upgrade.accept().fields(&fields);
        let accept = accept.protocol(protocol.and_then(|name| upgrade.choose(&[name])));
        #[cfg(feature = "deflate")]
        let agreed = self.inner.config.answer(&upgrade);
        #[cfg(feature = "deflate")]
        let accept = accept.extensions(agreed);
        accept.encode(answer)?;
        let builder = Builder::new()
            .protocol(protocol)
            .unread(&self.inner.head.bytes[self.inner.head.head_end..]);
        #[cfg(feature = "deflate")]
        let builder = builder.deflate(agreed);
        let config = std::mem::take(&mut self.inner.config);
        Ok(builder.config(config).claim(self.inner.claim.take()))
    }
}

/// Writes an answer, ends our side of the stream, and waits for the peer to end its side.
pub(super) async fn respond<T: Transport>(
    mut stream: T,
    response: &Response<'_>,
) -> Result<(), Error> {
    let mut answer = Vec::new();
    response.encode(&mut answer)?;
    write(&mut stream, &answer).await?;
    poll_fn(|cx| stream.poll_close(cx)).await?;
    // Further input is not a second request. Closing with unread input would reset the connection,
    // and could lose the answer (RFC 9112 §9.6).
    let mut discarded = 0;
    let mut bytes = Vec::new();
    while discarded < MAX_DISCARDED {
        bytes.clear();
        match heads::read(&mut stream, &mut bytes).await {
            Ok(0) | Err(_) => break,
            Ok(count) => discarded += count,
        }
        yield_now().await;
    }
    Ok(())
}

/// Lets other tasks run.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

impl<T: Transport> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.get()).finish()
    }
}

/// Bytes that a refused client may still send before the stream is dropped.
const MAX_DISCARDED: usize = 1024 * 1024;
