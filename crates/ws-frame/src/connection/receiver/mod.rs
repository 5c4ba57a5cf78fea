//! The half of a connection that receives.

mod assembled;
#[cfg(feature = "deflate")]
mod compressed;
mod next;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::assembly::{Assembly, Broken, Place, Unfinished};
use super::config::{Config, Settings};
use super::event::{Close, Event};
use super::message::{Message, PartialMessage};
use super::phase::Eof;
use super::read_buffer::Unread;
use crate::decoder::{Ending, SHORTEST_AHEAD, unmask_ahead};
use crate::rules::Next;
use crate::{Chunk, Decoder, Opcode, ProtocolError, Role, utf8};

/// The half of a [`Connection`](crate::Connection) that receives, from
/// [`into_halves`](crate::Connection::into_halves).
///
/// It has the receiving methods of [`Connection`](crate::Connection) and sends nothing itself. Pass
/// the reply that an event demands, [`Event::reply`], to [`Sender::reply`](crate::Sender::reply).
///
/// ```
/// use ws_frame::{Config, Connection, Event};
///
/// let (mut receiver, mut sender) = Connection::server(Config::new()).into_halves();
/// let (mut bytes, mut output) = (*b"\x89\x82\0\0\0\0hi", Vec::new()); // a Ping
/// let mut input = &mut bytes[..];
/// while let Some(event) = receiver.receive(&mut input) {
///     if let Some(reply) = event.reply() {
///         sender.reply(reply, &mut output);
///     }
/// }
/// assert_eq!(output, b"\x8a\x02hi");
/// ```
#[derive(Debug)]
pub struct Receiver {
    decoder: Decoder,
    settings: Settings,
    /// Partially received data. `None` between messages, once the input is empty.
    unfinished: Option<Box<Unfinished>>,
}

impl Receiver {
    pub(in crate::connection) const fn new(role: Role, config: Config) -> Self {
        let settings = Settings::of(config);
        let mut decoder = Decoder::new(role).max_frame_len(config.get_max_frame_len());
        decoder.allow(settings.max_message_len, Next::Message);
        Self {
            decoder,
            settings,
            unfinished: None,
        }
    }

    /// Takes bytes off the front of `input` until they make an event. Returns `None` once `input`
    /// is empty and no event is due: call it until then.
    ///
    /// After [`Event::Close`] and [`Event::Failed`], all further input is discarded. See
    /// [`Connection::receive`](crate::Connection::receive).
    #[inline]
    pub fn receive<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        self.receive_or(input, Self::receive_rest)
    }

    /// Takes unread bytes of a [`ReadBuffer`](crate::ReadBuffer) until they make an event. Returns
    /// `None` once they hold no whole event: call it until then. See
    /// [`Connection::receive_from`](crate::Connection::receive_from).
    #[inline]
    pub fn receive_from<'b>(&mut self, unread: &mut Unread<'b>) -> Option<Event<'b>> {
        self.receive_from_or(unread, Self::receive_rest)
    }

    /// Records that the peer has ended its stream. Returns how it ended, the same at each call.
    pub fn receive_eof(&mut self) -> Eof {
        self.unfinished = None;
        match self.decoder.end_of_input() {
            Ending::Closed | Ending::ClosedAndEof => Eof::Clean,
            Ending::Failed => Eof::Abrupt,
        }
    }

    /// For drivers: the binary message that is being assembled, and the number of bytes that the
    /// frame under way still has. `None` if there is no such message, and if it is text, streamed
    /// or compressed.
    ///
    /// The driver may append up to that many bytes from the peer to the message. See
    /// [`Connection::assembly`](crate::Connection::assembly).
    #[must_use]
    pub fn assembly(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        let wanted = usize::try_from(self.decoder.data_remaining()?).unwrap_or(usize::MAX);
        Some((self.message()?.bytes()?, wanted))
    }

    /// Replaces the configuration: limits from the next frame on, [`streaming`](Config::streaming)
    /// from the next message on.
    pub fn set_config(&mut self, config: Config) {
        self.settings = Settings::of(config);
        self.decoder.set_max_frame_len(config.get_max_frame_len());
        self.limit_next();
    }

    /// Whether a message or a control frame is partially received. A driver may apply a timeout to
    /// that.
    #[must_use]
    pub const fn is_midway(&self) -> bool {
        let between_fragments = match &self.unfinished {
            Some(unfinished) => unfinished.message.is_some(),
            None => false,
        };
        between_fragments || self.decoder.is_midway()
    }

    /// The message that has begun and not ended, if there is one. A driver may limit its rate, or
    /// the memory of many.
    #[must_use]
    #[inline]
    pub fn partial_message(&self) -> Option<PartialMessage> {
        self.unfinished.as_ref()?.partial_message()
    }

    /// Whether nothing more can be received: the peer has closed, or the connection has failed or
    /// ended.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.decoder.ending().is_some()
    }

    pub(in crate::connection) const fn ending(&self) -> Option<Ending> {
        self.decoder.ending()
    }

    pub(in crate::connection) const fn auto_pong(&self) -> bool {
        self.settings.auto_pong
    }
}

