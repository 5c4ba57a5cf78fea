//! Timeouts of an open connection.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};
use ws_stream::{CloseCode, Error, Message, Outgoing, Phase, Timeout};

use super::driven::{Driven, Next, Progress};
use crate::config::Timeouts;
use crate::shutdown::{Closing, Member};

/// Watches the progress of a connection, and acts when there is none.
///
/// Time is looked at only when the connection waits. One timer serves all timeouts; it is set again
/// only when it has fired or would fire too late, so traffic costs nothing but counting.
#[derive(Debug)]
pub(super) struct Watchdog {
    timeouts: Timeouts,
    timer: Option<Pin<Box<Sleep>>>,
    received: u64,
    /// Last time at which the peer sent something, or made room for bytes that waited.
    alive_at: Instant,
    /// Time of the unanswered ping, if nothing has come since.
    pinged_at: Option<Instant>,
    written: u64,
    /// Time since which bytes wait and none has been written.
    stalled_since: Option<Instant>,
    /// Time since which a message is incomplete.
    midway_since: Option<Instant>,
    /// The phase after `Open`, and the time since which nothing has moved in it.
    closing: Option<(Phase, Instant)>,
    member: Option<Member>,
    /// The error that ended the connection. It is delivered when the Close has been written and the
    /// peer has ended its side: a program that drops the connection at once then resets nothing.
    failure: Option<Box<Error>>,
    over: bool,
}

/// Action of a deadline.
enum Act {
    /// A frame has been queued, or the connection is over.
    Retry,
    /// The connection ends with this error.
    Fail(Timeout),
}

impl Watchdog {
    pub(super) fn new(timeouts: Timeouts, member: Option<Member>) -> Self {
        Self {
            timeouts,
            timer: None,
            received: 0,
            alive_at: Instant::now(),
            pinged_at: None,
            written: 0,
            stalled_since: None,
            midway_since: None,
            closing: None,
            member,
            failure: None,
            over: false,
        }
    }

    /// Polls for the next message; while there is none, for the timeouts.
    pub(super) fn poll_next(&mut self, socket: &mut impl Driven, cx: &mut Context<'_>) -> Next {
        loop {
            if self.over {
                return Poll::Ready(self.failure.take().map(|error| Err(*error)));
            }
            match socket.poll_message(cx) {
                Poll::Ready(Some(Err(error @ (Error::Protocol(_) | Error::Overloaded)))) => {
                    self.failure = Some(Box::new(error));
                    continue;
                }
                Poll::Ready(None) if self.failure.is_some() => {
                    self.over = true;
                    continue;
                }
                Poll::Ready(item) => {
                    if item.as_ref().is_some_and(ends_message) {
                        self.midway_since = None;
                    }
                    return Poll::Ready(item);
                }
                Poll::Pending => {}
            }
            if let Some(member) = &self.member {
                member.register(cx.waker());
            }
            let now = Instant::now();
            self.note(&socket.progress(), now);
            match self.due(socket, now) {
                Some(Act::Fail(timeout)) => {
                    self.failure.get_or_insert_with(|| Box::new(timeout.into()));
                    continue;
                }
                Some(Act::Retry) => continue,
                None => {}
            }
            let deadline = [self.write_deadline(), self.read_deadline()]
                .into_iter()
                .flatten()
                .min();
            ready!(self.poll_timer(deadline, cx));
        }
    }

    /// Watches a sender that waits: only the write timeout applies to it.
    pub(super) fn poll_sending(
        &mut self,
        socket: &mut impl Driven,
        cx: &mut Context<'_>,
    ) -> Poll<Error> {
        loop {
            if let Some(member) = &self.member {
                member.register(cx.waker());
            }
            let now = Instant::now();
            self.note(&socket.progress(), now);
            if let Some(timeout) = self.writing_failed(now) {
                self.give_up(socket);
                return Poll::Ready(timeout.into());
            }
            ready!(self.poll_timer(self.write_deadline(), cx));
        }
    }

