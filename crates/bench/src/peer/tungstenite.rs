//! tungstenite: owns the stream, gives owned messages.

use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use super::{Decode, Sink};
use crate::source::Source;
use crate::stream::Kind;

/// `WebSocket` over a source.
#[derive(Debug)]
pub struct Tungstenite(WebSocket<Source>);

impl Decode for Tungstenite {
    fn open(source: Source, _: usize) -> Self {
        let config = WebSocketConfig::default()
            .max_frame_size(None)
            .max_message_size(None);
        Self(WebSocket::from_raw_socket(source, Role::Server, Some(config)))
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
