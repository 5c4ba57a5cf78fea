//! A connection: its stream, its state, and its queue.
//!
//! Its methods act on the connection and on [`Core`], which all connections share. Calls go from
//! the later of these files to the earlier: `flags`, `held`, `mod`, `input`, `timeouts/arm`,
//! `close`, `slow_peer`, `write`, `send`, `handshake`, `timeouts/expire`, `read`.

mod close;
mod flags;
mod handshake;
mod held;
mod input;
mod read;
mod send;
mod slow_peer;
mod timeouts;
mod write;

use std::net::SocketAddr;

use ws_frame::Connection as Protocol;
use ws_handshake::{HeadScanner, extension::deflate::PerMessageDeflate};

pub use self::send::Delivery;
use self::{
    flags::{LeavingFlags, OpenFlags, StreamFlags},
    held::Held,
};
pub(crate) use self::{
    handshake::SHORT_ANSWER,
    send::{Frame, Unsent},
};
use crate::{
    ConnId, ConnectionError, Stats, Transport,
    address::Address,
    core::{Core, Effect},
    error::Unopened,
    send_queue::SendQueue,
    timeouts::Kind,
};

/// One connection.
pub(crate) struct Connection<T> {
    id: ConnId,
    io: T,
    state: State,
    flags: StreamFlags,
    queue: SendQueue,
    /// Bytes that were read and are not used yet. Rare, so it is one word.
    held: Option<Box<Held>>,
    address: Address,
}

/// The state of a connection, with the flags that only this state has.
///
/// ```text
///           whole head        accept           Event::Closed
///   Head ──────────────► Deciding ─────► Open ───────────────► Leaving ──► Gone
///    │                      │ respond                             ▲
///    └──────────────────────┴─────────────────────────────────────┘
/// ```
enum State {
    /// Its request is being read.
    Head(HeadScanner),
    /// The program has its request. Nothing is read.
    Deciding(Deciding),
    /// Frames in both directions.
    Open(Open),
    /// Over for the program. The server flushes the queue, ends its side of the stream, and
    /// discards what still arrives, so that no reset destroys the last bytes on their way (RFC 6455
    /// §7.1.1).
    Leaving(LeavingFlags),
    /// Over. The server removes it before the program is called.
    Gone,
}

struct Deciding {
    /// Parameters of compression, if that was offered and is agreed on.
    agreed: Option<PerMessageDeflate>,
    request: RequestKind,
    is_paused: bool,
}

/// The kind of a request, as far as its answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestKind {
    Upgrade,
    Get,
    /// No answer to it has a body.
    Head,
}

struct Open {
    protocol: Protocol,
    flags: OpenFlags,
}

