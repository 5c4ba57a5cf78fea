//! Acts on the timeouts of a connection that have expired.

use ws_frame::CloseCode;

use crate::{
    Cause, SendError, Transport,
    connection::{
        Connection, LeavingFlags, OpenFlags, State, StreamFlags,
        send::{Frame, Unsent},
    },
    core::Core,
    timeouts::Kind,
};

impl<T: Transport> Connection<T> {
    /// Prepares the visit before a timeout is checked: readiness that was not reported may wait.
    ///
    /// The program may not have polled for a minute, or the machine was asleep. So what the peer
    /// sent meanwhile is read first.
    pub(crate) const fn assume_ready(&mut self) {
        self.flags.set(StreamFlags::READABLE);
        if self.flags.has(StreamFlags::BLOCKED) {
            self.flags.clear(StreamFlags::BLOCKED);
            self.flags.set(StreamFlags::WRITABLE);
        }
    }

    /// Acts on every timeout of this connection that has expired.
    pub(crate) fn expire(&mut self, core: &mut Core) {
        let (index, now) = (self.id.index(), core.clock.now());
        if core.message_timeouts.is_due(index, now) {
            self.end_trickle(core);
        }
        if core.assembling.is_due(index, now) {
            self.check_rate(core);
        }
        if let Some((kind, at)) = core.timeouts.armed(index)
            && at <= now
        {
            self.expire_kind(kind, core);
        }
    }

    #[cold]
    fn expire_kind(&mut self, kind: Kind, core: &mut Core) {
        match kind {
            Kind::Head => self.end_head(core),
            Kind::Accept => self.refuse_undecided(core),
            Kind::Idle => self.ping(core),
            Kind::Pong => self.lose(Cause::PongTimeout, core),
            Kind::Write => self.lose(Cause::WriteTimeout, core),
            Kind::Close => self.end_close(core),
        }
    }

    fn ping(&mut self, core: &mut Core) {
        match self.send(Frame::Ping(b""), core) {
            Ok(_) => {
                let is_answered = core.config.timeouts.pong.is_some();
                core.arm(self.id, if is_answered { Kind::Pong } else { Kind::Idle });
                // The program may not poll for longer than the answer may take.
                self.flush(core);
            }
            // The peer was not asked, so it owes no answer.
            Err(Unsent::NoRoom(_) | Unsent::Refused(SendError::Full)) => {
                core.arm(self.id, Kind::Idle);
            }
            // A connection that is being closed has another timeout.
            Err(Unsent::Refused(_)) => core.timeouts.disarm(self.id.index()),
        }
    }

    #[cold]
    fn end_trickle(&mut self, core: &mut Core) {
        core.message_timeouts.forget(self.id.index());
        // If a Close was sent before, that is enough.
        self.close(CloseCode::POLICY_VIOLATION, "too slow", core)
            .ok();
    }

    /// Closes a connection whose message arrives too slowly.
    fn check_rate(&mut self, core: &mut Core) {
        let index = self.id.index();
        let is_unread =
            self.has_open(OpenFlags::PAUSED | OpenFlags::CONGESTED | OpenFlags::CLOSING);
        if is_unread || self.flags.has(StreamFlags::BROKEN) {
            return core.assembling.suspend(index);
        }
        if self.flags.has(StreamFlags::READABLE) && !self.flags.has(StreamFlags::LENT) {
            // Checked again when everything that waits is read.
            return self.enqueue(core);
        }
        if core.assembling.is_late(index, core.clock.now()) {
            core.assembling.suspend(index);
            core.stats.slow_messages += 1;
            self.close(CloseCode::POLICY_VIOLATION, "message too slow", core)
                .ok();
        }
    }

    /// Ends a connection whose close timeout has expired. If more waits than one turn reads, the
    /// timeout begins a second time.
    fn end_close(&mut self, core: &mut Core) {
        if self.flags.has(StreamFlags::READABLE) && self.extend() {
            return core.arm(self.id, Kind::Close);
        }
        self.lose(Cause::CloseTimeout, core);
    }

    /// Whether the close timeout had no second time before.
    const fn extend(&mut self) -> bool {
        match &mut self.state {
            State::Open(open) => {
                let is_first = !open.flags.has(OpenFlags::EXTENDED);
                open.flags.set(OpenFlags::EXTENDED);
                is_first
            }
            State::Leaving(flags) => {
                let is_first = !flags.has(LeavingFlags::EXTENDED);
                flags.set(LeavingFlags::EXTENDED);
                is_first
            }
            _ => false,
        }
    }
}
