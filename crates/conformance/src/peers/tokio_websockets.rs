//! `tokio-websockets` under test.

use futures_util::{SinkExt, StreamExt};
use tokio_websockets::{
    ClientBuilder, CloseCode, Error, Limits, Message, ServerBuilder, WebSocketStream,
};
use ws_testkit::event::{Event, Role};
use ws_testkit::vectors::Row;

use super::{Peer, until_waiting};
use crate::duplex::Duplex;
use crate::judge::Seen;

pub(super) struct TokioWebSockets;

impl Peer for TokioWebSockets {
    fn name(&self) -> &'static str {
        "tokio-websockets"
    }

    fn notes(&self) -> &'static str {
        "no limit on a frame beside that on a message"
    }

    fn asked(&self, row: &Row) -> bool {
        row.limits.frame >= row.limits.message
    }

    fn run(&self, row: &Row, pieces: &[&[u8]]) -> Seen {
        let stream = Duplex::default();
        for piece in pieces {
            stream.push(piece);
        }
        let limit = usize::try_from(row.limits.frame.min(row.limits.message)).ok();
        let limits = Limits::default().max_payload_len(limit);
        let socket = match row.role {
            Role::Server => ServerBuilder::new().limits(limits).serve(stream.clone()),
            Role::Client => ClientBuilder::new()
                .limits(limits)
                .take_over(stream.clone()),
        };
        let mut seen = Seen::default();
        until_waiting(read(socket, row, &mut seen));
        seen.output = stream.written();
        seen
    }
}

async fn read(mut socket: WebSocketStream<Duplex>, row: &Row, seen: &mut Seen) {
    if let Some((code, reason)) = row
        .first_close
        .as_ref()
        .and_then(|body| body.split_first_chunk())
    {
        let code = CloseCode::try_from(u16::from_be_bytes(*code))
            .expect("the rows close with codes that may be sent");
        let close = Message::close(Some(code), &String::from_utf8_lossy(reason));
        socket
            .send(close)
            .await
            .expect("nothing stands in the way of a first close");
    }
    while let Some(message) = socket.next().await {
        match message {
            Ok(message) => seen.events.push(event(&message)),
            Err(Error::AlreadyClosed) => return,
            Err(error) => {
                seen.refused = Some(error.to_string());
                // The next call writes its Close.
                let _ = socket.next().await;
                return;
            }
        }
    }
}

fn event(message: &Message) -> Event {
    let payload = message.as_payload().to_vec();
    if message.is_text() {
        // `as_text` does not check again, and after some inputs the bytes are not UTF-8.
        Event::Text(String::from_utf8_lossy(&payload).into_owned())
    } else if let Some((code, reason)) = message.as_close() {
        Event::Close((!payload.is_empty()).then(|| (code.into(), reason.to_owned())))
    } else if message.is_ping() {
        Event::Ping(payload)
    } else if message.is_pong() {
        Event::Pong(payload)
    } else {
        Event::Binary(payload)
    }
}
