//! Visits a connection, reads from it, and decodes what was read.

use std::borrow::Cow;

use ws_frame::{CloseCode, Event as Frame, Message};

use super::{Connection, LeavingFlags, OpenFlags, State, StreamFlags, input::Took};
use crate::{
    Cause, Closed, ConnectionError, Event, Transport,
    core::Core,
    turn::{Lent, Turn},
};

impl<T: Transport> Connection<T> {
    /// Records reported readiness.
    pub(crate) fn note_readiness(&mut self, event: &mio::event::Event, core: &mut Core) {
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.flags.set(StreamFlags::READABLE);
        }
        if event.is_read_closed() || event.is_error() || event.is_priority() {
            self.flags.set(StreamFlags::HANGUP);
        }
        if event.is_error() || event.is_write_closed() {
            self.flags.set(StreamFlags::GONE);
        }
        if event.is_writable() && self.flags.has(StreamFlags::BLOCKED) {
            self.flags.clear(StreamFlags::BLOCKED);
            self.flags.set(StreamFlags::WRITABLE);
        }
        if self.wants_visit() || self.flags.has(StreamFlags::WRITABLE | StreamFlags::GONE) {
            self.enqueue(core);
        }
    }

    /// Takes the connection out of the queue of those to visit, and visits it.
    pub(crate) fn visit_queued(&mut self, turn: &mut Turn<'_>, core: &mut Core) {
        self.flags.clear(StreamFlags::QUEUED);
        self.visit(turn, core);
    }

    /// Does what can be done now: writes, or reads once.
    pub(crate) fn visit(&mut self, turn: &mut Turn<'_>, core: &mut Core) {
        if self.flags.has(StreamFlags::WRITABLE) {
            self.flags.clear(StreamFlags::WRITABLE);
            self.flush(core);
        }
        if self.flags.has(StreamFlags::GONE | StreamFlags::BROKEN) {
            let is_unread = matches!(self.state, State::Deciding(_)) || self.is_paused();
            if is_unread {
                return self.lose(Cause::Vanished, core);
            }
        }
        if !self.wants_visit() {
            return;
        }
        if !turn.has_room(self.held().len().min(core.config.head.get_max_head_len())) {
            turn.set_full();
            // The first of the next turn, or the same few would use up every buffer.
            return self.enqueue_first(core);
        }
        if self.io.is_handshaking() && !turn.take_handshake() {
            return self.enqueue(core);
        }
        match self.state {
            State::Open(_) => self.read_frames(turn, core),
            State::Head(_) => self.read_head(turn, core),
            State::Leaving(_) => self.drain(turn, core),
            State::Deciding(_) | State::Gone => {}
        }
    }

    fn read_frames(&mut self, turn: &mut Turn<'_>, core: &mut Core) {
        let free = turn.free();
        let budget = core.config.read_budget.min(free.len());
        let into = &mut free[..budget];
        let held = self.unhold_piece(into);
        if held > 0 || self.flags.has(StreamFlags::PENDING) {
            self.flags.clear(StreamFlags::PENDING);
            return self.lend(held, 0, turn, core);
        }
        let assembled = self.read_assembly(budget, core);
        let took = assembled.unwrap_or_else(|| {
            // Without recycled memory, a large message that begins in a full read is moved less
            // often.
            let len = if core.buffers.is_empty() {
                budget
            } else {
                self.first_read(budget)
            };
            self.read(&mut into[..len], core)
        });
        match took {
            Took::Bytes(len) => {
                self.lend(if assembled.is_some() { 0 } else { len }, 0, turn, core);
                self.renew_idle(core);
            }
            Took::Nothing => self.read_nothing(core),
            Took::End => self.lose(Cause::Vanished, core),
            Took::Failed(kind) => self.lose(Cause::Io(kind), core),
        }
    }

    fn read_nothing(&mut self, core: &mut Core) {
        if self.io.unread() > 0 {
            self.follow_message(false, core);
        }
        if self.flags.has(StreamFlags::READABLE) {
            // The transport has work left: it is called again in the next turn.
            self.enqueue(core);
        } else if self.flags.has(StreamFlags::BROKEN) {
            // Writing has failed, and everything is read.
            self.lose(Cause::Vanished, core);
        }
    }

    /// Discards what a peer still sends after its connection is over.
    fn drain(&mut self, turn: &mut Turn<'_>, core: &mut Core) {
        let free = turn.free();
        let budget = core.config.read_budget.min(free.len());
        let took = self.read(&mut free[..budget], core);
        let has_more = self.flags.has(StreamFlags::READABLE);
        match took {
            Took::Bytes(_) | Took::Nothing if has_more => self.enqueue(core),
            Took::Nothing if self.flags.has(StreamFlags::BROKEN) => self.end(core),
            Took::Bytes(_) | Took::Nothing => {}
            Took::End if !self.queue.is_empty() || self.io.wants_write() => {
                // The peer ended its side only: it may still read what is queued.
                if let State::Leaving(flags) = &mut self.state {
                    flags.set(LeavingFlags::ENDED);
                }
                self.flags.clear(StreamFlags::READABLE);
            }
            Took::End | Took::Failed(_) => self.end(core),
        }
    }

    /// Fast path: decodes the next message of lent bytes, if it is whole. `None` decides nothing.
    #[inline]
    pub(crate) fn receive_message<'b>(&mut self, lent: &mut Lent<'b>) -> Option<Message<'b>> {
        match &mut self.state {
            State::Open(open) if open.is_read() => open.protocol.receive_message(&mut lent.input),
            _ => None,
        }
    }

    /// Decodes the next event of lent bytes after [`receive_message`](Self::receive_message) has
    /// returned `None`: frames, or a request.
    pub(crate) fn receive_rest<'b>(
        &mut self,
        lent: &mut Lent<'b>,
        core: &mut Core,
    ) -> Option<Event<'b>> {
        match &mut self.state {
            State::Open(open) if open.is_read() => {
                // Behind what is queued, if anything is: then a flood of pings leaves one answer.
                let tail = self.queue.open_tail();
                let is_queued = tail.is_some();
                let replies = tail.unwrap_or(&mut core.replies);
                let before = replies.len();
                let frame = open.protocol.receive_rest(&mut lent.input, replies);
                let after = replies.len();
                if is_queued && after > before {
                    core.budget.follow(before, after);
                    self.mark_dirty(core);
                } else if after > 0 && !is_queued {
                    self.queue_replies(core);
                }
                frame.map(|frame| self.translate(frame, core))
            }
            State::Head(_) => {
                let head = lent.take_head()?;
                self.request(head, core)
            }
            _ => None,
        }
    }

    /// Translates protocol events into server events.
    fn translate<'b>(&mut self, frame: Frame<'b>, core: &mut Core) -> Event<'b> {
        let message = match frame {
            Frame::Text(text) => Event::Text(text),
            Frame::Binary(bytes) => Event::Binary(bytes),
            Frame::TextPart(part) => {
                core.unended_parts += u64::from(!part.last);
                Event::TextPart(part)
            }
            Frame::BinaryPart(part) => {
                core.unended_parts += u64::from(!part.last);
                Event::BinaryPart(part)
            }
            Frame::Ping(payload) => return Event::Ping(payload),
            Frame::Pong(payload) => return Event::Pong(payload),
            other => return self.translate_end(other, core),
        };
        core.stats.messages_in += 1;
        message
    }

    fn translate_end<'b>(&mut self, frame: Frame<'b>, core: &mut Core) -> Event<'b> {
        let is_local = self.has_open(OpenFlags::CLOSING);
        let cause = if is_local { Cause::Local } else { Cause::Peer };
        let closed = match frame {
            Frame::Close(Some(close)) => Closed {
                cause,
                code: close.code.get(),
                reason: close.reason,
            },
            Frame::Close(None) => Closed {
                cause,
                code: CloseCode::NO_STATUS,
                reason: Cow::Borrowed(""),
            },
            Frame::Failed(error) => Closed::without_close(Cause::Protocol(error)),
            _ => Closed::without_close(Cause::Vanished),
        };
        self.leave(&closed, core);
        Event::Closed(closed)
    }

    /// Takes back lent bytes that were not used: they are used up, or must not be used now.
    pub(crate) fn finish(&mut self, lent: &Lent<'_>, core: &mut Core) {
        // Answers are written at once. But if the program has sent to others as well, all may get
        // more in this turn; and what is published to a subscriber in one turn is one write.
        let is_alone = core.dirty.len() == lent.dirty + 1
            && core.dirty.last() == Some(&self.id.index())
            && !self.flags.has(StreamFlags::SUBSCRIBED);
        self.flags.clear(StreamFlags::LENT);
        match &self.state {
            State::Open(open) => {
                if !open.is_read() || awaits_budget(open) {
                    self.flags.set(StreamFlags::PENDING);
                }
                self.put_back(lent.input);
            }
            State::Deciding(_) => self.put_back(lent.input),
            _ => {}
        }
        self.enqueue_if_wanted(core);
        self.follow_message(core.messages_ended() != lent.messages, core);
        if is_alone {
            core.dirty.pop();
            self.flush_marked(core);
        }
        if lent.is_overdue {
            self.expire(core);
        }
    }

    /// Takes back the bytes of a turn that was dropped early.
    pub(crate) fn take_back(&mut self, messages: u64, bytes: &[u8], core: &mut Core) {
        self.flags.clear(StreamFlags::LENT);
        if matches!(
            self.state,
            State::Head(_) | State::Deciding(_) | State::Open(_)
        ) {
            self.put_back(bytes);
        }
        self.flags.set(StreamFlags::PENDING);
        self.enqueue(core);
        self.follow_message(core.messages_ended() != messages, core);
    }

    /// Stops reading for the program.
    pub(crate) fn pause(&mut self, core: &mut Core) -> Result<(), ConnectionError> {
        match &mut self.state {
            State::Open(open) if open.flags.has(OpenFlags::CLOSING) => {
                return Err(ConnectionError::NotOpen);
            }
            State::Open(open) => open.flags.set(OpenFlags::PAUSED),
            State::Deciding(deciding) => deciding.is_paused = true,
            _ => return Err(ConnectionError::Unknown),
        }
        if self.flags.has(StreamFlags::GONE | StreamFlags::BROKEN) {
            // The end arrived with the last bytes: no further readiness reports it.
            self.enqueue(core);
        }
        self.suspend_timeouts(core);
        Ok(())
    }

    /// Reads again.
    pub(crate) fn resume(&mut self, core: &mut Core) -> Result<(), ConnectionError> {
        let was_paused = self.is_paused();
        match &mut self.state {
            State::Open(open) => open.flags.clear(OpenFlags::PAUSED),
            State::Deciding(deciding) => deciding.is_paused = false,
            _ => return Err(ConnectionError::Unknown),
        }
        if was_paused {
            self.enqueue_if_wanted(core);
            self.resume_timeouts(core);
        }
        Ok(())
    }
}

/// Whether the inflate budget of this turn was not enough for what the peer sent.
#[inline]
#[cfg_attr(
    not(feature = "deflate"),
    expect(clippy::missing_const_for_fn, reason = "not const with compression")
)]
fn awaits_budget(open: &super::Open) -> bool {
    #[cfg(feature = "deflate")]
    return open.flags.has(OpenFlags::DEFLATE) && open.protocol.awaits_inflate_budget();
    #[cfg(not(feature = "deflate"))]
    {
        let _ = open;
        false
    }
}
