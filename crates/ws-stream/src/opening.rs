use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use ws_frame::Connection;
use ws_handshake::{Accept, FieldError, HandshakeError, HeadError, Request, Response};

use crate::WebSocket;
use crate::heads::Heads;
use crate::outgoing::Outgoing;

/// A client's request, read and not yet answered.
///
/// Look at it with [`request`](Self::request), then answer it: with [`accept`](Self::accept), or with [`respond`](Self::respond).
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
pub struct Opening<T> {
    io: T,
    bytes: Vec<u8>,
    head_end: Result<usize, HeadError>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Opening<T> {
    /// Reads one request. Put a deadline on it: a client that sends its head slowly, or not at all, is waited for as long as it likes.
    ///
    /// # Errors
    ///
    /// The stream of bytes fails, or ends before the request does. What is wrong with the request itself comes from
    /// [`request`](Self::request), for it is to be answered.
    pub async fn read(mut io: T) -> io::Result<Self> {
        let mut heads = Heads::default();
        let head_end = heads.read(&mut io).await?;
        let bytes = heads.into_bytes();
        Ok(Self { io, bytes, head_end })
    }

    /// The request; next comes [`Request::upgrade`].
    ///
    /// # Errors
    ///
    /// What is wrong with it: [`respond`](Self::respond) with that.
    pub fn request(&self) -> Result<Request<'_>, HandshakeError> {
        Request::parse(&self.bytes[..self.head_end?])
    }

    /// Opens the connection. The answer goes out with the first event that is awaited or sent.
    ///
    /// # Errors
    ///
    /// A field that the caller added to the answer is not well-formed.
    pub fn accept(self, accept: &Accept<'_>, connection: Connection) -> Result<WebSocket<T>, FieldError> {
        let frames = &self.bytes[self.head_end.unwrap_or(self.bytes.len())..];
        let mut socket = WebSocket::with_unread(self.io, connection, frames);
        accept.encode(socket.output())?;
        Ok(socket)
    }

    /// Gives another answer, and ends the connection. Put a deadline on it: it waits for the client to take the answer and to end its side.
    ///
    /// # Errors
    ///
    /// The stream of bytes fails, or a field of the answer is not well-formed.
    pub async fn respond(mut self, response: &Response<'_>) -> io::Result<()> {
        let mut answer = Outgoing::default();
        let encoded = response.encode(answer.buffer());
        encoded.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let io = &mut self.io;
        poll_fn(|cx| answer.poll_write(0, io, cx)).await?;
        poll_fn(|cx| Pin::new(&mut *io).poll_close(cx)).await?;
        // What comes is no second request, and to close with it unread would have the answer lost to a reset (RFC 9112 §9.6).
        let bytes = &mut self.bytes;
        bytes.resize(DRAIN_LEN, 0);
        poll_fn(|cx| poll_drain(io, bytes, cx)).await
    }
}

/// Reads up to the end, and lets other tasks and deadlines have their turn in between.
fn poll_drain<T: AsyncRead + Unpin>(
    io: &mut T,
    bytes: &mut [u8],
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    for _ in 0..READS_PER_POLL {
        if ready!(Pin::new(&mut *io).poll_read(cx, bytes))? == 0 {
            return Poll::Ready(Ok(()));
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

const READS_PER_POLL: usize = 32;

const DRAIN_LEN: usize = 4 * 1024;
