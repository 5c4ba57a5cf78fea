//! Messages and the closing handshake, over frames.

mod assembly;
mod build;
mod config;
mod event;
mod message;
mod phase;
mod prepared;
mod read_buffer;
mod receiver;
mod reply;
mod sender;
mod sending;

use alloc::vec::Vec;

pub use self::config::Config;
pub use self::event::{Close, Event, Part};
pub use self::message::{Message, PartialMessage};
pub use self::phase::{Eof, Phase};
pub use self::prepared::Prepared;
pub use self::read_buffer::{ReadBuffer, Unread};
pub use self::receiver::Receiver;
pub use self::reply::Reply;
pub use self::sender::Sender;
use crate::decoder::Ending;
use crate::{Opcode, Role, SendError};

/// One end of a WebSocket connection, after the opening handshake: bytes in, events out; messages
/// in, bytes out.
///
/// The caller lends received bytes to [`receive`](Self::receive), and writes the bytes that this
/// and the sending methods append to an output buffer. [The drive loop](crate#the-drive-loop) gives
/// the order. An idle connection holds no buffer and takes 96 bytes.
///
/// ```
/// use ws_frame::{Config, Connection, Event};
///
/// let mut connection = Connection::server(Config::new());
/// let mut output = Vec::new();
///
/// let mut bytes = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"; // from the client
/// let mut input = &mut bytes[..];
/// while let Some(event) = connection.receive(&mut input, &mut output) {
///     if let Event::Text(text) = event {
///         connection.send_text(&text, &mut output)?;
///     }
/// }
/// assert_eq!(output, b"\x81\x05Hello"); // for the client
/// # Ok::<(), ws_frame::SendError>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    receiver: Receiver,
    sender: Sender,
}

/// Configuration, and the two halves.
impl Connection {
    /// Splits the connection into its halves, for two threads or tasks.
    ///
    /// The replies that the receiving half owes then travel as [`Reply`] values: see the
    /// [guide](crate::guide#tasks-separate-reading-and-writing).
    #[must_use]
    pub fn into_halves(self) -> (Receiver, Sender) {
        (self.receiver, self.sender)
    }

    /// Borrows both halves.
    #[must_use]
    pub const fn halves(&mut self) -> (&mut Receiver, &mut Sender) {
        (&mut self.receiver, &mut self.sender)
    }

    /// Replaces the configuration, after a log-in for example: limits from the next frame on,
    /// [`streaming`](Config::streaming) from the next message on.
    pub fn set_config(&mut self, config: Config) {
        self.receiver.set_config(config);
    }
}

