//! This project: `ws-frame` and `ws-handshake`.

use std::cell::Cell;
use std::io::{IoSlice, Read as _, Write as _};
use std::marker::PhantomData;

use ws_frame::{Config, Connection, Decoder, EncodedHeader, Event, Opcode, ReadBuffer};
use ws_handshake::{HeadScanner, Request};

use super::{Decode, Encode, Handshake, Role, Sink};
use crate::socket::Socket;
use crate::stream::{Kind, Message};

/// `Connection` on the receiving side, with the loop of its documentation.
#[derive(Debug)]
pub struct Ours {
    connection: Connection,
    buffer: ReadBuffer,
    output: Vec<u8>,
    socket: Socket,
}

impl Decode for Ours {
    fn open(socket: Socket, longest: usize) -> Self {
        Self {
            connection: server(longest),
            buffer: ReadBuffer::new(),
            output: Vec::new(),
            socket,
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        while sink.count() < messages {
            let len = self
                .socket
                .read(self.buffer.space())
                .expect("a socket without end");
            let mut unread = self.buffer.filled(len);
            while let Some(event) = self.connection.receive_from(&mut unread, &mut self.output) {
                take(event, sink);
            }
            write(&mut self.output, &mut self.socket);
        }
    }
}

impl Ours {
    /// Changes the connection before its first byte.
    #[must_use]
    pub fn map_connection(mut self, change: impl FnOnce(Connection) -> Connection) -> Self {
        self.connection = change(self.connection);
        self
    }
}

/// `Connection` with a slice of 64 KiB that is lent again and again: a message that a read cuts is
/// assembled inside the connection.
#[derive(Debug)]
pub struct OursLent {
    connection: Connection,
    buf: Vec<u8>,
    output: Vec<u8>,
    socket: Socket,
}

impl Decode for OursLent {
    fn open(socket: Socket, longest: usize) -> Self {
        Self {
            connection: server(longest),
            buf: vec![0; socket.read_len().max(READ_LEN)],
            output: Vec::new(),
            socket,
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        while sink.count() < messages {
            let len = self
                .socket
                .read(&mut self.buf)
                .expect("a socket without end");
            let mut input = &mut self.buf[..len];
            while let Some(event) = self.connection.receive(&mut input, &mut self.output) {
                take(event, sink);
            }
            write(&mut self.output, &mut self.socket);
        }
    }
}

fn server(longest: usize) -> Connection {
    let longest = Config::DEFAULT_MAX_MESSAGE_LEN.max(longest as u64);
    let config = Config::new()
        .max_message_len(longest)
        .max_frame_len(longest);
    Connection::server(config)
}

#[inline]
fn take(event: Event<'_>, sink: &mut impl Sink) {
    match event {
        Event::Text(text) => sink.message(Kind::Text, text.as_bytes()),
        Event::Binary(bytes) => sink.message(Kind::Binary, &bytes),
        Event::Failed(error) => panic!("legal frames: {error}"),
        _ => {}
    }
}

#[inline]
fn write(output: &mut Vec<u8>, socket: &mut Socket) {
    if !output.is_empty() {
        socket.put(output);
        output.clear();
    }
}

/// The length of a slice that is lent.
const READ_LEN: usize = 64 << 10;

/// Length that justifies a write of its own.
const DIRECT: usize = 4 << 10;

/// `Decoder`: frames in place, checked by all rules about frames. It checks no text and assembles
/// no message.
#[derive(Debug)]
pub struct OurFrames {
    decoder: Decoder,
    /// Kind of the message under way.
    kind: Kind,
    buf: Vec<u8>,
    socket: Socket,
}

impl Decode for OurFrames {
    fn open(socket: Socket, _: usize) -> Self {
        Self {
            decoder: Decoder::new(ws_frame::Role::Server),
            kind: Kind::Binary,
            buf: vec![0; socket.read_len().max(READ_LEN)],
            socket,
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        while sink.count() < messages {
            let len = self
                .socket
                .read(&mut self.buf)
                .expect("a socket without end");
            let mut input = &mut self.buf[..len];
            while let Some(chunk) = self.decoder.decode(&mut input).expect("legal frames") {
                match chunk.header.opcode {
                    Opcode::Text => self.kind = Kind::Text,
                    Opcode::Binary => self.kind = Kind::Binary,
                    Opcode::Continuation => {}
                    _ => continue,
                }
                sink.part(self.kind, chunk.payload, chunk.ends_message());
            }
        }
    }
}

/// `Connection` on the sending side.
#[derive(Debug)]
pub struct OurSender<K> {
    connection: Connection,
    output: Vec<u8>,
    /// Buffer in which a client masks large messages.
    piece: Vec<u8>,
    socket: Socket,
    role: Role,
    keys: PhantomData<K>,
}

/// Source of a client's masking keys.
pub trait Keys {
    /// The source.
    fn source() -> fn() -> [u8; 4];
}

/// The source of `ws-frame`: unpredictable, as RFC 6455 §5.3 requires.
#[derive(Debug)]
pub struct Secret;

/// A counter: the cost of masking without a source of randomness.
#[derive(Debug)]
pub struct Counted;

impl Keys for Secret {
    fn source() -> fn() -> [u8; 4] {
        ws_frame::keys::random().expect("a system with randomness")
    }
}

impl Keys for Counted {
    fn source() -> fn() -> [u8; 4] {
        thread_local!(static COUNT: Cell<u32> = const { Cell::new(1) });
        || {
            COUNT.set(COUNT.get().wrapping_add(0x9E37_79B9));
            COUNT.get().to_le_bytes()
        }
    }
}

impl<K: Keys> Encode for OurSender<K> {
    type Message = Message;