impl<T: Transport> Connection<T> {
    /// A connection whose request is read next. Bytes inside the transport, in either direction,
    /// need no readiness.
    pub(crate) fn new(id: ConnId, io: T, address: Option<SocketAddr>, core: &mut Core) -> Self {
        let mut connection = Self {
            id,
            io,
            state: State::Head(HeadScanner::new(core.config.head)),
            flags: StreamFlags::default(),
            queue: SendQueue::default(),
            held: None,
            address: address.into(),
        };
        core.stats.accepted += 1;
        core.stats.pending += 1;
        core.budget.follow(0, connection.io.unwritten());
        core.arm(id, Kind::Head);
        if connection.io.has_buffered() {
            connection.flags.set(StreamFlags::READABLE);
            connection.enqueue(core);
        }
        if connection.io.wants_write() {
            connection.mark_dirty(core);
        }
        connection
    }

    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.address.get()
    }

    /// Replaces the address. Returns the one before.
    pub(crate) fn set_address(&mut self, address: Option<SocketAddr>) -> Option<SocketAddr> {
        core::mem::replace(&mut self.address, address.into()).get()
    }

    /// The transport, while the program knows of the connection.
    pub(crate) const fn transport(&self) -> Option<&T> {
        match &self.state {
            State::Deciding(_) | State::Open(_) => Some(&self.io),
            _ => None,
        }
    }

    /// Whether the next read may do the work of a handshake of the transport.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.io.is_handshaking()
    }

    pub(crate) const fn io_mut(&mut self) -> &mut T {
        &mut self.io
    }

    /// Whether its request has not been read.
    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self.state, State::Head(_))
    }

    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Whether it gets broadcasts.
    pub(crate) const fn takes_broadcasts(&self) -> bool {
        match &self.state {
            State::Open(open) => {
                !open.flags.has(OpenFlags::CLOSING) && !self.flags.has(StreamFlags::BROKEN)
            }
            _ => false,
        }
    }

    /// Bytes that the peer has not taken: those that are queued, and those inside the transport.
    #[inline]
    pub(crate) fn waiting(&self) -> usize {
        self.queue.waiting() + self.io.unwritten()
    }

    /// Whether there is something to read, and nothing against reading it.
    pub(crate) const fn wants_visit(&self) -> bool {
        let something =
            self.flags.has(StreamFlags::READABLE | StreamFlags::PENDING) || self.held.is_some();
        match &self.state {
            State::Head(_) => something && !self.flags.has(StreamFlags::LENT),
            State::Open(open) => something && !self.flags.has(StreamFlags::LENT) && open.is_read(),
            State::Leaving(_) => something,
            State::Deciding(_) | State::Gone => false,
        }
    }

    /// Begins a subscription: to be ended when the connection ends.
    pub(crate) fn note_subscription(&mut self) -> Result<(), ConnectionError> {
        self.state.open()?;
        self.flags.set(StreamFlags::SUBSCRIBED);
        Ok(())
    }

    /// Changes the limits of received messages.
    pub(crate) fn set_limits(&mut self, limits: ws_frame::Config) -> Result<(), ConnectionError> {
        self.state.open()?.protocol.set_config(limits);
        Ok(())
    }

    /// Forgets that a message was refused for the limit of all.
    pub(crate) const fn clear_refused(&mut self) {
        if let State::Open(open) = &mut self.state {
            open.flags.clear(OpenFlags::REFUSED);
        }
    }

    /// Whether any of these flags of an open connection is set.
    const fn has_open(&self, flags: u16) -> bool {
        match &self.state {
            State::Open(open) => open.flags.has(flags),
            _ => false,
        }
    }

    const fn is_paused(&self) -> bool {
        match &self.state {
            State::Open(open) => open.flags.has(OpenFlags::PAUSED),
            State::Deciding(deciding) => deciding.is_paused,
            _ => false,
        }
    }

    /// Bytes of memory that are held for this connection alone.
    #[inline]
    fn queued_len(&self) -> usize {
        self.queue.held() + self.io.unwritten()
    }

    /// Has the connection visited in this turn, or in the next if it was visited already.
    fn enqueue(&mut self, core: &mut Core) {
        if !self.flags.has(StreamFlags::QUEUED) {
            self.flags.set(StreamFlags::QUEUED);
            core.ready.push_back(self.id.index());
        }
    }

    /// Has the connection visited first in the next turn.
    fn enqueue_first(&mut self, core: &mut Core) {
        if !self.flags.has(StreamFlags::QUEUED) {
            self.flags.set(StreamFlags::QUEUED);
            core.ready.push_front(self.id.index());
        }
    }

    fn enqueue_if_wanted(&mut self, core: &mut Core) {
        if self.wants_visit() {
            self.enqueue(core);
        }
    }

    /// Has the connection flushed at the end of this turn.
    #[inline]
    fn mark_dirty(&mut self, core: &mut Core) {
        if !self.flags.has(StreamFlags::DIRTY) {
            self.flags.set(StreamFlags::DIRTY);
            core.dirty.push(self.id.index());
        }
    }

    /// The only place where the state changes.
    fn enter(&mut self, state: State, core: &mut Core) {
        if let Some(level) = level(&mut core.stats, &self.state) {
            *level -= 1;
        }
        if let Some(level) = level(&mut core.stats, &state) {
            *level += 1;
        }
        if self.is_open() && self.flags.has(StreamFlags::SUBSCRIBED) {
            core.effects.push(Effect::Unsubscribe(self.id));
        }
        self.state = state;
    }
}

impl State {
    /// The open connection, if messages may be sent on it.
    #[inline]
    const fn open(&mut self) -> Result<&mut Open, Unopened> {
        match self {
            Self::Open(open) => Ok(open),
            Self::Deciding(_) => Err(Unopened::Undecided),
            _ => Err(Unopened::Ended),
        }
    }
}

impl Open {
    /// Whether the connection is read from.
    #[inline]
    const fn is_read(&self) -> bool {
        !self.flags.has(OpenFlags::PAUSED | OpenFlags::CONGESTED)
    }
}

/// The number of connections in this state.
const fn level<'s>(counters: &'s mut Stats, state: &State) -> Option<&'s mut u32> {
    match state {
        State::Head(_) => Some(&mut counters.pending),
        State::Deciding(_) => Some(&mut counters.undecided),
        State::Open(_) => Some(&mut counters.open),
        State::Leaving(_) | State::Gone => None,
    }
}
