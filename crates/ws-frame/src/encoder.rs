#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

#[cfg(feature = "alloc")]
use crate::header::RSV1;
use crate::header::{FIN, LEN_16, LEN_64, MASKED, MAX_CONTROL_LEN};
#[cfg(feature = "alloc")]
use crate::mask::extend_within_room;
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
    /// The first `len` of these, and then zeros.
    bytes: [u8; size_of::<u128>()],
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
    /// Whether such a frame may be sent now.
    #[cfg(feature = "deflate")]
    pub(crate) fn check(&self, opcode: Opcode, fin: bool) -> Result<(), SendError> {
        self.state.after(opcode, fin, 0).map(|_| ())
    }

    /// The kind of the message whose last fragment has not been sent.
    pub(crate) const fn message(&self) -> Option<Opcode> {
        match self.state {
            State::InText => Some(Opcode::Text),
            State::InBinary => Some(Opcode::Binary),
            State::BetweenMessages | State::Closed => None,
        }
    }

    /// Appends a short message, if that is all there is to it. In line where a message is sent: a call would cost a server as much as the
    /// copy, and a client as much as the key.
    #[inline]
    pub(crate) fn append_at_once(&self, opcode: Opcode, payload: &[u8], output: &mut Vec<u8>) -> bool {
        if payload.len() > usize::from(MAX_CONTROL_LEN) || self.state != State::BetweenMessages {
            return false;
        }
        let [len, ..] = payload.len().to_le_bytes();
        let first = first_byte(opcode, true);
        match self.keys {
            Some(keys) => append_masked(first, keys(), payload, output),
            None if output.capacity() - output.len() < 2 + payload.len() => return false,
            None => {
                output.extend_from_slice(&[first, len]);
                extend_within_room(output, payload);
            }
        }
        true
    }

    /// Appends a longer message under 64 KiB, if that is all there is to it.
    #[inline]
    pub(crate) fn append_simply(&self, opcode: Opcode, payload: &[u8], output: &mut Vec<u8>) -> bool {
        let (Ok(len @ MIN_16_BIT_LEN..), State::BetweenMessages) = (u16::try_from(payload.len()), self.state)
        else {
            return false;
        };
        let first = first_byte(opcode, true);
        let room = output.capacity() - output.len();
        match self.keys {
            Some(keys) if room >= 8 + payload.len() => append_masked_16(first, len, keys, payload, output),
            None if room >= 4 + payload.len() => append_16(first, len, payload, output),
            _ => return false,
        }
        true
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

impl EncodedHeader {
    /// The header of a message in one frame, as a server sends it.
    #[cfg(feature = "alloc")]
    pub(crate) fn of_server(opcode: Opcode, len: u64) -> Self {
        Self::new(opcode, true, len, None)
    }

    /// Says that the message is compressed (RFC 7692 §6).
    #[cfg(feature = "alloc")]
    pub(crate) const fn set_rsv1(&mut self) {
        self.bytes[0] |= RSV1;
    }

    #[inline]
    fn new(opcode: Opcode, fin: bool, len: u64, keys: Option<fn() -> [u8; 4]>) -> Self {
        let (bytes, mask_at) = unmasked(first_byte(opcode, fin), len);
        let Some(keys) = keys else {
            return Self {
                bytes: bytes.to_le_bytes(),
                len: mask_at,
                mask: None,
            };
        };
        let key = keys();
        let masked = u128::from(MASKED) << 8 | u128::from(u32::from_le_bytes(key)) << (8 * mask_at);
        Self {
            bytes: (bytes | masked).to_le_bytes(),
            len: mask_at + 4,
            mask: Some(Mask::new(key)),
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

#[cfg(feature = "alloc")]
impl EncodedHeader {
    /// Appends the header and its payload.
    #[inline]
    pub(crate) fn append(mut self, payload: &[u8], output: &mut Vec<u8>) {
        output.reserve(self.as_bytes().len() + payload.len());
        output.extend_from_slice(self.as_bytes());
        self.append_payload(payload, output);
    }

    /// Appends the next bytes of the payload.
    #[inline]
    pub(crate) fn append_payload(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        match &mut self.mask {
            None => output.extend_from_slice(payload),
            Some(mask) => mask.append(payload, output),
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

/// A frame of a server whose length takes two bytes more, where there is room for it.
#[cfg(feature = "alloc")]
#[inline]
fn append_16(first: u8, len: u16, payload: &[u8], output: &mut Vec<u8>) {
    let [high, low] = len.to_be_bytes();
    extend_within_room(output, &[first, LEN_16, high, low]);
    extend_within_room(output, payload);
}

/// A short frame of a client. It calls nothing but what it ends with, so that nothing is saved and restored on the way.
#[cfg(feature = "alloc")]
#[inline(never)]
fn append_masked(first: u8, key: [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let room = output.capacity() - output.len();
    if room < 6 + Mask::SHORT_ROOM || room - 6 < payload.len() {
        return append_masked_tightly(first, key, payload, output);
    }
    let [len, ..] = payload.len().to_le_bytes();
    let [a, b, c, d] = key;
    output.extend_from_slice(&[first, MASKED | len, a, b, c, d]);
    Mask::new(key).append_short(payload, output);
}

/// The same, where there is no room, or no more than the frame takes.
#[cfg(feature = "alloc")]
#[cold]
#[inline(never)]
fn append_masked_tightly(first: u8, key: [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let [len, ..] = payload.len().to_le_bytes();
    let [a, b, c, d] = key;
    output.reserve(6 + payload.len());
    output.extend_from_slice(&[first, MASKED | len, a, b, c, d]);
    Mask::new(key).append_once(payload, output);
}

/// A longer one, whose length takes two bytes, where there is room for it.
#[cfg(feature = "alloc")]
#[inline(never)]
fn append_masked_16(first: u8, len: u16, keys: fn() -> [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let key @ [a, b, c, d] = keys();
    let [high, low] = len.to_be_bytes();
    extend_within_room(output, &[first, MASKED | LEN_16, high, low, a, b, c, d]);
    Mask::new(key).append_once(payload, output);
}

#[inline]
const fn first_byte(opcode: Opcode, fin: bool) -> u8 {
    opcode.bits() | if fin { FIN } else { 0 }
}

/// A header without a mask, and its length. Put together in a register, its first byte lowest: to write it and to read it back byte by
/// byte would cost more than all else about a short frame.
#[inline]
fn unmasked(first: u8, len: u64) -> (u128, u8) {
    let (second, extended, end) = match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ ..LEN_16), _) => (len, 0, 2),
        (_, Ok(len)) => (LEN_16, u64::from(len.swap_bytes()), 4),
        _ => (LEN_64, len.swap_bytes(), 10),
    };
    (
        u128::from(first) | u128::from(second) << 8 | u128::from(extended) << 16,
        end,
    )
}

/// What may be sent next (RFC 6455 §5.4, §5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    BetweenMessages,
    /// A text message has begun, and its last fragment has not been sent.
    InText,
    /// A binary message has.
    InBinary,
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
            (Self::InText | Self::InBinary, Opcode::Text | Opcode::Binary) => {
                Err(SendError::MessageUnfinished)
            }
            (_, _) if fin => Ok(Self::BetweenMessages),
            (state, Opcode::Continuation) => Ok(state),
            (_, Opcode::Text) => Ok(Self::InText),
            (_, Opcode::Binary) => Ok(Self::InBinary),
        }
    }
}

const _: () = assert!(size_of::<u128>() >= Header::MAX_LEN);

/// The shortest payload whose length takes two bytes more.
#[cfg(feature = "alloc")]
const MIN_16_BIT_LEN: u16 = LEN_16 as u16;
/// The longest payload that a length can say (§5.2): its highest bit is zero.
const MAX_LEN: u64 = u64::MAX >> 1;
