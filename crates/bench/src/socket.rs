//! A socket without a kernel: a read copies from bytes that start again at their end, and a write
//! copies into a ring or into a kept buffer.
//!
//! All copies go in steps of less than 2 KiB. libc leaves longer ones to `rep movsb`, which on some
//! processors takes many times as long for some distances between source and destination: the
//! figures would depend on the addresses that the allocator gives.

use std::cell::RefCell;
use std::hint::black_box;
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

/// Source and sink of a peer.
#[derive(Debug)]
pub struct Socket {
    wire: &'static [u8],
    at: usize,
    read_len: usize,
    /// Ends of the messages, if no read may cut one.
    ends: Option<&'static [usize]>,
    outbound: Outbound,
}

#[derive(Debug)]
enum Outbound {
    /// Copied to the next free place of a ring, as a kernel would.
    Copied {
        ring: Vec<u8>,
        end: usize,
    },
    Kept(Kept),
}

/// Kept output of a socket, shared with the test, because some peers never return their socket.
#[derive(Debug, Clone, Default)]
pub struct Kept(Rc<RefCell<Vec<u8>>>);

impl Kept {
    /// Output since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        self.0.take()
    }

    /// Discards the output, and keeps its capacity.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Socket {
    /// Reads at most `read_len` bytes at a time from `inbound`, without end. Writes are copied
    /// once.
    #[must_use]
    pub const fn new(inbound: &'static [u8], read_len: usize) -> Self {
        Self {
            wire: inbound,
            at: 0,
            read_len,
            ends: None,
            outbound: Outbound::Copied {
                ring: Vec::new(),
                end: 0,
            },
        }
    }

    /// Lets a read end only where a message ends: it returns as many whole messages as fit, or one
    /// that is longer.
    #[must_use]
    pub const fn whole(mut self, ends: &'static [usize]) -> Self {
        self.ends = Some(ends);
        self
    }

    /// Keeps the output.
    #[must_use]
    pub fn keep(mut self, kept: &Kept) -> Self {
        self.outbound = Outbound::Kept(kept.clone());
        self
    }

    /// The most bytes that one read returns.
    #[must_use]
    pub fn read_len(&self) -> usize {
        let longest = |ends: &[usize]| {
            let starts = std::iter::once(&0).chain(ends);
            starts.zip(ends).map(|(start, end)| end - start).max()
        };
        let longest = self.ends.and_then(longest).unwrap_or_default();
        self.read_len.max(longest).min(self.wire.len())
    }

    /// Writes `bytes`. All trait implementations below end here.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        match &mut self.outbound {
            Outbound::Copied { ring, end } => {
                for piece in bytes.chunks(RING_LEN) {
                    put_in(piece, ring, end);
                }
            }
            Outbound::Kept(kept) => kept.0.borrow_mut().extend_from_slice(bytes),
        }
    }

    fn put_all(&mut self, slices: &[IoSlice<'_>]) -> usize {
        for bytes in slices {
            self.put(bytes);
        }
        slices.iter().map(|bytes| bytes.len()).sum()
    }

    #[inline]
    fn inbound(&mut self, room: usize) -> &'static [u8] {
        if self.at == self.wire.len() {
            self.at = 0;
        }
        let rest = &self.wire[self.at..];
        let most = match self.ends {
            None => self.read_len,
            Some(ends) => self.whole_messages(ends),
        };
        let bytes = &rest[..rest.len().min(room).min(most)];
        self.at += bytes.len();
        bytes
    }

    /// The length of as many whole messages as one read may return.
    fn whole_messages(&self, ends: &[usize]) -> usize {
        let next = ends.partition_point(|end| *end <= self.at);
        let fitting = ends.partition_point(|end| *end <= self.at.saturating_add(self.read_len));
        let end = ends.get(next.max(fitting.saturating_sub(1)));
        end.unwrap_or(&self.wire.len()) - self.at
    }
}

impl Read for Socket {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inbound(buf.len());
        copy(bytes, &mut buf[..bytes.len()]);
        Ok(bytes.len())
    }
}

impl Write for Socket {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.put(buf);
        Ok(buf.len())
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.put_all(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Socket {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = self.inbound(buf.remaining());
        bytes.chunks(STEP).for_each(|step| buf.put_slice(step));
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Socket {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write_vectored(bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures_util::io::AsyncRead for Socket {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.read(buf))
    }
}

impl futures_util::io::AsyncWrite for Socket {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write_vectored(bufs))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    let to = to.chunks_mut(STEP);
    from.chunks(STEP)
        .zip(to)
        .for_each(|(from, to)| to.copy_from_slice(from));
}

fn put_in(piece: &[u8], ring: &mut Vec<u8>, end: &mut usize) {
    if ring.is_empty() {
        ring.resize(RING_LEN, 0);
    }
    if ring.len() - *end < piece.len() {
        *end = 0;
    }
    let place = &mut ring[*end..][..piece.len()];
    copy(piece, place);
    black_box(place);
    *end += piece.len();
}

/// The most bytes copied at once.
const STEP: usize = 2 * 1024 - 64;

/// Bytes that the kernel takes from a connection whose peer reads.
const RING_LEN: usize = 64 << 10;

/// The result of a future that never waits: a socket without a kernel is always ready.
#[inline]
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    let future = std::pin::pin!(future);
    match future.poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a peer waits for a socket that is always ready"),
    }
}
