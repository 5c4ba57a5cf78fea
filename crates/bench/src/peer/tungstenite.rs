//! tungstenite: it owns the stream and returns owned messages.

use std::hint::black_box;

use tungstenite::protocol::{self, WebSocket, WebSocketConfig};

use super::{Decode, Encode, Handshake, Role, Sink};
use crate::socket::Socket;
use crate::stream::{Kind, Message};

/// `WebSocket` over a socket.
#[derive(Debug)]
pub struct Tungstenite(WebSocket<Socket>);

impl Decode for Tungstenite {
    fn open(socket: Socket, _: usize) -> Self {
        Self::new(Role::Server, socket)
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        while sink.count() < messages {
            match self.0.read().expect("legal frames") {
                tungstenite::Message::Text(text) => sink.message(Kind::Text, text.as_bytes()),
                tungstenite::Message::Binary(bytes) => sink.message(Kind::Binary, &bytes),
                _ => {}
            }
        }
    }
}

impl Encode for Tungstenite {
    type Message = tungstenite::Message;

    fn open(role: Role, socket: Socket) -> Self {
        Self::new(role, socket)
    }

    fn prepare(message: &Message) -> Self::Message {
        match message.kind {
            Kind::Text => tungstenite::Message::text(message.text()),
            Kind::Binary => tungstenite::Message::binary(message.payload.clone()),
        }
    }

    fn encode(&mut self, message: &Self::Message, times: usize) {
        for _ in 0..times {
            self.0
                .write(message.clone())
                .expect("a socket that takes everything");
        }
        self.0.flush().expect("a socket that takes everything");
    }
}

impl Tungstenite {
    fn new(role: Role, socket: Socket) -> Self {
        let role = match role {
            Role::Client => protocol::Role::Client,
            Role::Server => protocol::Role::Server,
        };
        let config = WebSocketConfig::default()
            .max_frame_size(None)
            .max_message_size(None);
        Self(WebSocket::from_raw_socket(socket, role, Some(config)))
    }
}

/// `accept`, which makes the whole connection.
#[derive(Debug)]
pub struct TungsteniteHandshake;

impl Handshake for TungsteniteHandshake {
    fn new() -> Self {
        Self
    }

    fn accept(&mut self, socket: Socket) {
        black_box(tungstenite::accept(socket).expect("a request that can be accepted"));
    }
}
