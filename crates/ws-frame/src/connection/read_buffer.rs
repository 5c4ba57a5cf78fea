//! The memory that a driver reads into.

use alloc::vec::Vec;
use core::mem;

use super::assembly::MAX_VEC_LEN;
use crate::Mask;
use crate::wire::{LEN_64, MASKED};

/// Buffer of a driver between its socket and [`Connection::receive_from`].
///
/// A message that a read cuts stays here until the next reads complete it, and its event borrows
/// it from here: it costs no allocation, and no copy but a move to the front of the buffer at most.
///
/// A buffer allocates [`DEFAULT_LEN`](Self::DEFAULT_LEN) bytes when it is first used. It grows for
/// a message that is longer, as its bytes come, to at most four times these bytes plus its first
/// length. It shrinks before the read after a message of more than 1 MiB, and when what comes needs
/// less than a quarter of it. [`release`](Self::release) gives its memory back when a connection is
/// idle.
///
/// A buffer belongs to one connection. While it [`is_empty`](Self::is_empty), another connection
/// may use it.
///
/// ```
/// use std::io::{self, Read};
/// use ws_frame::{Connection, Event, ReadBuffer};
///
/// fn lengths(stream: &mut impl Read, connection: &mut Connection) -> io::Result<Vec<usize>> {
///     let (mut buffer, mut output) = (ReadBuffer::new(), Vec::new());
///     let mut lengths = Vec::new();
///     loop {
///         let len = stream.read(buffer.space())?;
///         if len == 0 {
///             return Ok(lengths); // the end of the stream
///         }
///         let mut unread = buffer.filled(len);
///         while let Some(event) = connection.receive_from(&mut unread, &mut output) {
///             if let Event::Binary(message) = event {
///                 lengths.push(message.len());
///             }
///         }
///     }
/// }
/// # let frame = [&b"\x82\xfe\x03\xe8\0\0\0\0"[..], &[7; 1000]].concat();
/// # let wire = frame.repeat(3);
/// # struct Reads<'a>(&'a [u8]);
/// # impl Read for Reads<'_> {
/// #     fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
/// #         let most = to.len().min(700);
/// #         self.0.read(&mut to[..most])
/// #     }
/// # }
/// # let mut connection = Connection::server(Default::default());
/// # assert_eq!(lengths(&mut Reads(&wire), &mut connection)?, [1000; 3]);
/// # Ok::<(), io::Error>(())
/// ```
///
/// [`Connection::receive_from`]: crate::Connection::receive_from
#[derive(Debug)]
pub struct ReadBuffer {
    bytes: Vec<u8>,
    /// The unread bytes are those from `start` to `end`.
    start: usize,
    end: usize,
    /// The number of unread bytes without which there is no event.
    wanted: usize,
    first_len: usize,
    /// Of a long frame that is cut.
    unmasking: Option<Unmasking>,
}

impl ReadBuffer {
    /// The length of a buffer for messages that are not longer: 16 KiB, which stay in the nearest
    /// cache.
    pub const DEFAULT_LEN: usize = 16 * 1024;

