//! fastwebsockets: frames over tokio's traits, and a collector of fragments. Its handshake needs
//! hyper, and is left out.

use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, WebSocket};

use super::{Decode, Encode, Role, Sink};
use crate::socket::{Socket, ready};
use crate::stream::{Kind, Message};

/// `FragmentCollector` over a socket.
pub struct Fastwebsockets(FragmentCollector<Socket>);

impl Decode for Fastwebsockets {
    fn open(socket: Socket, longest: usize) -> Self {
        let mut connection = WebSocket::after_handshake(socket, fastwebsockets::Role::Server);
        connection.set_max_message_size(longest + 1);
        Self(FragmentCollector::new(connection))
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        ready(async {
            while sink.count() < messages {
                let frame = self.0.read_frame().await.expect("legal frames");
                match frame.opcode {
                    OpCode::Text => sink.message(Kind::Text, &frame.payload),
                    OpCode::Binary => sink.message(Kind::Binary, &frame.payload),
                    _ => {}
                }
            }
        });
    }
}

/// `WebSocket` over a socket.
pub struct FastwebsocketsSender(WebSocket<Socket>);

impl Encode for FastwebsocketsSender {
    type Message = Message;

    fn open(role: Role, socket: Socket) -> Self {
        let role = match role {
            Role::Client => fastwebsockets::Role::Client,
            Role::Server => fastwebsockets::Role::Server,
        };
        Self(WebSocket::after_handshake(socket, role))
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        ready(async {
            for _ in 0..times {
                let payload = Payload::Borrowed(&message.payload);
                let frame = match message.kind {
                    Kind::Text => Frame::text(payload),
                    Kind::Binary => Frame::binary(payload),
                };
                self.0
                    .write_frame(frame)
                    .await
                    .expect("a socket that takes everything");
            }
            self.0
                .flush()
                .await
                .expect("a socket that takes everything");
        });
    }
}
