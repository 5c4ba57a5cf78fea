use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use futures_sink::Sink;
use ws_frame::{CloseCode, Connection, Event, SendError};

use super::WebSocket;

/// Takes messages, whole or in parts, pings, pongs, and a Close. Writing goes on in the background of reading, and the other way round.
///
/// The errors are those of the stream of bytes; [`BrokenPipe`](io::ErrorKind::BrokenPipe) once our Close has been sent; and
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for what RFC 6455 does not allow to be sent, around the [`SendError`] that tells the rule.
impl<T: AsyncRead + AsyncWrite + Unpin> Sink<Event<'_>> for WebSocket<T> {
    type Error = io::Error;

    /// Waits while much is still to be written.
    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakers.sender_waits(cx.waker());
        self.poll_written(HIGH)
    }

    fn start_send(mut self: Pin<&mut Self>, event: Event<'_>) -> io::Result<()> {
        let WebSocket {
            connection, output, ..
        } = &mut *self;
        append(event, connection, output.buffer())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_sent(cx)
    }

    /// Sends our Close, with the code 1000, unless one has been sent. Go on reading events until the stream ends.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let WebSocket {
            connection, output, ..
        } = &mut *self;
        unless_closed(connection.close(CloseCode::NORMAL, "", output.buffer()))?;
        self.poll_sent(cx)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> WebSocket<T> {
    pub(super) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakers.sender_waits(cx.waker());
        self.poll_written(0)
    }
}

/// To close what is closed is no error: both sides may close at once.
pub(super) fn unless_closed(closed: Result<(), SendError>) -> io::Result<()> {
    match closed {
        Err(SendError::Closed) => Ok(()),
        closed => closed.map_err(refused),
    }
}

fn append(event: Event<'_>, connection: &mut Connection, output: &mut Vec<u8>) -> io::Result<()> {
    let appended = match event {
        Event::Text(text) => connection.send_text(&text, output),
        Event::Binary(payload) => connection.send_binary(&payload, output),
        Event::TextPart(part) => connection.send_text_fragment(&part.data, part.last, output),
        Event::BinaryPart(part) => connection.send_binary_fragment(&part.data, part.last, output),
        Event::Ping(payload) => connection.send_ping(&payload, output),
        Event::Pong(payload) => connection.send_pong(&payload, output),
        Event::Close(Some(close)) => {
            return unless_closed(connection.close(close.code, &close.reason, output));
        }
        Event::Close(None) => return unless_closed(connection.close_without_code(output)),
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    };
    appended.map_err(refused)
}

fn refused(error: SendError) -> io::Error {
    let kind = match error {
        SendError::Closed => io::ErrorKind::BrokenPipe,
        _ => io::ErrorKind::InvalidInput,
    };
    io::Error::new(kind, error)
}

/// How much may wait to be written before a sender has to wait.
const HIGH: usize = 64 * 1024;
