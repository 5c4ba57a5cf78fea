//! Reads the stream, and keeps what was read and is not used yet.

use std::io;

use super::{Connection, OpenFlags, State, StreamFlags};
use crate::{Transport, core::Core, turn::Turn};

/// The result of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Took {
    Bytes(usize),
    /// Nothing now.
    Nothing,
    /// The end of the stream.
    End,
    Failed(io::ErrorKind),
}

impl<T: Transport> Connection<T> {
    /// Reads once. Counts the bytes, and what the read left inside the transport to be written.
    pub(super) fn read(&mut self, into: &mut [u8], core: &mut Core) -> Took {
        let room = into.len();
        let inside = self.io.unwritten();
        let took = read_once(|| self.io.read_bytes(into));
        self.note_read(took, room, inside, core);
        took
    }

    /// Reads into the place where a large message is assembled, if there is one, so that its bytes
    /// are not copied.
    pub(super) fn read_assembly(&mut self, budget: usize, core: &mut Core) -> Option<Took> {
        let State::Open(open) = &mut self.state else {
            return None;
        };
        let (assembly, wanted) = open.protocol.assembly()?;
        if wanted < ASSEMBLE_FROM {
            return None;
        }
        if assembly.capacity() - assembly.len() < wanted {
            let proven = if open.flags.has(OpenFlags::PROVEN) {
                BULKY_FROM
            } else {
                0
            };
            open.flags.clear(OpenFlags::PROVEN);
            core.buffers.grow(assembly, wanted, proven);
        }
        let room = (assembly.capacity() - assembly.len()).min(wanted);
        let room = room.min(self.io.read_append_most());
        let room = if room > ASSEMBLE_MOST {
            budget.min(room)
        } else {
            room
        };
        let inside = self.io.unwritten();
        let took = read_once(|| self.io.read_append(assembly, room));
        if assembly.len() >= BULKY_FROM {
            open.flags.set(OpenFlags::BULKY);
        }
        self.note_read(took, room, inside, core);
        Some(took)
    }

    /// Bytes to read of the next message. If that is likely to be large, they are few: what has
    /// arrived before its memory is known has to be copied there.
    pub(super) const fn first_read(&mut self, budget: usize) -> usize {
        let State::Open(open) = &mut self.state else {
            return budget;
        };
        if !open.flags.has(OpenFlags::BULKY) {
            return budget;
        }
        open.flags.clear(OpenFlags::BULKY);
        open.flags.set(OpenFlags::PROVEN);
        if budget < FIRST_READ {
            budget
        } else {
            FIRST_READ
        }
    }

    /// Lends the turn the first `len` bytes of its buffer, the first `head` of which are a request
    /// head.
    pub(super) fn lend(&mut self, len: usize, head: usize, turn: &mut Turn<'_>, core: &Core) {
        self.flags.set(StreamFlags::LENT);
        #[cfg(feature = "deflate")]
        if let State::Open(open) = &mut self.state
            && open.flags.has(OpenFlags::DEFLATE)
        {
            open.protocol.set_inflate_budget(core.config.read_budget);
        }
        turn.lend(self.id, len, head, core.dirty.len(), core.messages_ended());
    }

    fn note_read(&mut self, took: Took, room: usize, inside: usize, core: &mut Core) {
        // A short read has emptied the stream, if the transport says so.
        let is_dry = match took {
            Took::Bytes(len) => {
                core.stats.bytes_in += len as u64;
                let is_short = len < room && !self.flags.has(StreamFlags::HANGUP);
                is_short && self.io.short_read_is_last() && !self.io.has_buffered()
            }
            Took::Nothing => !self.io.has_buffered(),
            Took::End | Took::Failed(_) => false,
        };
        if is_dry {
            self.flags.clear(StreamFlags::READABLE);
        }
        core.budget.follow(inside, self.io.unwritten());
        if self.io.wants_write() {
            self.mark_dirty(core);
        }
    }

    /// Bytes that were read and are not used yet.
    pub(super) fn held(&self) -> &[u8] {
        self.held.as_ref().map_or(&[], |held| held.bytes())
    }

    /// Holds bytes that arrived after those that are held.
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.held.get_or_insert_default().push(bytes);
        }
    }

    /// Moves held bytes to the front of `to`, as many as fit. Returns their number.
    pub(super) fn unhold(&mut self, to: &mut [u8]) -> usize {
        let Some(held) = &mut self.held else { return 0 };
        let len = held.take(to);
        if held.bytes().is_empty() {
            self.held = None;
        }
        len
    }

    /// Moves some of the held bytes: see [`Held::next_piece`].
    pub(super) fn unhold_piece(&mut self, to: &mut [u8]) -> usize {
        let Some(held) = &mut self.held else { return 0 };
        let piece = held.next_piece().min(to.len());
        self.unhold(&mut to[..piece])
    }

    /// Takes back the end of the bytes that `unhold` moved, or bytes that were read when nothing
    /// was held.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        match &mut self.held {
            Some(held) => held.put_back(bytes.len()),
            None => self.hold(bytes),
        }
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
                // A layer with an end of its own was cut without it. That is no clean end either.
                io::ErrorKind::UnexpectedEof => return Took::End,
                kind => return Took::Failed(kind),
            },
        }
    }
}

/// A message of which this much is missing is read into its place. The rest of a shorter one
/// arrives as fast together with what follows it.
const ASSEMBLE_FROM: usize = 16 * 1024;
/// Bytes that one read takes to their place: as many as are written to a connection in one turn.
/// They cost less than a read budget of short messages.
const ASSEMBLE_MOST: usize = 1024 * 1024;
/// The message after one of which this much has arrived is likely to be as large.
const BULKY_FROM: usize = 256 * 1024;
/// Bytes to read of such a message first.
const FIRST_READ: usize = 4 * 1024;