/// Fast path: a message that is whole in one frame and one input.
impl Receiver {
    /// Returns the next message, if it is whole in one frame and in `input`. `None` decides
    /// nothing.
    #[expect(
        clippy::inline_always,
        reason = "a call, and a message that goes through memory, cost a server a tenth of an echo"
    )]
    #[inline(always)]
    pub(in crate::connection) fn receive_message<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Option<Message<'b>> {
        if self.settings.streaming {
            return None;
        }
        let Chunk {
            header, payload, ..
        } = self.decoder.decode_whole(input)?;
        match header.opcode {
            Opcode::Text => self.text(payload, input).map(Message::Text),
            _ => Some(Message::Binary(payload)),
        }
    }

    /// Tries the fast path first, and leaves everything else to `rest`.
    #[expect(
        clippy::inline_always,
        reason = "the message is returned where it is made, not through memory"
    )]
    #[inline(always)]
    pub(in crate::connection) fn receive_or<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        rest: impl FnOnce(&mut Self, &mut &'b mut [u8]) -> Option<Event<'b>>,
    ) -> Option<Event<'b>> {
        match self.receive_message(input) {
            Some(message) => Some(message.into()),
            None => rest(self, input),
        }
    }

    /// The same from a buffer, which keeps a message that is cut until it is whole.
    #[expect(
        clippy::inline_always,
        reason = "the message is returned where it is made, not through memory"
    )]
    #[inline(always)]
    pub(in crate::connection) fn receive_from_or<'b>(
        &mut self,
        unread: &mut Unread<'b>,
        rest: impl FnOnce(&mut Self, &mut &'b mut [u8]) -> Option<Event<'b>>,
    ) -> Option<Event<'b>> {
        if let Some(message) = self.receive_message(&mut unread.input) {
            return Some(message.into());
        }
        if let Some(wanted) = self.cut_len(unread.input) {
            unread.keep_until(wanted);
            return None;
        }
        rest(self, &mut unread.input)
    }

    /// Checks a text. Out of line, so that binary messages do not pay for it. `following` is the
    /// input after the text.
    #[inline(never)]
    fn text<'b>(&mut self, payload: &'b [u8], following: &mut [u8]) -> Option<&'b str> {
        if payload.len() >= SHORTEST_AHEAD {
            unmask_ahead(following);
        }
        let text = utf8::from_utf8(payload);
        if text.is_none() {
            self.decoder.fail_next(ProtocolError::InvalidUtf8);
        }
        text
    }

    /// If `input` is the front of a message that can wait in the caller's buffer: the number of
    /// bytes without which it cannot be whole.
    #[inline]
    fn cut_len(&mut self, input: &[u8]) -> Option<usize> {
        if input.is_empty() || self.settings.streaming {
            return None;
        }
        let cut = self.decoder.cut_len(input, self.settings.max_fragments);
        if cut.is_some() {
            self.tidy();
        }
        cut
    }
}

