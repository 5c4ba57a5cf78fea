//! `soketto` under test.

use soketto::connection::{Builder, Error, Mode, Receiver};
use soketto::{Data, Incoming};
use ws_testkit::event::{Event, Role, Rule};
use ws_testkit::vectors::{End, Row};

use super::{Peer, until_waiting};
use crate::duplex::Duplex;
use crate::judge::Seen;

pub(super) struct Soketto;

impl Peer for Soketto {
    fn name(&self) -> &'static str {
        "soketto"
    }

    fn notes(&self) -> &'static str {
        "text is handed out as bytes, so that UTF-8 is its caller's to check; its own Close is always 1000"
    }

    fn asked(&self, row: &Row) -> bool {
        let its_close = row
            .first_close
            .as_ref()
            .is_none_or(|body| body == &[0x03, 0xe8]);
        its_close && !matches!(row.end, End::Failed(Rule::F13))
    }

    fn run(&self, row: &Row, pieces: &[&[u8]]) -> Seen {
        let stream = Duplex::default();
        for piece in pieces {
            stream.push(piece);
        }
        let mode = match row.role {
            Role::Server => Mode::Server,
            Role::Client => Mode::Client,
        };
        let mut builder = Builder::new(stream.clone(), mode);
        builder.set_max_frame_size(usize::try_from(row.limits.frame).unwrap_or(usize::MAX));
        builder.set_max_message_size(usize::try_from(row.limits.message).unwrap_or(usize::MAX));
        let (mut sender, receiver) = builder.finish();
        if row.first_close.is_some() {
            until_waiting(sender.close());
        }
        let mut seen = Seen::default();
        until_waiting(read(receiver, &mut seen));
        seen.output = stream.written();
        seen
    }
}

async fn read(mut receiver: Receiver<Duplex>, seen: &mut Seen) {
    loop {
        let mut message = Vec::new();
        match receiver.receive(&mut message).await {
            Ok(Incoming::Data(Data::Text(_))) => {
                seen.events
                    .push(Event::Text(String::from_utf8_lossy(&message).into_owned()));
            }
            Ok(Incoming::Data(Data::Binary(_))) => seen.events.push(Event::Binary(message)),
            Ok(Incoming::Pong(payload)) => seen.events.push(Event::Pong(payload.to_vec())),
            // Stands for a code that must not be on the wire.
            Ok(Incoming::Closed(reason)) if reason.code == 1002 && reason.descr.is_none() => {
                seen.refused = Some("invalid close code".into());
                return;
            }
            Ok(Incoming::Closed(reason)) => {
                seen.events.push(Event::Close(Some((
                    reason.code,
                    reason.descr.unwrap_or_default(),
                ))));
            }
            // Stands for a Close without a code.
            Err(Error::Closed)
                if !seen
                    .events
                    .iter()
                    .any(|event| matches!(event, Event::Close(_))) =>
            {
                seen.events.push(Event::Close(None));
                return;
            }
            Err(Error::Closed) => return,
            Err(error) => {
                seen.refused = Some(error.to_string());
                return;
            }
        }
    }
}
