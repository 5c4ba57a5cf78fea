//! One end of the wire, and a model of what it may do and what it owes.

use ws_frame::{CloseCode, Connection, Phase, SendError};

use super::program::Operation;
use crate::event::{Event, Limits, Role};
use crate::observe::{self, Log};
use crate::reference::{Reference, State};
use crate::vectors::Eof;

pub(super) struct End {
    role: Role,
    connection: Connection,
    log: Log,
    /// What is written and not delivered.
    output: Vec<u8>,
    /// All that was ever written.
    written: Vec<u8>,
    /// What the other end must see, in order: all but the answers to its pings.
    sent: Vec<Event>,
    /// The message that is being sent in fragments.
    unfinished: Option<Event>,
    /// Makes payloads differ.
    count: u32,
    close_sent: bool,
}

impl End {
    pub(super) fn new(role: Role, streaming: bool) -> Self {
        Self {
            role,
            connection: observe::connection(role, Limits::default(), streaming),
            log: Log::default(),
            output: Vec::new(),
            written: Vec::new(),
            sent: Vec::new(),
            unfinished: None,
            count: 0,
            close_sent: false,
        }
    }

    /// Does what the operation says, whether it may or not, and checks the answer.
    pub(super) fn send(&mut self, operation: &Operation) {
        let before = self.output.len();
        let (answer, faults) = match *operation {
            Operation::Message(is_text, len) => self.send_message(is_text, len),
            Operation::Fragment(is_text, last, len) => self.send_fragment(is_text, last, len),
            Operation::Ping(len) => self.send_ping(len),
            Operation::Pong(len) => self.send_pong(len),
            Operation::Close(code, len) => self.close(code, len),
            Operation::CloseWithoutCode => self.close_without_code(),
            Operation::Deliver(_) | Operation::DeliverAll | Operation::Cut(_) => return,
        };
        match answer {
            Ok(()) => assert_eq!(faults, [], "{:?}: {operation:?} is accepted", self.role),
            Err(error) => {
                assert!(
                    faults.contains(&error),
                    "{:?}: {operation:?} is {error:?}, not {faults:?}",
                    self.role
                );
                assert_eq!(
                    self.output.len(),
                    before,
                    "{operation:?} failed and wrote something"
                );
            }
        }
        self.wrote(before);
    }

    fn send_message(&mut self, is_text: bool, len: usize) -> Answer {
        let message = self.message(is_text, len);
        let faults = self.faults([(self.unfinished.is_some(), SendError::MessageUnfinished)]);
        let answer = match &message {
            Event::Text(text) => self.connection.send_text(text, &mut self.output),
            Event::Binary(bytes) => self.connection.send_binary(bytes, &mut self.output),
            _ => unreachable!("a message is text or binary"),
        };
        if answer.is_ok() {
            self.sent.push(message);
        }
        (answer, faults)
    }

    fn send_fragment(&mut self, is_text: bool, last: bool, len: usize) -> Answer {
        let fragment = self.message(is_text, len);
        let other = self
            .unfinished
            .as_ref()
            .is_some_and(|message| matches!(message, Event::Text(_)) != is_text);
        let faults = self.faults([(other, SendError::MessageUnfinished)]);
        let answer = match &fragment {
            Event::Text(text) => self.connection.send_text_fragment(text, last, &mut self.output),
            Event::Binary(bytes) => self
                .connection
                .send_binary_fragment(bytes, last, &mut self.output),
            _ => unreachable!("a fragment is text or binary"),
        };
        if answer.is_ok() {
            self.extend_unfinished(fragment);
            if last {
                self.sent.extend(self.unfinished.take());
            }
        }
        (answer, faults)
    }

    fn extend_unfinished(&mut self, fragment: Event) {
        match (&mut self.unfinished, fragment) {
            (Some(Event::Text(text)), Event::Text(more)) => text.push_str(&more),
            (Some(Event::Binary(bytes)), Event::Binary(more)) => bytes.extend(more),
            (unfinished, fragment) => *unfinished = Some(fragment),
        }
    }

