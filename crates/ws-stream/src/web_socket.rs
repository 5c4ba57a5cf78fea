//! A connection for one task.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use ws_frame::{CloseCode, Phase};
use ws_handshake::ServerResponse;

use crate::core::Core;
use crate::{Error, Message, Outgoing, Progress, Transport};

/// A WebSocket connection over a byte stream.
///
/// It is a [`Stream`] of `Result<Message, Error>` and a [`Sink`] of [`Outgoing`];
/// [`next`](Self::next), [`send`](Self::send) and [`close`](Self::close) need no import. The stream
/// ends with `None` after the peer's Close, or after one `Err` that tells how the connection ended
/// badly.
///
/// Pongs and the answer to a Close are sent by `next`. Every future may be dropped at any point: no
/// byte is lost, and a message is sent whole or not at all. Dropping the socket writes what waits
/// as far as the stream takes it without waiting, and sends no Close of its own.
///
/// ```
/// use ws_stream::{Error, Transport, WebSocket};
///
/// async fn echo(mut ws: WebSocket<impl Transport>) -> Result<(), Error> {
///     while let Some(message) = ws.next().await {
///         let message = message?;
///         if message.is_data() {
///             ws.feed(message).await?; // written when nothing more is to be received
///         }
///     }
///     Ok(())
/// }
/// ```
pub struct WebSocket<T: Transport> {
    core: Box<Core<T>>,
}

impl<T: Transport> WebSocket<T> {
    pub(crate) fn from_core(core: Core<T>) -> Self {
        Self {
            core: Box::new(core),
        }
    }

    pub(crate) fn into_core(self) -> Core<T> {
        *self.core
    }

