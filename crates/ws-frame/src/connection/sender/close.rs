//! Sends the Close of this end (RFC 6455 §5.5.1).

use alloc::vec::Vec;

use super::Sender;
use crate::{CloseCode, EncodedHeader, Opcode, Role, SendError};

impl Sender {
    /// Sends this end's Close, after the Pong that waits if there is one. Nothing can be sent after
    /// it.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::ControlTooLong`] if the reason has more
    /// than 123 bytes; [`SendError::ClientCloseCode`] for the code 1010 from a server.
    pub fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if code == CloseCode::EXTENSION_REQUIRED && self.role() == Role::Server {
            return Err(SendError::ClientCloseCode);
        }
        let mut header = self.close_header(2 + reason.len() as u64, output)?;
        output.extend_from_slice(header.as_bytes());
        header.append_payload(&code.get().to_be_bytes(), output);
        header.append_payload(reason.as_bytes(), output);
        Ok(())
    }

    /// Sends this end's Close without a code, like [`close`](Self::close).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close.
    pub fn close_without_code(&mut self, output: &mut Vec<u8>) -> Result<(), SendError> {
        let header = self.close_header(0, output)?;
        output.extend_from_slice(header.as_bytes());
        Ok(())
    }

    /// The header of this end's Close. Appends the Pong that waits first, whatever the room in
    /// `output`: its Ping came before any Close (RFC 6455 §5.5.2), and no Pong may follow.
    fn close_header(&mut self, len: u64, output: &mut Vec<u8>) -> Result<EncodedHeader, SendError> {
        self.encoder.check(Opcode::Close, true, len)?;
        self.append_waiting(output);
        self.encoder.frame(Opcode::Close, true, len)
    }
}
