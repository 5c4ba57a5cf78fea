//! The end of a connection: after its last message, at once, or by being dropped.

use std::io;
use std::task::{Context, Poll, Waker, ready};

use ws_frame::{CloseCode, Phase};

use super::{Core, IO_UNITS, State, Unread};
use crate::{Error, Transport, scratch};

impl<T: Transport> Core<T> {
    /// Queues our Close and stops receiving. The end of the byte stream follows.
    pub(crate) fn start_fail(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        self.start_close(code, reason)?;
        if self.state != State::Over {
            self.fail();
        }
        Ok(())
    }

    /// Skips to the end, without waiting for a Close of the peer.
    pub(super) fn fail(&mut self) {
        self.flags.failed = true;
        self.state = State::Ending;
        self.unread = Unread::default();
    }

    /// Ends the connection at once. Closes the byte stream as far as that goes without waiting.
    pub(crate) fn abort(&mut self) {
        self.broken.get_or_insert(io::ErrorKind::ConnectionAborted);
        self.finish();
        if let Some(io) = &mut self.io {
            drop(io.poll_close(&mut Context::from_waker(Waker::noop())));
        }
    }

    /// Ends the byte stream as RFC 6455 §7.1.1 demands: a server ends its side first, a client
    /// after the server. Further input is discarded. An error of the stream changes nothing here,
    /// because everything was delivered.
    pub(super) fn poll_end(&mut self, cx: &Context<'_>) -> Poll<()> {
        loop {
            if self.must_yield(cx) {
                return Poll::Pending;
            }
            let epoch = self.wakers.epoch();
            match self.poll_end_once() {
                Poll::Ready(Ok(false)) => {}
                Poll::Ready(_) => {
                    self.finish();
                    return Poll::Ready(());
                }
                Poll::Pending => {
                    self.begin_turn();
                    self.wakers.reader_waits(epoch, cx.waker());
                    return Poll::Pending;
                }
            }
        }
    }

    /// Nothing more is done with the byte stream.
    pub(super) fn finish(&mut self) {
        self.connection.receive_eof();
        self.state = State::Over;
        self.unread = Unread::default();
        self.queue.clear();
        self.claim = None;
        self.wakers.wake_senders();
    }

    /// Writes as far as possible, and reads once. Returns whether the stream has ended.
    fn poll_end_once(&mut self) -> Poll<Result<bool, Error>> {
        let written = self.poll_flush_all()?;
        if written.is_ready() && (self.flags.failed || self.connection.phase() == Phase::Closed) {
            ready!(self.poll_shut())?;
        }
        if ready!(self.poll_discard())? > 0 {
            return Poll::Ready(Ok(false));
        }
        ready!(written);
        ready!(self.poll_shut())?;
        Poll::Ready(Ok(true))
    }

    fn poll_discard(&mut self) -> Poll<io::Result<usize>> {
        let Some(io) = &mut self.io else {
            return Poll::Ready(Ok(0));
        };
        let cx = &mut Context::from_waker(&self.waker);
        let count = ready!(io.poll_read(cx, &mut scratch::Input::take()))?;
        self.received += count as u64;
        self.charge(IO_UNITS);
        Poll::Ready(Ok(count))
    }

    fn poll_shut(&mut self) -> Poll<io::Result<()>> {
        if !self.flags.shut
            && let Some(io) = &mut self.io
        {
            let cx = &mut Context::from_waker(&self.waker);
            ready!(io.poll_close(cx))?;
            self.flags.shut = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Transport> Drop for Core<T> {
    /// Writes queued bytes, a Close among them, as far as the stream takes them without waiting.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.answer_close();
        let Some(io) = &mut self.io else { return };
        let cx = &mut Context::from_waker(Waker::noop());
        while self.broken.is_none() && self.queue.len() > 0 {
            if !matches!(self.queue.poll_write(io, cx), Poll::Ready(Ok(()))) {
                return;
            }
        }
        if self.broken.is_none() {
            drop(self.queue.poll_flush(io, cx));
        }
    }
}
