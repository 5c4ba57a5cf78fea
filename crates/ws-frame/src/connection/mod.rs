mod assembly;
mod close;
mod config;
mod event;
mod message;
mod phase;
mod prepared;
mod receiver;
mod reply;
mod sender;
mod sending;
mod settings;

use alloc::vec::Vec;

pub use self::config::Config;
pub use self::event::{Close, Event, Part};
pub use self::message::{Message, PartialMessage};
pub use self::phase::{Eof, Phase};
pub use self::prepared::Prepared;
pub use self::receiver::Receiver;
pub use self::reply::Reply;
pub use self::sender::Sender;
use crate::decoder::Ending;
#[cfg(feature = "deflate")]
use crate::deflate::{self, Deflater, Inflater};
use crate::{Encoder, Role};

/// One end of a WebSocket connection, once the opening handshake is done: bytes in, events out; messages in, bytes out.
///
/// ```
/// use ws_frame::{Config, Connection, Event};
///
/// let mut connection = Connection::server(Config::new());
/// let mut output = Vec::new();
///
/// let mut bytes = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let mut input = &mut bytes[..];
/// while let Some(event) = connection.receive(&mut input, &mut output) {
///     if let Event::Text(text) = event {
///         connection.send_text(&text, &mut output)?;
///     }
/// }
/// assert_eq!(output, b"\x81\x05Hello");
/// # Ok::<(), ws_frame::SendError>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    receiver: Receiver,
    sender: Sender,
}

impl Connection {
    /// The server's end. Bytes that came after the client's handshake go to [`receive`](Self::receive) first.
    #[must_use]
    pub const fn server(config: Config) -> Self {
        Self {
            receiver: Receiver::new(Role::Server, config),
            sender: Sender::new(Encoder::server()),
        }
    }

    /// The client's end. `keys` gives a new masking key for each frame; it must be unpredictable (RFC 6455 §5.3, §10.3).
    #[must_use]
    pub const fn client(config: Config, keys: fn() -> [u8; 4]) -> Self {
        Self {
            receiver: Receiver::new(Role::Client, config),
            sender: Sender::new(Encoder::client(keys)),
        }
    }

