//! State that the connections of a server share.

use core::time::Duration;
use std::{collections::VecDeque, net::SocketAddr};

use crate::{
    Cause, Config, ConnId, Stats, StopReport,
    assembling::Assembling,
    buffer_pool::BufferPool,
    clock::Clock,
    config::Timeouts,
    send_queue::{Pool, SendBudget, SharedFrames},
    timeouts::{KINDS, Kind, MessageTimeouts, Moment, TimeoutQueues, millis},
};

/// State that the connections of a server share: configuration, time, queues of work, limits and
/// memory.
///
/// A connection acts on itself and on this. Its effects on the server and on other connections
/// wait here as an [`Effect`], until the server applies it while no connection is
/// borrowed.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) timeouts: TimeoutQueues,
    /// Lengths of the timeouts by kind, in milliseconds. Each read of a connection begins one.
    lengths: [Option<u64>; KINDS.len()],
    pub(crate) message_timeouts: MessageTimeouts,
    pub(crate) assembling: Assembling,
    /// Indices of connections to visit, each once.
    pub(crate) ready: VecDeque<u32>,
    /// Indices of connections to flush, each once.
    pub(crate) dirty: Vec<u32>,
    /// Connections that a message was refused for the limit of all, and the room that it needs.
    pub(crate) refused: Vec<(ConnId, usize)>,
    /// Events that need no bytes.
    pub(crate) due: VecDeque<(ConnId, Due)>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) budget: SendBudget,
    pub(crate) holders: Holders,
    pub(crate) queues: Pool,
    pub(crate) buffers: BufferPool,
    pub(crate) shared: SharedFrames,
    /// Replies to peers for which nothing is queued. Empty between calls.
    pub(crate) replies: Vec<u8>,
    /// Received parts of messages that were not the last.
    pub(crate) unended_parts: u64,
    pub(crate) stats: Stats,
    /// Set once the server stops.
    pub(crate) stop_report: Option<StopReport>,
    /// A connection was removed, and the lists may be longer than needed.
    pub(crate) has_shrunk: bool,
}

/// An event without bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    Writable,
    Closed(Cause),
}

/// A change beyond the connection that caused it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    /// The connection has ended: remove it.
    Remove(ConnId),
    /// The connection is not open any more: end its subscriptions.
    Unsubscribe(ConnId),
    /// A layer of the transport has learned the address of the client: count it instead.
    Readdress(ConnId, SocketAddr),
    /// The message under way at this index holds most of all, and all hold too much.
    EndAssembly(u32),
}

/// Connections whose peers take none of their queued bytes, listed when the limit of all was
/// reached in this turn.
#[derive(Default)]
pub(crate) struct Holders {
    /// Bytes that wait, and the connection: the most last.
    pub(crate) list: Vec<(usize, ConnId)>,
    pub(crate) is_listed: bool,
}

impl Core {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            clock: Clock::new(&config),
            budget: SendBudget::new(&config),
            assembling: Assembling::new(&config),
            lengths: KINDS.map(|kind| timeout(&config.timeouts, kind).map(millis)),
            config,
            timeouts: TimeoutQueues::new(),
            message_timeouts: MessageTimeouts::default(),
            ready: VecDeque::new(),
            dirty: Vec::new(),
            refused: Vec::new(),
            due: VecDeque::new(),
            effects: Vec::new(),
            holders: Holders::default(),
            queues: Pool::default(),
            buffers: BufferPool::default(),
            shared: SharedFrames::default(),
            replies: Vec::new(),
            unended_parts: 0,
            stats: Stats::default(),
            stop_report: None,
            has_shrunk: false,
        }
    }

    pub(crate) const fn is_stopping(&self) -> bool {
        self.stop_report.is_some()
    }

    /// Begins the timeout of this kind for a connection, if it is configured. It ends the one
    /// before.
    pub(crate) fn arm(&mut self, id: ConnId, kind: Kind) {
        match self.lengths[kind as usize] {
            Some(millis) => {
                let at = self.clock.begin().after_millis(millis);
                self.timeouts.arm(id.index(), kind, at);
            }
            None => self.timeouts.disarm(id.index()),
        }
    }

    /// Ends all timeouts at this index.
    pub(crate) fn forget_timeouts(&mut self, index: u32) {
        self.timeouts.disarm(index);
        self.message_timeouts.forget(index);
        self.assembling.forget(index);
    }

    /// The index of a connection one of whose timeouts has expired.
    pub(crate) fn first_due(&self) -> Option<u32> {
        let now = self.clock.now();
        self.timeouts
            .first_due(now)
            .or_else(|| self.message_timeouts.first_due(now))
            .or_else(|| self.assembling.first_due(now))
    }

    /// Whether the idle timeout is all that has expired at this index.
    pub(crate) fn is_idle_alone(&self, index: u32) -> bool {
        let now = self.clock.now();
        matches!(self.timeouts.armed(index), Some((Kind::Idle, at)) if at <= now)
            && !self.message_timeouts.is_due(index, now)
            && !self.assembling.is_due(index, now)
    }

    /// The moment at which the next timeout of a connection expires.
    pub(crate) fn next_timeout(&self) -> Option<Moment> {
        let next = [
            self.timeouts.next(),
            self.message_timeouts.next(),
            self.assembling.next(),
        ];
        next.into_iter().flatten().min()
    }

    /// Messages received whole or with their last part.
    #[inline]
    pub(crate) const fn messages_ended(&self) -> u64 {
        self.stats.messages_in - self.unended_parts
    }

    /// Frees the memory of lists that were long, after many connections have ended.
    pub(crate) fn shrink_lists(&mut self, connections: u32) {
        let most = LIST_ROOM.max(4 * connections as usize);
        self.has_shrunk = [
            self.ready.capacity(),
            self.dirty.capacity(),
            self.due.capacity(),
            self.refused.capacity(),
            self.effects.capacity(),
        ]
        .into_iter()
        .any(|capacity| capacity > most);
        if self.ready.capacity() > most {
            self.ready.shrink_to(most / 2);
        }
        if self.dirty.capacity() > most {
            self.dirty.shrink_to(most / 2);
        }
        if self.due.capacity() > most {
            self.due.shrink_to(most / 2);
        }
        if self.refused.capacity() > most {
            self.refused.shrink_to(most / 2);
        }
        if self.effects.capacity() > most {
            self.effects.shrink_to(most / 2);
        }
    }
}

const fn timeout(timeouts: &Timeouts, kind: Kind) -> Option<Duration> {
    match kind {
        Kind::Head => timeouts.head,
        Kind::Accept => timeouts.accept,
        Kind::Idle => timeouts.idle,
        Kind::Pong => timeouts.pong,
        Kind::Write => timeouts.write,
        Kind::Close => timeouts.close,
    }
}

/// A list of this many connections is not worth shrinking.
pub(crate) const LIST_ROOM: usize = 1024;
