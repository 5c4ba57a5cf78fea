//! Ends a connection: the closing handshake, the end of its stream, and loss.

use ws_frame::CloseCode;

use super::{Connection, LeavingFlags, OpenFlags, State, StreamFlags};
use crate::{
    Cause, Closed, ConnectionError, SendError, Transport,
    core::{Core, Due, Effect},
    timeouts::Kind,
};

impl<T: Transport> Connection<T> {
    /// Begins the closing handshake: queues a Close. There is always room for it.
    pub(crate) fn close(
        &mut self,
        status: CloseCode,
        reason: &str,
        core: &mut Core,
    ) -> Result<(), SendError> {
        self.queue_close(status, reason, core)?;
        let open = self.state.open()?;
        // Only the peer's Close matters now, so the connection is read from in any case.
        open.flags
            .clear(OpenFlags::PAUSED | OpenFlags::CONGESTED | OpenFlags::OWED);
        open.flags.set(OpenFlags::CLOSING | OpenFlags::UNTIMED);
        self.enqueue_if_wanted(core);
        self.mark_dirty(core);
        core.arm(self.id, Kind::Close);
        Ok(())
    }

    /// Ends the connection at once. Nothing more is written.
    pub(crate) fn abort(&mut self, core: &mut Core) -> Result<(), ConnectionError> {
        if !matches!(self.state, State::Deciding(_) | State::Open(_)) {
            return Err(ConnectionError::Unknown);
        }
        self.flags.set(StreamFlags::BROKEN);
        self.lose(Cause::Aborted, core);
        Ok(())
    }

    /// Gives up the message under way for the memory that it holds. The peer is told to try again
    /// later.
    #[cold]
    pub(crate) fn end_assembly(&mut self, core: &mut Core) {
        if !self.is_open() {
            return;
        }
        // If a Close was sent before, the peer gets no other.
        self.queue_close(CloseCode::TRY_AGAIN_LATER, "overloaded", core)
            .ok();
        self.leave(&Closed::without_close(Cause::Overloaded), core);
        core.due
            .push_back((self.id, Due::Closed(Cause::Overloaded)));
    }

    /// Ends an open connection for the program, which gets `closed` from the caller of this. Its
    /// last bytes are still to be written.
    pub(super) fn leave(&mut self, closed: &Closed<'_>, core: &mut Core) {
        self.count_close(closed, core);
        self.close_down(core);
    }

    /// Flushes, ends this side of the stream, and discards what still arrives.
    pub(super) fn close_down(&mut self, core: &mut Core) {
        let mut flags = LeavingFlags::default();
        flags.set(LeavingFlags::UNTIMED);
        self.enter(State::Leaving(flags), core);
        self.held = None;
        self.io.discard_input();
        self.mark_dirty(core);
        core.message_timeouts.forget(self.id.index());
        core.assembling.forget(self.id.index());
        core.arm(self.id, Kind::Close);
    }

    /// Begins the close timeout anew: a leaving peer has taken some of what is left for it. A
    /// server that stops does not wait longer for that.
    pub(super) fn prolong(&self, core: &mut Core) {
        if let State::Leaving(flags) = &self.state
            && !flags.has(LeavingFlags::SHUT)
            && !core.is_stopping()
        {
            core.arm(self.id, Kind::Close);
        }
    }

    /// Everything for a leaving peer is written. Ends this side of the stream, and then waits for
    /// the end of the peer's (RFC 6455 §7.1.1).
    pub(super) fn finish_leaving(&mut self, core: &mut Core) {
        self.prolong(core);
        let State::Leaving(flags) = &mut self.state else {
            return;
        };
        if self.flags.has(StreamFlags::BROKEN) {
            return self.end(core);
        }
        if !flags.has(LeavingFlags::SHUT) {
            flags.set(LeavingFlags::SHUT);
            let inside = self.io.unwritten();
            let ended = self.io.shutdown_write();
            core.budget.follow(inside, self.io.unwritten());
            if ended.is_err() {
                return self.end(core);
            }
            if self.io.wants_write() {
                // The end of the stream is still inside the transport.
                return self.mark_dirty(core);
            }
        }
        if flags.has(LeavingFlags::ENDED) {
            return self.end(core);
        }
        self.enqueue_if_wanted(core);
    }

    /// Ends the connection at once. The program is told if it knows of the connection.
    pub(crate) fn lose(&mut self, cause: Cause, core: &mut Core) {
        match self.state {
            State::Open(_) => self.count_close(&Closed::without_close(cause), core),
            State::Deciding(_) => {}
            State::Head(_) | State::Leaving(_) => return self.end(core),
            State::Gone => return,
        }
        core.due.push_back((self.id, Due::Closed(cause)));
        self.end(core);
    }

    /// Frees what the connection holds, and has the server remove it.
    pub(crate) fn end(&mut self, core: &mut Core) {
        if matches!(self.state, State::Gone) {
            return;
        }
        core.forget_timeouts(self.id.index());
        core.budget.follow(self.queued_len(), 0);
        self.queue.clear(&mut core.queues);
        self.held = None;
        self.end_stream();
        self.enter(State::Gone, core);
        self.flags = StreamFlags::default();
        core.effects.push(Effect::Remove(self.id));
    }

    /// Has the transport write what it has to say before it is dropped: an alert that a read left
    /// inside, the end of the stream.
    fn end_stream(&mut self) {
        if self.flags.has(StreamFlags::BROKEN) {
            return;
        }
        let mut ended = Ok(());
        if self.io.wants_write() {
            ended = self.io.flush();
        }
        if !matches!(&self.state, State::Leaving(flags) if flags.has(LeavingFlags::SHUT)) {
            ended = ended.and_then(|()| self.io.shutdown_write());
        }
        if let Err(error) = ended {
            log::trace!("a stream could not be ended in order: {error}");
        }
    }

    fn queue_close(
        &mut self,
        status: CloseCode,
        reason: &str,
        core: &mut Core,
    ) -> Result<(), SendError> {
        let open = self.state.open()?;
        let before = self.queue.held();
        let tail = self.queue.segments(&mut core.queues).tail(CLOSE_LEN);
        let closed = open.protocol.close(status, reason, tail);
        core.budget.follow(before, self.queue.held());
        Ok(closed?)
    }

    /// Counts the end of an open connection.
    fn count_close(&self, closed: &Closed<'_>, core: &mut Core) {
        log::debug!("#{} {closed}", self.id);
        core.stats.closes.count(closed);
        if let Some(report) = &mut core.stop_report {
            report.count(closed);
        }
    }
}

/// The longest Close frame of a server.
const CLOSE_LEN: usize = 127;
