//! One connection: its stream, where it stands, and what waits to be sent.

use std::{io, net::SocketAddr};

use ws_frame::Connection;
use ws_handshake::{HeadScanner, extension::deflate::PerMessageDeflate};

use crate::{SendError, Transport, flags::Flags, outgoing::Outgoing};

pub(crate) struct Peer<T> {
    pub(crate) io: T,
    pub(crate) state: State,
    pub(crate) flags: Flags,
    pub(crate) outgoing: Outgoing,
    /// Bytes that were read and not used yet. Rare, so it is one word.
    held: Option<Box<Held>>,
    pub(crate) address: Option<SocketAddr>,
}

/// Where a connection stands.
///
/// ```text
///           whole head        accept            Closed is told
///   Head ──────────────► Deciding ─────► Open ────────────────► Leaving ──► gone
///    │                      │ respond                              ▲
///    └──────────────────────┴──────────────────────────────────────┘
/// ```
pub(crate) enum State {
    /// Its request is read.
    Head(HeadScanner),
    /// Its request is with the program; nothing is read. Holds what compression will be agreed on.
    Deciding(Option<PerMessageDeflate>),
    /// Frames both ways.
    Open(Connection),
    /// Over for the program. What is queued is flushed, the write side shut, and what still comes is thrown away, so
    /// that no reset destroys our last bytes on their way (RFC 6455 §7.1.1).
    Leaving,
}

impl State {
    /// The connection, if messages may be sent on it.
    #[inline]
    pub(crate) const fn open(&mut self) -> Result<&mut Connection, SendError> {
        if let Self::Open(connection) = self {
            return Ok(connection);
        }
        Err(match self {
            Self::Deciding(_) => SendError::NotOpen,
            _ => SendError::Unknown,
        })
    }
}

/// Bytes in the order they came, the first `used` of them used.
struct Held {
    bytes: Vec<u8>,
    used: usize,
    /// How many of them were moved to a turn last.
    lent: usize,
    /// How many are moved next.
    piece: usize,
}

/// What a read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Took {
    Bytes(usize),
    /// Nothing now.
    Nothing,
    /// Nothing any more.
    End,
    Failed(io::ErrorKind),
}

impl<T: Transport> Peer<T> {
    pub(crate) fn new(io: T, address: Option<SocketAddr>, scanner: HeadScanner) -> Self {
        Self {
            io,
            state: State::Head(scanner),
            flags: Flags::default(),
            outgoing: Outgoing::default(),
            held: None,
            address,
        }
    }

    /// Whether there is something to read, and nothing against reading it.
    pub(crate) const fn wants_visit(&self) -> bool {
        let something = self.flags.has(Flags::READABLE | Flags::PENDING) || self.held.is_some();
        match self.state {
            State::Head(_) => something && !self.flags.has(Flags::LENT),
            State::Leaving => something,
            State::Deciding(_) => false,
            State::Open(_) => something && !self.flags.has(Flags::PAUSED | Flags::CONGESTED | Flags::LENT),
        }
    }

    /// Too much is queued: read no more, unless only its Close is waited for.
    pub(crate) fn congest(&mut self) {
        if !self.flags.has(Flags::CLOSING | Flags::BROKEN) {
            self.flags.set(Flags::CONGESTED);
        }
    }

    /// Whether the program waits for this peer to catch up. One with less than a watermark's worth is told of when it has taken all.
    pub(crate) const fn is_to_be_told(&self) -> bool {
        self.flags.has(Flags::CONGESTED) || self.flags.of(Flags::OWED | Flags::BLOCKED) == Flags::OWED
    }

    /// The connection, if the peer is open and takes what it is sent: when all is written there is nothing to make up for.
    #[inline]
    pub(crate) const fn keeping_up(&mut self) -> Option<&mut Connection> {
        match &mut self.state {
            State::Open(connection) if !self.flags.has(CATCHING_UP) => Some(connection),
            _ => None,
        }
    }

    /// The connection, if what came on it is to be decoded now, and where answers to that go.
    #[inline]
    pub(crate) const fn heeded(&mut self) -> Option<(&mut Connection, &mut Outgoing)> {
        match &mut self.state {
            State::Open(connection) if !self.flags.has(Flags::PAUSED | Flags::CONGESTED) => {
                Some((connection, &mut self.outgoing))
            }
            _ => None,
        }
    }

