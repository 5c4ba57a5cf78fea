//! An echo through `ws-stream` over a byte stream in memory, to count its cost without a kernel.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ws_stream::{Builder, Transport, WebSocket};

/// A connection that echoes messages, several in each turn.
#[derive(Debug)]
pub struct AsyncEcho {
    socket: WebSocket<Memory>,
    turns: usize,
}

/// Returns the same bytes in each turn, and accepts all writes.
#[derive(Debug)]
struct Memory {
    turn: Vec<u8>,
    /// Bytes of the turn that have been read.
    read: usize,
    written: usize,
    /// Whether reads go directly into spare capacity, as on tokio.
    direct: bool,
}

impl AsyncEcho {
    /// Echoes `turn`, a client's frames, `turns` times in each run.
    ///
    /// # Panics
    ///
    /// Never: without bounds, a connection always opens.
    #[must_use]
    pub fn new(turn: Vec<u8>, turns: usize, direct: bool) -> Self {
        let memory = Memory {
            read: turn.len(),
            turn,
            written: 0,
            direct,
        };
        let socket = Builder::new().server(memory).expect("there are no bounds");
        Self { socket, turns }
    }

    /// Runs all turns.
    ///
    /// # Panics
    ///
    /// If a message is not echoed.
    pub fn run(&mut self) {
        for _ in 0..self.turns {
            self.socket.get_mut().read = 0;
            while !self.is_echoed() {
                let mut echo = pin!(echo(&mut self.socket));
                let polled = echo.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(polled.is_pending(), "the connection ended");
            }
        }
    }

    /// A client's frame is four bytes longer than a server's.
    fn is_echoed(&self) -> bool {
        let memory = self.socket.get_ref();
        memory.read == memory.turn.len() && self.socket.queued() == 0
    }

    /// Bytes written since the connection began.
    #[must_use]
    pub fn written(&self) -> usize {
        self.socket.get_ref().written
    }
}

async fn echo(socket: &mut WebSocket<Memory>) {
    while let Some(Ok(message)) = socket.next().await {
        socket.feed(message).await.expect("an open connection");
    }
}

impl Transport for Memory {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let left = &self.turn[self.read..];
        let count = left.len().min(buffer.len());
        if count == 0 {
            return Poll::Pending;
        }
        buffer[..count].copy_from_slice(&left[..count]);
        self.read += count;
        Poll::Ready(Ok(count))
    }

    fn reads_spare(&self) -> bool {
        self.direct
    }

    fn poll_read_spare(
        &mut self,
        _: &mut Context<'_>,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> Poll<io::Result<usize>> {
        let left = &self.turn[self.read..];
        let count = left.len().min(limit);
        if count == 0 {
            return Poll::Pending;
        }
        buffer.extend_from_slice(&left[..count]);
        self.read += count;
        Poll::Ready(Ok(count))
    }

    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written += bytes.len();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        &mut self,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = slices.iter().map(|slice| slice.len()).sum();
        self.written += count;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