    /// An empty buffer of [`DEFAULT_LEN`](Self::DEFAULT_LEN) bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_len(Self::DEFAULT_LEN)
    }

    /// An empty buffer of this many bytes, between 1 and 1 GiB: the most that a read takes, unless
    /// a message is longer.
    #[must_use]
    pub const fn with_len(len: usize) -> Self {
        let first_len = match len {
            0 => 1,
            1..=GIB => len,
            _ => GIB,
        };
        Self {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            wanted: 0,
            first_len,
            unmasking: None,
        }
    }

    /// The place for the bytes of the next read. It is never empty.
    ///
    /// If the buffer has grown for a message, this is no more than the rest of that message, so
    /// that the next one begins at the front.
    #[must_use]
    #[inline]
    pub fn space(&mut self) -> &mut [u8] {
        if self.is_worth_moving() {
            self.move_to_front();
        }
        if self.bytes.len() - self.end < self.lacking().min(SHORTEST_READ) {
            self.grow();
        }
        let end = self.end + self.space_len();
        &mut self.bytes[self.end..end]
    }

    /// Records that the first `len` bytes of [`space`](Self::space) have been filled, or all of
    /// them if it has fewer. Lends the unread bytes to
    /// [`Connection::receive_from`](crate::Connection::receive_from).
    #[inline]
    pub fn filled(&mut self, len: usize) -> Unread<'_> {
        self.end += len.min(self.space_len());
        let waits = self.wanted > 0 && self.waits();
        let Self {
            bytes,
            start,
            end,
            wanted,
            unmasking,
            ..
        } = self;
        let from = if waits { *end } else { *start };
        Unread {
            input: bytes.get_mut(from..*end).unwrap_or_default(),
            start,
            end: *end,
            wanted,
            unmasking,
        }
    }

    #[inline]
    fn space_len(&self) -> usize {
        let behind = self.bytes.len() - self.end;
        if self.wanted > self.first_len {
            behind.min(self.lacking())
        } else {
            behind
        }
    }

    /// The number of bytes without which there is no event, at least 1.
    #[inline]
    fn lacking(&self) -> usize {
        self.wanted.saturating_sub(self.unread_len()).max(1)
    }

    /// Appends bytes that have come another way, such as those that followed the handshake, and
    /// lends the unread bytes.
    pub fn extend_from_slice(&mut self, mut bytes: &[u8]) -> Unread<'_> {
        while !bytes.is_empty() {
            let space = self.space();
            let (now, rest) = bytes.split_at(bytes.len().min(space.len()));
            space[..now.len()].copy_from_slice(now);
            self.filled(now.len());
            bytes = rest;
        }
        self.filled(0)
    }

    /// Whether no byte waits to be received.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The number of bytes that wait to be received: the front of a message. A driver that limits
    /// the memory of many connections, or demands a minimum rate of each, counts them.
    #[must_use]
    #[inline]
    pub const fn unread_len(&self) -> usize {
        self.end - self.start
    }

    /// Frees the memory, if no byte waits in it. The next [`space`](Self::space) allocates it anew.
    pub fn release(&mut self) {
        if self.is_empty() {
            (self.bytes, self.start, self.end) = (Vec::new(), 0, 0);
        }
    }

    /// The memory that the buffer holds, in bytes.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether the message at the front has still not come as far as it must.
    #[inline(never)]
    fn waits(&mut self) -> bool {
        let frame = self.start..self.end.min(self.start.saturating_add(self.wanted));
        let waits = frame.len() < self.wanted;
        if let (Some(unmasking), Some(frame)) = (&mut self.unmasking, self.bytes.get_mut(frame)) {
            unmasking.go_on(frame, waits);
            if !waits {
                Unmasking::finish(frame);
            }
        }
        if !waits {
            (self.wanted, self.unmasking) = (0, None);
        }
        waits
    }

    /// Few bytes are moved as soon as there is a place for them before their own, so that short
    /// messages stay in the nearest cache. Many are moved where the rest of their message has no
    /// place behind them.
    #[inline]
    fn is_worth_moving(&self) -> bool {
        self.unread_len() <= self.start.min(FEW) || self.bytes.len() - self.end < self.lacking()
    }

    #[inline]
    fn move_to_front(&mut self) {
        let filled = self.end;
        if !self.is_empty() {
            self.bytes.copy_within(self.start..self.end, 0);
        }
        (self.start, self.end) = (0, self.unread_len());
        if self.bytes.len() > self.first_len {
            self.shrink(filled);
        }
    }

    /// Gives back the memory that a longer message has left, if that was very long, or less than a
    /// quarter of it has been filled and the message that waits needs no more.
    #[cold]
    fn shrink(&mut self, filled: usize) {
        let (len, needed) = (self.bytes.len(), self.end.max(self.wanted));
        let is_long = len > MOST_KEPT.max(needed);
        if is_long || (1..len / 4).contains(&filled.max(needed)) {
            self.bytes.truncate(needed.max(self.first_len));
            self.bytes.shrink_to_fit();
        }
    }

    /// Makes room for the message that is cut, as far as its bytes have come.
    #[cold]
    fn grow(&mut self) {
        let unread = self.unread_len();
        let most = unread.saturating_mul(4).saturating_add(self.first_len);
        let most = most.min(MAX_VEC_LEN);
        let needed = if self.wanted > unread {
            self.wanted
        } else {
            most
        };
        let len = needed.clamp(self.first_len, most);
        self.bytes
            .reserve_exact(len.saturating_sub(self.bytes.len()));
        self.bytes.resize(len, 0);
    }
}