    /// The connection, and what waits for the end of this turn, if short messages are added to that as they are.
    #[inline]
    pub(crate) fn adding(&mut self) -> Option<(&mut Connection, &mut Vec<u8>)> {
        let waits = self.flags.of(Flags::DIRTY | Flags::BLOCKED | Flags::DEFLATE) == Flags::DIRTY;
        match &mut self.state {
            State::Open(connection) if waits => Some((connection, self.outgoing.only_tail()?)),
            _ => None,
        }
    }

    /// Bytes that the peer has still to take: those that are queued, and those inside the transport.
    #[inline]
    pub(crate) fn waiting(&self) -> usize {
        self.outgoing.waiting() + self.io.unwritten()
    }

    /// Bytes of memory that are held for the peer alone.
    #[inline]
    pub(crate) fn queued_len(&self) -> usize {
        self.outgoing.held() + self.io.unwritten()
    }

    /// Whether there is more to read though nothing came: the transport has work left.
    pub(crate) const fn wants_reading(&self) -> bool {
        self.flags.has(Flags::READABLE) && self.wants_visit()
    }

    /// Whether it gets what is sent to many.
    pub(crate) const fn hears_many(&self) -> bool {
        matches!(self.state, State::Open(_)) && !self.flags.has(Flags::CLOSING | Flags::BROKEN)
    }

    /// Whether nothing stands before a message that is written now, as it is.
    pub(crate) fn takes_direct(&self) -> bool {
        self.outgoing.is_empty()
            && !self.flags.has(Flags::BLOCKED | Flags::BROKEN | Flags::DEFLATE)
            && !self.io.wants_write()
    }

