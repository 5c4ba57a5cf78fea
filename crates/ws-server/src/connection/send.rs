//! Queues frames.

use std::{
    io::{self, IoSlice, Write},
    sync::Arc,
};

use ws_frame::{CloseCode, Connection as Protocol, Message, Prepared};

use super::{Connection, OpenFlags, State, StreamFlags, write::WRITE_BUDGET};
use crate::{
    SendError, SlowPeers, Transport,
    core::Core,
    error::Unopened,
    send_queue::{SHARE_FROM, Wrote},
    transport::Direct,
};

/// The state of a message that was queued.
#[doc(alias = "backpressure")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a queued message waits for the peer, or does not"
)]
pub enum Delivery {
    /// The peer keeps up, and the next flush writes the message: that of
    /// [`poll`](crate::Server::poll) at the latest. Only the peer knows whether the message has
    /// arrived.
    Queued,
    /// The peer is behind. [`Event::Writable`](crate::Event::Writable) comes when it has caught up.
    Backlogged {
        /// Bytes that wait for the peer, this message included.
        bytes: usize,
    },
}

/// A frame to send.
#[derive(Clone, Copy)]
pub(crate) enum Frame<'m> {
    Message(Message<'m>),
    TextFragment(&'m str, bool),
    BinaryFragment(&'m [u8], bool),
    Ping(&'m [u8]),
    Prepared(&'m Prepared),
}

/// Why a frame was not queued.
pub(crate) enum Unsent {
    Refused(SendError),
    /// No room is left. [`Connection::make_room`] may make some.
    NoRoom(Need),
}

/// The room that a frame needs.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    /// Bytes for the peer.
    more: usize,
    /// Those of them that are not held yet for another connection.
    new: usize,
}

impl<T: Transport> Connection<T> {
    /// Fast path: appends a message to what is queued in this turn, for a peer that keeps up.
    /// `false` decides nothing.
    #[expect(
        clippy::inline_always,
        reason = "a call, and a message that goes through memory, cost an echo 5 %"
    )]
    #[inline(always)]
    pub(crate) fn append(&mut self, message: Message<'_>, core: &mut Core) -> bool {
        let len = message.payload().len();
        let is_next = self.flags.has(StreamFlags::DIRTY) && !self.flags.has(StreamFlags::BLOCKED);
        if !is_next && !self.begin_queue(len, core) {
            return false;
        }
        let State::Open(open) = &mut self.state else {
            return false;
        };
        let Some(tail) = self.queue.only_tail() else {
            return false;
        };
        let before = tail.len();
        if open.flags.has(OpenFlags::DEFLATE)
            || !core.budget.has_ample_room(before, len + MAX_HEADER)
        {
            return false;
        }
        let sent = match message {
            Message::Text(text) => open.protocol.send_text(text, tail),
            Message::Binary(payload) => open.protocol.send_binary(payload, tail),
        };
        core.budget.follow(before, tail.len());
        core.stats.messages_out += u64::from(sent.is_ok());
        sent.is_ok()
    }

    /// Makes the queue of a connection for which nothing is queued, unless its messages take the
    /// slow path.
    #[inline(never)]
    fn begin_queue(&mut self, len: usize, core: &mut Core) -> bool {
        let is_idle = !self.flags.has(StreamFlags::DIRTY | StreamFlags::BLOCKED);
        if !is_idle || !self.is_open() || len >= DIRECT_FROM || self.has_open(OpenFlags::DEFLATE) {
            return false;
        }
        self.queue.segments(&mut core.queues);
        self.mark_dirty(core);
        true
    }

    /// Queues a frame. Writes a large message at once, and anything above the high watermark.
    pub(crate) fn send(&mut self, frame: Frame<'_>, core: &mut Core) -> Result<Delivery, Unsent> {
        match frame {
            Frame::Message(message)
                if message.payload().len() >= DIRECT_FROM && self.takes_direct() =>
            {
                self.send_direct(message, core)
            }
            // Before others, a short message is copied.
            Frame::Prepared(message)
                if message.payload().len() >= SHARE_FROM || self.queue.is_empty() =>
            {
                self.send_shared(message, core)
            }
            _ => self.send_copy(frame, core),
        }
    }

    /// The last resort before a frame is refused: writes at once. Returns the bytes that are
    /// missing for all connections, if the limit of this connection is not the reason.
    #[cold]
    pub(crate) fn make_room(&mut self, need: Need, core: &mut Core) -> Option<usize> {
        self.flush(core);
        core.budget
            .has_room_for_one(self.waiting(), need.more)
            .then_some(need.new)
    }

    /// Refuses a frame.
    #[cold]
    pub(crate) fn refuse_frame(&mut self, need: Need, core: &mut Core) -> SendError {
        core.stats.dropped_messages += 1;
        let waiting = self.waiting();
        let State::Open(open) = &mut self.state else {
            return SendError::Unknown;
        };
        if waiting > 0 {
            self.congest();
        } else if !open.flags.has(OpenFlags::CLOSING | OpenFlags::REFUSED)
            && !self.flags.has(StreamFlags::BROKEN)
        {
            // Nothing of its own would tell when there is room.
            open.flags.set(OpenFlags::REFUSED);
            core.refused.push((self.id, need.new));
        }
        let is_slow = !core.budget.has_room_for_one(waiting, need.more);
        if core.config.slow_peers == SlowPeers::Close && is_slow {
            log::info!("#{} does not keep up: closing it", self.id);
            // If a Close was sent before, that is enough.
            self.close(CloseCode::TRY_AGAIN_LATER, "too slow", core)
                .ok();
        }
        SendError::Full
    }

    fn send_copy(&mut self, frame: Frame<'_>, core: &mut Core) -> Result<Delivery, Unsent> {
        let len = frame.payload_len();
        let most = if self.has_open(OpenFlags::DEFLATE) {
            // A compressor with a context cannot take back what it made: there must be room for the
            // longest result.
            core.config.longest(len)
        } else {
            len
        };
        self.check_room(most, most, core)?;
        let open = self.state.open()?;
        let before = self.queue.held();
        let segments = self.queue.segments(&mut core.queues);
        // A length of bytes in memory: adding to it does not overflow.
        let encoded = frame.encode(&mut open.protocol, segments.tail(len + MAX_HEADER));
        core.budget.follow(before, segments.held());
        if let Err(error) = encoded {
            self.queue.release(&mut core.queues);
            return Err(SendError::from(error).into());
        }
        let is_much = segments.waiting() > core.config.high_watermark;
        core.stats.messages_out += u64::from(!matches!(frame, Frame::Ping(_)));
        self.mark_dirty(core);
        if is_much || self.flags.has(StreamFlags::BLOCKED) {
            return Ok(self.follow_queued(core));
        }
        Ok(Delivery::Queued)
    }

    /// Writes a message from where it is, and copies only what the socket does not take at once.
    fn send_direct(&mut self, message: Message<'_>, core: &mut Core) -> Result<Delivery, Unsent> {
        let payload = message.payload();
        self.check_room(payload.len(), payload.len(), core)?;
        let header = self
            .state
            .open()?
            .protocol
            .header(message)
            .map_err(SendError::from)?;
        let header = header.as_bytes();
        let before = self.queued_len();
        let (written, wrote) = write_both(&mut Direct(&mut self.io), header, payload);
        core.stats.messages_out += 1;
        core.stats.bytes_out += written as u64;
        let in_header = written.min(header.len());
        self.queue
            .push_bytes(&header[in_header..], &mut core.queues);
        self.queue
            .push_bytes(&payload[written - in_header..], &mut core.queues);
        self.queue.release(&mut core.queues);
        core.budget.follow(before, self.queued_len());
        match wrote {
            // The transport may have kept the end of it inside.
            Ok(Wrote::All) if !self.io.wants_write() => return Ok(Delivery::Queued),
            Ok(Wrote::All | Wrote::Budget) => {}
            Ok(Wrote::Blocked) => self.blocked(true, core),
            Err(error) => {
                self.broke(error.kind(), core);
                return Ok(Delivery::Queued);
            }
        }
        self.mark_dirty(core);
        Ok(self.follow_queued(core))
    }

    /// Queues a message whose bytes are shared with other connections.
    fn send_shared(&mut self, message: &Prepared, core: &mut Core) -> Result<Delivery, Unsent> {
        let bytes: Arc<[u8]> = self
            .state
            .open()?
            .protocol
            .share(message)
            .map_err(SendError::from)?;
        let len = bytes.len().min(message.payload().len());
        let held = core.shared.find(&bytes);
        self.check_room(len, if held.is_some() { 0 } else { len }, core)?;
        let shared = held.unwrap_or_else(|| core.shared.hold(bytes, core.budget.shared()));
        let before = self.queue.held();
        self.queue.push_shared(shared, &mut core.queues);
        core.budget.follow(before, self.queue.held());
        core.stats.messages_out += 1;
        self.mark_dirty(core);
        if self.waiting() > core.config.high_watermark || self.flags.has(StreamFlags::BLOCKED) {
            return Ok(self.follow_queued(core));
        }
        Ok(Delivery::Queued)
    }

    /// Whether `more` bytes may be queued, `new` of which are not held yet for another connection.
    #[inline]
    fn check_room(&mut self, more: usize, new: usize, core: &Core) -> Result<(), Unsent> {
        let (more, new) = (more + MAX_HEADER, new + MAX_HEADER);
        if core.budget.has_room(self.waiting(), more, new) {
            return Ok(());
        }
        self.state.open()?;
        if !core.budget.can_hold(more) {
            return Err(SendError::TooLong.into());
        }
        Err(Unsent::NoRoom(Need { more, new }))
    }

    /// Whether a message can be written now: uncompressed, and nothing is queued before it.
    fn takes_direct(&self) -> bool {
        let is_free = !self.flags.has(StreamFlags::BLOCKED | StreamFlags::BROKEN);
        is_free
            && self.queue.is_empty()
            && !self.has_open(OpenFlags::DEFLATE)
            && !self.io.wants_write()
    }

    /// Writes at once if much is queued and the socket may take it.
    #[cold]
    fn follow_queued(&mut self, core: &mut Core) -> Delivery {
        let high = core.config.high_watermark;
        if self.waiting() > high && !self.flags.has(StreamFlags::BLOCKED) {
            self.flush(core);
        }
        self.note_backlog(core)
    }
}

impl Frame<'_> {
    fn payload_len(self) -> usize {
        match self {
            Self::Message(message) => message.payload().len(),
            Self::TextFragment(text, _) => text.len(),
            Self::BinaryFragment(payload, _) | Self::Ping(payload) => payload.len(),
            Self::Prepared(message) => message.payload().len(),
        }
    }

    fn encode(
        self,
        protocol: &mut Protocol,
        output: &mut Vec<u8>,
    ) -> Result<(), ws_frame::SendError> {
        match self {
            Self::Message(Message::Text(text)) => protocol.send_text(text, output),
            Self::Message(Message::Binary(payload)) => protocol.send_binary(payload, output),
            Self::TextFragment(text, last) => protocol.send_text_fragment(text, last, output),
            Self::BinaryFragment(payload, last) => {
                protocol.send_binary_fragment(payload, last, output)
            }
            Self::Ping(payload) => protocol.send_ping(payload, output),
            Self::Prepared(message) => protocol.send_prepared(message, output),
        }
    }
}

impl From<Unopened> for Unsent {
    fn from(reason: Unopened) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<SendError> for Unsent {
    fn from(error: SendError) -> Self {
        Self::Refused(error)
    }
}

/// Writes two slices, as far as the socket takes them. Returns the number of bytes written.
fn write_both<W: Write>(io: &mut W, first: &[u8], second: &[u8]) -> (usize, io::Result<Wrote>) {
    let (len, mut written) = (first.len() + second.len(), 0);
    while written < len {
        if written >= WRITE_BUDGET {
            return (written, Ok(Wrote::Budget));
        }
        let in_first = written.min(first.len());
        let rest = [
            IoSlice::new(&first[in_first..]),
            IoSlice::new(&second[written - in_first..]),
        ];
        match io.write_vectored(&rest) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return (written, Ok(Wrote::Blocked));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(Wrote::All))
}

/// The longest frame header of a server.
const MAX_HEADER: usize = 10;
/// Copying a message of this length costs more than a write of its own.
const DIRECT_FROM: usize = 32 * 1024;
