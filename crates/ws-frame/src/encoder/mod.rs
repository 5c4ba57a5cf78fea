//! Frames to bytes.

mod header;
mod keys;
#[cfg(feature = "alloc")]
mod message;
mod state;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

pub use self::header::EncodedHeader;
use self::keys::Keys;
use self::state::State;
use crate::{Opcode, Role, SendError};

/// Encoder of frame headers. It needs `core` alone.
///
/// It refuses to send what a [`Decoder`](crate::Decoder) refuses to receive. It makes headers of at
/// most 14 bytes, to be written before the payload: a server sends header and payload in one
/// vectored write without a copy; a client first masks the payload through the [`EncodedHeader`].
///
/// ```
/// use ws_frame::{Encoder, Opcode};
///
/// let mut encoder = Encoder::server();
/// let header = encoder.frame(Opcode::Text, true, 5)?;
/// assert_eq!(header.as_bytes(), [0x81, 5]);
///
/// // A real client takes its keys from a strong source of randomness.
/// // This is the key of RFC 6455 §5.7.
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
    /// `None` for a server, which does not mask.
    keys: Option<Keys>,
    state: State,
}

impl Encoder {
    /// An encoder for a server, which sends frames unmasked (RFC 6455 §5.1).
    #[must_use]
    pub const fn server() -> Self {
        Self {
            keys: None,
            state: State::BetweenMessages,
        }
    }

    /// An encoder for a client. `keys` returns a new masking key for each frame.
    ///
    /// The keys must be unpredictable (RFC 6455 §5.3, §10.3). Otherwise a program that controls the
    /// payload controls the bytes on the wire. Without the feature `alloc`, `keys` is a
    /// `fn() -> [u8; 4]`.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn client(keys: impl FnMut() -> [u8; 4] + Send + Sync + 'static) -> Self {
        Self {
            keys: Some(Keys::new(keys)),
            state: State::BetweenMessages,
        }
    }

    /// An encoder for a client. `keys` returns a new masking key for each frame.
    ///
    /// The keys must be unpredictable (RFC 6455 §5.3, §10.3). Otherwise a program that controls the
    /// payload controls the bytes on the wire. With the feature `alloc`, `keys` may be a closure
    /// with state.
    #[cfg(not(feature = "alloc"))]
    #[must_use]
    pub const fn client(keys: fn() -> [u8; 4]) -> Self {
        Self {
            keys: Some(Keys::new(keys)),
            state: State::BetweenMessages,
        }
    }

    /// The end of the connection that this encoder sends for.
    #[must_use]
    #[inline]
    pub const fn role(&self) -> Role {
        if self.keys.is_some() {
            Role::Client
        } else {
            Role::Server
        }
    }

    /// Returns the header of the next frame, whose payload has `len` bytes. Write it, then exactly
    /// that many bytes.
    ///
    /// A message is one text or binary frame, or several: the first text or binary, the others
    /// [`Opcode::Continuation`], the last alone with `fin`. Close, Ping and Pong may come between
    /// them. The caller must see to what this layer does not: the payload of a text message is
    /// UTF-8, and that of a Close is empty or a [`CloseCode`](crate::CloseCode) and a reason.
    ///
    /// # Errors
    ///
    /// The state is unchanged after each of these.
    ///
    /// - [`SendError::Closed`]: a Close has been sent.
    /// - [`SendError::MessageUnfinished`], [`SendError::NoMessage`]: the order of fragments (§5.4).
    /// - [`SendError::FragmentedControl`], [`SendError::ControlTooLong`]: a control frame is whole
    ///   and has at most 125 bytes (§5.5).
    /// - [`SendError::TooLong`]: the length is 2^63 or more (§5.2).
    #[inline]
    pub fn frame(
        &mut self,
        opcode: Opcode,
        fin: bool,
        len: u64,
    ) -> Result<EncodedHeader, SendError> {
        self.state = self.state.after(opcode, fin, len)?;
        let key = self.keys.as_mut().map(Keys::draw);
        Ok(EncodedHeader::new(opcode, fin, len, key))
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
    /// Checks whether such a frame may be sent now.
    pub(crate) fn check(&self, opcode: Opcode, fin: bool, len: u64) -> Result<(), SendError> {
        self.state.after(opcode, fin, len).map(|_| ())
    }

    /// The kind of the message under way: its last fragment has not been sent.
    pub(crate) const fn message(&self) -> Option<Opcode> {
        match self.state {
            State::InText => Some(Opcode::Text),
            State::InBinary => Some(Opcode::Binary),
            State::BetweenMessages | State::Closed => None,
        }
    }

    /// Slow path: appends the next frame, whatever it is.
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

    /// Refuses every further frame, whether or not a Close has been sent.
    pub(crate) const fn end(&mut self) {
        self.state = State::Closed;
    }
}
