//! Sends compressed messages (RFC 7692 §7.2.1).

use alloc::vec::Vec;

use crate::connection::prepared::{Prepared, PreparedFrame};
use crate::deflate::Deflater;
use crate::{EncodedHeader, Encoder, Opcode, Role, SendError};

/// State of compression.
#[derive(Debug)]
pub(super) struct Deflating {
    deflater: Deflater,
    min_len: usize,
    /// Whether the fragments of the message under way are compressed.
    in_message: bool,
}

impl Deflating {
    /// Compresses messages of at least `min_len` bytes.
    pub(super) const fn new(deflater: Deflater, min_len: usize) -> Self {
        Self {
            deflater,
            min_len,
            in_message: false,
        }
    }

    /// Appends a frame of a message, compressed if that is worth it.
    pub(super) fn append(
        &mut self,
        encoder: &mut Encoder,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if !self.compresses(opcode, fin, payload.len()) {
            return encoder.append(opcode, fin, payload, output);
        }
        let header_len = header_len(encoder.role(), payload.len());
        let at = output.len();
        output.resize(at + header_len, 0);
        self.deflater.deflate(payload, fin, output);
        let len = output.len() - at - header_len;
        let can_be_plain = fin && opcode != Opcode::Continuation && !self.deflater.keeps_context();
        if can_be_plain && len >= payload.len() {
            output.truncate(at);
            return encoder.append(opcode, fin, payload, output);
        }
        let mut header = encoder.frame(opcode, fin, len as u64)?;
        if opcode != Opcode::Continuation {
            header.set_rsv1();
        }
        header.mask(&mut output[at + header_len..]);
        // The header was sized for the uncompressed length.
        output.splice(at..at + header_len, header.as_bytes().iter().copied());
        Ok(())
    }

    /// The compressed form of a prepared message, if the peer can inflate it whatever messages came
    /// before.
    pub(super) fn choose<'a>(&self, prepared: &'a Prepared) -> Option<&'a PreparedFrame> {
        if self.deflater.keeps_context() {
            return None;
        }
        prepared.compressed(self.deflater.window())
    }

    /// Whether the next frame is compressed.
    const fn compresses(&mut self, opcode: Opcode, fin: bool, len: usize) -> bool {
        let compress = match opcode {
            Opcode::Continuation => self.in_message,
            _ => !fin || len >= self.min_len,
        };
        self.in_message = compress && !fin;
        compress
    }
}

fn header_len(role: Role, payload_len: usize) -> usize {
    let key = match role {
        Role::Client => Some([0; 4]),
        Role::Server => None,
    };
    let header = EncodedHeader::new(Opcode::Binary, true, payload_len as u64, key);
    header.as_bytes().len()
}
