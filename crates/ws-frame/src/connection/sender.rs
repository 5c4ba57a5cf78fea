use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

mod answering;
#[cfg(feature = "deflate")]
mod deflating;

#[cfg(feature = "deflate")]
use self::deflating::Deflating;
#[cfg(not(feature = "deflate"))]
use super::prepared::PreparedFrame;
use super::{Message, Prepared, Reply};
use crate::{CloseCode, EncodedHeader, Encoder, Opcode, Role, SendError};

/// The half of a connection that sends. Every method appends to a buffer that the caller owns and writes out.
#[derive(Debug)]
pub struct Sender {
    encoder: Encoder,
    /// What most connections, most of the time, have not.
    aside: Option<Box<Aside>>,
}

#[derive(Debug, Default)]
struct Aside {
    /// The Pong that waits for room.
    pong: Option<Reply>,
    /// What compressing needs.
    #[cfg(feature = "deflate")]
    deflating: Option<Box<Deflating>>,
}

impl Aside {
    const fn is_empty(&self) -> bool {
        #[cfg(feature = "deflate")]
        if self.deflating.is_some() {
            return false;
        }
        self.pong.is_none()
    }
}

impl Sender {
    pub(super) const fn new(encoder: Encoder) -> Self {
        Self { encoder, aside: None }
    }

