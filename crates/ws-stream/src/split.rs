//! The two halves of a connection, for several tasks.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use ws_frame::CloseCode;

use crate::core::Core;
use crate::{Error, Message, Outgoing, Progress, Transport, WebSocket};

/// The half of a split [`WebSocket`] that sends. Clones send over the same connection, from as many
/// tasks as there are.
///
/// A message is written by the task that sends it, or by the one that receives. While more than
/// [`high_watermark`](crate::Config::high_watermark) bytes wait, [`send`](Self::send) waits and
/// [`try_send`](Self::try_send) refuses.
///
/// The connection ends when all halves have been dropped.
pub struct Sender<T: Transport> {
    shared: Arc<Shared<T>>,
    /// The place up to which the sink interface flushes.
    mark: Option<u64>,
}

/// The half of a split [`WebSocket`] that receives. Pongs and the answer to a Close are sent by it:
/// keep receiving.
pub struct Receiver<T: Transport> {
    shared: Arc<Shared<T>>,
}

/// Locked for one poll at a time, and never while a task waits.
type Shared<T> = Mutex<Core<T>>;

/// The reason for which [`Sender::try_send`] did not queue a message.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrySendError {
    /// More than the high watermark waits to be written. The message comes back.
    Full(Outgoing),
    /// The connection cannot send it.
    Error(Error),
}

impl<T: Transport> WebSocket<T> {
    /// Splits the connection for tasks that send and one that receives. The sending half can be
    /// cloned.
    ///
    /// ```
    /// use ws_stream::{Error, Transport, WebSocket};
    ///
    /// async fn greet(ws: WebSocket<impl Transport>) -> Result<(), Error> {
    ///     let (sender, mut receiver) = ws.split();
    ///     let other = sender.clone(); // for another task
    ///     sender.send("hello").await?;
    ///     other.send("world").await?;
    ///     while receiver.next().await.transpose()?.is_some() {}
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn split(self) -> (Sender<T>, Receiver<T>) {
        let shared = Arc::new(Mutex::new(self.into_core()));
        let sender = Sender {
            shared: Arc::clone(&shared),
            mark: None,
        };
        (sender, Receiver { shared })
    }
}

fn lock<T: Transport>(shared: &Shared<T>) -> MutexGuard<'_, Core<T>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Transport> Sender<T> {
    /// Sends a message and waits until it has been written. Messages that other tasks queue later
    /// are not waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a Close; [`Error::Io`]; [`Error::Send`] for what may not be sent
    /// now.
    pub async fn send(&self, message: impl Into<Outgoing>) -> Result<(), Error> {
        let mark = self.queue(message.into()).await?;
        poll_fn(|cx| lock(&self.shared).poll_flush(mark, cx)).await
    }

    /// Queues a message, and waits only while more than
    /// [`high_watermark`](crate::Config::high_watermark) bytes wait to be written.
    /// [`flush`](Self::flush), any `send`, or the receiving half writes it.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a Close; [`Error::Io`]; [`Error::Send`] for what may not be sent
    /// now.
    pub async fn feed(&self, message: impl Into<Outgoing>) -> Result<(), Error> {
        self.queue(message.into()).await.map(|_| ())
    }

    /// Queues a message if at most [`high_watermark`](crate::Config::high_watermark) bytes wait,
    /// and writes as far as that goes without waiting.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] with the message, or the error of the connection.
    pub fn try_send(&self, message: impl Into<Outgoing>) -> Result<(), TrySendError> {
        let mut core = lock(&self.shared);
        if core.is_full() {
            return Err(TrySendError::Full(message.into()));
        }
        core.queue(message.into()).map_err(TrySendError::Error)?;
        core.write_some().map_err(TrySendError::Error)
    }

    /// Waits until everything that is queued now has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub async fn flush(&self) -> Result<(), Error> {
        let mark = lock(&self.shared).mark();
        poll_fn(|cx| lock(&self.shared).poll_flush(mark, cx)).await
    }

    /// Sends our Close, unless one has been sent, and waits until it has been written. The
    /// receiving half goes on until it ends.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010;
    /// [`Error::Io`].
    pub async fn close(&self, code: CloseCode, reason: &str) -> Result<(), Error> {
        lock(&self.shared).start_close(code, reason)?;
        self.flush().await
    }

    /// Sends a Ping and waits until it has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the payload has more than 125 bytes; [`Error::Closed`]; [`Error::Io`].
    pub async fn ping(&self, payload: &[u8]) -> Result<(), Error> {
        self.send(Outgoing::ping(payload)?).await
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        lock(&self.shared).queued()
    }

    /// Bytes written to the stream since the connection began.
    #[must_use]
    pub fn written(&self) -> u64 {
        lock(&self.shared).written()
    }

    /// Queues the message once there is room. Returns its end in the queue.
    async fn queue(&self, message: Outgoing) -> Result<u64, Error> {
        let mut message = Some(message);
        poll_fn(|cx| {
            let mut core = lock(&self.shared);
            ready!(core.poll_ready(cx))?;
            // One lock for both steps: another task cannot take the room in between.
            Poll::Ready(match message.take() {
                Some(message) => core.queue(message).map(|()| core.mark()),
                None => Ok(core.mark()),
            })
        })
        .await
    }
}

