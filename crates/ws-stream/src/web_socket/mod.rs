mod drive;
mod sink;
mod stream;

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use futures_io::{AsyncRead, AsyncWrite};
use futures_sink::Sink as _;
use ws_frame::{CloseCode, Connection, Event};

use crate::outgoing::Outgoing;
use crate::wakers::Wakers;

/// A WebSocket connection over a stream of bytes.
///
/// As a [`Stream`](futures_core::Stream) it gives what comes from the peer, up to the peer's Close or a failure; then it ends the
/// connection as RFC 6455 §7.1.1 wants it, and gives `None`. As a [`Sink`](futures_sink::Sink) it takes messages, pings and a Close.
///
/// Pongs go out by themselves, with the next read or write. Every future over it may be dropped at any point and loses no byte: all that
/// is under way is in here.
#[derive(Debug)]
pub struct WebSocket<T> {
    io: T,
    connection: Connection,
    input: Box<[u8]>,
    /// What of `input` has been read and not yet received.
    unread: Range<usize>,
    output: Outgoing,
    state: State,
    /// Whether our side of the stream of bytes has been ended.
    shut: bool,
    /// What went wrong with writing: nothing more can be written.
    broken: Option<io::ErrorKind>,
    wakers: Arc<Wakers>,
    /// Wakes both sides.
    waker: Waker,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Events may come.
    Open,
    /// The last event has been handed over: what waits is written, our side ended, and the peer's end awaited.
    Ending,
    /// Nothing more is done with the stream of bytes.
    Over,
}

impl<T: AsyncRead + AsyncWrite + Unpin> WebSocket<T> {
    /// A connection whose opening handshake is done, over the stream of bytes that it was done on.
    #[must_use]
    pub fn new(io: T, connection: Connection) -> Self {
        Self::with_unread(io, connection, &[])
    }

    /// As [`new`](Self::new), with bytes that came behind the handshake.
    #[must_use]
    pub fn with_unread(io: T, connection: Connection, unread: &[u8]) -> Self {
        let mut input = vec![0; unread.len().max(READ_LEN)];
        input[..unread.len()].copy_from_slice(unread);
        let (wakers, waker) = Wakers::new();
        Self {
            io,
            connection,
            input: input.into_boxed_slice(),
            unread: 0..unread.len(),
            output: Outgoing::default(),
            state: State::Open,
            shut: false,
            broken: None,
            wakers,
            waker,
        }
    }

    /// Takes one event to be sent, and waits only while much is still to be written. It goes out with the next read, send or flush. If
    /// the future is dropped before it is done, the event is not sent.
    ///
    /// # Errors
    ///
    /// As those of the [`Sink`](futures_sink::Sink).
    pub async fn feed(&mut self, event: Event<'_>) -> io::Result<()> {
        let mut this = Pin::new(self);
        poll_fn(|cx| this.as_mut().poll_ready(cx)).await?;
        this.start_send(event)
    }

    /// Sends one event, and waits until it has been written. If the future is dropped before it is done, the event is sent whole or not
    /// at all.
    ///
    /// # Errors
    ///
    /// As those of the [`Sink`](futures_sink::Sink).
    pub async fn send(&mut self, event: Event<'_>) -> io::Result<()> {
        self.feed(event).await?;
        poll_fn(|cx| self.poll_sent(cx)).await
    }

    /// Sends our Close, unless one has been sent, and waits until it has been written. Go on reading events: messages may still come
    /// before the peer's Close, and the stream ends only when that has come.
    ///
    /// # Errors
    ///
    /// The stream of bytes fails; or the reason has more than 123 bytes.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> io::Result<()> {
        let closed = self.connection.close(code, reason, self.output.buffer());
        sink::unless_closed(closed)?;
        poll_fn(|cx| self.poll_sent(cx)).await
    }

    /// The stream of bytes, for questions such as the peer's address.
    #[must_use]
    pub const fn transport(&self) -> &T {
        &self.io
    }

    /// The same, to be changed: what is read from it or written to it directly is missing from the connection.
    pub const fn transport_mut(&mut self) -> &mut T {
        &mut self.io
    }

    /// Where to put what goes out before the first frame.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        self.output.buffer()
    }
}

/// How much is read at a time. Every connection holds a buffer of this size.
const READ_LEN: usize = 16 * 1024;
