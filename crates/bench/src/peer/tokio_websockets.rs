//! tokio-websockets: a stream and sink of messages over tokio's traits.

use std::hint::black_box;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_websockets::{ClientBuilder, Limits, ServerBuilder, WebSocketStream};

use super::{Decode, Encode, Handshake, Role, Sink};
use crate::socket::{Socket, ready};
use crate::stream::{Kind, Message};

/// `WebSocketStream` over a socket.
pub struct TokioWebsockets(WebSocketStream<Socket>);

impl Decode for TokioWebsockets {
    fn open(socket: Socket, _: usize) -> Self {
        Self(
            ServerBuilder::new()
                .limits(Limits::unlimited())
                .serve(socket),
        )
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        ready(async {
            while sink.count() < messages {
                let message = self
                    .0
                    .next()
                    .await
                    .expect("a socket without end")
                    .expect("legal frames");
                if let Some(text) = message.as_text() {
                    sink.message(Kind::Text, text.as_bytes());
                } else if message.is_binary() {
                    sink.message(Kind::Binary, message.as_payload());
                }
            }
        });
    }
}

impl Encode for TokioWebsockets {
    type Message = tokio_websockets::Message;

    fn open(role: Role, socket: Socket) -> Self {
        Self(match role {
            Role::Client => ClientBuilder::new().take_over(socket),
            Role::Server => ServerBuilder::new().serve(socket),
        })
    }

    fn prepare(message: &Message) -> Self::Message {
        match message.kind {
            Kind::Text => tokio_websockets::Message::text(message.text().to_owned()),
            Kind::Binary => tokio_websockets::Message::binary(message.payload.clone()),
        }
    }

    fn encode(&mut self, message: &Self::Message, times: usize) {
        ready(async {
            for _ in 0..times {
                self.0
                    .feed(message.clone())
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

/// `ServerBuilder::accept`, which makes the whole connection.
pub struct TokioWebsocketsHandshake(ServerBuilder);

impl Handshake for TokioWebsocketsHandshake {
    fn new() -> Self {
        Self(ServerBuilder::new())
    }

    fn accept(&mut self, socket: Socket) {
        black_box(ready(self.0.accept(socket)).expect("a request that can be accepted"));
    }
}