    /// Waits for the timer, which fires no later than `deadline`. Waits for ever without a
    /// deadline.
    fn poll_timer(&mut self, deadline: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = deadline else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline || timer.is_elapsed() {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    }

    /// Compares the counters with those of the last time.
    fn note(&mut self, progress: &Progress, now: Instant) {
        if progress.received != self.received {
            self.received = progress.received;
            self.alive_at = now;
            self.pinged_at = None;
        }
        let wrote = progress.written != self.written;
        self.written = progress.written;
        if wrote && self.stalled_since.is_some() {
            // The peer made room, so it reads: a large message may stand before its pong.
            self.alive_at = now;
            self.pinged_at = None;
        }
        self.stalled_since = match self.stalled_since {
            _ if progress.queued == 0 => None,
            Some(since) if !wrote => Some(since),
            _ => Some(now),
        };
        let midway = progress.midway && progress.phase == Phase::Open;
        self.midway_since = midway.then(|| self.midway_since.unwrap_or(now));
        self.closing = match self.closing {
            _ if progress.phase == Phase::Open => None,
            Some((phase, since)) if phase == progress.phase && !wrote => Some((phase, since)),
            _ => Some((progress.phase, now)),
        };
    }

    /// Performs the actions that are due.
    fn due(&mut self, socket: &mut impl Driven, now: Instant) -> Option<Act> {
        if let Some(timeout) = self.writing_failed(now) {
            self.give_up(socket);
            return Some(Act::Fail(timeout));
        }
        if self.is_over(self.midway_since, self.timeouts.message, now) {
            socket
                .fail(CloseCode::POLICY_VIOLATION, "message timeout")
                .unwrap_or_default();
            return Some(Act::Fail(Timeout::Message));
        }
        if let Some((phase, since)) = self.closing {
            if !self.is_over(Some(since), self.timeouts.close, now) {
                return None;
            }
            self.give_up(socket);
            // Otherwise everything was delivered, and only the end of the stream is missing.
            let unanswered = phase == Phase::Closing;
            return Some(if unanswered {
                Act::Fail(Timeout::Close)
            } else {
                Act::Retry
            });
        }
        if let Some(closing) = self.member.as_mut().and_then(|member| member.due(now)) {
            let Closing { code, reason, .. } = &*closing;
            // A server may not choose 1010.
            socket
                .start_close(*code, reason)
                .or_else(|_| socket.start_close(CloseCode::GOING_AWAY, reason))
                .unwrap_or_default();
            return Some(Act::Retry);
        }
        if self.is_over(self.pinged_at, self.timeouts.pong, now) {
            self.give_up(socket);
            return Some(Act::Fail(Timeout::Pong));
        }
        let silent_since = self.pinged_at.unwrap_or(self.alive_at);
        if self.is_over(Some(silent_since), self.timeouts.idle, now) && self.may_ping() {
            self.pinged_at = Some(now);
            // Refused only once a Close has been sent, and then there is another timeout.
            if let Ok(ping) = Outgoing::ping(b"") {
                socket.queue(ping).unwrap_or_default();
            }
            return Some(Act::Retry);
        }
        None
    }

    /// A second ping is sent only if the first may stay unanswered.
    fn may_ping(&self) -> bool {
        self.pinged_at.is_none() || self.timeouts.pong.is_none()
    }

    /// The write timeout, or the end of [`Shutdown`](crate::Shutdown)'s time.
    fn writing_failed(&self, now: Instant) -> Option<Timeout> {
        if self.member.as_ref().is_some_and(Member::is_aborted) {
            return Some(Timeout::Close);
        }
        let closing = self.closing.is_some();
        let stalled = !closing && self.is_over(self.stalled_since, self.timeouts.write, now);
        stalled.then_some(Timeout::Write)
    }

    fn write_deadline(&self) -> Option<Instant> {
        if self.closing.is_some() {
            return None;
        }
        self.stalled_since?.checked_add(self.timeouts.write?)
    }

    fn read_deadline(&self) -> Option<Instant> {
        if let Some((_, since)) = self.closing {
            return since.checked_add(self.timeouts.close?);
        }
        let after = |since: Option<Instant>, timeout| since?.checked_add(timeout?);
        let ping = self
            .may_ping()
            .then(|| self.pinged_at.unwrap_or(self.alive_at));
        [
            after(self.midway_since, self.timeouts.message),
            after(self.pinged_at, self.timeouts.pong),
            after(ping, self.timeouts.idle),
            self.member.as_ref().and_then(Member::close_at),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    #[expect(clippy::unused_self, reason = "reads as a question to the watchdog")]
    fn is_over(
        &self,
        since: Option<Instant>,
        timeout: Option<std::time::Duration>,
        now: Instant,
    ) -> bool {
        let deadline = since
            .zip(timeout)
            .and_then(|(since, timeout)| since.checked_add(timeout));
        deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Ends the connection: the peer is gone, or does not answer.
    fn give_up(&mut self, socket: &mut impl Driven) {
        self.over = true;
        self.member = None;
        socket.abort();
    }
}

/// Returns whether a message has ended, so that one under way now is another.
const fn ends_message(item: &Result<Message, Error>) -> bool {
    match item {
        Ok(Message::Text(_) | Message::Binary(_)) => true,
        Ok(Message::TextPart(part)) => part.last,
        Ok(Message::BinaryPart(part)) => part.last,
        _ => false,
    }
}
