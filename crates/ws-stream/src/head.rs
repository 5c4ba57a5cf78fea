use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use futures_io::AsyncRead;
use ws_handshake::{HeadError, HeadScanner};

/// What has been read of a stream of bytes, and where in it the head ends.
pub(crate) type Head = (Vec<u8>, Result<usize, HeadError>);

/// Reads up to the end of one head, and perhaps some of what follows it.
pub(crate) async fn read_head<T: AsyncRead + Unpin>(io: &mut T) -> io::Result<Head> {
    let mut scanner = HeadScanner::default();
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        bytes.resize(start + READ_LEN, 0);
        let count = poll_fn(|cx| Pin::new(&mut *io).poll_read(cx, &mut bytes[start..])).await?;
        bytes.truncate(start + count);
        match scanner.scan(&bytes[start..]) {
            Ok(Some(taken)) => return Ok((bytes, Ok(start + taken))),
            Ok(None) if count == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(None) => {}
            Err(error) => return Ok((bytes, Err(error))),
        }
    }
}

/// More than most heads have.
const READ_LEN: usize = 2 * 1024;