/// Slow path: the end of an input, control frames, and messages that are fragmented, cut between
/// inputs, streamed or compressed.
impl Receiver {
    /// Returns the next event after [`receive_message`](Self::receive_message) has returned `None`.
    #[inline]
    pub(in crate::connection) fn receive_rest<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Option<Event<'b>> {
        // The end of an input is by far the most frequent case.
        if input.is_empty() && self.unfinished.is_none() && !self.decoder.is_failing() {
            return None;
        }
        if self.append_middle(input) {
            return None;
        }
        self.receive_frames(input)
    }

    #[inline(never)]
    fn receive_frames<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        // `None` is returned by name: an event that is passed on goes through memory.
        if let Some(event) = self.receive_ahead(input) {
            return Some(event);
        }
        if input.is_empty() && self.is_plain() == Some(true) {
            return None;
        }
        #[cfg(feature = "deflate")]
        {
            let event = self.inflate_rest();
            if event.is_some() || self.awaits_inflate_budget() {
                return event;
            }
        }
        loop {
            match self.decoder.find_payload(input) {
                Ok(true) if self.decoder.is_cut(input) && self.assembles_next() => {
                    if let Some(event) = self.begin_to_assemble(input) {
                        return Some(event);
                    }
                    if input.is_empty() {
                        return None;
                    }
                }
                Ok(true) => {
                    if let Some(event) = self.chunk(input) {
                        return Some(event);
                    }
                }
                Ok(false) => {
                    self.tidy();
                    return None;
                }
                Err(error) => return Some(self.fail(error)),
            }
            #[cfg(feature = "deflate")]
            if self.awaits_inflate_budget() {
                return None;
            }
        }
    }

    /// Takes the next chunk of a frame that is not assembled.
    fn chunk<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        let chunk = self.decoder.payload(input)?;
        if chunk.header.opcode.is_control() {
            return self.control(chunk);
        }
        self.data(chunk)
            .unwrap_or_else(|broken| Some(self.break_message(broken)))
    }

    /// Returns a control frame once it is whole.
    fn control<'b>(&mut self, chunk: Chunk<'b>) -> Option<Event<'b>> {
        let (is_first, is_last) = (chunk.is_first(), chunk.is_last());
        let Chunk {
            header, payload, ..
        } = chunk;
        let payload = if is_first && is_last {
            Cow::Borrowed(&*payload)
        } else {
            let unfinished = self.unfinished.get_or_insert_default();
            unfinished.control.extend_from_slice(payload);
            if !is_last {
                return None;
            }
            Cow::Owned(mem::take(&mut unfinished.control))
        };
        Some(match header.opcode {
            Opcode::Close => self.close(payload),
            Opcode::Ping => Event::Ping(payload),
            _ => Event::Pong(payload),
        })
    }

    /// Drops the message under way.
    fn close<'b>(&mut self, payload: Cow<'b, [u8]>) -> Event<'b> {
        self.unfinished = None;
        match Close::parse(payload) {
            Ok(close) => Event::Close(close),
            Err(error) => self.fail(error),
        }
    }

    /// Takes a chunk of a message that is whole, streamed or compressed.
    fn data<'b>(&mut self, chunk: Chunk<'b>) -> Result<Option<Event<'b>>, Broken<'b>> {
        let opcode = chunk.header.opcode;
        let is_whole = chunk.is_first() && chunk.ends_message();
        let is_plain = opcode != Opcode::Continuation && !chunk.header.rsv1;
        match (is_whole && is_plain, self.settings.streaming) {
            (true, false) => match Message::of(opcode, chunk.payload) {
                Some(message) => Ok(Some(message.into())),
                None => Err(Broken::at_once(ProtocolError::InvalidUtf8)),
            },
            (true, true) => Assembly::new(opcode, false, true).take(chunk),
            (false, _) => self.fragment(chunk),
        }
    }

    /// Takes a chunk of a streamed or compressed message.
    fn fragment<'b>(&mut self, chunk: Chunk<'b>) -> Result<Option<Event<'b>>, Broken<'b>> {
        let (place, header) = (Place::of(&chunk), chunk.header);
        let unfinished = self.unfinished.get_or_insert_default();
        let message = unfinished.message.get_or_insert_with(|| {
            Assembly::new(header.opcode, header.rsv1, self.settings.streaming)
        });
        #[cfg(feature = "deflate")]
        if message.is_compressed() {
            message.count(chunk.payload.len(), chunk.is_first());
            return self.inflate(chunk.payload, place);
        }
        let taken = message.take(chunk);
        self.go_on(place);
        taken
    }

    fn message(&mut self) -> Option<&mut Assembly> {
        self.unfinished.as_mut()?.message.as_mut()
    }
}
