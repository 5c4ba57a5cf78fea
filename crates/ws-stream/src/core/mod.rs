//! A connection over a byte stream, as a polled state machine. The public types are thin layers
//! over it: one owner, or a lock for split halves.
//!
//! Calls go from the later of these files to the earlier: `large`, `mod`, `write`, `send`, `end`,
//! `read`.

mod end;
mod large;
mod read;
mod send;
mod write;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Waker};

use ws_frame::{Connection, Reply};

use self::large::Large;
use crate::bounds::Claim;
use crate::queue::Queue;
use crate::wakers::Wakers;
use crate::{Config, Progress, Transport};

/// A connection over a byte stream.
pub(crate) struct Core<T: Transport> {
    /// Absent only after `into_inner`.
    io: Option<T>,
    connection: Connection,
    frame: ws_frame::Config,
    unread: Unread,
    queue: Queue,
    wakers: Arc<Wakers>,
    /// Wakes everything that waits in `wakers`.
    waker: Waker,
    /// Bytes read since the connection began.
    received: u64,
    high_watermark: usize,
    large: Large,
    budget: u16,
    state: State,
    flags: Flags,
    /// The error after which nothing more can be written.
    broken: Option<io::ErrorKind>,
    /// The answer to the peer's Close, which is sent with the poll after the one that delivered the
    /// Close.
    owed: Option<Box<Reply>>,
    claim: Option<Box<Claim>>,
    /// Results of the opening handshake.
    opened: Option<Box<Opened>>,
}

/// Stages of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Messages may come.
    Open,
    /// The peer's Close was delivered and has not been answered.
    PeerClosed,
    /// Like `PeerClosed`, and other tasks have had their turn to send.
    Yielded,
    /// The last message was delivered. Unwritten bytes are written, our side is ended, and the end
    /// of the peer's side is awaited.
    Ending,
    /// Nothing more is done with the byte stream.
    Over,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// Our side of the byte stream has been ended.
    shut: bool,
    /// The connection was failed by this end: it does not wait for the peer to end its side first.
    failed: bool,
    /// Messages are compressed.
    deflated: bool,
}

/// Input that was read and not yet decoded.
#[derive(Debug, Default)]
struct Unread {
    bytes: Vec<u8>,
    start: usize,
    /// Set if an event may be due without new bytes.
    due: bool,
}

/// Results of the opening handshake.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) protocol: Option<Box<str>>,
    /// The head of the server's answer, on a client.
    pub(crate) answer: Box<[u8]>,
}

impl<T: Transport> Core<T> {
    pub(crate) fn new(
        io: T,
        connection: Connection,
        config: &Config,
        claim: Option<Claim>,
    ) -> Self {
        let wakers = Arc::new(Wakers::default());
        let waker = Waker::from(Arc::clone(&wakers));
        Self {
            io: Some(io),
            connection,
            frame: config.frame,
            unread: Unread::default(),
            queue: Queue::default(),
            wakers,
            waker,
            received: 0,
            high_watermark: config.high_watermark,
            large: Large::default(),
            budget: BUDGET,
            state: State::Open,
            flags: Flags::default(),
            broken: None,
            owed: None,
            claim: claim.map(Box::new),
            opened: None,
        }
    }

    pub(crate) fn set_opened(&mut self, opened: Option<Opened>) {
        self.opened = opened.map(Box::new);
    }

    #[cfg(feature = "deflate")]
    pub(crate) fn set_deflated(&mut self, deflated: bool) {
        self.flags.deflated = deflated;
        self.begin_turn();
    }

    pub(crate) fn set_unread(&mut self, bytes: Vec<u8>) {
        self.unread = Unread {
            bytes,
            start: 0,
            due: true,
        };
    }

    pub(crate) fn opened(&self) -> Option<&Opened> {
        self.opened.as_deref()
    }

    pub(crate) const fn io(&self) -> Option<&T> {
        self.io.as_ref()
    }

    pub(crate) const fn io_mut(&mut self) -> Option<&mut T> {
        self.io.as_mut()
    }

    /// Gives the stream away, with the input that was read and not decoded. Discards unwritten
    /// bytes.
    pub(crate) fn take_io(&mut self) -> (Option<T>, Vec<u8>) {
        self.queue.clear();
        let mut unread = std::mem::take(&mut self.unread);
        unread.bytes.drain(..unread.start);
        (self.io.take(), unread.bytes)
    }

    pub(crate) const fn received(&self) -> u64 {
        self.received
    }

    pub(crate) const fn written(&self) -> u64 {
        self.queue.written()
    }

    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress {
            received: self.received,
            written: self.queue.written(),
            queued: self.queue.len(),
            phase: self.connection.phase(),
            midway: self.connection.is_midway(),
        }
    }

    pub(crate) const fn phase(&self) -> ws_frame::Phase {
        self.connection.phase()
    }

    pub(crate) const fn is_midway(&self) -> bool {
        self.connection.is_midway()
    }

    pub(crate) fn set_frame(&mut self, change: impl FnOnce(ws_frame::Config) -> ws_frame::Config) {
        self.frame = change(self.frame);
        self.connection.set_config(self.frame);
    }

    /// Takes `units` of the budget of this turn.
    fn charge(&mut self, units: u16) {
        self.budget = self.budget.saturating_sub(units);
    }

    /// Returns whether the budget of this turn is used up. The task then yields to its executor,
    /// and is woken for its next turn.
    fn must_yield(&mut self, cx: &Context<'_>) -> bool {
        let must = self.budget == 0;
        if must {
            self.begin_turn();
            cx.waker().wake_by_ref();
        }
        must
    }

    /// The task returns to its executor, and has a new budget when it comes back.
    #[inline]
    fn begin_turn(&mut self) {
        self.budget = BUDGET;
        #[cfg(feature = "deflate")]
        if self.flags.deflated {
            self.connection.set_inflate_budget(INFLATE_BUDGET);
        }
    }
}

impl<T: Transport + fmt::Debug> fmt::Debug for Core<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("io", &self.io)
            .field("state", &self.state)
            .field("received", &self.received)
            .field("written", &self.queue.written())
            .field("queued", &self.queue.len())
            .finish_non_exhaustive()
    }
}

/// Units of work after which a task yields: a message is one unit, a read or a write [`IO_UNITS`].
const BUDGET: u16 = 256;
const IO_UNITS: u16 = 8;
/// Bytes that are inflated between two times that a task yields: about as much work as the reads of
/// a turn. A read may stand for a thousand times its bytes.
#[cfg(feature = "deflate")]
const INFLATE_BUDGET: usize = 512 * 1024;