    fn open(role: Role, socket: Socket) -> Self {
        let connection = match role {
            Role::Client => Connection::client(Config::new(), K::source()),
            Role::Server => Connection::server(Config::new()),
        };
        Self {
            connection,
            output: Vec::new(),
            piece: vec![0; PIECE],
            socket,
            role,
            keys: PhantomData,
        }
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        if message.payload.len() >= DIRECT {
            return (0..times).for_each(|_| self.write(message));
        }
        self.append(message, times);
    }
}

impl<K> OurSender<K> {
    /// Changes the connection before its first byte.
    #[must_use]
    pub fn map_connection(mut self, change: impl FnOnce(Connection) -> Connection) -> Self {
        self.connection = change(self.connection);
        self
    }

    /// Appends messages to one buffer, and writes it once.
    pub fn append(&mut self, message: &Message, times: usize) {
        for _ in 0..times {
            match message.kind {
                Kind::Text => self.connection.send_text(message.text(), &mut self.output),
                Kind::Binary => self
                    .connection
                    .send_binary(&message.payload, &mut self.output),
            }
            .expect("an open connection");
        }
        self.socket.put(&self.output);
        self.output.clear();
    }

    /// Writes a message with a write of its own, as in ws-frame's guide.
    #[inline(never)]
    fn write(&mut self, message: &Message) {
        let payload = match message.kind {
            Kind::Text => ws_frame::Message::Text(message.text()),
            Kind::Binary => ws_frame::Message::Binary(&message.payload),
        };
        let header = self.connection.header(payload).expect("an open connection");
        match self.role {
            Role::Server => self.write_vectored(&header, &message.payload),
            Role::Client => self.write_masked(header, &message.payload),
        }
    }

    /// Writes header and payload in one vectored write, without a copy.
    fn write_vectored(&mut self, header: &EncodedHeader, payload: &[u8]) {
        let slices = [IoSlice::new(header.as_bytes()), IoSlice::new(payload)];
        let written = self.socket.write_vectored(&slices);
        let len = header.as_bytes().len() + payload.len();
        assert_eq!(written.ok(), Some(len), "a socket that takes everything");
    }

    /// Masks piece by piece into a buffer that stays in the nearest cache.
    fn write_masked(&mut self, mut header: EncodedHeader, mut payload: &[u8]) {
        let mut at = header.as_bytes().len();
        self.piece[..at].copy_from_slice(header.as_bytes());
        while !payload.is_empty() {
            let len = header.mask_copy(payload, &mut self.piece[at..]);
            self.socket.put(&self.piece[..at + len]);
            payload = &payload[len..];
            at = 0;
        }
    }
}

/// Length of one write of a large message by a client.
const PIECE: usize = 16 << 10;

/// `HeadScanner` and `Request`, from the first read to the answer.
#[derive(Debug)]
pub struct OurHandshake {
    received: Vec<u8>,
    output: Vec<u8>,
}

impl Handshake for OurHandshake {
    fn new() -> Self {
        Self {
            received: vec![0; 4096],
            output: Vec::new(),
        }
    }

    fn accept(&mut self, mut socket: Socket) {
        let len = socket
            .read(&mut self.received)
            .expect("a socket without end");
        let received = &self.received[..len];
        let end = HeadScanner::default()
            .scan(received)
            .expect("a legal head")
            .expect("a whole head");
        let upgrade = Request::parse(&received[..end])
            .expect("a legal head")
            .upgrade()
            .expect("a legal request");
        upgrade
            .accept()
            .encode(&mut self.output)
            .expect("no fields of our own");
        socket.put(&self.output);
        self.output.clear();
    }
}