    /// How much compressed messages may be inflated to in this turn.
    #[inline]
    #[cfg_attr(
        not(feature = "deflate"),
        expect(clippy::unused_self, reason = "it has no compression")
    )]
    pub(crate) fn set_inflate_budget(&mut self, bytes: usize) {
        #[cfg(feature = "deflate")]
        if self.flags.has(Flags::DEFLATE)
            && let State::Open(connection) = &mut self.state
        {
            connection.set_inflate_budget(bytes);
        }
        #[cfg(not(feature = "deflate"))]
        let _ = bytes;
    }

    /// Whether that was not enough for what it sent.
    #[inline]
    #[cfg_attr(
        not(feature = "deflate"),
        expect(clippy::unused_self, reason = "it has no compression")
    )]
    pub(crate) fn awaits_budget(&self) -> bool {
        #[cfg(feature = "deflate")]
        if self.flags.has(Flags::DEFLATE)
            && let State::Open(connection) = &self.state
        {
            return connection.awaits_inflate_budget();
        }
        false
    }

    /// How much of the next message is read, when it is likely to be one that is put together elsewhere: what has come of it is copied
    /// there.
    pub(crate) fn foretaste(&mut self, budget: usize) -> usize {
        let is_bulky = self.flags.has(Flags::BULKY);
        self.flags.clear(Flags::BULKY);
        if !is_bulky {
            return budget;
        }
        self.flags.set(Flags::PROVEN);
        budget.min(FORETASTE)
    }

    /// Reads once. A read that does not fill `into` has emptied the stream, if it is one of those that tell of news.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Took {
        let room = into.len();
        let took = read_once(|| self.io.read_bytes(into));
        self.note_dry(took, room);
        took
    }

    /// Reads to where a large message is put together, if one is: its bytes are not copied once more. `grow` makes room behind what
    /// has come of it, for some of as many bytes as are still to come.
    pub(crate) fn read_assembly(
        &mut self,
        budget: usize,
        grow: impl FnOnce(&mut Vec<u8>, usize, usize),
    ) -> Option<Took> {
        let State::Open(connection) = &mut self.state else {
            return None;
        };
        let (assembly, wanted) = connection.assembly()?;
        if wanted < ASSEMBLE_FROM {
            return None;
        }
        if assembly.capacity() - assembly.len() < wanted {
            let is_proven = self.flags.has(Flags::PROVEN);
            self.flags.clear(Flags::PROVEN);
            grow(assembly, wanted, if is_proven { BULKY_FROM } else { 0 });
        }
        let room = (assembly.capacity() - assembly.len()).min(wanted);
        let room = room.min(self.io.read_append_most());
        let room = if room > ASSEMBLE_MOST {
            budget.min(room)
        } else {
            room
        };
        let took = read_once(|| self.io.read_append(assembly, room));
        if assembly.len() >= BULKY_FROM {
            self.flags.set(Flags::BULKY);
        }
        self.note_dry(took, room);
        Some(took)
    }

    fn note_dry(&mut self, took: Took, room: usize) {
        let dry = match took {
            Took::Bytes(len) => {
                let short = len < room && !self.flags.has(Flags::HANGUP) && self.io.short_read_is_last();
                short && !self.io.has_buffered()
            }
            Took::Nothing => !self.io.has_buffered(),
            Took::End | Took::Failed(_) => false,
        };
        if dry {
            self.flags.clear(Flags::READABLE);
        }
    }

    pub(crate) fn held(&self) -> &[u8] {
        self.held.as_ref().map_or(&[], |held| &held.bytes[held.used..])
    }

    /// Keeps bytes that came after those that are held.
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let held = self.held.get_or_insert_with(|| {
                Box::new(Held {
                    bytes: Vec::new(),
                    used: 0,
                    lent: 0,
                    piece: PIECE,
                })
            });
            held.bytes.extend_from_slice(bytes);
        }
    }

    /// Moves as much of what is held to the front of `to` as goes there, and says how much.
    pub(crate) fn unhold(&mut self, to: &mut [u8]) -> usize {
        let held = self.held();
        let len = held.len().min(to.len());
        to[..len].copy_from_slice(&held[..len]);
        if len == held.len() {
            self.held = None;
        } else if let Some(held) = &mut self.held {
            held.used += len;
            held.lent = len;
        }
        len
    }

    /// Moves some of what is held: twice as much as was used of it the last time, so that a program that takes one message at a time
    /// has no more copied than it uses.
    pub(crate) fn unhold_piece(&mut self, to: &mut [u8]) -> usize {
        let piece = self.held.as_ref().map_or(0, |held| held.piece).min(to.len());
        if let Some(held) = &mut self.held {
            held.piece = held.piece.saturating_mul(2);
        }
        self.unhold(&mut to[..piece])
    }

    /// Takes back the end of what `unhold` moved, or bytes that were read when nothing was held.
    pub(crate) fn put_back(&mut self, bytes: &[u8]) {
        match &mut self.held {
            Some(held) => {
                held.used = held.used.saturating_sub(bytes.len());
                if !bytes.is_empty() {
                    held.piece = PIECE.max(2 * held.lent.saturating_sub(bytes.len()));
                }
            }
            None => self.hold(bytes),
        }
    }

    pub(crate) fn forget_held(&mut self) {
        self.held = None;
    }
}

fn read_once(mut read: impl FnMut() -> io::Result<usize>) -> Took {
    loop {
        match read() {
            Ok(0) => return Took::End,
            Ok(len) => return Took::Bytes(len),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return Took::Nothing,
                io::ErrorKind::Interrupted => {}
                // A layer with an end of its own was cut without it. That is no clean end here either.
                io::ErrorKind::UnexpectedEof => return Took::End,
                kind => return Took::Failed(kind),
            },
        }
    }
}

/// What must be seen to once a peer has taken all.
const CATCHING_UP: u32 = Flags::CONGESTED | Flags::STALLED | Flags::UNTIMED | Flags::OWED;

/// A message of which this much is still to come is read into its place. Less comes as fast with what follows it.
const ASSEMBLE_FROM: usize = 16 * 1024;
/// Bytes that one read takes to their place, as many as one peer may be written in a turn: they cost less than a read budget's worth of
/// short messages.
const ASSEMBLE_MOST: usize = 1024 * 1024;

/// The next message after one of which this much has come is likely to be as long.
const BULKY_FROM: usize = 256 * 1024;
/// The least that is moved of what is held: some short messages.
const PIECE: usize = 1024;

/// What is read of such a message to see whether it is.
const FORETASTE: usize = 4 * 1024;
