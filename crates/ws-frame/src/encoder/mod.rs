#[cfg(feature = "alloc")]
mod at_once;
mod encoded_header;
mod state;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

pub use self::encoded_header::EncodedHeader;
use self::state::State;
use crate::{Opcode, Role, SendError};

/// Turns frames into bytes, on `core` alone. What a [`Decoder`](crate::Decoder) refuses from a peer, this refuses from us.
///
/// It makes headers: at most 14 bytes, to be written before the payload. A server sends header and payload in one vectored write
/// with no copy; a client masks the payload first, through the [`EncodedHeader`].
///
/// ```
/// use ws_frame::{Encoder, Opcode};
///
/// let mut encoder = Encoder::server();
/// let header = encoder.frame(Opcode::Text, true, 5)?;
/// assert_eq!(header.as_bytes(), [0x81, 5]);
///
/// // The keys of a client come from a strong source of randomness; this one is the example of RFC 6455 §5.7.
/// let mut encoder = Encoder::client(|| [0x37, 0xfa, 0x21, 0x3d]);
/// let mut payload = *b"Hello";
/// let mut header = encoder.frame(Opcode::Text, true, 5)?;
/// header.mask(&mut payload);
/// assert_eq!(header.as_bytes(), [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d]);
/// assert_eq!(payload, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
/// # Ok::<(), ws_frame::SendError>(())
/// ```
#[derive(Debug)]
pub struct Encoder {
    /// Where a client's masking keys come from. A server has none.
    keys: Option<fn() -> [u8; 4]>,
    state: State,
}

impl Encoder {
    /// An encoder for a server: frames are not masked.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            keys: None,
            state: State::BetweenMessages,
        }
    }

    /// An encoder for a client. `keys` gives a new masking key for each frame; it must be unpredictable (RFC 6455 §5.3, §10.3), or
    /// whoever controls the payload controls the bytes on the wire.
    #[must_use]
    pub const fn client(keys: fn() -> [u8; 4]) -> Self {
        Self {
            keys: Some(keys),
            state: State::BetweenMessages,
        }
    }

    /// Our end of the connection.
    #[must_use]
    #[inline]
    pub const fn role(&self) -> Role {
        if self.keys.is_some() {
            Role::Client
        } else {
            Role::Server
        }
    }

    /// The header of the next frame, whose payload has `len` bytes. Write it, then exactly that many bytes.
    ///
    /// A message is one text or binary frame, or several: the first text or binary, the rest [`Opcode::Continuation`], only the last
    /// with `fin`. Close, Ping and Pong may come between them. The payload of a text message must be UTF-8, and that of a Close
    /// empty or a [`CloseCode`](crate::CloseCode) and a reason: this layer sees neither.
    ///
    /// # Errors
    ///
    /// The frame may not be sent, or not now; the state is as before.
    #[inline]
    pub fn frame(&mut self, opcode: Opcode, fin: bool, len: u64) -> Result<EncodedHeader, SendError> {
        self.state = self.state.after(opcode, fin, len)?;
        Ok(EncodedHeader::new(opcode, fin, len, self.keys))
    }

    /// Whether a Close has been sent: no frame may follow.
    #[must_use]
    #[inline]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }
}

#[cfg(feature = "alloc")]
impl Encoder {
    /// Whether such a frame may be sent now.
    pub(crate) fn check(&self, opcode: Opcode, fin: bool, len: u64) -> Result<(), SendError> {
        self.state.after(opcode, fin, len).map(|_| ())
    }

    /// The kind of the message whose last fragment has not been sent.
    pub(crate) const fn message(&self) -> Option<Opcode> {
        match self.state {
            State::InText => Some(Opcode::Text),
            State::InBinary => Some(Opcode::Binary),
            State::BetweenMessages | State::Closed => None,
        }
    }

    /// Appends the next frame, as [`frame`](Self::frame) has it.
    #[inline(never)]
    pub(crate) fn append(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.frame(opcode, fin, payload.len() as u64)?
            .append(payload, output);
        Ok(())
    }

    /// Nothing may follow, whether or not a Close has been sent.
    pub(crate) const fn end(&mut self) {
        self.state = State::Closed;
    }
}
