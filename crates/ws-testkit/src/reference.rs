//! The reference decoder, made to be obviously right: one byte at a time, every rule checked from
//! the start of the header or of the text again, no code shared with `ws-frame`. `ws-frame` must
//! report the same, at the same byte.

mod compressed;
pub mod frames;
pub mod inflate;

use std::mem;

use crate::event::{Event, Limits, Role, Rule};
use crate::vectors::End;
use compressed::{Compressed, Inflated};
use frames::{Frame, FrameReader};

/// One side of a connection, as far as it depends on the peer's bytes.
#[derive(Debug)]
pub struct Reference {
    role: Role,
    frames: FrameReader,
    limits: Limits,
    compressed: Option<Compressed>,
    message: Option<Message>,
    /// The bytes of the message's finished frames.
    payload: Vec<u8>,
    /// The unfinished character of a text.
    character: Vec<u8>,
    /// Empty frames of the message since its last byte.
    empty: u32,
    fragments: u32,
    sent_close: bool,
    closed_by_failure: bool,
    read: usize,
    state: State,
    /// The application's events so far.
    pub events: Vec<Event>,
    /// The control frames that the connection writes, not masked: opcode and payload.
    pub replies: Vec<(u8, Vec<u8>)>,
}

/// A message that is being assembled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Text,
    Binary,
}

/// Whether the next bytes have an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The next bytes have an effect.
    Reading,
    /// The peer has sent its Close.
    CloseReceived,
    /// The last byte violated these rules at once. Any of them may be named.
    Failed(Vec<Rule>),
}

impl Reference {
    /// A connection whose opening handshake is done.
    #[must_use]
    pub fn new(role: Role, limits: Limits) -> Self {
        Self {
            role,
            frames: FrameReader::new(role),
            limits,
            compressed: None,
            message: None,
            payload: Vec::new(),
            character: Vec::new(),
            empty: 0,
            fragments: 0,
            sent_close: false,
            closed_by_failure: false,
            read: 0,
            state: State::Reading,
            events: Vec::new(),
            replies: Vec::new(),
        }
    }

    /// Agrees on permessage-deflate without parameters.
    #[must_use]
    pub fn with_deflate(mut self) -> Self {
        self.frames = self.frames.with_rsv1();
        self.compressed = Some(Compressed::new());
        self
    }

    /// State of the connection.
    #[must_use]
    pub fn end(&self) -> End {
        match (&self.state, self.role) {
            (State::Failed(broken), _) => End::Failed(broken[0]),
            (State::CloseReceived, Role::Server) => End::Closed,
            (State::CloseReceived, Role::Client) => End::ExpectEof,
            (State::Reading, _) if self.sent_close => End::Closing,
            (State::Reading, _) => End::Open,
        }
    }

    /// Position in the connection: the next bytes may have no effect any more.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Returns whether the last reply is the Close of the failure.
    #[must_use]
    pub const fn closed_by_failure(&self) -> bool {
        self.closed_by_failure
    }

    /// Number of bytes up to the peer's Close, or to the failure.
    #[must_use]
    pub const fn read(&self) -> usize {
        self.read
    }

    /// Sends this side's Close before the next byte.
    pub fn close(&mut self, body: &[u8]) {
        self.reply(8, body);
        self.sent_close = true;
    }

    /// Takes bytes up to the one that fails the connection. Returns how many it took.
    pub fn receive(&mut self, input: &[u8]) -> usize {
        for (position, byte) in input.iter().enumerate() {
            self.byte(*byte);
            if matches!(self.state, State::Failed(_)) {
                return position + 1;
            }
        }
        input.len()
    }

    /// Takes one byte.
    pub fn byte(&mut self, byte: u8) {
        if self.state != State::Reading {
            return;
        }
        self.read += 1;
        let step = self.frames.byte(byte);
        let mut broken = step.broken;
        match step.unmasked {
            None => broken.extend(self.broken_limits()),
            Some(unmasked) => broken.extend(self.broken_payload(unmasked)),
        }
        if let (true, Some(frame)) = (broken.is_empty(), step.frame) {
            broken = self.frame(&frame);
        }
        if !broken.is_empty() {
            self.fail(broken);
        }
    }

    fn fail(&mut self, broken: Vec<Rule>) {
        self.events.push(Event::Failed(broken[0]));
        self.closed_by_failure = !self.sent_close;
        self.reply(8, &broken[0].close_code().to_be_bytes());
        self.state = State::Failed(broken);
    }

    /// The limits that the newest byte of the header exceeds.
    fn broken_limits(&mut self) -> Vec<Rule> {
        let mut broken = Vec::new();
        if self.frames.opcode_known() == Some(0) && self.fragments == self.limits.fragments.max(1) {
            broken.push(Rule::F20);
        }
        let Some(header) = self.frames.length_known() else {
            return broken;
        };
        if header.is_control() {
            return broken;
        }
        if header.rsv1
            && let Some(compressed) = &mut self.compressed
        {
            compressed.begin();
        }
        // A compressed message counts with its inflated length.
        let so_far = self.payload.len() as u128;
        let is_long = so_far + u128::from(header.len) > u128::from(self.limits.message);
        if header.len > self.limits.frame || is_long && !self.is_compressed() {
            broken.push(Rule::F19);
        }
        let is_fragment = self.message.is_some() || !header.fin;
        if header.len == 0 && is_fragment && self.empty == self.limits.empty.max(1) {
            broken.push(Rule::F20);
        }
        broken
    }