    /// The same connection with permessage-deflate, which the opening handshake agreed on (RFC 7692).
    ///
    /// Messages that come compressed are inflated, and held to [`Config::max_message_len`] while they are; messages from
    /// [`Options::min_len`](deflate::Options::min_len) on, and messages in fragments, are sent compressed. See [`deflate`] for what
    /// that costs, and what it tells.
    ///
    /// ```
    /// use ws_frame::deflate::{Options, Parameters};
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let options = Options::default(); // of the whole server
    /// let agreed = Parameters::default(); // in this connection's handshake
    /// let mut connection = Connection::server(Config::new()).with_deflate(agreed, &options);
    ///
    /// let mut bytes = *b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0";
    /// let event = connection.receive(&mut &mut bytes[..], &mut Vec::new());
    /// assert_eq!(event, Some(Event::Text("Hello".into())));
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, agreed: deflate::Parameters, options: &deflate::Options) -> Self {
        let (ours, peers) = match self.sender.role() {
            Role::Server => (Role::Server, Role::Client),
            Role::Client => (Role::Client, Role::Server),
        };
        let (keeps_context, _) = agreed.of_sender(peers);
        let inflater = Inflater::new(options.decompressor.clone(), keeps_context);
        self.receiver.set_inflater(inflater);
        let (keeps_context, window_bits) = agreed.of_sender(ours);
        let deflater = Deflater::new(options.compressor.clone(), keeps_context, window_bits);
        self.sender.set_deflater(deflater, options.min_len);
        self
    }

    /// Takes bytes off the front of `input` until they make an event; `None` when they do not, and `input` is used up. Some of what is
    /// left in `input` may have been unmasked ahead, key and all: it means what it meant.
    ///
    /// Call it until it gives `None`, then write `output` out. Replies that RFC 6455 demands are appended to `output`: a Pong for a Ping
    /// (see [`Sender::reply`] about many of them), a Close for a Close, and a Close when this end fails the connection.
    #[inline]
    pub fn receive<'b>(&mut self, input: &mut &'b mut [u8], output: &mut Vec<u8>) -> Option<Event<'b>> {
        match self.receiver.receive_message(input) {
            Some(message) => Some(message.into()),
            None => self.receive_rest(input, output),
        }
    }

    /// The common case of [`receive`](Self::receive), and nothing else: a text or binary message that is whole in one frame and in
    /// `input`, which wants no reply. `None` decides nothing: call `receive`.
    ///
    /// ```
    /// use ws_frame::{Config, Connection, Message};
    ///
    /// let mut connection = Connection::server(Config::new());
    /// let mut bytes = *b"\x81\x82\0\0\0\0Hi\x89\x80\0\0\0\0"; // a message and a Ping
    /// let (mut input, mut output) = (&mut bytes[..], Vec::new());
    /// assert_eq!(connection.receive_message(&mut input), Some(Message::Text("Hi")));
    /// assert_eq!(connection.receive_message(&mut input), None);
    /// assert!(connection.receive(&mut input, &mut output).is_some());
    /// assert_eq!(output, b"\x8a\x00");
    /// ```
    #[inline]
    pub fn receive_message<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Message<'b>> {
        self.receiver.receive_message(input)
    }

    /// Everything that may want a reply.
    #[inline(never)]
    fn receive_rest<'b>(&mut self, input: &mut &'b mut [u8], output: &mut Vec<u8>) -> Option<Event<'b>> {
        self.sender.flush_pong(output);
        let event = self.receiver.receive_rest(input)?;
        let by_hand = matches!(event, Event::Ping(_)) && !self.receiver.auto_pong();
        if let Some(reply) = event.reply().filter(|_| !by_hand) {
            self.sender.reply(reply, output);
        }
        Some(event)
    }

    /// See [`Receiver::is_midway`].
    #[must_use]
    pub const fn is_midway(&self) -> bool {
        self.receiver.is_midway()
    }

    /// The message that has begun and not ended, if there is one. Use it to bound the memory of many connections together, or to demand
    /// a minimum rate of each.
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

    /// Allows `bytes` more bytes of compressed messages to be inflated; no limit unless set. At the limit [`receive`](Self::receive)
    /// returns `None` although `input` may not be used up, and [`awaits_inflate_budget`](Self::awaits_inflate_budget) is true.
    ///
    /// A few bytes can inflate to a thousand times as many. A driver of many connections sets a budget before it hands over what it
    /// read, and at the limit goes on to the other connections first.
    ///
    /// ```
    /// use ws_frame::deflate::{Options, Parameters};
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let (agreed, options) = (Parameters::default(), Options::default());
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

    /// Whether the inflate budget is used up and compressed bytes wait for the next one, inside or in `input`.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn awaits_inflate_budget(&self) -> bool {
        self.receiver.awaits_inflate_budget()
    }

    /// Tells that the stream of the peer's bytes has ended: nothing more comes, and nothing more can be sent.
    pub fn receive_eof(&mut self) -> Eof {
        self.sender.end();
        self.receiver.receive_eof()
    }

    /// The binary message that is being put together, for the driver to append to: see [`Receiver::assembly`].
    #[must_use]
    pub fn assembly(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        self.receiver.assembly()
    }

    /// Takes new limits: see [`Receiver::set_config`].
    pub fn set_config(&mut self, config: Config) {
        self.receiver.set_config(config);
    }

    /// What the driver must do now.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match (self.receiver.ending(), self.sender.role()) {
            (None, _) if !self.sender.is_closed() => Phase::Open,
            (None, _) => Phase::Closing,
            (Some(Ending::Closed), Role::Client) => Phase::ExpectEof,
            (Some(Ending::Closed), Role::Server) | (Some(Ending::ClosedAndEof | Ending::Failed), _) => {
                Phase::Closed
            }
        }
    }

    /// The two halves, for two threads or tasks. What the receiving half owes the peer then travels as [`Reply`] values: see the
    /// [guide](crate::guide#tasks-reading-and-writing-apart).
    #[must_use]
    pub fn into_halves(self) -> (Receiver, Sender) {
        (self.receiver, self.sender)
    }

    /// The two halves, borrowed.
    #[must_use]
    pub const fn halves(&mut self) -> (&mut Receiver, &mut Sender) {
        (&mut self.receiver, &mut self.sender)
    }
}

const _: () = assert!(size_of::<Connection>() <= 96);
