//! `ws-frame` under test.

use ws_testkit::event::Event;
use ws_testkit::observe::{self, Log};
use ws_testkit::vectors::Row;

use super::Peer;
use crate::judge::Seen;

pub(super) struct Ours;

impl Peer for Ours {
    fn name(&self) -> &'static str {
        "ws-frame"
    }

    fn notes(&self) -> &'static str {
        ""
    }

    fn asked(&self, _: &Row) -> bool {
        true
    }

    fn run(&self, row: &Row, pieces: &[&[u8]]) -> Seen {
        let mut connection = observe::connection(row.role, row.limits, false);
        let mut log = Log::default();
        if let Some(body) = &row.first_close {
            observe::send_close(&mut connection, body, &mut log.output);
        }
        for piece in pieces {
            log.receive(&mut connection, piece);
        }
        let refused = log.failed().map(|rule| rule.to_string());
        let events = log
            .events
            .into_iter()
            .filter(|event| !matches!(event, Event::Failed(_)))
            .collect();
        Seen {
            events,
            refused,
            output: log.output,
        }
    }
}
