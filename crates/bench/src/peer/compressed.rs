//! Peers with permessage-deflate, at their default levels. Neither end refers to earlier messages
//! (no context takeover), which all of them support.

use bytes::BytesMut;
use futures_util::io::{BufReader, BufWriter};
use sockudo_ws::protocol::Message as Received;
use sockudo_ws::{CompressedProtocol, DeflateConfig};
use soketto::connection::{Builder, Mode};
use soketto::extension::deflate::Deflate;
use soketto::extension::{Extension as _, Param};
use ws_frame::deflate::{Options, Parameters};
use ws_frame::{Config, Connection};

use super::ours::{OurSender, Ours, Secret};
use super::sockudo_ws::SockudoWsSender;
use super::soketto::SokettoSender;
use super::{Decode, Encode, Role, Sink};
use crate::socket::{Socket, ready};
use crate::stream::{Kind, Message};

/// Parameters that all peers support.
pub const AGREED: Parameters = match Parameters::new(true, true, 15, 15) {
    Some(agreed) => agreed,
    None => panic!("15 is a window"),
};

/// `Connection::with_deflate`, receiving.
#[derive(Debug)]
pub struct OursCompressed(Ours);

impl Decode for OursCompressed {
    fn open(socket: Socket, longest: usize) -> Self {
        Self(Ours::open(socket, longest).map_connection(compressed))
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        self.0.decode(messages, sink);
    }
}

/// The same, sending.
#[derive(Debug)]
pub struct OurCompressedSender(OurSender<Secret>);

impl Encode for OurCompressedSender {
    type Message = Message;

    fn open(role: Role, socket: Socket) -> Self {
        Self(OurSender::open(role, socket).map_connection(compressed))
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        self.0.append(message, times);
    }
}

fn compressed(connection: Connection) -> Connection {
    connection.with_deflate(AGREED, &Options::default())
}

/// The other end: it writes what is received, and reads what is sent.
#[must_use]
pub fn client() -> Connection {
    let keys = ws_frame::keys::random().expect("a system with randomness");
    compressed(Connection::client(Config::new(), keys))
}

/// soketto with its extension, sending. It cannot receive: its decoder expects a last block, which
/// messages do not have.
#[derive(Debug)]
pub struct SokettoCompressedSender(SokettoSender);

impl Encode for SokettoCompressedSender {
    type Message = Message;

    fn open(_: Role, socket: Socket) -> Self {
        Self(SokettoSender::of(soketto_builder(socket)))
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        self.0.encode(message, times);
    }
}

/// A builder with the parameters to which a server agreed.
fn soketto_builder(socket: Socket) -> Builder<BufReader<BufWriter<Socket>>> {
    let mut extension = Deflate::new(Mode::Server);
    extension
        .configure(&["client_no_context_takeover", "server_no_context_takeover"].map(Param::new))
        .expect("parameters that it knows");
    let mut builder = Builder::new(BufReader::new(BufWriter::new(socket)), Mode::Server);
    builder.add_extensions([Box::new(extension) as Box<_>]);
    builder
}

/// sockudo-ws's `CompressedProtocol`, in both directions.
pub struct SockudoWsCompressed {
    protocol: CompressedProtocol,
    received: BytesMut,
    messages: Vec<Received>,
    frames: BytesMut,
    socket: Socket,
}

impl SockudoWsCompressed {
    fn over(socket: Socket) -> Self {
        let config = DeflateConfig {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            ..DeflateConfig::default()
        };
        Self {
            protocol: CompressedProtocol::server(16 << 20, 16 << 20, config),
            received: BytesMut::new(),
            messages: Vec::new(),
            frames: BytesMut::new(),
            socket,
        }
    }
}

impl Decode for SockudoWsCompressed {
    fn open(socket: Socket, _: usize) -> Self {
        Self::over(socket)
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        use tokio::io::AsyncReadExt as _;
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
                    _ => {}
                }
            }
        }
    }
}

impl Encode for SockudoWsCompressed {
    type Message = Received;

    fn open(_: Role, socket: Socket) -> Self {
        Self::over(socket)
    }

    fn prepare(message: &Message) -> Received {
        SockudoWsSender::prepare(message)
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
