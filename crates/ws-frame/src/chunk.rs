use crate::Header;

/// The part of one frame that one input held, unmasked in place.
///
/// A frame that is whole in the input is one chunk. One that is cut comes in several, none of them empty: only a frame with no
/// payload gives an empty chunk.
#[derive(Debug)]
#[non_exhaustive]
pub struct Chunk<'b> {
    /// The header of the frame, the same for each of its chunks.
    pub header: Header,
    /// The next bytes of the frame's payload.
    pub payload: &'b mut [u8],
    /// How many bytes of the frame's payload are still to come.
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

    /// Whether the message ends with this chunk. Close, Ping and Pong count as messages of one frame.
    #[must_use]
    #[inline]
    pub const fn ends_message(&self) -> bool {
        self.header.fin && self.is_last()
    }
}