impl<T: Transport> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            mark: None,
        }
    }
}

impl<T: Transport> Receiver<T> {
    /// Receives the next message, like [`WebSocket::next`].
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`], [`Error::Io`], [`Error::Vanished`] or [`Error::Overloaded`], once; then
    /// `None` follows.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| lock(&self.shared).poll_next(cx)).await
    }

    /// Bytes read from the stream since the connection began.
    #[must_use]
    pub fn received(&self) -> u64 {
        lock(&self.shared).received()
    }

    /// A snapshot of the progress of the connection.
    #[must_use]
    pub fn progress(&self) -> Progress {
        lock(&self.shared).progress()
    }

    /// Queues a message without waiting, whatever waits already. For drivers that send a Ping of
    /// their own.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] after a Close; [`Error::Io`]; [`Error::Send`] for what may not be sent
    /// now.
    pub fn queue(&mut self, message: impl Into<Outgoing>) -> Result<(), Error> {
        lock(&self.shared).queue(message.into())
    }

    /// Ends the connection at once and closes the byte stream. Unwritten bytes are lost,
    /// [`next`](Self::next) returns `None`, and tasks that send get an error. For drivers that give
    /// up on a peer.
    pub fn abort(&mut self) {
        lock(&self.shared).abort();
    }

    /// Queues our Close without waiting, unless one has been sent.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010.
    pub fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        lock(&self.shared).start_close(code, reason)
    }

    /// Gives the connection up, like [`WebSocket::fail`].
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010.
    pub fn fail(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        lock(&self.shared).start_fail(code, reason)
    }

    /// Changes [`Config::max_message_len`](crate::Config::max_message_len), from the next frame on.
    pub fn set_max_message_len(&mut self, bytes: u64) {
        lock(&self.shared).set_frame(|frame| frame.max_message_len(bytes));
    }

    /// Changes [`Config::max_frame_len`](crate::Config::max_frame_len), from the next frame on.
    pub fn set_max_frame_len(&mut self, bytes: u64) {
        lock(&self.shared).set_frame(|frame| frame.max_frame_len(bytes));
    }

    /// Joins the halves again.
    ///
    /// # Errors
    ///
    /// The halves come back if they are not of one connection, or if there are other clones of the
    /// sender.
    pub fn reunite(self, sender: Sender<T>) -> Result<WebSocket<T>, (Self, Sender<T>)> {
        if !Arc::ptr_eq(&self.shared, &sender.shared) || Arc::strong_count(&self.shared) > 2 {
            return Err((self, sender));
        }
        drop(self);
        match Arc::try_unwrap(sender.shared) {
            Ok(shared) => Ok(WebSocket::from_core(
                shared.into_inner().unwrap_or_else(PoisonError::into_inner),
            )),
            // This is the only reference, so nobody can have cloned it meanwhile.
            Err(shared) => {
                let receiver = Self {
                    shared: Arc::clone(&shared),
                };
                Err((receiver, Sender { shared, mark: None }))
            }
        }
    }
}

impl<T: Transport> Stream for Receiver<T> {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        lock(&self.shared).poll_next(cx)
    }
}

/// Sink semantics: a flush waits for the bytes that were queued when it began. `poll_close` sends a
/// Close with 1000, unless one has been sent.
impl<T: Transport> Sink<Outgoing> for Sender<T> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        lock(&self.shared).poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Outgoing) -> Result<(), Error> {
        // A flush that has begun extends to the end of this message.
        self.mark = None;
        lock(&self.shared).queue(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut core = lock(&self.shared);
        let mark = self.mark.unwrap_or_else(|| core.mark());
        let polled = core.poll_flush(mark, cx);
        drop(core);
        self.mark = polled.is_pending().then_some(mark);
        polled
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // Nothing is queued behind a Close, so its end stays where it is from poll to poll.
        self.mark = None;
        lock(&self.shared).start_close(CloseCode::NORMAL, "")?;
        self.poll_flush(cx)
    }
}

impl fmt::Display for TrySendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("more than the high watermark waits to be written"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TrySendError {}

impl<T: Transport> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}

impl<T: Transport> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("received", &self.received())
            .finish_non_exhaustive()
    }
}
