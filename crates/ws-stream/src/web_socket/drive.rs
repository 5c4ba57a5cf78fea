//! Moving bytes: between the stream of bytes and the state machine, in both directions.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use ws_frame::{Event, Phase};

use super::WebSocket;

impl<T: AsyncRead + AsyncWrite + Unpin> WebSocket<T> {
    /// The next event of what has been read.
    pub(super) fn receive(&mut self) -> Option<Event<'static>> {
        let mut input = &mut self.input[self.unread.clone()];
        let event = self.connection.receive(&mut input, self.output.buffer());
        let event = event.map(Event::into_owned);
        self.unread.start = self.unread.end - input.len();
        event
    }

    /// Reads once. What is owed to the peer goes first, as far as it can be written now.
    pub(super) fn poll_more(&mut self) -> Poll<io::Result<()>> {
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

    /// Ends the connection, and on the way reads once. Whether it is over. RFC 6455 §7.1.1: the server ends its side first, the client
    /// when the server has.
    pub(super) fn poll_end(&mut self) -> Poll<io::Result<bool>> {
        let written = self.poll_written(0)?;
        if written.is_ready() && self.connection.phase() == Phase::Closed {
            ready!(self.poll_shut())?;
        }
        if ready!(self.poll_read())? > 0 {
            return Poll::Ready(Ok(false));
        }
        ready!(written);
        self.poll_shut().map_ok(|()| true)
    }

    /// Until at most `rest` bytes wait to be written; with 0, until the stream has passed on what it holds.
    pub(super) fn poll_written(&mut self, rest: usize) -> Poll<io::Result<()>> {
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

    fn poll_read(&mut self) -> Poll<io::Result<usize>> {
        let cx = &mut Context::from_waker(&self.waker);
        Pin::new(&mut self.io).poll_read(cx, &mut self.input)
    }

    fn poll_shut(&mut self) -> Poll<io::Result<()>> {
        if !self.shut {
            let cx = &mut Context::from_waker(&self.waker);
            ready!(Pin::new(&mut self.io).poll_close(cx))?;
            self.shut = true;
        }
        Poll::Ready(Ok(()))
    }
}
