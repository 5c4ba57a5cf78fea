use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Sender;
use crate::connection::prepared::PreparedFrame;
use crate::connection::{Message, Prepared};
use crate::deflate::Deflater;
use crate::{EncodedHeader, Opcode, Role, SendError};

/// What compressing needs.
#[derive(Debug)]
pub(super) struct Deflating {
    deflater: Deflater,
    min_len: usize,
    /// The fragments of the message under way are compressed.
    in_message: bool,
}

/// Compressed messages (RFC 7692 §7.2.1).
impl Sender {
    /// They are sent from now on.
    pub(in crate::connection) fn set_deflater(&mut self, deflater: Deflater, min_len: usize) {
        self.aside.get_or_insert_default().deflating = Some(Box::new(Deflating {
            deflater,
            min_len,
            in_message: false,
        }));
    }

    /// Sends a message in one frame, and never compressed: for what is secret and stands beside what others wrote (see
    /// [`deflate`](crate::deflate)).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] between fragments.
    pub fn send_uncompressed(&mut self, message: Message<'_>, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.append_plain(message.opcode(), true, message.payload(), output)
    }

    /// A frame of a message, compressed if that is worth it.
    #[inline(never)]
    pub(super) fn append_deflated(
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
            return self.append_plain(opcode, fin, payload, output);
        };
        let at = output.len();
        output.resize(at + header_len, 0);
        deflating.deflater.deflate(payload, fin, output);
        let len = output.len() - at - header_len;
        let can_be_plain = fin && opcode != Opcode::Continuation && !deflating.deflater.keeps_context();
        if can_be_plain && len >= payload.len() {
            output.truncate(at);
            return self.append_plain(opcode, fin, payload, output);
        }
        let mut header = self.encoder.frame(opcode, fin, len as u64)?;
        if opcode != Opcode::Continuation {
            header.set_rsv1();
        }
        header.mask(&mut output[at + header_len..]);
        // A shorter payload may have a shorter length.
        output.splice(at..at + header_len, header.as_bytes().iter().copied());
        Ok(())
    }

    /// The compressed frame, if this peer may be sent one that no other message is before.
    pub(super) fn choose<'a>(&self, prepared: &'a Prepared) -> &'a PreparedFrame {
        let deflating = self.aside.as_ref().and_then(|aside| aside.deflating.as_ref());
        deflating
            .filter(|deflating| !deflating.deflater.keeps_context())
            .and_then(|deflating| prepared.compressed(deflating.deflater.window_bits()))
            .unwrap_or_else(|| prepared.plain())
    }

    /// `None` for a message that is to be left as it is.
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
        let header = EncodedHeader::of_server(Opcode::Binary, payload_len as u64);
        header.as_bytes().len()
            + match self.role() {
                Role::Server => 0,
                Role::Client => 4,
            }
    }
}
