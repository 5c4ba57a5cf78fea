//! The half of a connection that sends.

mod close;
#[cfg(feature = "deflate")]
mod compressed;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

#[cfg(feature = "deflate")]
use self::compressed::Deflating;
use super::message::Message;
use super::prepared::{Prepared, PreparedFrame};
use super::reply::{Kind, Reply};
#[cfg(feature = "deflate")]
use crate::deflate::Deflater;
use crate::{EncodedHeader, Encoder, Opcode, Role, SendError};

/// The half of a [`Connection`](crate::Connection) that sends, from
/// [`into_halves`](crate::Connection::into_halves).
///
/// It has the sending methods of [`Connection`](crate::Connection), which documents them in full.
/// Each one appends to a buffer that the caller owns and writes out.
///
/// ```
/// use ws_frame::{Config, Connection};
///
/// let (_receiver, mut sender) = Connection::server(Config::new()).into_halves();
/// let mut output = Vec::new();
/// sender.send_text("hi", &mut output)?;
/// assert_eq!(output, b"\x81\x02hi");
/// # Ok::<(), ws_frame::SendError>(())
/// ```
#[derive(Debug)]
pub struct Sender {
    encoder: Encoder,
    /// Rarely used state, boxed to keep idle connections small.
    aside: Option<Box<Aside>>,
}

#[derive(Debug, Default)]
struct Aside {
    /// The Pong that waits for room in the output.
    pong: Option<Reply>,
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

/// Messages. Fast path first.
impl Sender {
    /// Sends a text message in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn send_text(&mut self, text: &str, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.send(Opcode::Text, text.as_bytes(), output)
    }

    /// Sends a binary message in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn send_binary(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.send(Opcode::Binary, payload, output)
    }

    #[inline]
    pub(in crate::connection) fn send(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if self.aside.is_none() && self.encoder.append_short(opcode, payload, output) {
            return Ok(());
        }
        self.send_longer(opcode, payload, output)
    }

    /// Out of line, to keep callers small: messages from 126 bytes, and everything unusual.
    #[cold]
    #[inline(never)]
    fn send_longer(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if self.aside.is_none() && self.encoder.append_medium(opcode, payload, output) {
            return Ok(());
        }
        self.send_frame(opcode, true, payload, output)
    }

    /// Slow path: any frame, compressed if that is agreed on and worth it.
    fn send_frame(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        #[cfg(feature = "deflate")]
        if self.aside.is_some() && !opcode.is_control() {
            return self.send_deflated(opcode, fin, payload, output);
        }
        self.send_plain(opcode, fin, payload, output)
    }

    /// Appends a frame of a message after the Pong that waits, compressed if that is agreed on.
    #[cfg(feature = "deflate")]
    #[inline(never)]
    fn send_deflated(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.encoder.check(opcode, fin, 0)?;
        self.flush_pong(output);
        let Self { encoder, aside } = self;
        match aside.as_mut().and_then(|aside| aside.deflating.as_mut()) {
            Some(deflating) => deflating.append(encoder, opcode, fin, payload, output),
            None => encoder.append(opcode, fin, payload, output),
        }
    }

    /// Appends a frame as it is, after the Pong that waits if there is room.
    fn send_plain(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if self.aside.is_some() {
            self.encoder.check(opcode, fin, payload.len() as u64)?;
            self.flush_pong(output);
        }
        self.encoder.append(opcode, fin, payload, output)
    }

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
        self.send_plain(message.opcode(), true, message.payload(), output)
    }

    /// Sends the next fragment of a text message. `last` ends the message.
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
        self.fragment(Opcode::Text, last, text.as_bytes(), output)
    }

    /// Sends the next fragment of a binary message. `last` ends the message.
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
        self.fragment(Opcode::Binary, last, payload, output)
    }

    fn fragment(
        &mut self,
        kind: Opcode,
        last: bool,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let continues = self.encoder.message() == Some(kind);
        let opcode = if continues {
            Opcode::Continuation
        } else {
            kind
        };
        self.send_frame(opcode, last, payload, output)
    }

    /// Returns the header of a message in one frame. The caller writes it, then the payload, which
    /// a client masks first.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn header(&mut self, message: Message<'_>) -> Result<EncodedHeader, SendError> {
        self.encoder
            .frame(message.opcode(), true, message.payload().len() as u64)
    }

    /// Sends a message that was encoded before. A server appends its bytes; a client masks a copy.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    pub fn send_prepared(
        &mut self,
        prepared: &Prepared,
        output: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let frame = self.choose(prepared);
        let header = self
            .encoder
            .frame(prepared.opcode(), true, frame.payload().len() as u64)?;
        self.flush_pong(output);
        frame.mark(header).append(frame.payload(), output);
        Ok(())
    }

    /// Returns the bytes of a message that was encoded before. The caller must write or queue them
    /// next, as they are.
    ///
    /// # Errors
    ///
    /// [`SendError::MustMask`] on a client; [`SendError::Closed`] after a Close;
    /// [`SendError::MessageUnfinished`] between fragments.
    pub fn share(&mut self, prepared: &Prepared) -> Result<Arc<[u8]>, SendError> {
        if self.role() == Role::Client {
            return Err(SendError::MustMask);
        }
        let frame = self.choose(prepared);
        self.encoder
            .frame(prepared.opcode(), true, frame.payload().len() as u64)?;
        Ok(Arc::clone(frame.bytes()))
    }

    /// The form of a prepared message that this peer may be sent.
    #[cfg(feature = "deflate")]
    fn choose<'a>(&self, prepared: &'a Prepared) -> &'a PreparedFrame {
        let aside = self.aside.as_ref();
        let deflating = aside.and_then(|aside| aside.deflating.as_ref());
        deflating
            .and_then(|deflating| deflating.choose(prepared))
            .unwrap_or_else(|| prepared.plain())
    }

    #[cfg(not(feature = "deflate"))]
    #[expect(clippy::unused_self, reason = "with compression there is a choice")]
    const fn choose<'a>(&self, prepared: &'a Prepared) -> &'a PreparedFrame {
        prepared.plain()
    }
}

