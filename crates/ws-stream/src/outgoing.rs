use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::AsyncWrite;

/// Bytes on their way out, and how many of them have gone.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    written: usize,
    /// Whether the stream may still hold some of what has gone.
    unflushed: bool,
}

impl Outgoing {
    /// Where to append. What has gone is moved out of the way once it is the larger part: each byte moves at most once on average.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.written > self.bytes.len() / 2 {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        &mut self.bytes
    }

    /// How many bytes wait.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Forgets what waits: it cannot be written any more.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Writes until at most `rest` bytes wait. Dropping the future between two calls loses nothing.
    pub(crate) fn poll_write<T: AsyncWrite + Unpin>(
        &mut self,
        rest: usize,
        io: &mut T,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.len() > rest {
            let count = ready!(Pin::new(&mut *io).poll_write(cx, &self.bytes[self.written..]))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written = self.bytes.len().min(self.written + count);
            self.unflushed = true;
        }
        if self.len() == 0 {
            self.bytes.clear();
            self.bytes.shrink_to(KEEP);
            self.written = 0;
        }
        Poll::Ready(Ok(()))
    }

    /// Has the stream pass on what it holds.
    pub(crate) fn poll_flush<T: AsyncWrite + Unpin>(
        &mut self,
        io: &mut T,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(Pin::new(io).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// The most room that is kept while nothing waits.
const KEEP: usize = 16 * 1024;
