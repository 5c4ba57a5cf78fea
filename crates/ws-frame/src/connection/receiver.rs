mod assembling;
mod chunks;
#[cfg(feature = "deflate")]
mod inflating;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::assembly::{Broken, Place, Unfinished};
use super::settings::Settings;
use super::{Config, Eof, Event, Message, PartialMessage};
use crate::decoder::{Ending, SHORTEST_AHEAD, unmask_ahead};
use crate::rules::Next;
use crate::{Chunk, Decoder, Opcode, ProtocolError, Role, utf8};

/// The half of a connection that receives. What it owes the peer comes with the events: [`Event::reply`].
#[derive(Debug)]
pub struct Receiver {
    decoder: Decoder,
    settings: Settings,
    /// What is being put together: nothing, and no memory, between messages, once the input is used up.
    unfinished: Option<Box<Unfinished>>,
}

impl Receiver {
    pub(super) const fn new(role: Role, config: Config) -> Self {
        let settings = Settings::of(config);
        let mut decoder = Decoder::new(role).max_frame_len(config.max_frame_len);
        decoder.allow(settings.max_message_len, Next::Message);
        Self {
            decoder,
            settings,
            unfinished: None,
        }
    }

    /// Takes bytes off the front of `input` until they make an event; `None` when they do not, and `input` is used up. Some of what is
    /// left in `input` may have been unmasked ahead, key and all: it means what it meant.
    ///
    /// Call it until it gives `None`. After [`Event::Close`] and [`Event::Failed`], whatever comes is thrown away.
    #[inline]
    pub fn receive<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        match self.receive_message(input) {
            Some(message) => Some(message.into()),
            None => self.receive_rest(input),
        }
    }

    /// Tells that the stream of the peer's bytes has ended. Says how, the same at each call.
    pub fn receive_eof(&mut self) -> Eof {
        self.unfinished = None;
        match self.decoder.end_of_input() {
            Ending::Closed | Ending::ClosedAndEof => Eof::Clean,
            Ending::Failed => Eof::Abrupt,
        }
    }

    /// The binary message that is being put together, and how many bytes the frame under way still holds; `None` when there is no such
    /// message, when it is text, and when it is streamed.
    ///
    /// For large messages without the extra copy: append that many bytes at most, as they come from the peer, straight to the message;
    /// the next [`receive`](Self::receive), whatever its input, takes them up. Do nothing else to the message. What goes beyond the frame
    /// is lost.
    ///
    /// ```
    /// use std::io::Read;
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let frame = [&b"\x82\xfe\x03\xe8\x01\x02\x03\x04"[..], &[7; 1000]].concat(); // 1,000 bytes, masked
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
        let wanted = usize::try_from(self.decoder.data_remaining()?).unwrap_or(usize::MAX);
        Some((self.unfinished.as_mut()?.message.as_mut()?.bytes()?, wanted))
    }

    /// Takes new limits, from the next frame on, and a new way to hand messages over, from the next message on. After a log-in, say.
    pub fn set_config(&mut self, config: Config) {
        self.settings = Settings::of(config);
        self.decoder.set_max_frame_len(config.max_frame_len);
        self.bound();
    }

    /// Whether some of a message, or of a control frame, has come and its end has not: a driver may hold that to a deadline.
    #[must_use]
    pub const fn is_midway(&self) -> bool {
        let between_fragments = match &self.unfinished {
            Some(unfinished) => unfinished.message.is_some(),
            None => false,
        };
        between_fragments || self.decoder.is_midway()
    }

    /// The message that has begun and not ended, if there is one: a driver may hold its rate, or the memory of many, to a limit.
    #[must_use]
    #[inline]
    pub fn partial_message(&self) -> Option<PartialMessage> {
        self.unfinished.as_ref()?.partial_message()
    }

    /// Whether nothing more can come: the peer's Close has, or the connection has failed or ended.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.decoder.ending().is_some()
    }

    pub(super) const fn ending(&self) -> Option<Ending> {
        self.decoder.ending()
    }

    pub(super) const fn auto_pong(&self) -> bool {
        self.settings.auto_pong
    }

    /// The common case, and nothing else: a message that is whole in one frame and one input. Asks for no reply.
    #[expect(
        clippy::inline_always,
        reason = "a call, and a message that goes through memory, would cost a server a tenth of what an echo takes it"
    )]
    #[inline(always)]
    pub(super) fn receive_message<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Message<'b>> {
        if self.settings.streaming {
            return None;
        }
        let Chunk { header, payload, .. } = self.decoder.decode_whole(input)?;
        match header.opcode {
            Opcode::Text => self.text(payload, input).map(Message::Text),
            _ => Some(Message::Binary(payload)),
        }
    }

    /// Out of line: what is binary does not pay for the check. `following` is what comes after the text.
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

    /// Every other case. The first of them is the end of every input.
    #[inline]
    pub(super) fn receive_rest<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        if input.is_empty() && self.unfinished.is_none() && !self.decoder.is_failing() {
            return None;
        }
        self.receive_more(input)
    }

    #[inline(never)]
    fn receive_more<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        if let Some(event) = self.take_appended() {
            return Some(event);
        }
        #[cfg(feature = "deflate")]
        {
            let event = self.inflate_rest();
            if event.is_some() || self.awaits_inflate_budget() {
                return event;
            }
        }
        loop {
            let event = match self.decoder.find_payload(input) {
                Ok(true) => self.payload(input),
                Ok(false) => {
                    self.tidy();
                    return None;
                }
                Err(error) => Some(self.fail(error)),
            };
            if event.is_some() {
                return event;
            }
            #[cfg(feature = "deflate")]
            if self.awaits_inflate_budget() {
                return None;
            }
        }
    }

    fn payload<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Event<'b>> {
        if self.decoder.is_cut(input) && self.assembles() {
            return self.assemble(input);
        }
        let chunk = self.decoder.payload(input)?;
        self.chunk(chunk)
    }

    /// Tells the decoder what may come after a chunk of a message.
    fn go_on(&mut self, place: Place) {
        if place.ends_message {
            self.decoder.allow(self.settings.max_message_len, Next::Message);
            self.unfinished
                .as_mut()
                .and_then(|unfinished| unfinished.message.take());
        } else if place.ends_frame {
            self.bound();
        }
    }

    /// Bounds the message under way, or the next.
    fn bound(&mut self) {
        match self
            .unfinished
            .as_ref()
            .and_then(|unfinished| unfinished.message.as_ref())
        {
            Some(message) => self
                .decoder
                .allow(message.room(&self.settings), message.next(&self.settings)),
            None => self.decoder.allow(self.settings.max_message_len, Next::Message),
        }
    }

    /// Gives back the memory of what has come to its end. While there is input, the next message may need it.
    fn tidy(&mut self) {
        self.unfinished.take_if(|unfinished| unfinished.is_empty());
    }

    /// Fails, after the last part if there is one.
    #[cold]
    fn break_message<'b>(&mut self, Broken { part, error }: Broken<'b>) -> Event<'b> {
        match part {
            None => self.fail(error),
            Some(part) => {
                self.unfinished = None;
                self.decoder.fail_next(error);
                part
            }
        }
    }

    #[cold]
    fn fail<'b>(&mut self, error: ProtocolError) -> Event<'b> {
        self.unfinished = None;
        self.decoder.fail();
        Event::Failed(error)
    }
}
