//! `tungstenite` under test.

use std::io;

use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};
use ws_testkit::event::Event;
use ws_testkit::vectors::Row;

use super::Peer;
use crate::duplex::Duplex;
use crate::judge::Seen;

pub(super) struct Tungstenite;

impl Peer for Tungstenite {
    fn name(&self) -> &'static str {
        "tungstenite"
    }

    fn notes(&self) -> &'static str {
        ""
    }

    fn asked(&self, _: &Row) -> bool {
        true
    }

    fn run(&self, row: &Row, pieces: &[&[u8]]) -> Seen {
        let stream = Duplex::default();
        let role = match row.role {
            ws_testkit::event::Role::Server => Role::Server,
            ws_testkit::event::Role::Client => Role::Client,
        };
        let mut socket = WebSocket::from_raw_socket(stream.clone(), role, Some(config(row)));
        let mut seen = Seen::default();
        if let Some(body) = &row.first_close {
            socket
                .close(close_frame(body))
                .expect("nothing stands in the way of a first close");
        }
        for piece in pieces {
            stream.push(piece);
            read(&mut socket, &mut seen);
        }
        seen.output = stream.written();
        seen
    }
}

fn config(row: &Row) -> WebSocketConfig {
    WebSocketConfig::default()
        .max_frame_size(usize::try_from(row.limits.frame).ok())
        .max_message_size(usize::try_from(row.limits.message).ok())
}

fn close_frame(body: &[u8]) -> Option<CloseFrame> {
    let (code, reason) = body.split_first_chunk()?;
    let reason = String::from_utf8_lossy(reason).into_owned();
    Some(CloseFrame {
        code: u16::from_be_bytes(*code).into(),
        reason: reason.into(),
    })
}

/// Reads until the input ends or the connection fails.
fn read(socket: &mut WebSocket<Duplex>, seen: &mut Seen) {
    while seen.refused.is_none() {
        match socket.read() {
            // Stands for a close code that must not be on the wire.
            Ok(Message::Close(Some(close)))
                if close.code == CloseCode::Protocol && close.reason == "Protocol violation" =>
            {
                seen.refused = Some("invalid close code".into());
            }
            Ok(message) => seen.events.extend(event(message)),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => return,
            Err(error) => seen.refused = Some(error.to_string()),
        }
    }
}

fn event(message: Message) -> Option<Event> {
    Some(match message {
        Message::Text(text) => Event::Text(text.to_string()),
        Message::Binary(bytes) => Event::Binary(bytes.to_vec()),
        Message::Ping(bytes) => Event::Ping(bytes.to_vec()),
        Message::Pong(bytes) => Event::Pong(bytes.to_vec()),
        Message::Close(close) => {
            Event::Close(close.map(|close| (close.code.into(), close.reason.to_string())))
        }
        Message::Frame(_) => return None,
    })
}
