//! Arms and disarms the timeouts of a connection, that of the idle ping among them.

use ws_frame::PartialMessage;

use crate::{
    Transport,
    connection::{Connection, OpenFlags, State},
    core::{Core, Effect},
    timeouts::Kind,
};

impl<T: Transport> Connection<T> {
    /// Arms the idle timeout, after which the server pings, unless the program has paused reading.
    pub(in crate::connection) fn arm_idle(&self, core: &mut Core) {
        if self.is_paused() {
            core.timeouts.disarm(self.id.index());
        } else {
            core.arm(self.id, Kind::Idle);
        }
    }

    /// Arms the idle timeout anew after a sign of life, unless another kind is armed.
    pub(in crate::connection) fn renew_idle(&self, core: &mut Core) {
        if let None | Some((Kind::Idle | Kind::Pong, _)) = core.timeouts.armed(self.id.index()) {
            core.arm(self.id, Kind::Idle);
        }
    }

    /// Stops the timeouts that reading would end, while the program pauses the connection.
    pub(in crate::connection) fn suspend_timeouts(&self, core: &mut Core) {
        let index = self.id.index();
        if let Some((Kind::Idle | Kind::Pong, _)) = core.timeouts.armed(index) {
            core.timeouts.disarm(index);
        }
        if core.config.timeouts.message.is_some() {
            core.clock.read();
            core.message_timeouts.suspend(index, core.clock.now());
        }
    }

    /// Begins them again.
    pub(in crate::connection) fn resume_timeouts(&self, core: &mut Core) {
        if !self.is_open() {
            return;
        }
        self.renew_idle(core);
        self.resume_rate(core);
        if core.config.timeouts.message.is_some() {
            let now = core.clock.begin();
            core.message_timeouts.resume(self.id.index(), now);
            self.time_message(false, core);
        }
    }

    /// Gives a message that is being assembled a new time for its rate: it is read again.
    pub(in crate::connection) fn resume_rate(&self, core: &mut Core) {
        if self.has_open(OpenFlags::ASSEMBLING) {
            let now = core.clock.begin();
            core.assembling.resume(self.id.index(), now);
        }
    }

    /// Follows the message under way, after bytes of it were used or stayed in the transport.
    /// `ended`: a message has ended since this was called last, so that one under way now is
    /// another.
    pub(in crate::connection) fn follow_message(&mut self, ended: bool, core: &mut Core) {
        if core.config.timeouts.message.is_some() {
            self.time_message(ended, core);
        }
        let State::Open(open) = &mut self.state else {
            return;
        };
        let message = with_unread(open.protocol.partial_message(), self.io.unread());
        if message.is_some() || open.flags.has(OpenFlags::ASSEMBLING) {
            self.follow_partial(message, ended, core);
        }
    }

    /// Begins the timeout of a message, or ends it.
    fn time_message(&self, ended: bool, core: &mut Core) {
        let (State::Open(open), Some(timeout)) = (&self.state, core.config.timeouts.message) else {
            return;
        };
        let (index, is_midway) = (self.id.index(), open.protocol.is_midway());
        if ended || !is_midway {
            core.message_timeouts.forget(index);
        }
        if is_midway && !self.is_paused() && !core.message_timeouts.knows(index) {
            let at = core.clock.begin().after(timeout);
            core.message_timeouts.begin(index, at);
        }
    }

    fn follow_partial(&mut self, message: Option<PartialMessage>, ended: bool, core: &mut Core) {
        let State::Open(open) = &mut self.state else {
            return;
        };
        let index = self.id.index();
        let Some(message) = message else {
            open.flags.clear(OpenFlags::ASSEMBLING);
            return core.assembling.forget(index);
        };
        let is_new = ended || !open.flags.has(OpenFlags::ASSEMBLING);
        open.flags.set(OpenFlags::ASSEMBLING);
        // Without an idle timeout, nothing has read the clock since the program was called.
        let now = core.clock.begin();
        core.assembling.follow(index, message, is_new, now);
        while let Some(largest) = core.assembling.largest_if_over() {
            core.assembling.forget(largest);
            core.effects.push(Effect::EndAssembly(largest));
        }
    }
}

/// A message under way, together with what the transport holds of the bytes behind it.
fn with_unread(message: Option<PartialMessage>, unread: usize) -> Option<PartialMessage> {
    if unread == 0 {
        return message;
    }
    let mut message = message.unwrap_or_default();
    message.held += unread;
    Some(message)
}
