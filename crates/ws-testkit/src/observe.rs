//! `ws-frame` in the common language: its events, errors and phases in the terms of the vectors and
//! of the reference decoder.

mod frames;

use std::borrow::Cow;

pub use frames::{Decoded, decode};
use ws_frame::{CloseCode, Config, Connection, Event as Theirs, Part, Phase, ProtocolError};

use crate::event::{Event, Limits, Role, Rule};
use crate::outcome::KEY;
use crate::vectors::{End, Eof};

/// A connection of this role, with these limits. A client masks with [`KEY`].
#[must_use]
pub fn connection(role: Role, limits: Limits, streaming: bool) -> Connection {
    let config = config(limits, streaming);
    match role {
        Role::Server => Connection::server(config),
        Role::Client => Connection::client(config, || KEY),
    }
}

/// The limits as a configuration of `ws-frame`.
pub fn config(limits: Limits, streaming: bool) -> Config {
    Config::new()
        .max_frame_len(limits.frame)
        .max_message_len(limits.message)
        .max_fragments(limits.fragments)
        .max_empty_fragments(u16::try_from(limits.empty).unwrap_or(u16::MAX))
        .streaming(streaming)
}

/// The role as a type of `ws-frame`.
#[must_use]
pub const fn role(role: Role) -> ws_frame::Role {
    match role {
        Role::Server => ws_frame::Role::Server,
        Role::Client => ws_frame::Role::Client,
    }
}

/// Events and output of one connection so far: owned events, streamed messages assembled.
#[derive(Debug, Default)]
pub struct Log {
    /// The events.
    pub events: Vec<Event>,
    /// The bytes to the peer. They are taken away after each event, so no Pong has to wait for
    /// room.
    pub output: Vec<u8>,
    part: Option<Event>,
}

impl Log {
    /// Feeds one piece with the documented drive loop, and checks the properties that hold for any
    /// input.
    pub fn receive(&mut self, connection: &mut Connection, piece: &[u8]) {
        let mut buffer = piece.to_vec();
        let mut input = &mut buffer[..];
        let mut output = Vec::new();
        while self.receive_one(connection, &mut input, &mut output) {
            self.output.append(&mut output);
        }
        self.output.append(&mut output);
    }

    /// Takes the next event off the input. Returns false once the input is used up.
    #[expect(clippy::mut_mut, reason = "the input of `Connection::receive`")]
    pub fn receive_one(
        &mut self,
        connection: &mut Connection,
        input: &mut &mut [u8],
        output: &mut Vec<u8>,
    ) -> bool {
        let Some(event) = connection.receive(input, output) else {
            assert!(
                input.is_empty(),
                "no event, and {} bytes are left",
                input.len()
            );
            return false;
        };
        self.push_checked(event, connection);
        true
    }

    /// Records an event that `connection` has returned. No event follows a failure.
    pub fn push_checked(&mut self, event: Theirs<'_>, connection: &Connection) {
        assert!(
            self.failed().is_none(),
            "an event after the failure: {event:?}"
        );
        self.push(event);
        if self.failed().is_some() {
            assert_eq!(connection.phase(), Phase::Closed, "after a failure");
        }
    }

    /// The rule that was broken, if one was.
    #[must_use]
    pub fn failed(&self) -> Option<Rule> {
        match self.events.last() {
            Some(Event::Failed(rule)) => Some(*rule),
            _ => None,
        }
    }

    /// Records an event.
    pub fn push(&mut self, event: Theirs<'_>) {
        match event {
            Theirs::TextPart(part) => self.text_part(part),
            Theirs::BinaryPart(part) => self.binary_part(part),
            event => self.events.push(owned(event)),
        }
    }

    fn text_part(&mut self, part: Part<Cow<'_, str>>) {
        assert!(
            part.last || !part.data.is_empty(),
            "an empty part that is not the last"
        );
        match (&mut self.part, part.first) {
            (None, true) => self.part = Some(Event::Text(part.data.into_owned())),
            (Some(Event::Text(text)), false) => text.push_str(&part.data),
            (open, first) => panic!("a text part, first: {first}, and open: {open:?}"),
        }
        self.end_part(part.last);
    }

