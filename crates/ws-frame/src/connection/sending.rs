use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Connection, Message, Prepared};
use crate::{CloseCode, EncodedHeader, SendError};

/// Sending: each of these is the method of the same name of [`Sender`](super::Sender).
impl Connection {
    /// See [`Sender::send_text`](super::Sender::send_text).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn send_text(&mut self, text: &str, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_text(text, output)
    }

    /// See [`Sender::send_binary`](super::Sender::send_binary).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn send_binary(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_binary(payload, output)
    }

    /// See [`Sender::send_uncompressed`](super::Sender::send_uncompressed).
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg(feature = "deflate")]
    pub fn send_uncompressed(&mut self, message: Message<'_>, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_uncompressed(message, output)
    }

    /// See [`Sender::send_text_fragment`](super::Sender::send_text_fragment).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_text_fragment(
        &mut self,
        text: &str,
        last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_text_fragment(text, last, output)
    }

    /// See [`Sender::send_binary_fragment`](super::Sender::send_binary_fragment).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_binary_fragment(
        &mut self,
        payload: &[u8],
        last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_binary_fragment(payload, last, output)
    }

    /// See [`Sender::header`](super::Sender::header).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn header(&mut self, message: Message<'_>) -> Result<EncodedHeader, SendError> {
        self.sender.header(message)
    }

    /// See [`Sender::send_prepared`](super::Sender::send_prepared).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_prepared(&mut self, prepared: &Prepared, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_prepared(prepared, output)
    }

    /// See [`Sender::share`](super::Sender::share).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn share(&mut self, prepared: &Prepared) -> Result<Arc<[u8]>, SendError> {
        self.sender.share(prepared)
    }

    /// See [`Sender::send_ping`](super::Sender::send_ping).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_ping(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_ping(payload, output)
    }

    /// See [`Sender::send_pong`](super::Sender::send_pong).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_pong(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_pong(payload, output)
    }

    /// See [`Sender::flush_pong`](super::Sender::flush_pong).
    #[inline]
    pub fn flush_pong(&mut self, output: &mut Vec<u8>) {
        self.sender.flush_pong(output);
    }

    /// See [`Sender::close`](super::Sender::close).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn close(&mut self, code: CloseCode, reason: &str, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.close(code, reason, output)
    }

    /// See [`Sender::close_without_code`](super::Sender::close_without_code).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn close_without_code(&mut self, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.close_without_code(output)
    }
}
