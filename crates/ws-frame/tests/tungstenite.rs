//! Interoperability with tungstenite: each side reads thousands of random messages of the other, in
//! both roles.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::io::{self, Read, Write};

use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::{Role as Theirs, WebSocketConfig};
use tungstenite::{Message, WebSocket};
use ws_frame::{CloseCode, Connection, Phase};
use ws_testkit::event::{Event, Limits, Role};
use ws_testkit::observe::{self, Log};
use ws_testkit::random::Random;
use ws_testkit::{cuts, keys};

const ROLES: [Role; 2] = [Role::Server, Role::Client];
const SEEDS: u64 = 8;
const MESSAGES: usize = 250;

/// The stream of the tungstenite side: it reads a few bytes at a time.
struct Wire {
    incoming: Vec<u8>,
    position: usize,
    outgoing: Vec<u8>,
    random: Random,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.incoming[self.position..];
        if rest.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let len = (1 + self.random.below(2000))
            .min(rest.len())
            .min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.position += len;
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A tungstenite connection in the role opposite to `ours`.
fn tungstenite(ours: Role, incoming: Vec<u8>, seed: u64) -> WebSocket<Wire> {
    let role = match ours {
        Role::Server => Theirs::Client,
        Role::Client => Theirs::Server,
    };
    let wire = Wire {
        incoming,
        position: 0,
        outgoing: Vec::new(),
        random: Random::new(seed),
    };
    WebSocket::from_raw_socket(wire, role, Some(WebSocketConfig::default()))
}

fn ours(role: Role) -> Connection {
    let config = observe::config(Limits::default(), false);
    match role {
        Role::Server => Connection::server(config),
        Role::Client => Connection::client(config, keys::next),
    }
}

fn random_event(random: &mut Random) -> Event {
    let len = match random.below(20) {
        0 => 65_534 + random.below(4),
        1 => 124 + random.below(4),
        2 => 0,
        _ => random.below(500),
    };
    match random.below(6) {
        0 | 1 => Event::Text(random.text(len / 2)),
        2 | 3 => Event::Binary(random.bytes(len)),
        4 => Event::Ping(random.bytes(len % 126)),
        _ => Event::Pong(random.bytes(len % 126)),
    }
}

#[test]
fn tungstenite_reads_what_we_write() {
    for role in ROLES {
        for seed in 0..SEEDS {
            let mut random = Random::new(seed);
            let (mut sent, mut output) = (Vec::new(), Vec::new());
            let mut connection = ours(role);
            for _ in 0..MESSAGES {
                let event = random_event(&mut random);
                send(&mut connection, &event, &mut random, &mut output);
                sent.push(event);
            }
            connection
                .close(CloseCode::new(3456).unwrap(), "done", &mut output)
                .unwrap();
            sent.push(Event::Close(Some((3456, "done".into()))));

            let mut socket = tungstenite(role, output, seed);
            let received: Vec<Event> = sent.iter().map(|_| event(socket.read().unwrap())).collect();
            assert!(received == sent, "{role:?}, seed {seed}");
            check_answers(&mut connection, &mut socket, &sent, role, seed);
        }
    }
}

/// Checks the pongs of tungstenite, which may leave out all but the newest, and its Close.
fn check_answers(
    connection: &mut Connection,
    socket: &mut WebSocket<Wire>,
    sent: &[Event],
    role: Role,
    seed: u64,
) {
    while socket.flush().is_ok() && socket.read().is_ok() {}
    let mut log = Log::default();
    log.receive(connection, &socket.get_ref().outgoing);
    let mut pings = sent.iter();
    for answer in &log.events {
        let is_answer = match answer {
            Event::Pong(answer) => {
                pings.any(|event| matches!(event, Event::Ping(ping) if ping == answer))
            }
            Event::Close(close) => close.as_ref().is_some_and(|(code, _)| *code == 3456),
            _ => false,
        };
        assert!(is_answer, "{answer:?} for nothing, {role:?}, seed {seed}");
    }
    assert_ne!(connection.phase(), Phase::Closing, "its Close has come");
}

/// Sends the message whole, or in up to four fragments.
fn send(connection: &mut Connection, event: &Event, random: &mut Random, output: &mut Vec<u8>) {
    let sent = match event {
        Event::Text(text) if random.one_in(2) => connection.send_text(text, output),
        Event::Binary(bytes) if random.one_in(2) => connection.send_binary(bytes, output),
        Event::Ping(bytes) => connection.send_ping(bytes, output),
        Event::Pong(bytes) => connection.send_pong(bytes, output),
        Event::Text(text) => {
            let after = random.below(text.len() + 1);
            let cut = (0..=after)
                .rfind(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            connection
                .send_text_fragment(&text[..cut], false, output)
                .and_then(|()| connection.send_text_fragment(&text[cut..], true, output))
        }
        Event::Binary(bytes) => {
            let cut = random.below(bytes.len() + 1);
            connection
                .send_binary_fragment(&bytes[..cut], false, output)
                .and_then(|()| connection.send_binary_fragment(b"", false, output))
                .and_then(|()| connection.send_binary_fragment(&bytes[cut..], true, output))
        }
        event => unreachable!("{event:?} is not sent here"),
    };
    sent.unwrap();
}

#[test]
fn we_read_what_tungstenite_writes() {
    for role in ROLES {
        for seed in 0..SEEDS {
            let mut random = Random::new(seed);
            let mut socket = tungstenite(role, Vec::new(), seed);
            let mut sent = Vec::new();
            for _ in 0..MESSAGES {
                let event = random_event(&mut random);
                socket.send(message(&event)).unwrap();
                sent.push(event);
            }
            let close = CloseFrame {
                code: 4321.into(),
                reason: "done".into(),
            };
            socket.close(Some(close)).unwrap();
            socket.flush().unwrap_or_default();
            sent.push(Event::Close(Some((4321, "done".into()))));

            let stream = &socket.get_ref().outgoing;
            for cuts in [Vec::new(), cuts::in_many(stream.len(), &mut random)] {
                let (mut connection, mut log) = (ours(role), Log::default());
                for piece in cuts::pieces(stream, &cuts) {
                    log.receive(&mut connection, piece);
                }
                assert!(
                    log.events == sent,
                    "{role:?}, seed {seed}, cut at {cuts:.20?}"
                );
                check_our_answers(role, seed, &log, &sent);
            }
        }
    }
}

/// Checks that tungstenite has read all our pongs and our Close.
fn check_our_answers(role: Role, seed: u64, log: &Log, sent: &[Event]) {
    let mut socket = tungstenite(role, log.output.clone(), seed);
    for ping in sent {
        if let Event::Ping(payload) = ping {
            assert_eq!(
                event(socket.read().unwrap()),
                Event::Pong(payload.clone()),
                "{role:?}, seed {seed}"
            );
        }
    }
    assert_eq!(
        event(socket.read().unwrap()),
        Event::Close(Some((4321, String::new())))
    );
}

fn message(event: &Event) -> Message {
    match event.clone() {
        Event::Text(text) => Message::text(text),
        Event::Binary(bytes) => Message::binary(bytes),
        Event::Ping(bytes) => Message::Ping(bytes.into()),
        Event::Pong(bytes) => Message::Pong(bytes.into()),
        event => unreachable!("{event:?} is not sent here"),
    }
}

fn event(message: Message) -> Event {
    match message {
        Message::Text(text) => Event::Text(text.to_string()),
        Message::Binary(bytes) => Event::Binary(bytes.to_vec()),
        Message::Ping(bytes) => Event::Ping(bytes.to_vec()),
        Message::Pong(bytes) => Event::Pong(bytes.to_vec()),
        Message::Close(close) => {
            Event::Close(close.map(|close| (close.code.into(), close.reason.to_string())))
        }
        Message::Frame(frame) => unreachable!("a bare frame: {frame:?}"),
    }
}