    /// Receives the next message. `None` once the connection has ended.
    ///
    /// After the peer's Close it answers, ends the byte stream, and waits for the peer to end its
    /// side: put a timeout on that.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`], [`Error::Io`], [`Error::Vanished`] or [`Error::Overloaded`], once; then
    /// `None` follows.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.core.poll_next(cx)).await
    }

    /// Sends a message and waits until it has been written.
    ///
    /// The message is queued at the first poll, unless more than
    /// [`high_watermark`](crate::Config::high_watermark) bytes wait; then it is queued when they
    /// have been written. A dropped future sends the message whole or not at all.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a Close; [`Error::Io`]; [`Error::Send`] for what may not be sent
    /// now.
    pub async fn send(&mut self, message: impl Into<Outgoing>) -> Result<(), Error> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Queues a message, and waits only while more than
    /// [`high_watermark`](crate::Config::high_watermark) bytes wait to be written.
    ///
    /// What is queued is written by [`flush`](Self::flush) or [`send`](Self::send), and by
    /// [`next`](Self::next) when it finds nothing more to receive. So the answers to messages that
    /// came together are written together.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a Close; [`Error::Io`]; [`Error::Send`] for what may not be sent
    /// now.
    pub async fn feed(&mut self, message: impl Into<Outgoing>) -> Result<(), Error> {
        poll_fn(|cx| self.core.poll_ready(cx)).await?;
        self.core.queue(message.into())
    }

    /// Waits until everything that is queued has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub async fn flush(&mut self) -> Result<(), Error> {
        let mark = self.core.mark();
        poll_fn(|cx| self.core.poll_flush(mark, cx)).await
    }

    /// Sends a Ping and waits until it has been written. The answer is a [`Message::Pong`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the payload has more than 125 bytes; [`Error::Closed`]; [`Error::Io`].
    pub async fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.send(Outgoing::ping(payload)?).await
    }

    /// Sends our Close, unless one has been sent, and waits until it has been written.
    ///
    /// Then receive until [`next`](Self::next) returns `None`: messages may still come before the
    /// peer's Close. `while ws.next().await.is_some() {}`, under a timeout, completes the closing
    /// handshake.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010;
    /// [`Error::Io`].
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.start_close(code, reason)?;
        self.flush().await
    }

    /// Queues our Close without waiting; [`close`](Self::close) for code that cannot wait.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010.
    pub fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.core.start_close(code, reason)
    }

    /// Gives the connection up: queues our Close and receives nothing more. `next` then writes the
    /// Close, ends the byte stream and returns `None`. For drivers whose timeout has passed.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010.
    pub fn fail(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.core.start_fail(code, reason)
    }

    /// The subprotocol that the opening handshake agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.core.opened()?.protocol.as_deref()
    }

    /// The server's answer to the opening handshake, on a client, with its headers.
    #[must_use]
    pub fn response(&self) -> Option<ServerResponse<'_>> {
        ServerResponse::parse(&self.core.opened()?.answer).ok()
    }

    /// The byte stream, for example for the peer's address.
    #[expect(
        clippy::missing_panics_doc,
        reason = "`into_inner` alone takes the stream, and consumes the socket"
    )]
    #[must_use]
    pub fn get_ref(&self) -> &T {
        self.core
            .io()
            .expect("the stream is taken only by `into_inner`, which consumes the socket")
    }

    /// The byte stream, mutably. Bytes read from it or written to it here are missing from the
    /// connection.
    #[expect(
        clippy::missing_panics_doc,
        reason = "`into_inner` alone takes the stream, and consumes the socket"
    )]
    pub fn get_mut(&mut self) -> &mut T {
        self.core
            .io_mut()
            .expect("the stream is taken only by `into_inner`, which consumes the socket")
    }

    /// The byte stream, and what was read from it and not decoded. Queued bytes are dropped:
    /// [`flush`](Self::flush) first.
    #[expect(
        clippy::missing_panics_doc,
        reason = "`into_inner` alone takes the stream, and consumes the socket"
    )]
    #[must_use]
    pub fn into_inner(mut self) -> (T, Vec<u8>) {
        let (io, unread) = self.core.take_io();
        (
            io.expect("the stream is taken only by `into_inner`, which consumes the socket"),
            unread,
        )
    }

    /// The phase of the connection (RFC 6455 §7).
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.core.phase()
    }

    /// Bytes read from the stream since the connection began. A driver with a clock sees by it that
    /// the peer is alive.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.core.received()
    }

    /// Bytes written to the stream since the connection began. A write timeout is on progress of
    /// this number.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.core.written()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.core.queued()
    }

    /// Returns whether a part of a message has arrived and its end has not.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        self.core.is_midway()
    }

    /// A snapshot of the progress of the connection.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.core.progress()
    }

    /// Queues a message without waiting, whatever waits already. For drivers that send a Ping of
    /// their own.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a Close; [`Error::Io`]; [`Error::Send`] for what may not be sent
    /// now.
    pub fn queue(&mut self, message: impl Into<Outgoing>) -> Result<(), Error> {
        self.core.queue(message.into())
    }

    /// Ends the connection at once and closes the byte stream. Unwritten bytes are lost,
    /// [`next`](Self::next) returns `None`, and tasks that send get an error. For drivers that give
    /// up on a peer.
    pub fn abort(&mut self) {
        self.core.abort();
    }

    /// Changes [`Config::max_message_len`](crate::Config::max_message_len), from the next frame on:
    /// after a log-in, say.
    pub fn set_max_message_len(&mut self, bytes: u64) {
        self.core.set_frame(|frame| frame.max_message_len(bytes));
    }

    /// Changes [`Config::max_frame_len`](crate::Config::max_frame_len), from the next frame on.
    pub fn set_max_frame_len(&mut self, bytes: u64) {
        self.core.set_frame(|frame| frame.max_frame_len(bytes));
    }
}

impl<T: Transport> Stream for WebSocket<T> {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.core.poll_next(cx)
    }
}

/// `start_send` after `poll_ready`, as every sink; `poll_close` sends a Close with 1000, unless one
/// has been sent.
impl<T: Transport> Sink<Outgoing> for WebSocket<T> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.core.poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Outgoing) -> Result<(), Error> {
        self.core.queue(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mark = self.core.mark();
        self.core.poll_flush(mark, cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.core.start_close(CloseCode::NORMAL, "")?;
        let mark = self.core.mark();
        self.core.poll_flush(mark, cx)
    }
}

impl<T: Transport + fmt::Debug> fmt::Debug for WebSocket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebSocket").field(&self.core).finish()
    }
}
