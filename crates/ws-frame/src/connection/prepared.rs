//! Messages encoded once for many connections.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Message;
#[cfg(feature = "deflate")]
use crate::deflate::{self, WindowSize};
use crate::wire::RSV1;
use crate::{EncodedHeader, Opcode, copy};

/// A message encoded once, to be sent by many connections. A clone shares the bytes.
///
/// A server sends the same bytes to every client. [`Connection::share`](crate::Connection::share)
/// returns them to be queued without a copy;
/// [`Connection::send_prepared`](crate::Connection::send_prepared) appends them.
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
    /// The compressed form, and the smallest window that can inflate it.
    #[cfg(feature = "deflate")]
    compressed: Option<(WindowSize, PreparedFrame)>,
}

/// One form of a prepared message.
#[derive(Clone, Debug)]
pub(super) struct PreparedFrame {
    header_len: usize,
    bytes: Arc<[u8]>,
}

impl Prepared {
    /// Encodes a message as one frame of a server.
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

    /// Encodes a text message, like [`new`](Self::new).
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(Message::Text(text))
    }

    /// Encodes a binary message, like [`new`](Self::new).
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Self {
        Self::new(Message::Binary(bytes))
    }

    /// Encodes a message in two forms: plain, and compressed for connections that have agreed on
    /// permessage-deflate and keep no context. A connection with a context sends the plain form.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflated(message: Message<'_>, options: &deflate::Options) -> Self {
        let mut prepared = Self::new(message);
        let (opcode, payload) = (message.opcode(), message.payload());
        if payload.len() >= options.get_min_len() {
            let (window, compressed) = options.compress(payload);
            prepared.compressed = (compressed.len() < payload.len())
                .then(|| (window, PreparedFrame::new(opcode, &compressed, true)));
        }
        prepared
    }

    /// The payload, uncompressed.
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

    /// The compressed form, if a peer with this window can inflate it.
    #[cfg(feature = "deflate")]
    pub(super) fn compressed(&self, window: WindowSize) -> Option<&PreparedFrame> {
        let (needed, frame) = self.compressed.as_ref()?;
        (*needed <= window).then_some(frame)
    }
}

impl PreparedFrame {
    fn new(opcode: Opcode, payload: &[u8], compressed: bool) -> Self {
        let mut header = EncodedHeader::new(opcode, true, payload.len() as u64, None);
        if compressed {
            header.set_rsv1();
        }
        let header = header.as_bytes();
        let mut bytes = Vec::with_capacity(header.len() + payload.len());
        bytes.extend_from_slice(header);
        copy::append(&mut bytes, payload);
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

    /// Marks another header for the same payload as compressed, if the payload is.
    pub(super) fn mark(&self, mut header: EncodedHeader) -> EncodedHeader {
        if self.bytes[0] & RSV1 != 0 {
            header.set_rsv1();
        }
        header
    }
}