    /// Our end of the connection.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.encoder.role()
    }

    /// Whether nothing more may be sent: our Close has been, or the connection has ended.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.encoder.is_closed()
    }

    /// Sends a text message in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn send_text(&mut self, text: &str, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.send(Opcode::Text, text.as_bytes(), output)
    }

    /// Sends a binary message in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn send_binary(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.send(Opcode::Binary, payload, output)
    }

    /// Sends the next fragment of a text message, which begins with the first call and ends with the one that says `last`.
    /// Control frames may be sent between fragments, and no other message.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] if the message under way is binary.
    pub fn send_text_fragment(
        &mut self,
        text: &str,
        last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.fragment(Opcode::Text, last, text.as_bytes(), output)
    }

    /// Sends the next fragment of a binary message, as [`send_text_fragment`](Self::send_text_fragment) does of a text message.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] if the message under way is text.
    pub fn send_binary_fragment(
        &mut self,
        payload: &[u8],
        last: bool,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.fragment(Opcode::Binary, last, payload, output)
    }

    /// The header of a message in one frame, whose payload the caller writes after it: in one vectored write, with no copy. A client
    /// masks the payload first, with [`EncodedHeader::mask`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn header(&mut self, message: Message<'_>) -> Result<EncodedHeader, SendError> {
        self.encoder
            .frame(message.opcode(), true, message.payload().len() as u64)
    }

    /// Sends a message that was encoded before. A server appends its bytes as they are; a client masks a copy.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::MessageUnfinished`] between fragments.
    pub fn send_prepared(&mut self, prepared: &Prepared, output: &mut Vec<u8>) -> Result<(), SendError> {
        let frame = self.choose(prepared);
        let header = self
            .encoder
            .frame(prepared.opcode(), true, frame.payload().len() as u64)?;
        self.flush_pong(output);
        frame.mark(header).append(frame.payload(), output);
        Ok(())
    }

    /// The bytes of a message that was encoded before, to be written, or queued, as they are, and now.
    ///
    /// # Errors
    ///
    /// [`SendError::MustMask`] on a client, [`SendError::Closed`], or [`SendError::MessageUnfinished`] between fragments.
    pub fn share(&mut self, prepared: &Prepared) -> Result<Arc<[u8]>, SendError> {
        if self.role() == Role::Client {
            return Err(SendError::MustMask);
        }
        let frame = self.choose(prepared);
        self.encoder
            .frame(prepared.opcode(), true, frame.payload().len() as u64)?;
        Ok(Arc::clone(frame.bytes()))
    }

    /// Sends a Ping.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::ControlTooLong`] over 125 bytes.
    pub fn send_ping(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.append(Opcode::Ping, true, payload, output)
    }

    /// Sends a Pong: unasked, as a sign of life, or to answer a Ping by hand.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], or [`SendError::ControlTooLong`] over 125 bytes.
    pub fn send_pong(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.append(Opcode::Pong, true, payload, output)
    }

    /// Sends our Close, after the Pong that waits for room if there is one. Nothing can be sent after it; a message in fragments is
    /// cut short. Go on receiving until the peer's Close comes.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if it has been sent, [`SendError::ControlTooLong`] if the reason has more than 123 bytes,
    /// [`SendError::ClientCloseCode`] for the code 1010 from a server.
    pub fn close(&mut self, code: CloseCode, reason: &str, output: &mut Vec<u8>) -> Result<(), SendError> {
        if code == CloseCode::EXTENSION_REQUIRED && self.role() == Role::Server {
            return Err(SendError::ClientCloseCode);
        }
        let mut header = self.close_header(2 + reason.len() as u64, output)?;
        output.extend_from_slice(header.as_bytes());
        header.append_payload(&code.get().to_be_bytes(), output);
        header.append_payload(reason.as_bytes(), output);
        Ok(())
    }

    /// Sends our Close with no code, as browsers do for `close()`; see [`close`](Self::close).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if it has been sent.
    pub fn close_without_code(&mut self, output: &mut Vec<u8>) -> Result<(), SendError> {
        let header = self.close_header(0, output)?;
        output.extend_from_slice(header.as_bytes());
        Ok(())
    }

    /// The header of our Close. Appends the Pong that waits first: its Ping came before any Close (RFC 6455 §5.5.2), and no Pong may
    /// follow. There is at most one, so it needs no room in `output`.
    fn close_header(&mut self, len: u64, output: &mut Vec<u8>) -> Result<EncodedHeader, SendError> {
        self.encoder.check(Opcode::Close, true, len)?;
        self.append_waiting(output);
        self.encoder.frame(Opcode::Close, true, len)
    }

    /// The connection has ended: nothing more can be sent.
    pub(super) fn end(&mut self) {
        self.encoder.end();
        self.aside = None;
    }

    fn fragment(
        &mut self,
        kind: Opcode,
        last: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let continues = self.encoder.message() == Some(kind);
        self.append(
            if continues { Opcode::Continuation } else { kind },
            last,
            payload,
            output,
        )
    }

    #[inline]
    fn send(&mut self, opcode: Opcode, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        if self.aside.is_none() && self.encoder.append_at_once(opcode, payload, output) {
            return Ok(());
        }
        self.send_rest(opcode, payload, output)
    }

    /// What is not worth a place in line where a message is sent.
    #[cold]
    #[inline(never)]
    fn send_rest(&mut self, opcode: Opcode, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        if self.aside.is_none() && self.encoder.append_simply(opcode, payload, output) {
            return Ok(());
        }
        self.append(opcode, true, payload, output)
    }

    fn append(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if self.aside.is_some() {
            return self.append_beside(opcode, fin, payload, output);
        }
        self.encoder.append(opcode, fin, payload, output)
    }

    /// With a Pong that waits, or with compression.
    #[inline(never)]
    fn append_beside(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if !opcode.is_control() {
            return self.append_deflated(opcode, fin, payload, output);
        }
        self.append_plain(opcode, fin, payload, output)
    }

    fn append_plain(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let header = self.encoder.frame(opcode, fin, payload.len() as u64)?;
        self.flush_pong(output);
        header.append(payload, output);
        Ok(())
    }

    /// What this peer may be sent of it.
    #[cfg(not(feature = "deflate"))]
    #[expect(clippy::unused_self, reason = "with compression there is a choice")]
    const fn choose<'a>(&self, prepared: &'a Prepared) -> &'a PreparedFrame {
        prepared.plain()
    }
}