/// Receiving.
impl Connection {
    /// Takes bytes off the front of `input` until they make an event. Returns `None` once `input`
    /// is empty and no event is due: call it until then, then write `output`.
    ///
    /// It appends the replies that RFC 6455 demands to `output`: a Pong for a Ping (§5.5.2; see
    /// [`Sender::reply`] for many of them), a Close for a Close (§5.5.1), and a Close when the peer
    /// breaks a rule (§7.1.7). After [`Event::Close`] and [`Event::Failed`], all further input is
    /// discarded.
    ///
    /// Unmasking may run ahead and modify unread bytes of `input`; they still decode to the same
    /// frames.
    ///
    /// ```
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let mut connection = Connection::server(Config::new());
    /// let mut bytes = *b"\x89\x82\0\0\0\0hi\x82\x81\0\0\0\0"; // the second frame is cut short
    /// let mut output = Vec::new();
    /// let mut input = &mut bytes[..];
    /// let event = connection.receive(&mut input, &mut output);
    /// assert_eq!(event, Some(Event::Ping(b"hi"[..].into())));
    /// assert_eq!(connection.receive(&mut input, &mut output), None);
    /// assert_eq!(output, b"\x8a\x02hi"); // the Pong
    /// let mut bytes = [7]; // the rest of the message
    /// let event = connection.receive(&mut &mut bytes[..], &mut output);
    /// assert_eq!(event, Some(Event::Binary(vec![7].into())));
    /// ```
    #[doc(alias = "read_message")]
    #[doc(alias = "next")]
    #[inline]
    pub fn receive<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        output: &mut Vec<u8>,
    ) -> Option<Event<'b>> {
        let Self { receiver, sender } = self;
        receiver.receive_or(input, |receiver, input| {
            receive_rest(receiver, sender, input, output)
        })
    }

    /// Takes unread bytes of a [`ReadBuffer`] until they make an event. Returns `None` once they
    /// hold no whole event: call it until then, then write `output`.
    ///
    /// It receives like [`receive`](Self::receive), with one difference: the front of a message
    /// that has not come whole stays in the buffer, where the next reads complete it. These bytes
    /// have not been received yet. [`is_midway`](Self::is_midway) and
    /// [`partial_message`](Self::partial_message) do not count them
    /// ([`ReadBuffer::unread_len`] does), and a text of 512 bytes and more that is not UTF-8 is
    /// refused when it is whole. Shorter texts, streamed and compressed messages, and messages in
    /// more than 8 fragments are received as they come, as are control frames.
    #[inline]
    pub fn receive_from<'b>(
        &mut self,
        unread: &mut Unread<'b>,
        output: &mut Vec<u8>,
    ) -> Option<Event<'b>> {
        let Self { receiver, sender } = self;
        receiver.receive_from_or(unread, |receiver, input| {
            receive_rest(receiver, sender, input, output)
        })
    }

    /// Records that the peer has ended its stream: nothing more is received, and nothing can be
    /// sent.
    ///
    /// Returns how the stream ended, the same at each call. Call it when a read returns 0 bytes.
    ///
    /// ```
    /// use ws_frame::{Config, Connection, Eof, Phase};
    ///
    /// let mut connection = Connection::server(Config::new());
    /// assert_eq!(connection.receive_eof(), Eof::Abrupt); // no Close came
    /// assert_eq!(connection.phase(), Phase::Closed);
    /// ```
    pub fn receive_eof(&mut self) -> Eof {
        self.sender.end();
        self.receiver.receive_eof()
    }

    /// The duty of the driver now.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match (self.receiver.ending(), self.sender.role()) {
            (None, _) if !self.sender.is_closed() => Phase::Open,
            (None, _) => Phase::Closing,
            (Some(Ending::Closed), Role::Client) => Phase::ExpectEof,
            (Some(Ending::Closed), Role::Server)
            | (Some(Ending::ClosedAndEof | Ending::Failed), _) => Phase::Closed,
        }
    }

    /// Whether a message or a control frame is partially received. A driver may apply a timeout to
    /// that.
    #[must_use]
    pub const fn is_midway(&self) -> bool {
        self.receiver.is_midway()
    }

    /// The message that has begun and not ended, if there is one. It serves to limit the memory of
    /// many connections together, or to demand a minimum rate of each.
    ///
    /// ```
    /// use ws_frame::{Config, Connection};
    ///
    /// let mut connection = Connection::server(Config::new());
    /// let mut first_half = *b"\x82\x84\0\0\0\0ab";
    /// connection.receive(&mut &mut first_half[..], &mut Vec::new());
    /// assert_eq!(connection.partial_message().map(|message| message.received), Some(2));
    /// ```
    #[must_use]
    #[inline]
    pub fn partial_message(&self) -> Option<PartialMessage> {
        self.receiver.partial_message()
    }

    /// Allows `bytes` more bytes of compressed messages to be inflated. Default: no limit.
    ///
    /// When they are used up, [`receive`](Self::receive) returns `None`, even if `input` is not
    /// empty, and [`awaits_inflate_budget`](Self::awaits_inflate_budget) is true. A few bytes can
    /// inflate to a thousand times as many: a driver of many connections sets a budget before it
    /// lends what it read, and serves the other connections before it sets the next.
    ///
    /// ```
    /// use ws_frame::deflate::{Options, Parameters};
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let (agreed, options) = (Parameters::default(), Options::new());
    /// let mut connection = Connection::server(Config::new()).with_deflate(agreed, &options);
    ///
    /// let mut bytes = *b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0";
    /// let (mut input, mut output) = (&mut bytes[..], Vec::new());
    /// connection.set_inflate_budget(3);
    /// assert_eq!(connection.receive(&mut input, &mut output), None);
    /// assert!(connection.awaits_inflate_budget());
    /// connection.set_inflate_budget(3); // in the next turn
    /// let event = connection.receive(&mut input, &mut output);
    /// assert_eq!(event, Some(Event::Text("Hello".into())));
    /// ```
    #[cfg(feature = "deflate")]
    pub fn set_inflate_budget(&mut self, bytes: usize) {
        self.receiver.set_inflate_budget(bytes);
    }

    /// Whether the inflate budget is used up and compressed bytes wait for the next one, inside or
    /// in `input`.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn awaits_inflate_budget(&self) -> bool {
        self.receiver.awaits_inflate_budget()
    }
}

