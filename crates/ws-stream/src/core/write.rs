//! From the queue to the byte stream.

use std::io;
use std::task::{Context, Poll, ready};

use super::{Core, IO_UNITS};
use crate::{Error, Transport};

impl<T: Transport> Core<T> {
    /// Waits until the queue is at most at the high watermark. Only a sending task may call it.
    pub(crate) fn poll_ready(&mut self, cx: &Context<'_>) -> Poll<Result<(), Error>> {
        if self.is_closed_for_sending() {
            return Poll::Ready(Err(self.broken_or_closed()));
        }
        if self.must_yield(cx) {
            return Poll::Pending;
        }
        if !self.is_full() {
            return Poll::Ready(Ok(()));
        }
        let epoch = self.wakers.epoch();
        let mut polled = Poll::Ready(Ok(()));
        while self.is_full() && matches!(polled, Poll::Ready(Ok(()))) {
            polled = self.poll_write();
        }
        self.pending_sender(polled, epoch, cx)
    }

    /// Returns whether a sender has to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() > self.high_watermark
    }

    /// Writes as far as that goes without waiting. The stream wakes the receiving task when it can
    /// take more.
    pub(crate) fn write_some(&mut self) -> Result<(), Error> {
        match self.poll_flush_to(self.queue.queued()) {
            Poll::Ready(written) => written,
            Poll::Pending => Ok(()),
        }
    }

    /// Waits until everything up to `mark`, a value of [`mark`](Self::mark), has been written and
    /// passed on.
    pub(crate) fn poll_flush(&mut self, mark: u64, cx: &Context<'_>) -> Poll<Result<(), Error>> {
        if self.queue.written() >= mark && !self.queue.is_unflushed() {
            return Poll::Ready(Ok(()));
        }
        if self.must_yield(cx) {
            return Poll::Pending;
        }
        let epoch = self.wakers.epoch();
        let polled = self.poll_flush_to(mark);
        self.pending_sender(polled, epoch, cx)
    }

    /// The end of what is queued now.
    pub(crate) fn mark(&self) -> u64 {
        self.queue.queued()
    }

    /// Writes and flushes everything, answers to pings that wait for room included.
    pub(super) fn poll_flush_all(&mut self) -> Poll<Result<(), Error>> {
        loop {
            ready!(self.poll_flush_to(self.queue.queued()))?;
            self.connection.halves().1.flush_pong(self.queue.tail());
            self.queue.tidy();
            if self.queue.len() == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_flush_to(&mut self, mark: u64) -> Poll<Result<(), Error>> {
        if self.broken.is_some() {
            return Poll::Ready(Err(self.broken_or_closed()));
        }
        while self.queue.written() < mark {
            ready!(self.poll_write())?;
        }
        if !self.queue.is_unflushed() {
            return Poll::Ready(Ok(()));
        }
        let Some(io) = &mut self.io else {
            return Poll::Ready(Err(Error::Closed));
        };
        let cx = &mut Context::from_waker(&self.waker);
        let flushed = ready!(self.queue.poll_flush(io, cx));
        Poll::Ready(flushed.map_err(|error| self.break_off(error)))
    }

    /// Writes once.
    fn poll_write(&mut self) -> Poll<Result<(), Error>> {
        let Some(io) = &mut self.io else {
            return Poll::Ready(Err(Error::Closed));
        };
        let cx = &mut Context::from_waker(&self.waker);
        let written = ready!(self.queue.poll_write(io, cx));
        self.charge(IO_UNITS);
        self.wakers.wake_senders();
        Poll::Ready(written.map_err(|error| self.break_off(error)))
    }

    /// Records that nothing more can be written.
    fn break_off(&mut self, error: io::Error) -> Error {
        self.broken = Some(error.kind());
        self.queue.clear();
        Error::Io(error)
    }

    fn is_closed_for_sending(&mut self) -> bool {
        self.broken.is_some() || self.connection.halves().1.is_closed()
    }

    pub(super) fn broken_or_closed(&self) -> Error {
        match self.broken {
            Some(kind) => Error::Io(kind.into()),
            None => Error::Closed,
        }
    }

    fn pending_sender(
        &mut self,
        polled: Poll<Result<(), Error>>,
        epoch: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Error>> {
        if polled.is_pending() {
            self.begin_turn();
            self.wakers.sender_waits(epoch, cx.waker());
        }
        polled
    }
}