    fn binary_part(&mut self, part: Part<Cow<'_, [u8]>>) {
        assert!(
            part.last || !part.data.is_empty(),
            "an empty part that is not the last"
        );
        match (&mut self.part, part.first) {
            (None, true) => self.part = Some(Event::Binary(part.data.into_owned())),
            (Some(Event::Binary(bytes)), false) => bytes.extend_from_slice(&part.data),
            (open, first) => panic!("a binary part, first: {first}, and open: {open:?}"),
        }
        self.end_part(part.last);
    }

    fn end_part(&mut self, last: bool) {
        if last {
            self.events.extend(self.part.take());
        }
    }
}

/// Sends our Close with this body, which must be sendable.
pub fn send_close(connection: &mut Connection, body: &[u8], output: &mut Vec<u8>) {
    let sent = match body.split_first_chunk() {
        None => connection.close_without_code(output),
        Some((code, reason)) => {
            let code = CloseCode::new(u16::from_be_bytes(*code)).expect("a code that may be sent");
            connection.close(
                code,
                core::str::from_utf8(reason).expect("a reason in UTF-8"),
                output,
            )
        }
    };
    sent.expect("nothing stands in the way of a first Close");
}

/// A whole event, owned. Parts of messages need a [`Log`].
#[must_use]
pub fn owned(event: Theirs<'_>) -> Event {
    match event {
        Theirs::Text(text) => Event::Text(text.into_owned()),
        Theirs::Binary(bytes) => Event::Binary(bytes.into_owned()),
        Theirs::Ping(bytes) => Event::Ping(bytes.into_owned()),
        Theirs::Pong(bytes) => Event::Pong(bytes.into_owned()),
        Theirs::Close(close) => {
            Event::Close(close.map(|close| (close.code.get(), close.reason.into_owned())))
        }
        Theirs::Failed(error) => Event::Failed(rule(error)),
        event => panic!("an event that these tests do not know: {event:?}"),
    }
}

/// The rule that an error names. The error's close code must be that of the rule.
#[must_use]
pub fn rule(error: ProtocolError) -> Rule {
    let rule = match error {
        ProtocolError::ReservedBits => Rule::F1,
        ProtocolError::ReservedOpcode => Rule::F2,
        ProtocolError::NonMinimalLength => Rule::F3,
        ProtocolError::LengthOutOfRange => Rule::F4,
        ProtocolError::Unmasked => Rule::F5,
        ProtocolError::Masked => Rule::F6,
        ProtocolError::FragmentedControl | ProtocolError::ControlTooLong => Rule::F7,
        ProtocolError::UnexpectedContinuation | ProtocolError::ExpectedContinuation => Rule::F8,
        ProtocolError::InvalidUtf8 => Rule::F13,
        ProtocolError::TruncatedCloseCode => Rule::F14,
        ProtocolError::InvalidCloseCode => Rule::F15,
        ProtocolError::InvalidCloseReason => Rule::F16,
        ProtocolError::FrameTooBig | ProtocolError::MessageTooBig => Rule::F19,
        ProtocolError::TooManyFragments
        | ProtocolError::TooManyEmptyFragments
        | ProtocolError::TooManyFinalBlocks => Rule::F20,
        ProtocolError::InvalidDeflate => Rule::X12,
        error => panic!("an error that these tests do not know: {error:?}"),
    };
    assert_eq!(error.close_code().get(), rule.close_code(), "{error:?}");
    rule
}

/// The phase in the terms of the vectors.
#[must_use]
pub const fn end(phase: Phase) -> End {
    match phase {
        Phase::Open => End::Open,
        Phase::Closing => End::Closing,
        Phase::ExpectEof => End::ExpectEof,
        Phase::Closed => End::Closed,
    }
}

/// Meaning of the end of the input, in the terms of the vectors.
#[must_use]
pub const fn eof(eof: ws_frame::Eof) -> Eof {
    match eof {
        ws_frame::Eof::Clean => Eof::Clean,
        ws_frame::Eof::Abrupt => Eof::Abrupt,
    }
}
