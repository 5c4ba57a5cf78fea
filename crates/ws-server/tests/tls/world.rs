//! A server over TLS whose clients are at the other end of a wire: no socket, no thread.

use std::{
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, ClientConnection, ServerConfig};
use ws_server::{
    Config, ConnId, Event, Server, TlsAcceptor, TlsStream,
    ws_frame::{self, CloseCode, Connection},
};

use crate::{
    pki::{self, Pki, Version},
    support::REQUEST,
    wire::{ALL, End, Far, Wire},
};

pub(crate) struct World {
    pub(crate) pki: Pki,
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) server: Server<TlsStream<Wire>>,
    pub(crate) seen: Vec<String>,
    pub(crate) ids: Vec<ConnId>,
    buffer: Vec<u8>,
    pub(crate) echoes: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Config::default(), |_| {})
    }

    pub(crate) fn with(config: Config, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let pki = Pki::new();
        let mut tls = pki.server("localhost", false);
        change(&mut tls);
        let buffer = vec![0; config.min_buffer().max(64 * 1024)];
        Self {
            acceptor: TlsAcceptor::new(&Arc::new(tls)).expect("the configuration suits"),
            pki,
            server: Server::new(config).expect("the configuration can work"),
            seen: Vec::new(),
            ids: Vec::new(),
            buffer,
            echoes: true,
        }
    }

    pub(crate) fn connect(&mut self) -> Client {
        self.connect_in_steps(Version::Tls13, vec![ALL])
    }

    pub(crate) fn connect_in_steps(&mut self, version: Version, steps: Vec<usize>) -> Client {
        let config = self.pki.client(version);
        self.connect_with(config, steps)
    }

    pub(crate) fn connect_with(&mut self, config: ClientConfig, steps: Vec<usize>) -> Client {
        let far = self.attach(steps);
        let mut tls = pki::client(config, "localhost");
        tls.set_buffer_limit(None);
        Client {
            far,
            tls,
            connection: Connection::client(ws_frame::Config::new(), || [0x37, 0xfa, 0x21, 0x3d]),
            plain: Vec::new(),
            head: true,
            texts: Vec::new(),
            closed: false,
            held: Vec::new(),
        }
    }

    /// A wire to the server, with no client at its end.
    pub(crate) fn attach(&mut self, steps: Vec<usize>) -> Far {
        let (wire, far) = Wire::new(steps);
        self.server
            .adopt(self.acceptor.stream(wire, None), None)
            .expect("there is room");
        far
    }

    /// A client whose connection is open.
    pub(crate) fn open(&mut self) -> Client {
        let mut client = self.connect();
        client.request();
        self.settle(&mut [&mut client]);
        assert!(!client.head, "{:?}", self.seen);
        client
    }

    pub(crate) fn turn(&mut self) -> usize {
        let mut events = 0;
        let mut turn = self
            .server
            .poll(&mut self.buffer, Some(Duration::ZERO))
            .expect("polling works");
        while let Some((id, event)) = self.server.next(&mut turn) {
            events += 1;
            match event {
                Event::Request(upgrade) => {
                    self.server.accept(id, upgrade.accept()).expect("it waits");
                    self.ids.push(id);
                }
                Event::Text(text) => {
                    self.seen.push(format!("text {}", text.len()));
                    if self.echoes {
                        self.server.send_text(id, &text).ok();
                    }
                }
                Event::Closed(closed) => self.seen.push(format!("closed {:?}", closed.cause)),
                _ => {}
            }
        }
        events
    }

    /// Turns until nothing moves any more.
    pub(crate) fn settle(&mut self, clients: &mut [&mut Client]) {
        let mut quiet = 0;
        while quiet < 4 {
            let mut moved = self.turn();
            for client in &mut *clients {
                moved += client.pump();
            }
            quiet = if moved == 0 { quiet + 1 } else { 0 };
        }
    }
}

pub(crate) struct Client {
    pub(crate) far: Far,
    pub(crate) tls: ClientConnection,
    pub(crate) connection: Connection,
    plain: Vec<u8>,
    /// The answer's head has not come.
    pub(crate) head: bool,
    pub(crate) texts: Vec<String>,
    /// The server sent `close_notify`.
    pub(crate) closed: bool,
    /// Ciphertext of one pump that is kept from the wire, for a test that cuts it.
    pub(crate) held: Vec<u8>,
}

impl Client {
    pub(crate) fn request(&mut self) {
        self.write(REQUEST);
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.tls.writer().write_all(bytes).expect("there is room");
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        let mut output = Vec::new();
        self.connection
            .send_text(text, &mut output)
            .expect("it is open");
        self.write(&output);
    }

    pub(crate) fn close(&mut self) {
        let mut output = Vec::new();
        self.connection
            .close(CloseCode::NORMAL, "", &mut output)
            .expect("it is open");
        self.write(&output);
    }

    /// Ciphertext to be sent.
    pub(crate) fn ciphertext(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut output).expect("memory");
        }
        output
    }

    /// Takes what the server sent. Gives the number of bytes.
    pub(crate) fn take(&mut self) -> usize {
        let came = self.far.take();
        let mut rest = &came[..];
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest).expect("a slice");
            let state = self
                .tls
                .process_new_packets()
                .expect("the server keeps to the rules");
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            self.tls
                .reader()
                .read_exact(&mut plain)
                .expect("they are there");
            self.plain.extend(plain);
            self.closed |= state.peer_has_closed();
        }
        self.read_plain();
        came.len()
    }

    fn read_plain(&mut self) {
        if self.head {
            let Some(end) = self
                .plain
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            else {
                return;
            };
            assert!(
                self.plain.starts_with(b"HTTP/1.1 101 "),
                "{}",
                self.plain.escape_ascii()
            );
            self.plain.drain(..end + 4);
            self.head = false;
        }
        let mut input = &mut self.plain[..];
        let mut output = Vec::new();
        while let Some(event) = self.connection.receive(&mut input, &mut output) {
            if let ws_frame::Event::Text(text) = event {
                self.texts.push(text.into_owned());
            }
        }
        let rest = input.len();
        let used = self.plain.len() - rest;
        self.plain.drain(..used);
        if !output.is_empty() {
            self.write(&output);
        }
    }

    /// Takes, and sends. Gives the number of bytes that moved.
    pub(crate) fn pump(&mut self) -> usize {
        let came = self.take();
        let output = self.ciphertext();
        if !output.is_empty() {
            self.far.send(&output);
        }
        came + output.len()
    }

    /// Ends the stream in order.
    pub(crate) fn end(&mut self) {
        self.tls.send_close_notify();
        let output = self.ciphertext();
        self.far.send(&output);
        self.far.end(End::Eof);
    }
}