    fn broken_payload(&mut self, byte: u8) -> Vec<Rule> {
        let is_control = self.frames.opcode().is_some_and(|opcode| opcode >= 8);
        match &mut self.compressed {
            Some(compressed) if compressed.is_in_message() && !is_control => {
                let Inflated { good, broken } = compressed.byte(byte, self.limits.message);
                let invalid = good.into_iter().find_map(|byte| self.broken_text(byte));
                invalid.into_iter().chain(broken).collect()
            }
            _ => self.broken_text(byte).into_iter().collect(),
        }
    }

    /// Returns whether the current data frame belongs to a compressed message.
    fn is_compressed(&self) -> bool {
        let compressed = self.compressed.as_ref();
        compressed.is_some_and(Compressed::is_in_message)
    }

    /// A byte of text either begins a character, continues one, or ends one.
    fn broken_text(&mut self, byte: u8) -> Option<Rule> {
        let is_text = match self.frames.opcode() {
            Some(0) => self.message == Some(Message::Text),
            opcode => opcode == Some(1),
        };
        if !is_text {
            return None;
        }
        self.character.push(byte);
        match core::str::from_utf8(&self.character) {
            Ok(_) => self.character.clear(),
            Err(error) if error.error_len().is_some() => return Some(Rule::F13),
            Err(_) => {}
        }
        None
    }

    fn frame(&mut self, frame: &Frame) -> Vec<Rule> {
        match frame.opcode {
            8 => self.close_frame(&frame.payload),
            9 => self.ping(&frame.payload),
            10 => {
                self.events.push(Event::Pong(frame.payload.clone()));
                Vec::new()
            }
            _ => self.data(frame),
        }
    }

    fn ping(&mut self, payload: &[u8]) -> Vec<Rule> {
        self.events.push(Event::Ping(payload.to_vec()));
        self.reply(10, payload);
        Vec::new()
    }

    fn close_frame(&mut self, body: &[u8]) -> Vec<Rule> {
        let broken = broken_close(body);
        if !broken.is_empty() {
            return broken;
        }
        let close = body.split_first_chunk().map(|(code, reason)| {
            (
                u16::from_be_bytes(*code),
                String::from_utf8_lossy(reason).into_owned(),
            )
        });
        self.events.push(Event::Close(close));
        self.reply(8, body.get(..2).unwrap_or_default());
        self.state = State::CloseReceived;
        Vec::new()
    }

    fn data(&mut self, frame: &Frame) -> Vec<Rule> {
        let message = self.message.unwrap_or(if frame.opcode == 1 {
            Message::Text
        } else {
            Message::Binary
        });
        if !self.is_compressed() {
            self.payload.extend(&frame.payload);
        }
        self.fragments += 1;
        self.empty = if frame.payload.is_empty() {
            self.empty + 1
        } else {
            0
        };
        self.message = Some(message);
        if !frame.fin {
            return Vec::new();
        }
        if let Some(compressed) = &mut self.compressed
            && compressed.is_in_message()
        {
            match compressed.finish() {
                Ok(payload) => self.payload = payload,
                Err(rule) => return vec![rule],
            }
        }
        self.finish(message)
    }

    fn finish(&mut self, message: Message) -> Vec<Rule> {
        if !self.character.is_empty() {
            return vec![Rule::F13];
        }
        let payload = mem::take(&mut self.payload);
        (self.message, self.fragments, self.empty) = (None, 0, 0);
        self.events.push(match message {
            Message::Binary => Event::Binary(payload),
            Message::Text => {
                Event::Text(String::from_utf8(payload).expect("every character was checked"))
            }
        });
        Vec::new()
    }

    /// Nothing is written after our Close (RFC 6455 §5.5.1).
    fn reply(&mut self, opcode: u8, payload: &[u8]) {
        if !self.sent_close {
            self.replies.push((opcode, payload.to_vec()));
            self.sent_close = opcode == 8;
        }
    }
}

/// Rules that a Close payload of at most 125 bytes violates. A payload of one byte already fails by
/// its header.
fn broken_close(body: &[u8]) -> Vec<Rule> {
    let Some((code, reason)) = body.split_first_chunk() else {
        return Vec::new();
    };
    if !may_be_received(u16::from_be_bytes(*code)) {
        vec![Rule::F15]
    } else if core::str::from_utf8(reason).is_err() {
        vec![Rule::F16]
    } else {
        Vec::new()
    }
}

/// The close codes that may be on the wire: RFC 6455 §7.4 and the IANA registry.
#[must_use]
pub const fn may_be_received(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
