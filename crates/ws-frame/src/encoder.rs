use core::fmt;

use crate::header::{FIN, LEN_16, LEN_64, MASKED, MAX_CONTROL_LEN};
use crate::{Header, Mask, Opcode, Role, SendError};

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

/// The header of one frame, ready to be written, and the mask for its payload.
#[derive(Clone, Copy)]
pub struct EncodedHeader {
    bytes: [u8; Header::MAX_LEN],
    len: u8,
    mask: Option<Mask>,
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
    /// The kind of the message whose last fragment has not been sent.
    pub(crate) const fn message(&self) -> Option<Opcode> {
        match self.state {
            State::InMessage(kind) => Some(kind),
            _ => None,
        }
    }

    /// Nothing may follow, whether or not a Close has been sent.
    pub(crate) const fn end(&mut self) {
        self.state = State::Closed;
    }
}

impl EncodedHeader {
    /// The header of a message in one frame, as a server sends it.
    #[cfg(feature = "alloc")]
    pub(crate) fn of_server(opcode: Opcode, len: u64) -> Self {
        Self::new(opcode, true, len, None)
    }

    #[inline]
    fn new(opcode: Opcode, fin: bool, len: u64, keys: Option<fn() -> [u8; 4]>) -> Self {
        let mut header = Self {
            bytes: [0; Header::MAX_LEN],
            len: 0,
            mask: None,
        };
        header.put([opcode.bits() | if fin { FIN } else { 0 }]);
        let masked = if keys.is_some() { MASKED } else { 0 };
        match (u8::try_from(len), u16::try_from(len)) {
            (Ok(len @ ..LEN_16), _) => header.put([masked | len]),
            (_, Ok(len)) => {
                header.put([masked | LEN_16]);
                header.put(len.to_be_bytes());
            }
            _ => {
                header.put([masked | LEN_64]);
                header.put(len.to_be_bytes());
            }
        }
        if let Some(keys) = keys {
            let key = keys();
            header.put(key);
            header.mask = Some(Mask::new(key));
        }
        header
    }

    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let (_, free) = self.bytes.split_at_mut(usize::from(self.len));
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = from;
            self.len += 1;
        }
    }

    /// The bytes to write before the payload.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Masks the next bytes of the payload in place, for a client; leaves them as they are for a server. What has been masked must go
    /// out as it is (RFC 6455 §5.3).
    #[inline]
    pub fn mask(&mut self, payload: &mut [u8]) {
        if let Some(mask) = &mut self.mask {
            mask.apply(payload);
        }
    }

    /// Copies the next bytes of the payload, masked as by [`mask`](Self::mask). Handles as many as the shorter of the two slices
    /// holds, and says how many.
    #[inline]
    pub fn mask_copy(&mut self, from: &[u8], to: &mut [u8]) -> usize {
        match &mut self.mask {
            Some(mask) => mask.apply_copy(from, to),
            None => Mask::new([0; 4]).apply_copy(from, to),
        }
    }
}

impl AsRef<[u8]> for EncodedHeader {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Without the key: it is as good as the payload.
impl fmt::Debug for EncodedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedHeader")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// What may be sent next (RFC 6455 §5.4, §5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    BetweenMessages,
    /// A text or binary message has begun, and its last fragment has not been sent.
    InMessage(Opcode),
    /// A Close has been sent.
    Closed,
}

impl State {
    #[inline]
    fn after(self, opcode: Opcode, fin: bool, len: u64) -> Result<Self, SendError> {
        match (self, opcode) {
            (Self::Closed, _) => Err(SendError::Closed),
            (_, Opcode::Close | Opcode::Ping | Opcode::Pong) if !fin => Err(SendError::FragmentedControl),
            (_, Opcode::Close | Opcode::Ping | Opcode::Pong) if len > u64::from(MAX_CONTROL_LEN) => {
                Err(SendError::ControlTooLong)
            }
            (_, Opcode::Close) => Ok(Self::Closed),
            (state, Opcode::Ping | Opcode::Pong) => Ok(state),
            (_, _) if len > MAX_LEN => Err(SendError::TooLong),
            (Self::BetweenMessages, Opcode::Continuation) => Err(SendError::NoMessage),
            (Self::InMessage(_), Opcode::Text | Opcode::Binary) => Err(SendError::MessageUnfinished),
            (_, _) if fin => Ok(Self::BetweenMessages),
            (Self::InMessage(kind), Opcode::Continuation) => Ok(Self::InMessage(kind)),
            (Self::BetweenMessages, Opcode::Text | Opcode::Binary) => Ok(Self::InMessage(opcode)),
        }
    }
}

/// The longest payload that a length can say (§5.2): its highest bit is zero.
const MAX_LEN: u64 = u64::MAX >> 1;