    fn send_ping(&mut self, len: usize) -> Answer {
        let payload = self.payload(b'?', len);
        let faults = self.faults([(len > 125, SendError::ControlTooLong)]);
        let answer = self.connection.send_ping(&payload, &mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Ping(payload));
        }
        (answer, faults)
    }

    fn send_pong(&mut self, len: usize) -> Answer {
        let payload = self.payload(b'!', len);
        let faults = self.faults([(len > 125, SendError::ControlTooLong)]);
        let answer = self.connection.send_pong(&payload, &mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Pong(payload));
        }
        (answer, faults)
    }

    fn close(&mut self, code: u16, len: usize) -> Answer {
        let reason = "r".repeat(len);
        let is_the_clients = code == 1010 && self.role == Role::Server;
        let faults = self.faults([
            (is_the_clients, SendError::ClientCloseCode),
            (len > 123, SendError::ControlTooLong),
        ]);
        let close_code = CloseCode::new(code).expect("the programs close with codes that may be sent");
        let answer = self.connection.close(close_code, &reason, &mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Close(Some((code, reason))));
            self.close_sent = true;
        }
        (answer, faults)
    }

    fn close_without_code(&mut self) -> Answer {
        let faults = self.faults([]);
        let answer = self.connection.close_without_code(&mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Close(None));
            self.close_sent = true;
        }
        (answer, faults)
    }

    /// Why a call must be refused: any of these may be named.
    fn faults<const N: usize>(&self, others: [(bool, SendError); N]) -> Vec<SendError> {
        let closed = (self.close_sent, SendError::Closed);
        let all = others.into_iter().chain([closed]);
        all.filter(|(is_so, _)| *is_so).map(|(_, error)| error).collect()
    }

    /// Text or binary of about this length, like no other.
    fn message(&mut self, is_text: bool, len: usize) -> Event {
        let payload = self.payload(b'#', len);
        if is_text {
            let text = String::from_utf8(payload).expect("the payloads are ASCII");
            Event::Text(text.replace('3', "\u{20ac}").replace('5', "\u{1f980}"))
        } else {
            Event::Binary(payload)
        }
    }

    fn payload(&mut self, mark: u8, len: usize) -> Vec<u8> {
        self.count += 1;
        let unique = [&[mark], self.count.to_string().as_bytes(), b"."].concat();
        unique.into_iter().cycle().take(len).collect()
    }

    /// Takes what came, writes the answers behind what waits.
    pub(super) fn receive(&mut self, piece: &[u8]) {
        let before = self.output.len();
        let mut buffer = piece.to_vec();
        let mut input = &mut buffer[..];
        while self
            .log
            .receive_one(&mut self.connection, &mut input, &mut self.output)
        {}
        assert_eq!(
            self.log.failed(),
            None,
            "{:?} was sent something broken",
            self.role
        );
        if let (false, Some(Event::Close(close))) = (self.close_sent, self.log.events.last()) {
            self.sent.push(Event::Close(
                close.as_ref().map(|(code, _)| (*code, String::new())),
            ));
            self.close_sent = true;
        }
        self.wrote(before);
    }

    fn wrote(&mut self, before: usize) {
        self.written.extend_from_slice(&self.output[before..]);
        assert_eq!(self.connection.phase(), self.phase());
    }

    fn phase(&self) -> Phase {
        let close_received = matches!(self.log.events.last(), Some(Event::Close(_)));
        match (self.close_sent, close_received, self.role) {
            (false, _, _) => Phase::Open,
            (true, false, _) => Phase::Closing,
            (true, true, Role::Server) => Phase::Closed,
            (true, true, Role::Client) => Phase::ExpectEof,
        }
    }

    /// At most so many of the bytes that wait to be delivered.
    pub(super) fn take_output(&mut self, bytes: usize) -> Vec<u8> {
        let bytes = bytes.min(self.output.len());
        let taken = self.output.drain(..bytes).collect();
        let before = self.output.len();
        self.connection.flush_pong(&mut self.output);
        self.wrote(before);
        taken
    }

    pub(super) fn has_output(&mut self) -> bool {
        !self.output.is_empty()
    }

    /// What came is what the other end sent, up to where the wire was cut; answers to pings are a part of the pings, in order.
    pub(super) fn check_received(&self, other: &Self, cut: bool) {
        let (answers, received): (Vec<&Event>, Vec<&Event>) =
            self.log.events.iter().partition(|event| is_answer(event));
        let sent: Vec<&Event> = other.sent.iter().collect();
        let whole = received.len() == sent.len() || cut;
        assert!(
            whole,
            "{:?} got {} of {} messages",
            self.role,
            received.len(),
            sent.len()
        );
        assert_eq!(
            received,
            sent[..received.len()],
            "{:?} got what was not sent",
            self.role
        );
        let mut pings = self.sent.iter();
        for answer in answers {
            let answered =
                |ping: &Event| matches!((ping, answer), (Event::Ping(a), Event::Pong(b)) if a == b);
            assert!(
                pings.any(answered),
                "{:?} got {answer:?} for no ping, or late",
                self.role
            );
        }
    }

    /// All that was written has gone out, so the newest ping has its answer, unless a Close came first.
    pub(super) fn check_answered(&self) {
        let newest = self.log.events.iter().rev().find_map(|event| match event {
            Event::Ping(payload) => Some(payload),
            _ => None,
        });
        let Some(ping) = newest.filter(|_| !self.close_sent) else {
            return;
        };
        let written = self.read_written();
        let answer = written.events.iter().rev().find(|event| is_answer(event));
        assert_eq!(
            answer,
            Some(&Event::Pong(ping.clone())),
            "the newest answer of {:?}",
            self.role
        );
    }

    fn read_written(&self) -> Reference {
        let reader = if self.role == Role::Server {
            Role::Client
        } else {
            Role::Server
        };
        let mut reference = Reference::new(reader, Limits::default());
        reference.receive(&self.written);
        reference
    }

    /// Everything that was ever written is well-formed to the second decoder, with at most one Close, at the end.
    pub(super) fn check_written(&self) {
        let reader = if self.role == Role::Server {
            Role::Client
        } else {
            Role::Server
        };
        let mut reference = Reference::new(reader, Limits::default());
        reference.receive(&self.written);
        assert!(
            !matches!(reference.state(), State::Failed(_)),
            "{:?} wrote what is not right",
            self.role
        );
        assert_eq!(
            matches!(reference.state(), State::CloseReceived),
            self.close_sent,
            "the Close of {:?}",
            self.role
        );
        assert_eq!(
            reference.read(),
            self.written.len(),
            "bytes up to the Close of {:?}",
            self.role
        );
    }

    /// The wire ends, and so does the connection.
    pub(super) fn receive_eof(&mut self, cut: bool) {
        let close_received = matches!(self.log.events.last(), Some(Event::Close(_)));
        assert!(cut || close_received, "{:?} has got no Close", self.role);
        let expected = if close_received { Eof::Clean } else { Eof::Abrupt };
        assert_eq!(
            observe::eof(self.connection.receive_eof()),
            expected,
            "{:?}",
            self.role
        );
        assert_eq!(self.connection.phase(), Phase::Closed);
        assert_eq!(
            self.connection.send_text("", &mut self.output),
            Err(SendError::Closed),
            "after the end"
        );
    }
}

/// The answer of a call, and why it must be refused.
type Answer = (Result<(), SendError>, Vec<SendError>);

/// A pong that bears a ping's mark; an empty one may be either, and counts as sent unasked.
fn is_answer(event: &Event) -> bool {
    matches!(event, Event::Pong(payload) if payload.first() == Some(&b'?'))
}
