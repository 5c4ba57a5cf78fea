//! Notices a slow peer: its socket takes no more, or its queue is above the high watermark.

use super::{Connection, Delivery, OpenFlags, State, StreamFlags};
use crate::{
    Transport,
    core::{Core, Due},
    timeouts::Kind,
};

impl<T: Transport> Connection<T> {
    /// Whether bytes wait that the socket does not take.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.flags.has(StreamFlags::BLOCKED)
    }

    /// Records that the socket takes no more, and arms the write timeout.
    pub(super) fn blocked(&mut self, progress: bool, core: &mut Core) {
        self.flags.set(StreamFlags::BLOCKED);
        let State::Open(open) = &mut self.state else {
            if progress {
                self.prolong(core);
            }
            return;
        };
        match core.timeouts.armed(self.id.index()) {
            Some((Kind::Write, _)) if !progress => {}
            Some((Kind::Close, _)) => {}
            _ => {
                open.flags.set(OpenFlags::STALLED);
                core.arm(self.id, Kind::Write);
            }
        }
    }

    /// Tells whether the peer is behind with what was queued last. If it is, `Writable` is owed.
    pub(super) fn note_backlog(&mut self, core: &Core) -> Delivery {
        if !self.flags.has(StreamFlags::BLOCKED) {
            return Delivery::Queued;
        }
        let bytes = self.waiting();
        if bytes > core.config.high_watermark {
            self.congest();
        }
        if let State::Open(open) = &mut self.state
            && !open.flags.has(OpenFlags::CLOSING)
            && !self.flags.has(StreamFlags::BROKEN)
        {
            open.flags.set(OpenFlags::OWED);
        }
        Delivery::Backlogged { bytes }
    }

    /// Stops reading above the high watermark, unless only the peer's Close matters.
    pub(super) const fn congest(&mut self) {
        if let State::Open(open) = &mut self.state
            && !open.flags.has(OpenFlags::CLOSING)
            && !self.flags.has(StreamFlags::BROKEN)
        {
            open.flags.set(OpenFlags::CONGESTED);
        }
    }

    /// Stops reading above the high watermark. Reads again, and tells the program, below the low.
    pub(super) fn follow_watermarks(&mut self, core: &mut Core) {
        let (waiting, is_broken) = (self.waiting(), self.flags.has(StreamFlags::BROKEN));
        if waiting > core.config.high_watermark {
            return self.congest();
        }
        let State::Open(open) = &mut self.state else {
            return;
        };
        // A peer with less than a watermark's worth has caught up when it has taken all.
        let is_owed = open.flags.has(OpenFlags::OWED) && !self.flags.has(StreamFlags::BLOCKED);
        if waiting <= core.config.low_watermark && (open.flags.has(OpenFlags::CONGESTED) || is_owed)
        {
            open.flags.clear(OpenFlags::CONGESTED | OpenFlags::OWED);
            self.enqueue_if_wanted(core);
            self.resume_rate(core);
            if !is_broken {
                core.due.push_back((self.id, Due::Writable));
            }
        }
    }
}
