//! One end of the wire, with a model of the calls that it may make and the frames that it must
//! send.

mod sending;

use ws_frame::{Connection, Phase, SendError};

use crate::event::{Event, Limits, Role};
use crate::observe::{self, Log};
use crate::reference::{Reference, State};
use crate::vectors::Eof;

pub(super) struct End {
    role: Role,
    connection: Connection,
    log: Log,
    /// Written bytes that are not delivered yet.
    output: Vec<u8>,
    /// All bytes written so far.
    written: Vec<u8>,
    /// Events that the other end must see, in order, without answers to its pings.
    sent: Vec<Event>,
    /// The message that is being sent in fragments.
    unfinished: Option<Event>,
    /// Makes every payload different.
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

    /// Reads the piece, and appends the answers to the output.
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

    /// Takes at most this many of the undelivered bytes.
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

    /// The received events are those that the other end sent, up to the cut of the wire. Answers to
    /// pings are some of the pings, in order.
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

    /// Everything written has been delivered, so the newest ping has its answer, unless a Close
    /// came first.
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

    /// The reference decoder finds everything written well-formed, with at most one Close, at the
    /// end.
    pub(super) fn check_written(&self) {
        let reference = self.read_written();
        assert!(
            !matches!(reference.state(), State::Failed(_)),
            "{:?} wrote a malformed stream",
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
        let expected = if close_received {
            Eof::Clean
        } else {
            Eof::Abrupt
        };
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

/// A pong that bears a ping's mark. An empty one may be either, and counts as unsolicited.
fn is_answer(event: &Event) -> bool {
    matches!(event, Event::Pong(payload) if payload.first() == Some(&b'?'))
}
