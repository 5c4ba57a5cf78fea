use std::error::Error;
use std::future::poll_fn;
use std::{fmt, io};

use futures_io::{AsyncRead, AsyncWrite};
use ws_frame::Connection;
use ws_handshake::{Accepted, ClientRequest, FieldError, ResponseError, ServerResponse};

use crate::WebSocket;
use crate::heads::Heads;
use crate::outgoing::Outgoing;

/// Sends a request over a stream of bytes to a server, and reads its answer. If that opens the connection, `connection` makes our end of
/// it, by the terms that the server chose: subprotocol, extensions.
///
/// Put a deadline on it: a server that does not answer is waited for.
///
/// # Errors
///
/// See [`ConnectError`]. The stream of bytes is dropped.
pub async fn connect<T: AsyncRead + AsyncWrite + Unpin>(
    mut io: T,
    request: &ClientRequest<'_>,
    connection: impl FnOnce(&Accepted<'_>) -> Connection,
) -> Result<WebSocket<T>, ConnectError> {
    let mut output = Outgoing::default();
    request.encode(output.buffer())?;
    poll_fn(|cx| output.poll_write(0, &mut io, cx)).await?;
    poll_fn(|cx| output.poll_flush(&mut io, cx)).await?;
    let mut heads = Heads::default();
    loop {
        let head_end = heads.read(&mut io).await?.map_err(ResponseError::Head);
        let verdict = head_end.and_then(|end| {
            let response = ServerResponse::parse(&heads.bytes()[..end])?;
            let accepted = if response.is_interim() {
                None
            } else {
                Some(response.accepted(request)?)
            };
            Ok((accepted, end))
        });
        match verdict {
            Ok((None, end)) => heads.pass(end),
            Ok((Some(accepted), end)) => {
                let connection = connection(&accepted);
                return Ok(WebSocket::with_unread(io, connection, &heads.bytes()[end..]));
            }
            Err(error) => {
                let answer = heads.into_bytes();
                return Err(ConnectError::Refused { error, answer });
            }
        }
    }
}

/// Why [`connect`] did not open a connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The stream of bytes failed, or ended before the answer did.
    Io(io::Error),
    /// The request is not well-formed; nothing was sent.
    Request(FieldError),
    /// The server's answer does not open the connection.
    Refused {
        /// Why not.
        error: ResponseError,
        /// What has come of the answer; [`ServerResponse::parse`] takes its head.
        answer: Vec<u8>,
    },
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
            Self::Refused { error, .. } => error.fmt(f),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Request(error) => error.source(),
            Self::Refused { error, .. } => error.source(),
        }
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<FieldError> for ConnectError {
    fn from(error: FieldError) -> Self {
        Self::Request(error)
    }
}