/// Pings and Pongs, replies, and the state of the connection.
impl Sender {
    pub(in crate::connection) const fn new(encoder: Encoder) -> Self {
        Self {
            encoder,
            aside: None,
        }
    }

    /// Compresses messages of at least `min_len` bytes from now on.
    #[cfg(feature = "deflate")]
    pub(in crate::connection) fn set_deflater(&mut self, deflater: Deflater, min_len: usize) {
        let deflating = Box::new(Deflating::new(deflater, min_len));
        self.aside.get_or_insert_default().deflating = Some(deflating);
    }

    /// The end of the connection that this sends for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.encoder.role()
    }

    /// Whether nothing more may be sent: this end has closed, or the connection has ended.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.encoder.is_closed()
    }

    /// Sends a Ping.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::ControlTooLong`] over 125 bytes.
    pub fn send_ping(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_plain(Opcode::Ping, true, payload, output)
    }

    /// Sends a Pong: unsolicited, or to answer a Ping by hand.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::ControlTooLong`] over 125 bytes.
    pub fn send_pong(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_plain(Opcode::Pong, true, payload, output)
    }

    /// Sends the reply that [`Event::reply`](crate::Event::reply) returned.
    ///
    /// A Close is appended unless this end has sent one. It has the code that came (RFC 6455
    /// §5.5.1), even 1010 from a server, which [`close`](Self::close) refuses: the peer chose it.
    ///
    /// A Pong is appended while `output` has less than 4 KiB. Above that, only the newest is kept
    /// until there is room, so that a peer that pings and does not read costs no memory (§5.5.3).
    pub fn reply(&mut self, reply: Reply, output: &mut Vec<u8>) {
        match reply.kind() {
            // An error means that this end has closed: no reply is due.
            Kind::Close => self
                .encoder
                .append(Opcode::Close, true, reply.payload(), output)
                .unwrap_or_default(),
            Kind::Pong if self.is_closed() => {}
            Kind::Pong if output.len() < PONG_ROOM => {
                self.take_pong();
                self.append_pong(&reply, output);
            }
            Kind::Pong => self.aside.get_or_insert_default().pong = Some(reply),
        }
    }

    /// Appends the Pong that waits for room, if there is one and `output` has less than 4 KiB. Call
    /// it when the output has been written and nothing else is to be sent.
    #[inline]
    pub fn flush_pong(&mut self, output: &mut Vec<u8>) {
        if self.aside.is_some() && output.len() < PONG_ROOM {
            self.append_waiting(output);
        }
    }

    #[cold]
    fn append_waiting(&mut self, output: &mut Vec<u8>) {
        if let Some(reply) = self.take_pong() {
            self.append_pong(&reply, output);
        }
    }

    fn take_pong(&mut self) -> Option<Reply> {
        let pong = self.aside.as_mut()?.pong.take();
        self.aside.take_if(|aside| aside.is_empty());
        pong
    }

    fn append_pong(&mut self, reply: &Reply, output: &mut Vec<u8>) {
        // A Pong has at most 125 bytes. An error means that this end has closed: no Pong is due.
        self.encoder
            .append(Opcode::Pong, true, reply.payload(), output)
            .unwrap_or_default();
    }

    /// Refuses everything further: the connection has ended.
    pub(in crate::connection) fn end(&mut self) {
        self.encoder.end();
        self.aside = None;
    }
}

/// The length of the output up to which a Pong is appended to it, in bytes: room for more Pings
/// than an honest peer sends at a time (the Autobahn test suite expects ten answers), and no more
/// than a page.
const PONG_ROOM: usize = 4 * 1024;
