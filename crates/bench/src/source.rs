//! A socket without a kernel: reads copy from a stream of bytes that starts again at its end, writes are thrown away.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

/// What a peer reads from and writes to.
#[derive(Debug)]
pub struct Source {
    wire: &'static [u8],
    at: usize,
    read_len: usize,
}

impl Source {
    /// Reads of at most `read_len` bytes out of `wire`, without end.
    #[must_use]
    pub const fn new(wire: &'static [u8], read_len: usize) -> Self {
        Self {
            wire,
            at: 0,
            read_len,
        }
    }

    /// The most that one read gives.
    #[must_use]
    pub fn read_len(&self) -> usize {
        self.read_len.min(self.wire.len())
    }

    fn next(&mut self, room: usize) -> &'static [u8] {
        if self.at == self.wire.len() {
            self.at = 0;
        }
        let rest = &self.wire[self.at..];
        let read = &rest[..rest.len().min(room).min(self.read_len)];
        self.at += read.len();
        read
    }
}

impl Read for Source {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.next(buf.len());
        buf[..read.len()].copy_from_slice(read);
        Ok(read.len())
    }
}

impl Write for Source {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Source {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.next(buf.remaining());
        buf.put_slice(read);
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Source {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The result of a future that never waits: everything here is ready at once.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    let future = std::pin::pin!(future);
    match future.poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a peer waits for a source that is always ready"),
    }
}
