//! sockudo-ws: `Protocol` without I/O. Messages share the `BytesMut` that was read into.

use bytes::{Bytes, BytesMut};
use sockudo_ws::handshake::{build_response, generate_accept_key, parse_request};
use sockudo_ws::protocol::{Message as Received, Protocol};
use tokio::io::AsyncReadExt as _;

use super::{Decode, Encode, Handshake, Role, Sink};
use crate::socket::{Socket, ready};
use crate::stream::{Kind, Message};

/// `Protocol` on the receiving side.
pub struct SockudoWs {
    protocol: Protocol,
    received: BytesMut,
    messages: Vec<Received>,
    replies: BytesMut,
    socket: Socket,
}

impl Decode for SockudoWs {
    fn open(socket: Socket, longest: usize) -> Self {
        let longest = longest.max(16 << 20);
        Self {
            protocol: Protocol::new(sockudo_ws::Role::Server, longest, longest),
            received: BytesMut::new(),
            messages: Vec::new(),
            replies: BytesMut::new(),
            socket,
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        while sink.count() < messages {
            self.received.reserve(self.socket.read_len());
            ready(self.socket.read_buf(&mut self.received)).expect("a socket without end");
            self.protocol
                .process_into(&mut self.received, &mut self.messages)
                .expect("legal frames");
            for message in self.messages.drain(..) {
                match message {
                    Received::Text(text) => sink.message(Kind::Text, &text),
                    Received::Binary(bytes) => sink.message(Kind::Binary, &bytes),
                    Received::Ping(payload) => {
                        self.protocol.encode_pong(&payload, &mut self.replies);
                        self.socket.put(&self.replies);
                        self.replies.clear();
                    }
                    _ => {}
                }
            }
        }
    }
}

/// `Protocol` on the sending side.
pub struct SockudoWsSender {
    protocol: Protocol,
    frames: BytesMut,
    socket: Socket,
}

impl Encode for SockudoWsSender {
    type Message = Received;

    fn open(role: Role, socket: Socket) -> Self {
        let role = match role {
            Role::Client => sockudo_ws::Role::Client,
            Role::Server => sockudo_ws::Role::Server,
        };
        Self {
            protocol: Protocol::new(role, 16 << 20, 16 << 20),
            frames: BytesMut::new(),
            socket,
        }
    }

    fn prepare(message: &Message) -> Received {
        let bytes = Bytes::from(message.payload.clone());
        match message.kind {
            Kind::Text => Received::Text(bytes),
            Kind::Binary => Received::Binary(bytes),
        }
    }

    fn encode(&mut self, message: &Received, times: usize) {
        for _ in 0..times {
            self.protocol
                .encode_message(message, &mut self.frames)
                .expect("a message that can be sent");
        }
        self.socket.put(&self.frames);
        self.frames.clear();
    }
}

/// The pure functions of its handshake.
#[derive(Debug)]
pub struct SockudoWsHandshake {
    received: BytesMut,
}

impl Handshake for SockudoWsHandshake {
    fn new() -> Self {
        Self {
            received: BytesMut::with_capacity(4096),
        }
    }

    fn accept(&mut self, mut socket: Socket) {
        self.received.clear();
        ready(socket.read_buf(&mut self.received)).expect("a socket without end");
        let (request, _) = parse_request(&self.received)
            .expect("a request that can be accepted")
            .expect("a whole request");
        socket.put(&build_response(
            &generate_accept_key(request.key),
            None,
            None,
        ));
    }
}
