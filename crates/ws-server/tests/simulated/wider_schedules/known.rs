//! A connection as the program of a run knows it.

use ws_server::{
    Cause, ConnId, ConnectionError, Delivery, Event, Response, SendError, Server, Transport,
    Upgrade, ws_frame,
};

use super::{
    body::{body, check},
    limits::Limits,
};
use crate::random::Random;

#[derive(Default)]
pub(super) struct Known {
    pub(super) client: usize,
    pub(super) accepted: bool,
    pub(super) waits: bool,
    pub(super) messages: usize,
    pub(super) closed: Option<Cause>,
    pub(super) paused: bool,
    /// `Writable` must come, or the end.
    pub(super) owed: bool,
    pub(super) in_fragments: bool,
    pub(super) closing: bool,
    pub(super) sent_ok: usize,
}

impl Known {
    /// Accepts a request, refuses it, or leaves it for later.
    pub(super) fn answer<T: Transport>(
        &mut self,
        server: &mut Server<T>,
        id: ConnId,
        upgrade: &Upgrade<'_>,
        answer: usize,
        random: &mut Random,
    ) {
        assert!(!self.waits && !self.accepted, "{id}: asked twice");
        self.client = upgrade.path()[1..].parse().expect("a number");
        match answer {
            0 => {
                let page = body('p', 7, random.below(5000));
                self.respond(server, id, 404, &page);
            }
            1 => self.waits = true,
            _ => {
                server.accept(id, upgrade.accept()).expect("it waits");
                self.accepted = true;
            }
        }
    }

    /// Answers with a page, or with a short answer if there is no room for it.
    pub(super) fn respond<T: Transport>(
        &mut self,
        server: &mut Server<T>,
        id: ConnId,
        status: u16,
        page: &str,
    ) {
        let response = Response::new(status).body("text/plain", page.as_bytes());
        if let Err(error) = server.respond(id, &response) {
            let is_room = matches!(error, ConnectionError::Full | ConnectionError::TooLong);
            assert!(is_room, "{id}: {error}");
            server.respond(id, &Response::new(503)).expect("short");
        }
        self.waits = false;
    }

    pub(super) fn receive(&mut self, bytes: &[u8], seed: u64) {
        assert_eq!(check(bytes), ('e', self.messages), "seed {seed}");
        self.messages += 1;
    }

    pub(super) fn note(&mut self, event: &Event<'_>, seed: u64) {
        match event {
            Event::TextPart(part) => self.messages += usize::from(part.last),
            Event::BinaryPart(part) => self.messages += usize::from(part.last),
            Event::Closed(closed) => self.closed = Some(closed.cause),
            Event::Writable => self.owed = false,
            Event::Ping(_) | Event::Pong(_) => {}
            other => panic!("seed {seed}: {other:?}"),
        }
    }

    pub(super) fn note_sent(
        &mut self,
        sent: Result<Delivery, SendError>,
        limits: Limits,
        seed: u64,
    ) {
        match sent {
            Ok(Delivery::Queued) => self.sent_ok += 1,
            Ok(Delivery::Backlogged { bytes }) => {
                self.sent_ok += 1;
                self.owed |= bytes > limits.high && !self.closing;
            }
            Err(SendError::Full) => self.owed |= limits.total == 1 << 30 && !self.closing,
            Err(SendError::NotOpen | SendError::Unknown | SendError::TooLong) => {}
            Err(SendError::Frame(ws_frame::SendError::MessageUnfinished)) => {
                assert!(self.in_fragments, "seed {seed}");
            }
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
    }
}
