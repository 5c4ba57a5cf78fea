//! Memory of large messages. They are read straight to where they stay, and the memory of one that
//! has been written serves the next.

use ws_frame::Connection;

use crate::scratch;

/// Messages that are so large that they are read straight to where they stay.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Large {
    /// The length of the last message, if it was large: the next one is likely to be.
    pub(super) last: usize,
    /// The same, while the next one is being read. Memory of this length may be reserved for it, up
    /// to a limit, and spare memory lent.
    pub(super) proven: usize,
}

impl Large {
    /// Bytes to read first if the next message is likely to come whole with them. A second read
    /// would cost more than moving the message to the place of its header.
    #[inline]
    pub(super) fn whole(self) -> Option<usize> {
        (LARGE..=SPARE_MAX)
            .contains(&self.last)
            .then_some(self.last + MAX_HEADER_LEN + BEYOND)
    }

    /// Bytes to read first otherwise. What arrives of a large message before its place is known has
    /// to be copied there.
    #[inline]
    pub(super) const fn first(self, direct: bool) -> usize {
        if direct && self.last > 0 {
            FIRST_READ
        } else {
            scratch::INPUT_LEN
        }
    }
}

/// Spare capacity of a large message.
pub(super) struct Room<'c> {
    pub(super) message: &'c mut Vec<u8>,
    /// The length of the message at which its frame ends.
    end: usize,
    /// Bytes to read.
    pub(super) limit: usize,
}

impl Room<'_> {
    /// Takes the bytes that follow the frame.
    pub(super) fn take_next(self) -> Vec<u8> {
        let next = scratch::unread(self.message.get(self.end..).unwrap_or_default());
        self.message.truncate(self.end);
        next
    }
}

/// Makes room in a large message.
#[inline]
pub(super) fn make_room(connection: &mut Connection, proven: usize) -> Option<Room<'_>> {
    let (message, wanted) = connection.assembly()?;
    if wanted < SPARE_MIN || message.len() + proven < SPARE_MIN {
        return None;
    }
    if message.capacity() - message.len() < wanted.min(SPARE_MIN) {
        let len = message.len() + wanted;
        // Memory grows with the bytes received: up to four times as much, or as the message before
        // has shown to be needed. Copies are rare.
        let most = message.len().saturating_mul(4);
        let lent = if proven < len {
            most
        } else {
            len.saturating_mul(2)
        };
        scratch::move_to_large(message, len, lent);
        let room = message.capacity() - message.len();
        if room < wanted.min(SPARE_MIN) {
            let more = (most - message.len()).max(proven.min(MOST_PROVEN));
            let is_whole = wanted <= more;
            message.reserve_exact(if is_whole { wanted + BEYOND } else { more });
        } else if (wanted..wanted.saturating_add(BEYOND)).contains(&room) {
            message.reserve_exact(wanted + BEYOND); // once: the spare memory is kept
        }
    }
    let room = message.capacity() - message.len();
    Some(Room {
        end: message.len().saturating_add(wanted),
        limit: room.min(wanted.saturating_add(BEYOND)).min(SPARE_MAX),
        message,
    })
}

/// Below this number of bytes, a read into the buffer of the thread is as cheap.
const SPARE_MIN: usize = 16 * 1024;
/// Bytes read at a time. They are unmasked while they are in the cache.
const SPARE_MAX: usize = 128 * 1024;
/// The longest header of a frame, in bytes (RFC 6455 §5.2).
const MAX_HEADER_LEN: usize = 14;
/// Bytes of room behind a frame. A read that does not fill its room tells a runtime that the stream
/// is empty, without another read.
const BEYOND: usize = 64;
/// The message after one of this many bytes is likely to be as large.
pub(super) const LARGE: usize = 32 * 1024;
/// Bytes to read first of a message that is too large to come at once. They are copied to its
/// memory, and from 2 KiB on that copy is slow on some processors.
const FIRST_READ: usize = 1024;
/// The most that is reserved for such a message before it has arrived, in bytes.
const MOST_PROVEN: usize = 256 * 1024;
