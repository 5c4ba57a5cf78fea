//! The halves of a connection.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use futures_core::Stream as Items;
use futures_sink::Sink;
use ws_stream::{CloseCode, Error, Message, Outgoing, TrySendError};

use super::driven::Next;
use super::timeouts::Watchdog;
use crate::WebSocket;
use crate::stream::Stream;

/// The half of a connection that sends. Clones send over the same connection, from as many tasks as
/// there are.
///
/// The connection ends when all halves have been dropped.
#[derive(Clone, Debug)]
pub struct Sender {
    inner: ws_stream::Sender<Stream>,
    receiver: Arc<AtomicWaker>,
}

impl Sender {
    /// Sends a message and waits until it has been written, like
    /// [`WebSocket::send`](crate::WebSocket::send). Messages that other tasks queue later are not
    /// waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] once the connection is closed for sending, and [`Error::Io`], also after a
    /// timeout, which the [`Receiver`] reports.
    pub async fn send(&self, message: impl Into<Outgoing>) -> Result<(), Error> {
        self.watched(self.inner.send(message)).await
    }

    /// Queues a message, and waits only while more than
    /// [`high_watermark`](crate::Config::high_watermark) bytes wait to be written. The task that
    /// receives writes it, unless a sender does so before.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub async fn feed(&self, message: impl Into<Outgoing>) -> Result<(), Error> {
        self.watched(self.inner.feed(message)).await
    }

    /// Queues a message without waiting, for one receiver among many who must not hold up the
    /// others.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] with the message if more than
    /// [`high_watermark`](crate::Config::high_watermark) bytes wait; [`TrySendError::Error`] for
    /// the errors of [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Outgoing>) -> Result<(), TrySendError> {
        let sent = self.inner.try_send(message);
        self.tell_receiver();
        sent
    }

    /// Waits until everything that is queued now has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub async fn flush(&self) -> Result<(), Error> {
        self.watched(self.inner.flush()).await
    }

    /// Sends a Ping and waits until it has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the payload has more than 125 bytes; those of [`send`](Self::send).
    pub async fn ping(&self, payload: &[u8]) -> Result<(), Error> {
        self.watched(self.inner.ping(payload)).await
    }

    /// Sends a Close, unless one has been sent, and waits until it has been written. The receiving
    /// half goes on until the peer has answered.
    ///
    /// # Errors
    ///
    /// [`Error::Send`] if the reason has more than 123 bytes, or if a server sends 1010;
    /// [`Error::Io`].
    pub async fn close(&self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let closed = self.watched(self.inner.close(code, reason)).await;
        self.receiver.wake(); // the close timeout has begun
        closed
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.inner.queued()
    }

    /// Lets the receiving half watch a sender that waits: it has the timeouts.
    async fn watched<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let done = poll_fn(|cx| {
            let polled = work.as_mut().poll(cx);
            if polled.is_pending() {
                self.receiver.wake();
            }
            polled
        });
        let done = done.await;
        self.tell_receiver();
        done
    }

    /// The receiving half writes what is queued and not written.
    fn tell_receiver(&self) {
        if self.inner.queued() > 0 {
            self.receiver.wake();
        }
    }
}

/// A flush waits for what was queued when it began. `poll_close` sends a Close with 1000, unless
/// one has been sent.
impl Sink<Outgoing> for Sender {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let polled = Pin::new(&mut self.inner).poll_ready(cx);
        self.tell_receiver();
        polled
    }

    fn start_send(mut self: Pin<&mut Self>, message: Outgoing) -> Result<(), Error> {
        Pin::new(&mut self.inner).start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        self.tell_receiver();
        polled
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let polled = Pin::new(&mut self.inner).poll_close(cx);
        self.receiver.wake();
        polled
    }
}

/// The half of a connection that receives.
///
/// It sends pongs, the answer to a Close, and pings of its own, and watches the timeouts: keep
/// calling [`next`](Self::next) until it returns `None`.
pub struct Receiver {
    inner: ws_stream::Receiver<Stream>,
    watchdog: Box<Watchdog>,
    /// Woken by senders that wait.
    waker: Arc<AtomicWaker>,
}

impl WebSocket {
    /// Splits the connection for tasks that send and one that receives. The sending half can be
    /// cloned.
    ///
    /// ```
    /// # async fn run(ws: ws_tokio::WebSocket) -> Result<(), ws_tokio::Error> {
    /// let (sender, mut receiver) = ws.split();
    /// let other = sender.clone();
    /// tokio::spawn(async move { other.send("from another task").await });
    /// while let Some(message) = receiver.next().await {
    ///     println!("{:?}", message?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn split(self) -> (Sender, Receiver) {
        let (sender, receiver) = self.inner.split();
        let waker = Arc::new(AtomicWaker::new());
        let sender = Sender {
            inner: sender,
            receiver: Arc::clone(&waker),
        };
        let receiver = Receiver {
            inner: receiver,
            watchdog: self.watchdog,
            waker,
        };
        (sender, receiver)
    }
}

impl Receiver {
    /// Receives the next message, like [`WebSocket::next`](crate::WebSocket::next).
    ///
    /// # Errors
    ///
    /// The connection ended badly: those of [`WebSocket::next`](crate::WebSocket::next).
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|cx| self.poll_message(cx)).await
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Next {
        self.waker.register(cx.waker());
        self.watchdog.poll_next(&mut self.inner, cx)
    }

    /// Joins the halves again.
    ///
    /// # Errors
    ///
    /// Both come back if they are not of one connection, or if there are other clones of the
    /// sender.
    pub fn reunite(self, sender: Sender) -> Result<WebSocket, (Self, Sender)> {
        let Self {
            inner,
            watchdog,
            waker,
        } = self;
        match inner.reunite(sender.inner) {
            Ok(inner) => Ok(WebSocket { inner, watchdog }),
            Err((inner, other)) => {
                let sender = Sender {
                    inner: other,
                    receiver: sender.receiver,
                };
                Err((
                    Self {
                        inner,
                        watchdog,
                        waker,
                    },
                    sender,
                ))
            }
        }
    }
}

impl Items for Receiver {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_message(cx)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receiver").field(&self.inner).finish()
    }
}
