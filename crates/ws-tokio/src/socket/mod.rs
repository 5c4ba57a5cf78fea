//! An open connection.

mod driven;
mod split;
mod timeouts;

use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as Items;
use futures_sink::Sink;
use ws_stream::{CloseCode, Error, Message, Outgoing, Phase};

pub use split::{Receiver, Sender};

use crate::Config;
use crate::shutdown::Shutdown;
use crate::stream::Stream;
use driven::Next;
use timeouts::Watchdog;

/// A WebSocket connection with timeouts.
///
/// [`next`](Self::next) receives, [`send`](Self::send) sends, [`close`](Self::close) ends the
/// connection, [`split`](Self::split) is for several tasks. It is also a `Stream` (of
/// `futures-core`) of `Result<Message, Error>` and a `Sink` (of `futures-sink`) of [`Outgoing`].
///
/// Every future may be dropped at any point: no byte is lost, and a message is sent whole or not at
/// all. Pongs, the answer to a Close, and pings of its own are sent by [`next`](Self::next), which
/// also watches the timeouts of [`Config`]: a program that waits for long calls it.
///
/// Dropping the connection writes what the socket takes at once and closes the stream.
///
/// ```
/// use ws_tokio::{Error, WebSocket};
///
/// async fn echo(mut ws: WebSocket) -> Result<(), Error> {
///     while let Some(message) = ws.next().await {
///         let message = message?;
///         if message.is_data() {
///             ws.feed(message).await?; // written when nothing more is to be received
///         }
///     }
///     Ok(())
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let (mut client, server) = ws_tokio::pair();
/// # let server = tokio::spawn(echo(server));
/// # client.send("hello").await?;
/// # assert_eq!(client.next().await.transpose()?, Some(ws_tokio::Message::Text("hello".into())));
/// # client.close(ws_tokio::CloseCode::NORMAL, "").await?;
/// # server.await.unwrap()
/// # }
/// ```
pub struct WebSocket {
    inner: ws_stream::WebSocket<Stream>,
    watchdog: Box<Watchdog>,
}

impl WebSocket {
    pub(crate) fn new(
        inner: ws_stream::WebSocket<Stream>,
        config: &Config,
        shutdown: Option<&Shutdown>,
    ) -> Self {
        let watchdog = Watchdog::new(config.timeouts, shutdown.map(Shutdown::join));
        Self {
            inner,
            watchdog: Box::new(watchdog),
        }
    }

    /// Receives the next message. `None` once the connection has ended: after the peer's Close, or
    /// after an error.
    ///
    /// An error comes when the connection is over: the peer has been sent its Close, and has ended
    /// its side or has had [`close_timeout`](Config::close_timeout) for that.
    ///
    /// # Errors
    ///
    /// The connection ended badly: [`Error::Protocol`] if the peer broke a rule or exceeded a
    /// limit, [`Error::Vanished`] if it went away without a Close, [`Error::Timeout`],
    /// [`Error::Io`], and [`Error::Overloaded`] for a limit of [`Bounds`](crate::Bounds).
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.poll_message(cx)).await
    }

    /// Sends a message and waits until it has been written.
    ///
    /// The message is queued at the first poll, or, while more than
    /// [`high_watermark`](Config::high_watermark) bytes wait, as soon as they have been written.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] once the connection is closed for sending, [`Error::Io`], and
    /// [`Timeout::Write`](crate::Timeout::Write) if the peer takes nothing.
    pub async fn send(&mut self, message: impl Into<Outgoing>) -> Result<(), Error> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Queues a message, and waits only while more than [`high_watermark`](Config::high_watermark)
    /// bytes wait to be written.
    ///
    /// [`flush`](Self::flush), [`send`](Self::send), or [`next`](Self::next) when nothing more is
    /// to be received, writes what is queued. So the answers to messages that came together are
    /// written together.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub async fn feed(&mut self, message: impl Into<Outgoing>) -> Result<(), Error> {
        poll_fn(|cx| self.poll_room(cx)).await?;
        self.inner.queue(message.into())
    }

    /// Waits until everything that is queued has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Timeout::Write`](crate::Timeout::Write) if the peer takes nothing.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_written(cx)).await
    }

    /// Sends a Ping and waits until it has been written. The answer comes as [`Message::Pong`].
    ///
    /// Not needed to keep the connection alive: see [`Config::idle_timeout`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the payload has more than 125 bytes; those of [`send`](Self::send).
    pub async fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.send(Outgoing::ping(payload)?).await
    }

    /// Ends the connection: sends a Close, discards what still comes, and waits until the peer has
    /// answered and the stream has ended, for at most [`close_timeout`](Config::close_timeout).
    ///
    /// To receive what the peer still sends, call [`start_close`](Self::start_close) and then
    /// [`next`](Self::next) until it returns `None`.
    ///
    /// # Errors
    ///
    /// [`Timeout::Close`](crate::Timeout::Close) if the peer does not answer; [`Error::Send`] if
    /// the reason has more than 123 bytes; otherwise those of [`next`](Self::next).
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.start_close(code, reason)?;
        while self.next().await.transpose()?.is_some() {}
        Ok(())
    }

    /// Queues a Close, unless one has been sent, without waiting for anything.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010.
    pub fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.inner.start_close(code, reason)
    }

    /// The subprotocol that the opening handshake agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.inner.protocol()
    }

    /// A header of the server's answer to the opening handshake, on a client. The case of the name
    /// does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let response = self.inner.response()?;
        std::str::from_utf8(response.fields().first(name)?).ok()
    }

    /// The server's answer to the opening handshake, on a client: all its headers.
    #[must_use]
    pub fn response(&self) -> Option<ws_handshake::ServerResponse<'_>> {
        self.inner.response()
    }

    /// The peer's address, if the connection runs over TCP. Behind a proxy it is the proxy's.
    #[doc(alias = "remote_addr")]
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.get_ref().peer_addr()
    }

    /// The stream under the connection.
    #[must_use]
    pub fn get_ref(&self) -> &Stream {
        self.inner.get_ref()
    }

    /// Gives the stream back, with the bytes that were read from it and not received as messages.
    /// Queued messages are lost: call [`flush`](Self::flush) before.
    #[must_use]
    pub fn into_inner(self) -> (Stream, Vec<u8>) {
        self.inner.into_inner()
    }

    /// The phase of the connection (RFC 6455 §7).
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.inner.phase()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.inner.queued()
    }

    /// Changes [`Config::max_message_len`] from the next frame on, after a log-in, say.
    pub fn set_max_message_len(&mut self, bytes: u64) {
        self.inner.set_max_message_len(bytes);
    }

    /// Changes [`Config::max_frame_len`] from the next frame on.
    pub fn set_max_frame_len(&mut self, bytes: u64) {
        self.inner.set_max_frame_len(bytes);
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Next {
        self.watchdog.poll_next(&mut self.inner, cx)
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match Pin::new(&mut self.inner).poll_ready(cx) {
            Poll::Pending => self.watchdog.poll_sending(&mut self.inner, cx).map(Err),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Pending => self.watchdog.poll_sending(&mut self.inner, cx).map(Err),
            ready @ Poll::Ready(_) => ready,
        }
    }
}

impl Items for WebSocket {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_message(cx)
    }
}

/// `poll_close` sends a Close with 1000, unless one has been sent, and waits until it has been
/// written.
impl Sink<Outgoing> for WebSocket {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_room(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Outgoing) -> Result<(), Error> {
        self.inner.queue(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_written(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.start_close(CloseCode::NORMAL, "")?;
        self.poll_written(cx)
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("stream", self.get_ref())
            .field("phase", &self.phase())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
