use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use futures_io::{AsyncRead, AsyncWrite};
use futures_sink::Sink;
use ws_frame::{CloseCode, Connection, Event, Phase, SendError};

use crate::outgoing::Outgoing;
use crate::wakers::Wakers;

/// A WebSocket connection over a stream of bytes.
///
/// As a [`Stream`] it gives what comes from the peer, up to the peer's Close or a failure, then ends the connection as RFC 6455 §7.1.1
/// wants it, and then gives `None`. As a [`Sink`] it takes messages, pings and a Close.
///
/// Every future over it may be dropped at any point, by a `select` or a deadline, and loses no byte: all that is under way is in here.
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
    /// The last event has been handed over: everything is written, our side shut, and the peer's end awaited.
    Ending,
    /// Nothing more is done with the stream of bytes.
    Over,
}

impl<T: AsyncRead + AsyncWrite + Unpin> WebSocket<T> {
    /// A connection whose opening handshake is done, over the stream it was done on.
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

    /// Sends one event, and waits only while much is still to be written. The event goes out with the next read, send or flush. If the
    /// future is dropped, the event is not sent.
    ///
    /// # Errors
    ///
    /// As those of the [`Sink`].
    pub async fn feed(&mut self, event: Event<'_>) -> io::Result<()> {
        let mut this = Pin::new(self);
        poll_fn(|cx| this.as_mut().poll_ready(cx)).await?;
        this.start_send(event)
    }

    /// Sends one event, and waits until it has been written. If the future is dropped first, the event is sent whole or not at all.
    ///
    /// # Errors
    ///
    /// As those of the [`Sink`].
    pub async fn send(&mut self, event: Event<'_>) -> io::Result<()> {
        self.feed(event).await?;
        poll_fn(|cx| self.poll_sent(cx)).await
    }

