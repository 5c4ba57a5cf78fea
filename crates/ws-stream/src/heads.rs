use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use futures_io::AsyncRead;
use ws_handshake::{HeadError, HeadScanner};

/// Reads heads from the front of a stream of bytes, and with them perhaps some of what follows.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    scanner: HeadScanner,
    bytes: Vec<u8>,
    /// How much of `bytes` has been looked at.
    examined: usize,
}

impl Heads {
    /// Reads up to the end of one head. Gives where it ends, or what is wrong with it.
    pub(crate) async fn read<T>(&mut self, io: &mut T) -> io::Result<Result<usize, HeadError>>
    where
        T: AsyncRead + Unpin,
    {
        loop {
            match self.scanner.scan(&self.bytes[self.examined..]) {
                Ok(Some(taken)) => return Ok(Ok(self.examined + taken)),
                Ok(None) => self.read_more(io).await?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Goes on to the head behind the one that ends there.
    pub(crate) fn pass(&mut self, end: usize) {
        self.scanner.next_head();
        self.bytes.drain(..end);
        self.examined = 0;
    }

    /// What has been read, from the front of the head that was last read.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The same, lent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    async fn read_more<T: AsyncRead + Unpin>(&mut self, io: &mut T) -> io::Result<()> {
        self.examined = self.bytes.len();
        self.bytes.resize(self.examined + READ_LEN, 0);
        let room = &mut self.bytes[self.examined..];
        let count = poll_fn(|cx| Pin::new(&mut *io).poll_read(cx, room)).await?;
        self.bytes.truncate(self.examined + count);
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// More than most heads have.
const READ_LEN: usize = 2 * 1024;
