use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_io::{AsyncRead, AsyncWrite};
use ws_frame::{Event, Phase};

use super::{State, WebSocket};

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<T> {
    type Item = io::Result<Event<'static>>;

    /// The next event. `Err` when the stream of bytes fails, or ends without a Close (`UnexpectedEof`); then `None`.
    ///
    /// After [`Event::Close`] and [`Event::Failed`] it ends the connection: it writes what waits, and waits for the peer to end its side.
    /// Put a deadline on that.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.wakers.reader_waits(cx.waker());
        for _ in 0..READS_PER_POLL {
            match this.state {
                State::Open => {
                    if let Some(event) = this.receive() {
                        return Poll::Ready(Some(Ok(event)));
                    }
                    if matches!(this.connection.phase(), Phase::ExpectEof | Phase::Closed) {
                        this.state = State::Ending;
                    } else if let Err(error) = ready!(this.poll_more()) {
                        this.connection.receive_eof();
                        this.state = State::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                State::Ending => {
                    // The closing handshake is done, and all events are out: how the stream of bytes ends changes nothing.
                    if ready!(this.poll_end()).unwrap_or(true) {
                        this.connection.receive_eof();
                        this.state = State::Over;
                    }
                }
                State::Over => return Poll::Ready(None),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A peer who sends fast and makes no event of it must not keep other tasks, and deadlines, from their turn.
const READS_PER_POLL: usize = 32;
