//! Reads a head from a stream.

use std::future::poll_fn;
use std::io;
use std::task::Context;

use ws_handshake::{HeadError, HeadScanner, Limits, ServerResponse};

use crate::{Error, Transport, scratch};

/// Reads heads from the front of a byte stream, possibly with bytes that follow them.
#[derive(Debug)]
pub(super) struct Heads {
    scanner: HeadScanner,
    bytes: Vec<u8>,
    /// Number of scanned bytes.
    scanned: usize,
    /// Beginning of every head. Anything else is refused before it is whole.
    prefix: &'static [u8],
}

impl Heads {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            scanner: HeadScanner::new(limits),
            bytes: Vec::new(),
            scanned: 0,
            prefix: b"",
        }
    }

    /// Reads heads of answers. A server that speaks another protocol may say little and then wait:
    /// its first bytes decide.
    pub(super) fn of_answers(limits: Limits) -> Self {
        Self {
            prefix: b"HTTP/",
            ..Self::new(limits)
        }
    }

    /// Reads up to the end of one head. Returns its end, or its fault.
    pub(super) async fn read<T: Transport>(
        &mut self,
        io: &mut T,
    ) -> io::Result<Result<usize, HeadError>> {
        loop {
            match self.scanner.scan(&self.bytes[self.scanned..]) {
                Ok(Some(taken)) => return Ok(Ok(self.scanned + taken)),
                Ok(None) if !self.may_begin() => return Ok(Err(HeadError::StartLine)),
                Ok(None) => {
                    self.scanned = self.bytes.len();
                    self.read_more(io).await?;
                }
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Returns whether the bytes may be the beginning of a head. Empty lines may precede it.
    fn may_begin(&self) -> bool {
        let empty_lines = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let first = self.bytes.iter().skip_while(empty_lines);
        first
            .zip(self.prefix)
            .all(|(byte, expected)| byte == expected)
    }

    /// Advances to the head behind the one that ends there.
    pub(super) fn pass(&mut self, end: usize) {
        self.scanner.next_head();
        self.bytes.drain(..end);
        self.scanned = 0;
    }

    /// Replaces folded lines in the answer's head that ends there by spaces (RFC 9112 §5.2).
    pub(super) fn unfold(&mut self, end: usize) {
        if let Some(head) = self.bytes.get_mut(..end) {
            ServerResponse::unfold(head);
        }
    }

    /// All bytes read, from the start of the last head.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends the bytes of one read.
    pub(super) async fn read_more<T: Transport>(&mut self, io: &mut T) -> io::Result<()> {
        if read(io, &mut self.bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// Appends the bytes of one read, and returns their number.
pub(super) async fn read<T: Transport>(io: &mut T, bytes: &mut Vec<u8>) -> io::Result<usize> {
    poll_fn(|cx| {
        let mut input = scratch::Input::take();
        // Longer than most heads, so that bytes behind them are rarely read here.
        let polled = io.poll_read(cx, &mut input[..READ_LEN]);
        polled.map_ok(|count| {
            bytes.extend_from_slice(&input[..count.min(READ_LEN)]);
            count
        })
    })
    .await
}

/// Writes all of `bytes` and flushes.
pub(super) async fn write<T: Transport>(io: &mut T, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match poll_fn(|cx: &mut Context<'_>| io.poll_write(cx, &bytes[written..])).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => written += count,
        }
    }
    poll_fn(|cx| io.poll_flush(cx)).await
}

/// The stream ended in the middle of a head.
pub(super) fn ended(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Vanished,
        _ => Error::Io(error),
    }
}

const READ_LEN: usize = 8 * 1024;
