//! The byte stream under a connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use crate::scratch;

/// A byte stream that a [`WebSocket`](crate::WebSocket) runs over.
///
/// Every `futures-io` stream is one. Implement it for the streams of a runtime with traits of its
/// own, and forward each method.
///
/// A poll that returns `Poll::Pending` must have arranged for the waker of `cx` to be woken. The
/// crate passes the same waker for reading and for writing, so a stream may keep one waker for each
/// direction or one for both.
///
/// ```
/// use std::io;
/// use std::task::{Context, Poll};
/// use ws_stream::Transport;
///
/// /// Two queues in memory.
/// struct Loopback(Vec<u8>);
///
/// impl Transport for Loopback {
///     fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
///         let count = buffer.len().min(self.0.len());
///         buffer[..count].copy_from_slice(&self.0[..count]);
///         self.0.drain(..count);
///         Poll::Ready(Ok(count))
///     }
///     fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
///         self.0.extend_from_slice(bytes);
///         Poll::Ready(Ok(bytes.len()))
///     }
///     fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///     fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
/// }
/// ```
pub trait Transport: Unpin {
    /// Reads into `buffer` and returns the number of bytes; 0 means that the peer has ended its
    /// side.
    ///
    /// # Errors
    ///
    /// The stream failed.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Returns whether [`poll_read_spare`](Self::poll_read_spare) reads without an intermediate
    /// copy. Large messages are then read straight to where they stay. `false` unless overridden.
    fn reads_spare(&self) -> bool {
        false
    }

    /// Appends at most `limit` bytes to `buffer` and returns their number; 0 means that the peer
    /// has ended its side.
    ///
    /// Override it, together with [`reads_spare`](Self::reads_spare), if the stream can read into
    /// uninitialised capacity.
    ///
    /// # Errors
    ///
    /// The stream failed.
    fn poll_read_spare(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> Poll<io::Result<usize>> {
        let mut input = scratch::Input::take();
        let room = limit.min(input.len());
        let count = ready!(self.poll_read(cx, &mut input[..room]))?.min(room);
        buffer.extend_from_slice(&input[..count]);
        Poll::Ready(Ok(count))
    }

    /// Writes some of `bytes` and returns how many.
    ///
    /// # Errors
    ///
    /// The stream failed.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes some of `slices`, in their order, and returns how many bytes. Writes from the first
    /// slice unless overridden.
    ///
    /// # Errors
    ///
    /// The stream failed.
    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty());
        self.poll_write(cx, first.map_or(&[], |slice| slice))
    }

    /// Passes on everything that the stream has taken and still holds.
    ///
    /// # Errors
    ///
    /// The stream failed.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Flushes, and ends this side of the stream. Reading goes on.
    ///
    /// # Errors
    ///
    /// The stream failed.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl<T: AsyncRead + AsyncWrite + Unpin + ?Sized> Transport for T {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        AsyncRead::poll_read(Pin::new(self), cx, buffer)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(self), cx, bytes)
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write_vectored(Pin::new(self), cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(self), cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_close(Pin::new(self), cx)
    }
}
