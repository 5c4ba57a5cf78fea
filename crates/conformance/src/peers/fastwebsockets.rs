//! `fastwebsockets` under test.

use fastwebsockets::{FragmentCollector, Frame, OpCode, Role, WebSocket, WebSocketError};
use ws_testkit::event::Event;
use ws_testkit::vectors::Row;

use super::{Peer, until_waiting};
use crate::duplex::Duplex;
use crate::judge::Seen;

pub(super) struct FastWebSockets;

impl Peer for FastWebSockets {
    fn name(&self) -> &'static str {
        "fastwebsockets"
    }

    fn notes(&self) -> &'static str {
        "run through its `FragmentCollector`; its one limit is set to the row's + 1, since it is exclusive"
    }

    fn asked(&self, _: &Row) -> bool {
        true
    }

    fn run(&self, row: &Row, pieces: &[&[u8]]) -> Seen {
        let stream = Duplex::default();
        for piece in pieces {
            stream.push(piece);
        }
        let role = match row.role {
            ws_testkit::event::Role::Server => Role::Server,
            ws_testkit::event::Role::Client => Role::Client,
        };
        let mut socket = WebSocket::after_handshake(stream.clone(), role);
        let limit = row.limits.frame.min(row.limits.message) + 1;
        socket.set_max_message_size(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut seen = Seen::default();
        until_waiting(read(FragmentCollector::new(socket), row, &mut seen));
        seen.output = stream.written();
        seen
    }
}

async fn read(mut socket: FragmentCollector<Duplex>, row: &Row, seen: &mut Seen) {
    if let Some(body) = &row.first_close {
        let close = Frame::close_raw(body.clone().into());
        socket
            .write_frame(close)
            .await
            .expect("nothing stands in the way of a first close");
    }
    loop {
        match socket.read_frame().await {
            Ok(frame) => {
                let over = frame.opcode == OpCode::Close;
                seen.events.extend(event(&frame));
                if over {
                    return;
                }
            }
            Err(WebSocketError::ConnectionClosed) => return,
            Err(error) => {
                seen.refused = Some(error.to_string());
                return;
            }
        }
    }
}

fn event(frame: &Frame<'_>) -> Option<Event> {
    let payload = frame.payload.to_vec();
    Some(match frame.opcode {
        OpCode::Text => Event::Text(String::from_utf8_lossy(&payload).into_owned()),
        OpCode::Binary => Event::Binary(payload),
        OpCode::Ping => Event::Ping(payload),
        OpCode::Pong => Event::Pong(payload),
        OpCode::Close => Event::Close(payload.split_first_chunk().map(|(code, reason)| {
            (
                u16::from_be_bytes(*code),
                String::from_utf8_lossy(reason).into_owned(),
            )
        })),
        OpCode::Continuation => return None,
    })
}