    /// Sends our Close, unless it has been sent, and waits until it has been written. Go on reading events: messages may still come before
    /// the peer's Close, and the stream ends only when that has come.
    ///
    /// # Errors
    ///
    /// The stream of bytes fails; or the reason has more than 123 bytes.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> io::Result<()> {
        let closed = self.connection.close(code, reason, self.output.buffer());
        unless_closed(closed)?;
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

    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakers.sender_waits(cx.waker());
        self.poll_written(0)
    }

    /// Where to put what goes out before the first frame.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        self.output.buffer()
    }

    fn receive(&mut self) -> Option<Event<'static>> {
        let mut input = &mut self.input[self.unread.clone()];
        let event = self.connection.receive(&mut input, self.output.buffer());
        let event = event.map(Event::into_owned);
        self.unread.start = self.unread.end - input.len();
        event
    }

    /// Reads once. What is owed to the peer goes first, as far as it can be written now.
    fn poll_more(&mut self) -> Poll<io::Result<()>> {
        let written = self.poll_written(0);
        match (self.poll_read(), written) {
            (Poll::Ready(Ok(0)), _) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            (Poll::Ready(Ok(count)), _) => {
                self.unread = 0..count;
                Poll::Ready(Ok(()))
            }
            // What the peer sent before it went away comes first, and that writing fails, after it.
            (Poll::Ready(Err(error)), _) | (Poll::Pending, Poll::Ready(Err(error))) => {
                Poll::Ready(Err(error))
            }
            (Poll::Pending, _) => Poll::Pending,
        }
    }

    /// RFC 6455 §7.1.1: the server ends its side first, the client when the server has.
    fn poll_end(&mut self) -> Poll<io::Result<()>> {
        let written = self.poll_written(0)?;
        if written.is_ready() && self.connection.phase() == Phase::Closed {
            ready!(self.poll_shut())?;
        }
        while ready!(self.poll_read())? > 0 {}
        ready!(written);
        self.poll_shut()
    }

    fn poll_shut(&mut self) -> Poll<io::Result<()>> {
        if !self.shut {
            let cx = &mut Context::from_waker(&self.waker);
            ready!(Pin::new(&mut self.io).poll_close(cx))?;
            self.shut = true;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self) -> Poll<io::Result<usize>> {
        let cx = &mut Context::from_waker(&self.waker);
        Pin::new(&mut self.io).poll_read(cx, &mut self.input)
    }

    /// Until at most `rest` bytes wait to be written; with 0, until the stream has passed on what it holds.
    fn poll_written(&mut self, rest: usize) -> Poll<io::Result<()>> {
        if let Some(kind) = self.broken {
            return Poll::Ready(Err(kind.into()));
        }
        let written = self.poll_write(rest);
        if let Poll::Ready(Err(error)) = &written {
            self.broken = Some(error.kind());
            self.output.clear();
        }
        written
    }

    fn poll_write(&mut self, rest: usize) -> Poll<io::Result<()>> {
        let cx = &mut Context::from_waker(&self.waker);
        while self.output.len() > rest {
            ready!(self.output.poll_write(rest, &mut self.io, cx))?;
            self.connection.flush_pong(self.output.buffer());
        }
        if rest == 0 {
            ready!(self.output.poll_flush(&mut self.io, cx))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<T> {
    type Item = io::Result<Event<'static>>;

    /// The next event. `Err` when the stream of bytes fails, or ends without a Close (`UnexpectedEof`); then `None`.
    ///
    /// After [`Event::Close`] and [`Event::Failed`] it ends the connection: it writes what waits, and waits for the peer to end its side.
    /// Put a deadline on that.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.wakers.reader_waits(cx.waker());
        loop {
            match this.state {
                State::Open => {
                    if let Some(event) = this.receive() {
                        return Poll::Ready(Some(Ok(event)));
                    }
                    if matches!(this.connection.phase(), Phase::ExpectEof | Phase::Closed) {
                        this.state = State::Ending;
                    } else if let Err(error) = ready!(this.poll_more()) {
                        this.connection.receive_eof();
                        this.state = State::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                State::Ending => {
                    // The closing handshake is done, and all events are out: how the stream of bytes ends changes nothing.
                    ready!(this.poll_end()).unwrap_or_default();
                    this.connection.receive_eof();
                    this.state = State::Over;
                }
                State::Over => return Poll::Ready(None),
            }
        }
    }
}

/// Takes messages, whole or in parts, pings, pongs, and a Close. Writing goes on in the background of reading, and the other way round.
///
/// The errors are those of the stream of bytes; [`BrokenPipe`](io::ErrorKind::BrokenPipe) once our Close has been sent; and
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for what RFC 6455 does not allow to be sent, around the [`SendError`] that tells the rule.
impl<T: AsyncRead + AsyncWrite + Unpin> Sink<Event<'_>> for WebSocket<T> {
    type Error = io::Error;

    /// Waits while much is still to be written.
    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakers.sender_waits(cx.waker());
        self.poll_written(HIGH)
    }

    fn start_send(mut self: Pin<&mut Self>, event: Event<'_>) -> io::Result<()> {
        let WebSocket {
            connection, output, ..
        } = &mut *self;
        append(event, connection, output.buffer())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_sent(cx)
    }

    /// Sends our Close, with the code 1000, unless one has been sent. Go on reading events until the stream ends.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let WebSocket {
            connection, output, ..
        } = &mut *self;
        unless_closed(connection.close(CloseCode::NORMAL, "", output.buffer()))?;
        self.poll_sent(cx)
    }
}

fn append(event: Event<'_>, connection: &mut Connection, output: &mut Vec<u8>) -> io::Result<()> {
    let appended = match event {
        Event::Text(text) => connection.send_text(&text, output),
        Event::Binary(payload) => connection.send_binary(&payload, output),
        Event::TextPart(part) => connection.send_text_fragment(&part.data, part.last, output),
        Event::BinaryPart(part) => connection.send_binary_fragment(&part.data, part.last, output),
        Event::Ping(payload) => connection.send_ping(&payload, output),
        Event::Pong(payload) => connection.send_pong(&payload, output),
        Event::Close(Some(close)) => {
            return unless_closed(connection.close(close.code, &close.reason, output));
        }
        Event::Close(None) => return unless_closed(connection.close_without_code(output)),
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    };
    appended.map_err(refused)
}

/// To close what is closed is no error: both sides may close at once.
fn unless_closed(closed: Result<(), SendError>) -> io::Result<()> {
    match closed {
        Err(SendError::Closed) => Ok(()),
        closed => closed.map_err(refused),
    }
}

fn refused(error: SendError) -> io::Error {
    let kind = match error {
        SendError::Closed => io::ErrorKind::BrokenPipe,
        _ => io::ErrorKind::InvalidInput,
    };
    io::Error::new(kind, error)
}

/// How much is read at a time. Every connection holds a buffer of this size.
const READ_LEN: usize = 16 * 1024;

/// How much may wait to be written before a sender has to wait.
const HIGH: usize = 64 * 1024;
