//! The part of a frame that one input holds.

use crate::Header;

/// The part of one frame's payload that one input holds, unmasked in place.
///
/// A frame that is whole in the input is one chunk. A frame that is cut between inputs comes in
/// several, none of them empty: only a frame without a payload gives an empty chunk.
///
/// ```
/// use ws_frame::{Decoder, Role};
///
/// let mut decoder = Decoder::new(Role::Client);
/// let mut bytes = *b"\x82\x05Hel"; // of "Hello"
/// let chunk = decoder.decode(&mut &mut bytes[..])?.expect("a part of the payload");
/// assert_eq!((&*chunk.payload, chunk.remaining, chunk.is_last()), (&b"Hel"[..], 2, false));
/// # Ok::<(), ws_frame::ProtocolError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Chunk<'b> {
    /// The header of the frame, the same for each of its chunks.
    pub header: Header,
    /// The next bytes of the frame's payload.
    pub payload: &'b mut [u8],
    /// The number of bytes of the frame's payload that are still to come.
    pub remaining: u64,
}

impl Chunk<'_> {
    /// Whether the frame begins with this chunk.
    #[must_use]
    #[inline]
    pub const fn is_first(&self) -> bool {
        self.payload.len() as u64 + self.remaining == self.header.len
    }

    /// Whether the frame ends with this chunk.
    #[must_use]
    #[inline]
    pub const fn is_last(&self) -> bool {
        self.remaining == 0
    }

    /// Whether the message ends with this chunk. Close, Ping and Pong count as messages of one
    /// frame.
    #[must_use]
    #[inline]
    pub const fn ends_message(&self) -> bool {
        self.header.fin && self.is_last()
    }
}
