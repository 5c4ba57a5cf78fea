//! Sends compressed messages (RFC 7692 §7.2.1).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Sender;
use crate::connection::message::Message;
use crate::connection::prepared::{Prepared, PreparedFrame};
use crate::deflate::Deflater;
use crate::{EncodedHeader, Opcode, Role, SendError};

/// State of compression.
#[derive(Debug)]
pub(super) struct Deflating {
    deflater: Deflater,
    min_len: usize,
    /// Whether the fragments of the message under way are compressed.
    in_message: bool,
}

impl Sender {
    /// Compresses messages of at least `min_len` bytes from now on.
    pub(in crate::connection) fn set_deflater(&mut self, deflater: Deflater, min_len: usize) {
        self.aside.get_or_insert_default().deflating = Some(Box::new(Deflating {
            deflater,
            min_len,
            in_message: false,
        }));
    }

    /// Sends a message in one frame, never compressed. For secrets beside text that others wrote:
    /// see [`deflate`](crate::deflate#security).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    pub fn send_uncompressed(
        &mut self,
        message: Message<'_>,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.send_plain(message.opcode(), true, message.payload(), output)
    }

    /// Appends a frame of a message, compressed if that is worth it.
    #[inline(never)]
    pub(super) fn send_deflated(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.encoder.check(opcode, fin, 0)?;
        self.flush_pong(output);
        let header_len = self.header_len(payload.len());
        let Some(deflating) = self.deflating(opcode, fin, payload.len()) else {
            return self.encoder.append(opcode, fin, payload, output);
        };
        let at = output.len();
        output.resize(at + header_len, 0);
        deflating.deflater.deflate(payload, fin, output);
        let len = output.len() - at - header_len;
        let can_be_plain =
            fin && opcode != Opcode::Continuation && !deflating.deflater.keeps_context();
        if can_be_plain && len >= payload.len() {
            output.truncate(at);
            return self.encoder.append(opcode, fin, payload, output);
        }
        let mut header = self.encoder.frame(opcode, fin, len as u64)?;
        if opcode != Opcode::Continuation {
            header.set_rsv1();
        }
        header.mask(&mut output[at + header_len..]);
        // The header was sized for the uncompressed length.
        output.splice(at..at + header_len, header.as_bytes().iter().copied());
        Ok(())
    }

    /// The compressed form, if the peer can inflate it whatever messages came before.
    pub(super) fn choose<'a>(&self, prepared: &'a Prepared) -> &'a PreparedFrame {
        let deflating = self
            .aside
            .as_ref()
            .and_then(|aside| aside.deflating.as_ref());
        deflating
            .filter(|deflating| !deflating.deflater.keeps_context())
            .and_then(|deflating| prepared.compressed(deflating.deflater.window()))
            .unwrap_or_else(|| prepared.plain())
    }

    /// `None` for a message that is sent uncompressed.
    fn deflating(&mut self, opcode: Opcode, fin: bool, len: usize) -> Option<&mut Deflating> {
        let deflating = self.aside.as_mut()?.deflating.as_mut()?;
        let compress = match opcode {
            Opcode::Continuation => deflating.in_message,
            _ => !fin || len >= deflating.min_len,
        };
        deflating.in_message = compress && !fin;
        compress.then_some(deflating)
    }

    fn header_len(&self, payload_len: usize) -> usize {
        let key = (self.role() == Role::Client).then_some([0; 4]);
        let header = EncodedHeader::new(Opcode::Binary, true, payload_len as u64, key);
        header.as_bytes().len()
    }
}
