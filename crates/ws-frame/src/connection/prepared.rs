use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Message;
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
    header_len: usize,
    frame: Arc<[u8]>,
}

impl Prepared {
    /// Encodes a message as one frame, as a server sends it.
    #[must_use]
    pub fn new(message: Message<'_>) -> Self {
        let payload = message.payload();
        let header = EncodedHeader::of_server(message.opcode(), payload.len() as u64);
        let mut frame = Vec::with_capacity(header.as_bytes().len() + payload.len());
        frame.extend_from_slice(header.as_bytes());
        frame.extend_from_slice(payload);
        Self {
            opcode: message.opcode(),
            header_len: header.as_bytes().len(),
            frame: frame.into(),
        }
    }

    /// The message without its header.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.frame[self.header_len..]
    }

    pub(super) const fn opcode(&self) -> Opcode {
        self.opcode
    }

    pub(super) const fn frame(&self) -> &Arc<[u8]> {
        &self.frame
    }
}