/// Sending of messages in one frame. Every method appends to `output`, which the caller writes out,
/// and appends nothing if it returns an error.
impl Connection {
    /// Sends a text message in one frame, compressed if that is agreed on and worth it.
    ///
    /// ```
    /// use ws_frame::{Config, Connection};
    ///
    /// let (mut connection, mut output) = (Connection::server(Config::new()), Vec::new());
    /// connection.send_text("hi", &mut output)?;
    /// assert_eq!(output, b"\x81\x02hi");
    /// # Ok::<(), ws_frame::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[doc(alias = "send_message")]
    #[doc(alias = "write_message")]
    #[inline]
    pub fn send_text(&mut self, text: &str, output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send(Opcode::Text, text.as_bytes(), output)
    }

    /// Sends a binary message in one frame, compressed if that is agreed on and worth it.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after a Close; [`SendError::MessageUnfinished`] between fragments.
    #[inline]
    pub fn send_binary(&mut self, payload: &[u8], output: &mut Vec<u8>) -> Result<(), SendError> {
        self.sender.send(Opcode::Binary, payload, output)
    }
}

/// # For drivers
///
/// Three methods for drivers that count instructions, copies and allocations. Everything works
/// without them.
impl Connection {
    /// Fast path of [`receive`](Self::receive): returns the next message, if it is whole in one
    /// frame and in `input` and is not streamed or compressed.
    ///
    /// `None` decides nothing: call [`receive_rest`](Self::receive_rest), or `receive`.
    ///
    /// ```
    /// use ws_frame::{Config, Connection, Message};
    ///
    /// let mut connection = Connection::server(Config::new());
    /// let mut bytes = *b"\x81\x82\0\0\0\0Hi\x89\x80\0\0\0\0"; // a message and a Ping
    /// let (mut input, mut output) = (&mut bytes[..], Vec::new());
    /// assert_eq!(connection.receive_message(&mut input), Some(Message::Text("Hi")));
    /// assert_eq!(connection.receive_message(&mut input), None);
    /// assert!(connection.receive_rest(&mut input, &mut output).is_some());
    /// assert_eq!(output, b"\x8a\x00");
    /// ```
    #[inline]
    pub fn receive_message<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Message<'b>> {
        self.receiver.receive_message(input)
    }

    /// Slow path of [`receive`](Self::receive), for a driver that has called
    /// [`receive_message`](Self::receive_message) and got `None`. It returns what `receive` would,
    /// without trying the fast path again.
    #[inline]
    pub fn receive_rest<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        output: &mut Vec<u8>,
    ) -> Option<Event<'b>> {
        receive_rest(&mut self.receiver, &mut self.sender, input, output)
    }

    /// Lends the binary message that is being assembled, so that a large message is read from the
    /// socket straight into its place. Also returns the number of bytes that the frame under way
    /// still has. `None` if there is no such message, and if it is text, streamed or compressed.
    ///
    /// The driver may append up to that many bytes from the peer to the vector, and must not change
    /// the rest of it. The next [`receive`](Self::receive), with any input, takes them as if they
    /// were input. Bytes beyond the end of the frame are discarded.
    ///
    /// ```
    /// use std::io::Read;
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// // A masked binary frame of 1,000 bytes.
    /// let frame = [&b"\x82\xfe\x03\xe8\x01\x02\x03\x04"[..], &[7; 1000]].concat();
    /// let mut stream = &frame[..];
    /// let mut connection = Connection::server(Config::new());
    /// let (mut buffer, mut output) = ([0; 100], Vec::new());
    ///
    /// stream.read_exact(&mut buffer)?;
    /// assert_eq!(connection.receive(&mut &mut buffer[..], &mut output), None);
    /// if let Some((message, wanted)) = connection.assembly() {
    ///     assert_eq!(wanted, 908);
    ///     (&mut stream).take(wanted as u64).read_to_end(message)?;
    /// }
    /// let event = connection.receive(&mut &mut [][..], &mut output);
    /// assert!(matches!(event, Some(Event::Binary(message)) if message.len() == 1000));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn assembly(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        self.receiver.assembly()
    }
}

/// Slow path of receiving: everything but whole messages. Appends the replies that events demand,
/// after the Pong that waits for room.
#[inline(never)]
fn receive_rest<'b>(
    receiver: &mut Receiver,
    sender: &mut Sender,
    input: &mut &'b mut [u8],
    output: &mut Vec<u8>,
) -> Option<Event<'b>> {
    sender.flush_pong(output);
    let event = receiver.receive_rest(input)?;
    let by_hand = matches!(event, Event::Ping(_)) && !receiver.auto_pong();
    if let Some(reply) = event.reply().filter(|_| !by_hand) {
        sender.reply(reply, output);
    }
    Some(event)
}

const _: () = assert!(size_of::<Connection>() <= 96);
