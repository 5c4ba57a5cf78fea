//! A server, its clock, and its clients.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ws_server::{
    Accept, Cause, CloseCode, Config, ConnId, Event, Response, Server,
    ws_frame::{self, Connection, Phase},
    ws_handshake::Request,
};

use crate::wire::{ALL, End, Far, Wire};

pub(crate) const KIB: usize = 1024;

pub(crate) struct World {
    pub(crate) server: Server<Wire>,
    /// Microseconds since the start.
    pub(crate) clock: Arc<AtomicU64>,
    /// The program's answer to requests.
    pub(crate) answer: Answer,
    pub(crate) buffer: Vec<u8>,
    /// After how many turns without events nothing more is expected.
    pub(crate) patience: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accept,
    Refuse(u16),
    Later,
}

/// An event, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Request(String),
    Http(String),
    Text(String),
    Binary(usize),
    Ping,
    Pong,
    Writable,
    Closed(Cause, u16),
    Part(usize, bool),
}

pub(crate) struct Client {
    pub(crate) far: Far,
    connection: Connection,
    head: Vec<u8>,
    /// Bytes of the answer's head are complete.
    pub(crate) status: Option<u16>,
    pub(crate) phase: Phase,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self::with(config, Server::new)
    }

    /// With a server made in another way.
    pub(crate) fn with(
        config: Config,
        make: impl FnOnce(Config) -> std::io::Result<Server<Wire>>,
    ) -> Self {
        let (start, clock) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let micros = Arc::clone(&clock);
        let config =
            config.clock(move || start + Duration::from_micros(micros.load(Ordering::Relaxed)));
        let buffer = vec![0; config.min_buffer().max(64 * 1024)];
        let server = make(config).expect("the configuration can work");
        Self {
            server,
            clock,
            answer: Answer::Accept,
            buffer,
            patience: 3,
        }
    }

    pub(crate) fn pass(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).expect("tests do not last for ages");
        self.clock.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn connect(&mut self) -> Client {
        self.connect_in_steps(vec![ALL])
    }

    pub(crate) fn connect_in_steps(&mut self, steps: Vec<usize>) -> Client {
        let (wire, far) = Wire::new(steps);
        self.server.adopt(wire, None).expect("there is room");
        Client::new(far)
    }

    /// A client whose connection is open.
    pub(crate) fn open(&mut self) -> (ConnId, Client) {
        let mut client = self.connect();
        client.request("/");
        let answer = std::mem::replace(&mut self.answer, Answer::Accept);
        let seen = self.turn();
        self.answer = answer;
        let [(id, Seen::Request(_))] = &seen[..] else {
            panic!("{seen:?}")
        };
        self.turn();
        assert_eq!(client.read(), [""; 0]);
        assert_eq!(client.status, Some(101));
        (*id, client)
    }

    /// One turn, and all its events.
    pub(crate) fn turn(&mut self) -> Vec<(ConnId, Seen)> {
        let mut seen = Vec::new();
        let mut turn = self
            .server
            .poll(&mut self.buffer, Some(Duration::ZERO))
            .expect("polling works");
        while let Some((id, event)) = self.server.next(&mut turn) {
            if let Event::Request(upgrade) = &event {
                answer(&mut self.server, id, upgrade, self.answer);
            }
            seen.push((id, Seen::new(&event)));
        }
        seen
    }

    /// Turns until one has no events, twice, since what is queued in one is written by the next.
    pub(crate) fn settle(&mut self) -> Vec<(ConnId, Seen)> {
        let (mut seen, mut quiet) = (Vec::new(), 0);
        while quiet < self.patience {
            let more = self.turn();
            quiet = if more.is_empty() { quiet + 1 } else { 0 };
            seen.extend(more);
        }
        seen
    }
}

fn answer(server: &mut Server<Wire>, id: ConnId, upgrade: &ws_server::Upgrade<'_>, answer: Answer) {
    let answered = match answer {
        Answer::Accept => server.accept(id, upgrade.accept()),
        Answer::Refuse(status) => server.respond(id, &Response::new(status)),
        Answer::Later => Ok(()),
    };
    answered.expect("nobody else answers");
}

impl Seen {
    pub(crate) fn new(event: &Event<'_>) -> Self {
        match event {
            Event::Request(upgrade) => Self::Request(upgrade.path().to_owned()),
            Event::Http(plain) => Self::Http(plain.path().to_owned()),
            Event::Text(text) => Self::Text(text.to_string()),
            Event::Binary(payload) => Self::Binary(payload.len()),
            Event::TextPart(part) => Self::Part(part.data.len(), part.last),
            Event::BinaryPart(part) => Self::Part(part.data.len(), part.last),
            Event::Ping(_) => Self::Ping,
            Event::Pong(_) => Self::Pong,
            Event::Writable => Self::Writable,
            Event::Closed(closed) => Self::Closed(closed.cause, closed.code),
            _ => panic!("an event that the tests do not know"),
        }
    }
}