impl Default for ReadBuffer {
    fn default() -> Self {
        Self::new()
    }
}

/// The unread bytes of a [`ReadBuffer`], lent to
/// [`Connection::receive_from`](crate::Connection::receive_from). What it has not taken when this
/// is dropped stays in the buffer.
#[derive(Debug)]
pub struct Unread<'b> {
    pub(super) input: &'b mut [u8],
    start: &'b mut usize,
    end: usize,
    /// Not 0 if a message waits. Then `input` is empty, and `start` is where the message begins.
    wanted: &'b mut usize,
    unmasking: &'b mut Option<Unmasking>,
}

impl Unread<'_> {
    /// Keeps all of `input` until there are `wanted` bytes of it.
    pub(super) fn keep_until(&mut self, wanted: usize) {
        let input = mem::take(&mut self.input);
        (*self.start, *self.wanted) = (self.end - input.len(), wanted);
        if wanted >= LONG {
            *self.unmasking = Unmasking::begin(input);
        }
    }
}

impl Drop for Unread<'_> {
    #[inline]
    fn drop(&mut self) {
        if *self.wanted == 0 {
            *self.start = self.end - self.input.len();
        }
    }
}

/// Unmasks a long frame while its pieces are near.
#[derive(Debug)]
struct Unmasking {
    mask: Mask,
    /// The number of bytes of the frame up to the first that is masked.
    done: usize,
}

impl Unmasking {
    /// `None` if the frame is not masked, or its header has not come.
    fn begin(frame: &mut [u8]) -> Option<Self> {
        let (header, _) = frame.split_first_chunk::<PAYLOAD_AT>()?;
        if header[1] != MASKED | LEN_64 {
            return None;
        }
        let mut begun = Self {
            mask: Mask::new(*header.last_chunk()?),
            done: header.len(),
        };
        begun.go_on(frame, true);
        Some(begun)
    }

    /// Unmasks what has come of the frame since the last call, unless more is to come and it is
    /// little.
    fn go_on(&mut self, frame: &mut [u8], waits: bool) {
        if let Some(new) = frame.get_mut(self.done..)
            && (new.len() >= STEP || !waits)
        {
            self.mask.apply(new);
            self.done += new.len();
        }
    }

    /// Sets the key of an unmasked frame to zero, so that the bytes decode to the same frame.
    fn finish(frame: &mut [u8]) {
        if let Some(header) = frame.first_chunk_mut::<PAYLOAD_AT>() {
            header[PAYLOAD_AT - 4..].fill(0);
        }
    }
}

/// The length of the header of a long masked frame.
const PAYLOAD_AT: usize = 2 + 8 + 4;

/// The fewest bytes of it that are unmasked at once, until it is whole.
const STEP: usize = 8 * 1024;

/// The shortest frame that is unmasked as it comes.
const LONG: usize = 1 << 16;

/// The longest buffer that stays for a message as long as the one before: a frame of 1 MiB.
const MOST_KEPT: usize = (1 << 20) + PAYLOAD_AT;

/// The longest buffer to begin with.
const GIB: usize = 1 << 30;

/// A buffer that can grow grows rather than offer less space than this.
const SHORTEST_READ: usize = 1024;

/// The number of unread bytes that are moved to the front wherever they fit there.
const FEW: usize = 4 * 1024;
