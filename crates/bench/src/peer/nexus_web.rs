//! nexus-web: a reader with a buffer of its own, messages borrowed from it; a writer into the
//! caller's slice.

use std::hint::black_box;

use nexus_web::ws::{
    Client, FrameReader, FrameWriter, Message as Received, Role as PeerRole, pair_with,
};

use super::{Decode, Encode, Handshake, Role, Sink};
use crate::socket::Socket;
use crate::stream::{Kind, Message};

/// `FrameReader`, and `FrameWriter` for pongs, which it leaves to its user.
pub struct NexusWeb {
    reader: FrameReader,
    writer: FrameWriter,
    socket: Socket,
}

impl Decode for NexusWeb {
    fn open(socket: Socket, longest: usize) -> Self {
        // A message that is whole in the buffer is not copied, so the buffer has room for large
        // ones.
        let capacity = (longest + socket.read_len()).max(DEFAULT_CAPACITY);
        let builder = FrameReader::builder().buffer_capacity(capacity);
        let (reader, writer) = pair_with(PeerRole::Server, builder);
        Self {
            reader,
            writer,
            socket,
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        loop {
            while let Some(message) = self.reader.next().expect("legal frames") {
                match message {
                    Received::Text(text) => sink.message(Kind::Text, text.as_bytes()),
                    Received::Binary(bytes) => sink.message(Kind::Binary, bytes),
                    Received::Ping(payload) => pong(&mut self.writer, payload, &mut self.socket),
                    _ => {}
                }
            }
            if sink.count() >= messages {
                return;
            }
            self.reader
                .read_from(&mut self.socket)
                .expect("room in the buffer");
        }
    }
}

#[cold]
fn pong(writer: &mut FrameWriter, payload: &[u8], socket: &mut Socket) {
    let mut frame = [0; 2 + 125];
    let len = writer
        .encode_pong(payload, &mut frame)
        .expect("as short as the ping");
    socket.put(&frame[..len]);
}

/// `FrameWriter` into a slice with room for many frames.
pub struct NexusWebWriter {
    writer: FrameWriter,
    frames: Vec<u8>,
    socket: Socket,
}

impl Encode for NexusWebWriter {
    type Message = Message;

    fn open(role: Role, socket: Socket) -> Self {
        let role = match role {
            Role::Client => PeerRole::Client,
            Role::Server => PeerRole::Server,
        };
        Self {
            writer: FrameWriter::new(role),
            frames: Vec::new(),
            socket,
        }
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        let most = self.writer.max_encoded_len(message.payload.len()) * times;
        if self.frames.len() < most {
            self.frames.resize(most, 0);
        }
        let mut len = 0;
        for _ in 0..times {
            let room = &mut self.frames[len..];
            len += match message.kind {
                Kind::Text => self.writer.encode_text(&message.payload, room),
                Kind::Binary => self.writer.encode_binary(&message.payload, room),
            };
        }
        self.socket.put(&self.frames[..len]);
    }
}

/// `Client::accept`, which makes the whole connection. Its buffer, 1 MiB by default, has its least
/// size here.
pub struct NexusWebHandshake;

impl Handshake for NexusWebHandshake {
    fn new() -> Self {
        Self
    }

    fn accept(&mut self, socket: Socket) {
        let builder = Client::builder()
            .buffer_capacity(4096)
            .write_buffer_capacity(256);
        black_box(
            builder
                .accept(socket)
                .expect("a request that can be accepted"),
        );
    }
}

const DEFAULT_CAPACITY: usize = 1024 * 1024;
