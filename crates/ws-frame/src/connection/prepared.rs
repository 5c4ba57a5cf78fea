use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Message;
#[cfg(feature = "deflate")]
use crate::deflate::{self, WindowBits};
use crate::header::RSV1;
use crate::{EncodedHeader, Opcode};

/// A message encoded once, to be sent by many connections. A clone shares the bytes.
///
/// Servers send the same bytes to every client: [`Sender::share`](crate::Sender::share) hands them out to be queued without a copy,
/// [`Sender::send_prepared`](crate::Sender::send_prepared) appends them.
///
/// ```
/// use ws_frame::{Config, Connection, Message, Prepared};
///
/// let news = Prepared::new(Message::Text("it rains"));
/// let mut readers = [Connection::server(Config::new()), Connection::server(Config::new())];
/// for reader in &mut readers {
///     let mut output = Vec::new();
///     reader.send_prepared(&news, &mut output)?;
///     assert_eq!(output, b"\x81\x08it rains");
/// }
/// # Ok::<(), ws_frame::SendError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Prepared {
    opcode: Opcode,
    plain: PreparedFrame,
    /// With the smallest window that a peer needs for it.
    #[cfg(feature = "deflate")]
    compressed: Option<(WindowBits, PreparedFrame)>,
}

/// One form of a prepared message.
#[derive(Clone, Debug)]
pub(super) struct PreparedFrame {
    header_len: usize,
    bytes: Arc<[u8]>,
}

impl Prepared {
    /// Encodes a message as one frame, as a server sends it.
    #[must_use]
    pub fn new(message: Message<'_>) -> Self {
        let opcode = message.opcode();
        Self {
            opcode,
            plain: PreparedFrame::new(opcode, message.payload(), false),
            #[cfg(feature = "deflate")]
            compressed: None,
        }
    }

    /// Encodes a message in two forms: plain, and compressed for the peers with whom permessage-deflate was agreed on and for whom no
    /// context is kept. (Those with one get the plain form.)
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflated(message: Message<'_>, options: &deflate::Options) -> Self {
        let mut prepared = Self::new(message);
        let (opcode, payload) = (message.opcode(), message.payload());
        if payload.len() >= options.min_len {
            let (window_bits, compressed) = options.compress(payload);
            prepared.compressed = (compressed.len() < payload.len())
                .then(|| (window_bits, PreparedFrame::new(opcode, &compressed, true)));
        }
        prepared
    }

    /// The message without its header.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.plain.payload()
    }

    pub(super) const fn opcode(&self) -> Opcode {
        self.opcode
    }

    pub(super) const fn plain(&self) -> &PreparedFrame {
        &self.plain
    }

    /// Compressed for a peer with such a window.
    #[cfg(feature = "deflate")]
    pub(super) fn compressed(&self, window_bits: WindowBits) -> Option<&PreparedFrame> {
        let (needed, frame) = self.compressed.as_ref()?;
        (*needed <= window_bits).then_some(frame)
    }
}

impl PreparedFrame {
    fn new(opcode: Opcode, payload: &[u8], compressed: bool) -> Self {
        let mut header = EncodedHeader::of_server(opcode, payload.len() as u64);
        if compressed {
            header.set_rsv1();
        }
        let header = header.as_bytes();
        let mut bytes = Vec::with_capacity(header.len() + payload.len());
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(payload);
        Self {
            header_len: header.len(),
            bytes: bytes.into(),
        }
    }

    pub(super) const fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.bytes[self.header_len..]
    }

    /// Says in another header for the same payload that it is compressed, if it is.
    pub(super) fn mark(&self, mut header: EncodedHeader) -> EncodedHeader {
        if self.bytes[0] & RSV1 != 0 {
            header.set_rsv1();
        }
        header
    }
}
