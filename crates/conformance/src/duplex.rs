//! A connection in memory: each read gets one piece, and every write succeeds.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// One end of the connection. The test keeps a clone of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Duplex(Arc<Mutex<Ends>>);

#[derive(Debug, Default)]
struct Ends {
    incoming: VecDeque<Vec<u8>>,
    written: Vec<u8>,
}

impl Duplex {
    /// Bytes for the next read.
    pub(crate) fn push(&self, piece: &[u8]) {
        if !piece.is_empty() {
            self.ends().incoming.push_back(piece.to_vec());
        }
    }

    /// Bytes written so far.
    #[must_use]
    pub(crate) fn written(&self) -> Vec<u8> {
        self.ends().written.clone()
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, Ends> {
        self.0
            .lock()
            .expect("one thread, and it did not panic while it held the lock")
    }

    fn pull(&self, buffer: &mut [u8]) -> Poll<usize> {
        let mut ends = self.ends();
        let Some(piece) = ends.incoming.front_mut() else {
            return Poll::Pending;
        };
        let len = piece.len().min(buffer.len());
        buffer[..len].copy_from_slice(&piece[..len]);
        piece.drain(..len);
        if piece.is_empty() {
            ends.incoming.pop_front();
        }
        Poll::Ready(len)
    }

    fn push_written(&self, bytes: &[u8]) -> usize {
        self.ends().written.extend(bytes);
        bytes.len()
    }
}

impl io::Read for Duplex {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.pull(buffer) {
            Poll::Ready(len) => Ok(len),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl io::Write for Duplex {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.push_written(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Duplex {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.pull(buffer.initialize_unfilled()) {
            Poll::Ready(len) => {
                buffer.advance(len);
                Poll::Ready(Ok(()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl tokio::io::AsyncWrite for Duplex {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.push_written(bytes)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures_util::AsyncRead for Duplex {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.pull(buffer).map(Ok)
    }
}

impl futures_util::AsyncWrite for Duplex {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.push_written(bytes)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
