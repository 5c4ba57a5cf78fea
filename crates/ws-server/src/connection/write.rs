//! Writes the queue.

use std::io;

use super::{Connection, LeavingFlags, OpenFlags, State, StreamFlags};
use crate::{Transport, core::Core, send_queue::Wrote, timeouts::Kind, transport::Direct};

impl<T: Transport> Connection<T> {
    /// Flushes the connection if it is still marked for that.
    #[inline]
    pub(crate) fn flush_marked(&mut self, core: &mut Core) {
        if self.flags.has(StreamFlags::DIRTY) {
            self.flags.clear(StreamFlags::DIRTY);
            self.flush(core);
        }
    }

    /// Writes the queue, as far as the socket takes it.
    pub(crate) fn flush(&mut self, core: &mut Core) {
        if self.flags.has(StreamFlags::BLOCKED) || matches!(self.state, State::Gone) {
            return;
        }
        let inside = self.io.unwritten();
        let (waiting, held) = (self.queue.waiting(), self.queue.held() + inside);
        let io = &mut Direct(&mut self.io);
        let wrote = match self.queue.write_to(io, WRITE_BUDGET, &mut core.queues) {
            Ok(Wrote::All) if self.io.wants_write() => flush_inside(&mut self.io),
            wrote => wrote,
        };
        let (left, left_inside) = (self.queue.waiting(), self.io.unwritten());
        core.budget.follow(held, self.queue.held() + left_inside);
        core.stats.bytes_out += (waiting - left) as u64;
        if let (Ok(Wrote::All), State::Open(open)) = (&wrote, &mut self.state)
            && !open.flags.has(CATCHING_UP)
        {
            open.protocol.flush_pong(&mut core.replies);
            return self.note_pong(core);
        }
        // Bytes that went into the transport and no further are no progress.
        let progress = left + left_inside < waiting + inside;
        self.follow_write(wrote, progress, core);
    }

    #[inline(never)]
    fn follow_write(&mut self, wrote: io::Result<Wrote>, progress: bool, core: &mut Core) {
        if self.take_untimed() {
            core.arm(self.id, Kind::Close);
        }
        match wrote {
            Ok(Wrote::All) => self.flushed(core),
            Ok(Wrote::Budget) => self.took_a_budget(core),
            Ok(Wrote::Blocked) => self.blocked(progress, core),
            Err(error) => self.broke(error.kind(), core),
        }
        self.follow_watermarks(core);
    }

    /// Whether the close timeout begins with this write.
    const fn take_untimed(&mut self) -> bool {
        match &mut self.state {
            State::Open(open) => {
                let is_untimed = open.flags.has(OpenFlags::UNTIMED);
                open.flags.clear(OpenFlags::UNTIMED);
                is_untimed
            }
            State::Leaving(flags) => {
                let is_untimed = flags.has(LeavingFlags::UNTIMED);
                flags.clear(LeavingFlags::UNTIMED);
                is_untimed
            }
            _ => false,
        }
    }

    /// The rest is for the next turn. The peer takes what it is sent.
    fn took_a_budget(&mut self, core: &mut Core) {
        if let Some((Kind::Write, _)) = core.timeouts.armed(self.id.index()) {
            core.arm(self.id, Kind::Write);
        }
        self.prolong(core);
        self.mark_dirty(core);
    }

    fn flushed(&mut self, core: &mut Core) {
        match &mut self.state {
            State::Leaving(_) => self.finish_leaving(core),
            State::Open(open) => {
                open.protocol.flush_pong(&mut core.replies);
                open.flags.clear(OpenFlags::STALLED);
                if let None | Some((Kind::Write, _)) = core.timeouts.armed(self.id.index()) {
                    self.arm_idle(core);
                }
                self.note_pong(core);
            }
            State::Head(_) | State::Deciding(_) | State::Gone => {}
        }
    }

    /// A Pong that waited for room may have been appended to the replies.
    #[inline]
    fn note_pong(&mut self, core: &mut Core) {
        if !core.replies.is_empty() {
            self.queue_replies(core);
        }
    }

    /// Queues the replies.
    pub(super) fn queue_replies(&mut self, core: &mut Core) {
        let before = self.queue.held();
        self.queue.push_bytes(&core.replies, &mut core.queues);
        core.budget.follow(before, self.queue.held());
        core.replies.clear();
        self.mark_dirty(core);
    }

    /// Writing failed. Bytes that the peer sent before are still read, its Close too.
    pub(super) fn broke(&mut self, kind: io::ErrorKind, core: &mut Core) {
        log::debug!("writing to #{} failed: {kind}", self.id);
        let held = self.queue.held();
        self.queue.clear(&mut core.queues);
        core.budget.follow(held, 0);
        if let State::Open(open) = &mut self.state {
            // Bytes inside the transport stay there: no watermark would be reached.
            open.flags.clear(OpenFlags::CONGESTED | OpenFlags::OWED);
        }
        self.flags
            .set(StreamFlags::BROKEN | StreamFlags::READABLE | StreamFlags::HANGUP);
        self.enqueue(core);
    }
}

/// Has a transport write what waits inside it.
fn flush_inside<T: Transport>(io: &mut T) -> io::Result<Wrote> {
    match io.flush() {
        Ok(()) => Ok(Wrote::All),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Wrote::Blocked),
        Err(error) => Err(error),
    }
}

/// Flags that demand work once everything is written.
const CATCHING_UP: u16 =
    OpenFlags::CONGESTED | OpenFlags::STALLED | OpenFlags::UNTIMED | OpenFlags::OWED;

/// Bytes written to one connection in one turn: a gigabit per second for 8 ms.
pub(super) const WRITE_BUDGET: usize = 1024 * 1024;