impl Client {
    fn new(far: Far) -> Self {
        let connection = Connection::client(ws_frame::Config::new(), || [1, 2, 3, 4]);
        Self {
            far,
            connection,
            head: Vec::new(),
            status: None,
            phase: Phase::Open,
        }
    }

    pub(crate) fn request(&mut self, path: &str) {
        self.far.send(request(path).as_bytes());
    }

    pub(crate) fn request_page(&self) {
        self.far
            .send(b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    pub(crate) fn text(&mut self, text: &str) {
        let bytes = self.encode_text(text);
        self.far.send(&bytes);
    }

    pub(crate) fn encode_text(&mut self, text: &str) -> Vec<u8> {
        let mut output = Vec::new();
        self.connection
            .send_text(text, &mut output)
            .expect("the client is open");
        output
    }

    pub(crate) fn binary(&mut self, len: usize) {
        let mut output = Vec::new();
        self.connection
            .send_binary(&vec![7; len], &mut output)
            .expect("the client is open");
        self.far.send(&output);
    }

    pub(crate) fn ping(&mut self) {
        let mut output = Vec::new();
        self.connection
            .send_ping(&[7; 125], &mut output)
            .expect("the client is open");
        self.far.send(&output);
    }

    pub(crate) fn close(&mut self, code: u16) {
        let bytes = self.encode_close(code);
        self.far.send(&bytes);
    }

    pub(crate) fn encode_close(&mut self, code: u16) -> Vec<u8> {
        let mut output = Vec::new();
        let code = CloseCode::new(code).expect("a code that may be sent");
        self.connection
            .close(code, "", &mut output)
            .expect("the client is open");
        output
    }

    pub(crate) fn end(&self) {
        self.far.end(End::Eof);
    }

    /// Everything that came, by name; answers pings and closes.
    pub(crate) fn read(&mut self) -> Vec<String> {
        let mut bytes = self.far.take();
        if self.status.is_none() {
            self.head.append(&mut bytes);
            let Some(end) = find(&self.head, b"\r\n\r\n") else {
                return Vec::new();
            };
            bytes = self.head.split_off(end + 4);
            let head = String::from_utf8(self.head.clone()).expect("heads are ASCII");
            self.status = Some(head[9..12].parse().expect("a status"));
        }
        if self.status != Some(101) {
            return Vec::new();
        }
        let (mut input, mut output, mut seen) = (&mut bytes[..], Vec::new(), Vec::new());
        while let Some(event) = self.connection.receive(&mut input, &mut output) {
            seen.push(match event {
                ws_frame::Event::Text(text) => text.into_owned(),
                ws_frame::Event::Binary(payload) => format!("binary {}", payload.len()),
                ws_frame::Event::Ping(_) => "ping".to_owned(),
                ws_frame::Event::Pong(_) => "pong".to_owned(),
                ws_frame::Event::Close(close) => {
                    format!("close {}", close.map_or(1005, |close| close.code.get()))
                }
                other => panic!("the server sent {other:?}"),
            });
        }
        self.phase = self.connection.phase();
        self.far.send(&output);
        seen
    }
}

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn request(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// The answer that accepts a request for `path`.
pub(crate) fn accept(path: &str) -> Accept<'static> {
    let head = request(path);
    Request::parse(head.as_bytes())
        .and_then(|request| request.upgrade())
        .expect("it is in order")
        .accept()
}

/// Everything that came, which is the head of an answer and perhaps its body.
pub(crate) fn head_of(client: &Client) -> String {
    String::from_utf8(client.far.take()).expect("heads are ASCII")
}

impl World {
    /// Expects that a request was refused with this status, and that the connection ends when the
    /// client ends its side.
    pub(crate) fn expect_end(&mut self, client: &mut Client, status: u16) {
        client.read();
        assert_eq!(client.status, Some(status));
        assert!(client.far.is_shut());
        client.end();
        self.settle();
        assert!(client.far.is_gone());
    }

    /// Opens a connection like [`open`](Self::open), when other events come before.
    pub(crate) fn open_beside(&mut self, others: &[(ConnId, Seen)]) -> (ConnId, Client) {
        let mut client = self.connect();
        client.request("/");
        let mut seen = self.settle();
        let Some((id, Seen::Request(_))) = seen.pop() else {
            panic!("{seen:?}")
        };
        assert_eq!(seen, others);
        assert_eq!(client.read(), [""; 0]);
        (id, client)
    }
}
