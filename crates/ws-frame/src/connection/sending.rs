//! Sending methods of a connection, but for whole messages.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Connection;
use super::message::Message;
use super::prepared::Prepared;
use crate::{CloseCode, EncodedHeader, SendError};

/// Sending of everything else. Every method appends to `output`, which the caller writes out, and
/// appends nothing if it returns an error.
impl Connection {
    /// Sends a message in one frame, never compressed. For secrets beside text that others wrote:
    /// see [`deflate`](crate::deflate#security).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[cfg(feature = "deflate")]
    pub fn send_uncompressed(
        &mut self,
        message: Message<'_>,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_uncompressed(message, output)
    }

    /// Sends the next fragment of a text message. The first call begins the message, and the call
    /// with `last` ends it. Control frames may be sent between fragments, and no other message (RFC
    /// 6455 §5.4).
    ///
    /// ```
    /// use ws_frame::{Config, Connection};
    ///
    /// let (mut connection, mut output) = (Connection::server(Config::new()), Vec::new());
    /// connection.send_text_fragment("as it is ", false, &mut output)?;
    /// connection.send_text_fragment("written", true, &mut output)?;
    /// assert_eq!(output, b"\x01\x09as it is \x80\x07written");
    /// # Ok::<(), ws_frame::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] inside a binary
    /// message.
    pub fn send_text_fragment(
        &mut self,
        text: &str,
        last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_text_fragment(text, last, output)
    }

    /// Sends the next fragment of a binary message. The first call begins the message, and the call
    /// with `last` ends it, as with [`send_text_fragment`](Self::send_text_fragment).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] inside a text message.
    pub fn send_binary_fragment(
        &mut self,
        payload: &[u8],
        last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_binary_fragment(payload, last, output)
    }

    /// Returns the header of a message in one frame. The caller writes it, then the payload, in one
    /// vectored write without a copy. A client masks the payload first, with
    /// [`EncodedHeader::mask`].
    ///
    /// ```
    /// use std::io::{IoSlice, Write};
    /// use ws_frame::{Config, Connection, Message};
    ///
    /// let mut connection = Connection::server(Config::new());
    /// let payload = vec![7; 1 << 20];
    /// let header = connection.header(Message::Binary(&payload))?;
    /// let mut stream = Vec::new(); // a socket
    /// let parts = [IoSlice::new(header.as_bytes()), IoSlice::new(&payload)];
    /// let written = stream.write_vectored(&parts)?;
    /// assert_eq!(written, 10 + payload.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn header(&mut self, message: Message<'_>) -> Result<EncodedHeader, SendError> {
        self.sender.header(message)
    }

    /// Sends a message that was encoded before. A server appends its bytes; a client masks a copy.
    /// See [`Prepared`] for an example.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    pub fn send_prepared(
        &mut self,
        prepared: &Prepared,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.send_prepared(prepared, output)
    }

    /// Returns the bytes of a message that was encoded before, without a copy. The caller must
    /// write or queue them next, as they are.
    ///
    /// ```
    /// use ws_frame::{Config, Connection, Message, Prepared};
    ///
    /// let news = Prepared::new(Message::Text("it rains"));
    /// let bytes = Connection::server(Config::new()).share(&news)?;
    /// assert_eq!(*bytes, *b"\x81\x08it rains");
    /// # Ok::<(), ws_frame::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::MustMask`] on a client; [`SendError::Closed`] after a Close;
    /// [`SendError::MessageUnfinished`] between fragments.
    pub fn share(&mut self, prepared: &Prepared) -> Result<Arc<[u8]>, SendError> {
        self.sender.share(prepared)
    }

    /// Sends a Ping, which the peer must answer with a Pong of the same payload (RFC 6455 §5.5.2).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::ControlTooLong`] over 125 bytes.
    #[doc(alias = "keepalive")]
    #[doc(alias = "heartbeat")]
    #[doc(alias = "ping_interval")]
    pub fn send_ping(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_ping(payload, output)
    }

    /// Sends a Pong: unsolicited (RFC 6455 §5.5.3), or to answer a Ping when
    /// [`auto_pong`](super::Config::auto_pong) is off.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::ControlTooLong`] over 125 bytes.
    pub fn send_pong(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send_pong(payload, output)
    }

    /// Appends the Pong that waits for room, if there is one and `output` has less than 4 KiB.
    /// Every method that sends does this first; call it when the output has been written and
    /// nothing else is to be sent.
    #[inline]
    pub fn flush_pong(&mut self, output: &mut Vec<u8>) {
        self.sender.flush_pong(output);
    }

    /// Starts the closing handshake: sends this end's Close, after the Pong that waits if there is
    /// one.
    ///
    /// Nothing can be sent after it; a message in fragments is cut short. Continue to receive until
    /// the peer's Close comes ([`Phase::Closing`](super::Phase::Closing)): messages may still come
    /// before it.
    ///
    /// ```
    /// use ws_frame::{CloseCode, Config, Connection, Phase};
    ///
    /// let (mut connection, mut output) = (Connection::server(Config::new()), Vec::new());
    /// connection.close(CloseCode::NORMAL, "done", &mut output)?;
    /// assert_eq!(output, b"\x88\x06\x03\xe8done");
    /// assert_eq!(connection.phase(), Phase::Closing);
    /// # Ok::<(), ws_frame::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if this end has closed; [`SendError::ControlTooLong`] if the reason
    /// has more than 123 bytes; [`SendError::ClientCloseCode`] for the code 1010 from a server.
    #[doc(alias = "shutdown")]
    pub fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.sender.close(code, reason, output)
    }

    /// Starts the closing handshake with a Close without a code, as browsers do for `close()`.
    /// Otherwise like [`close`](Self::close).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if this end has closed.
    pub fn close_without_code(&mut self, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.close_without_code(output)
    }
}
