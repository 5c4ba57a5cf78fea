//! Runs one path through the code, for `.ci/instructions` to count under callgrind: `instructions
//! PATH`. Without a name it lists the paths, each with its number of units per run.
//!
//! Only [`measured`] is counted. It depends on no clock, random number or address.

mod decode;

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ws_bench::async_echo::AsyncEcho;
use ws_bench::random::Random;
use ws_bench::request::REQUEST;
use ws_bench::stream::{Fill, Message, client_frame};
use ws_frame::Connection;
use ws_handshake::{HeadScanner, Request};
use ws_server::mio::net::UnixStream as Stream;
use ws_server::{Config, Event, Server};

use self::decode::{Buffered, Decode};

fn main() {
    let Some(name) = std::env::args().nth(1) else {
        for (name, units, _) in PATHS {
            println!("{units} {name}");
        }
        return;
    };
    let Some((_, units, open)) = PATHS.iter().find(|path| path.0 == name) else {
        eprintln!("no path is called {name}");
        std::process::exit(2);
    };
    let mut path = open(*units);
    // One-time allocations are not counted.
    path.set_up();
    path.run();
    path.set_up();
    measured(&mut *path);
}

/// The function whose name callgrind looks for.
#[inline(never)]
fn measured(path: &mut dyn Path) {
    path.run();
}

/// A repeatable piece of work.
trait Path {
    /// Prepares a run. Not counted.
    fn set_up(&mut self) {}

    /// Runs the path. Counted.
    fn run(&mut self);
}

type Open = fn(usize) -> Box<dyn Path>;

/// Name, number of units of one run, and constructor.
const PATHS: &[(&str, usize, Open)] = &[
    ("decode binary 8 B", 1000, |units| {
        Decode::open(Fill::Binary, 8, units)
    }),
    ("decode binary 64 B", 1000, |units| {
        Decode::open(Fill::Binary, 64, units)
    }),
    ("decode binary 125 B", 1000, |units| {
        Decode::open(Fill::Binary, 125, units)
    }),
    ("decode binary 16 KiB", 10, |units| {
        Decode::open(Fill::Binary, 16 << 10, units)
    }),
    ("decode text ASCII 64 B", 1000, |units| {
        Decode::open(Fill::Ascii, 64, units)
    }),
    ("decode text of many scripts 125 B", 1000, |units| {
        Decode::open(Fill::Scripts, 125, units)
    }),
    ("decode binary 1 KiB, in two reads each", 100, |units| {
        Decode::open_cut(Fill::Binary, 1 << 10, units)
    }),
    ("decode text ASCII 1 KiB, in two reads each", 100, |units| {
        Decode::open_cut(Fill::Ascii, 1 << 10, units)
    }),
    ("decode binary 1 KiB, reads of 1460 B", 100, |units| {
        Decode::open_segments(Fill::Binary, 1 << 10, units)
    }),
    ("decode binary 16 KiB, reads of 1460 B", 10, |units| {
        Decode::open_segments(Fill::Binary, 16 << 10, units)
    }),
    ("decode text ASCII 1 KiB, reads of 1460 B", 100, |units| {
        Decode::open_segments(Fill::Ascii, 1 << 10, units)
    }),
    ("decode text ASCII 16 KiB, reads of 1460 B", 10, |units| {
        Decode::open_segments(Fill::Ascii, 16 << 10, units)
    }),
    ("decode binary 4 KiB in 4 fragments", 100, |units| {
        Decode::open_fragments(Fill::Binary, units, usize::MAX)
    }),
    ("decode text ASCII 4 KiB in 4 fragments", 100, |units| {
        Decode::open_fragments(Fill::Ascii, units, usize::MAX)
    }),
    (
        "decode binary 4 KiB in 4 fragments, reads of 1460 B",
        100,
        |units| Decode::open_fragments(Fill::Binary, units, 1460),
    ),
    (
        "decode binary 1 KiB, reads of 1460 B into a buffer",
        100,
        |units| Buffered::open(Fill::Binary, 1 << 10, units),
    ),
    (
        "decode text ASCII 16 KiB, reads of 1460 B into a buffer",
        10,
        |units| Buffered::open(Fill::Ascii, 16 << 10, units),
    ),
    (
        "decode binary 1 MiB, reads of 1460 B into a buffer",
        2,
        |units| Buffered::open(Fill::Binary, 1 << 20, units),
    ),
    ("encode server 64 B", 1000, |units| {
        Encode::open(
            Connection::server(ws_frame::Config::new()),
            64,
            units,
            units,
        )
    }),
    ("encode client 64 B", 1000, |units| {
        Encode::open(client(), 64, units, units)
    }),
    ("encode client 8 B, each written out", 1000, |units| {
        Encode::open(client(), 8, 1, units)
    }),
    ("handshake of a browser", 100, |units| {
        Box::new(Handshake {
            units,
            output: Vec::new(),
        })
    }),
    (
        "C-2: a head of 16 KiB by single bytes, per byte",
        HEAD,
        |units| Head::open("X: ", "a", units, 1),
    ),
    (
        "C-7: a subprotocol of spaces, per byte of 16 KiB",
        HEAD,
        |units| Head::open("Sec-WebSocket-Protocol: b", " ", units, HEAD),
    ),
    ("C-7: 99 subprotocols, per byte of 16 KiB", HEAD, |units| {
        Head::open(&many_protocols(), ",", units, HEAD)
    }),
    (
        "C-9: a list of extensions, per byte of 16 KiB",
        HEAD,
        |units| Head::open("Sec-WebSocket-Extensions: ", "a;a;a,a,", units, HEAD),
    ),
    ("server, echo of 64 B alone in its turn", 100, |units| {
        Turns::open(Fill::Binary, 64, 1, units)
    }),
    // `.ci/hops` lists the functions on this way.
    (
        "server, echo of text 10 B alone in its turn",
        100,
        |units| Turns::open(Fill::Ascii, 10, 1, units),
    ),
    ("server, echo of 64 B, 16 in a turn", 1600, |units| {
        Turns::open(Fill::Binary, 64, 16, units / 16)
    }),
    ("async, echo of 64 B alone in its turn", 100, |units| {
        Async::open(Fill::Binary, 64, 1, units)
    }),
    ("async, echo of 64 B, 16 in a turn", 1600, |units| {
        Async::open(Fill::Binary, 64, 16, units)
    }),
    ("async, echo of text 256 B, 16 in a turn", 1600, |units| {
        Async::open(Fill::Ascii, 256, 16, units)
    }),
    ("async, echo of 1 KiB alone in its turn", 100, |units| {
        Async::open(Fill::Binary, 1 << 10, 1, units)
    }),
    ("async, echo of 64 KiB alone in its turn", 20, |units| {
        Async::open(Fill::Binary, 64 << 10, 1, units)
    }),
    ("async, echo of 1 MiB alone in its turn", 4, |units| {
        Async::open(Fill::Binary, 1 << 20, 1, units)
    }),
];

/// Encodes messages into a buffer that is written out and cleared after some of them.
struct Encode {
    connection: Connection,
    message: Message,
    at_once: usize,
    units: usize,
    output: Vec<u8>,
}

impl Encode {
    fn open(connection: Connection, len: usize, at_once: usize, units: usize) -> Box<dyn Path> {
        let message = Fill::Binary.message(&mut Random::new(1), len);
        Box::new(Self {
            connection,
            message,
            at_once,
            units,
            output: Vec::new(),
        })
    }
}

impl Path for Encode {
    fn run(&mut self) {
        for _ in 0..self.units / self.at_once {
            self.output.clear();
            for _ in 0..self.at_once {
                let payload = black_box(&*self.message.payload);
                self.connection
                    .send_binary(payload, &mut self.output)
                    .expect("an open connection");
            }
            black_box(&self.output);
        }
    }
}

fn client() -> Connection {
    // A function, like `ws_frame::keys::random`.
    let keys: fn() -> [u8; 4] = || [0x37, 0xFA, 0x21, 0x3D];
    Connection::client(ws_frame::Config::new(), keys)
}

/// Echoes through `ws-stream`.
struct Async(AsyncEcho);

impl Async {
    fn open(fill: Fill, len: usize, in_a_turn: usize, units: usize) -> Box<dyn Path> {
        let turn = frames(fill, len, in_a_turn);
        Box::new(Self(AsyncEcho::new(turn, units / in_a_turn, true)))
    }
}

impl Path for Async {
    fn run(&mut self) {
        self.0.run();
        black_box(self.0.written());
    }
}

struct Handshake {
    units: usize,
    output: Vec<u8>,
}

impl Path for Handshake {
    fn run(&mut self) {
        for _ in 0..self.units {
            let received = black_box(REQUEST);
            let end = HeadScanner::default()
                .scan(received)
                .expect("a legal head")
                .expect("a whole head");
            let request = Request::parse(&received[..end]).expect("a legal head");
            let accept = request.upgrade().expect("a legal request").accept();
            self.output.clear();
            accept
                .encode(&mut self.output)
                .expect("no fields of our own");
            black_box(&self.output);
        }
    }
}

/// The most expensive head of its length. The result is not used.
struct Head {
    bytes: Vec<u8>,
    /// Length of a read.
    read: usize,
}

impl Head {
    /// A head of `len` bytes, filled up with repetitions of a field.
    fn open(field: &str, filler: &str, len: usize, read: usize) -> Box<dyn Path> {
        let start = REQUEST
            .strip_suffix(b"\r\n")
            .expect("an empty line at its end");
        let mut bytes = [start, field.as_bytes()].concat();
        bytes.extend(filler.bytes().cycle().take(len - bytes.len() - 5));
        bytes.extend(b"x\r\n\r\n");
        Box::new(Self { bytes, read })
    }
}

impl Path for Head {
    fn run(&mut self) {
        let mut scanner = HeadScanner::default();
        let ended = self
            .bytes
            .chunks(self.read)
            .any(|piece| scanner.scan(black_box(piece)) != Ok(None));
        assert!(ended && scanner.examined() == self.bytes.len());
        let request = Request::parse(&self.bytes).expect("a legal head");
        black_box(request.upgrade().map(|upgrade| upgrade.accept())).ok();
    }
}

/// One member less than allowed, each with a long common prefix.
fn many_protocols() -> String {
    let names: Vec<String> = (0..99).map(|n| format!("{:p<100}{n}", "")).collect();
    format!("Sec-WebSocket-Protocol: {},", names.join(","))
}

/// The default limit for a head, in bytes.
const HEAD: usize = 16 << 10;

/// Turns of a server with one client over a pair of sockets. The kernel's instructions are not
/// counted.
struct Turns {
    server: Server<Stream>,
    client: UnixStream,
    frames: Vec<u8>,
    replies: Vec<u8>,
    /// Number of units in one run.
    count: usize,
    buf: Vec<u8>,
    /// The server has read requests that it has not answered. Each turn begins with the answers to
    /// those of the turn before.
    primed: bool,
}

impl Turns {
    /// Each turn reads `messages` at once, and writes the replies to those of the turn before.
    fn open(fill: Fill, len: usize, messages: usize, count: usize) -> Box<dyn Path> {
        let (client, other) = UnixStream::pair().expect("a pair of sockets");
        other.set_nonblocking(true).expect("a socket");
        let start = Instant::now();
        let config = Config::default().clock(move || start);
        let mut server = Server::new(config).expect("a configuration that works");
        server
            .adopt(Stream::from_std(other), None)
            .expect("room for one");
        let frames = frames(fill, len, messages);
        let replies = vec![0; messages * (2 + len)];
        let mut turns = Self {
            server,
            client,
            frames,
            replies,
            count,
            buf: vec![0; 64 << 10],
            primed: false,
        };
        turns.shake_hands();
        Box::new(turns)
    }

    fn shake_hands(&mut self) {
        self.client.write_all(REQUEST).expect("an open connection");
        self.turn();
        self.turn();
        let mut head = [0; 1024];
        let len = self.client.read(&mut head).expect("an open connection");
        assert!(head[..len].starts_with(b"HTTP/1.1 101 "));
    }

    #[inline]
    fn turn(&mut self) {
        let mut turn = self
            .server
            .poll(&mut self.buf, Some(Duration::ZERO))
            .expect("a server that works");
        while let Some((id, event)) = self.server.next(&mut turn) {
            match event {
                Event::Request(upgrade) => self
                    .server
                    .accept(id, upgrade.accept())
                    .expect("a legal request"),
                Event::Binary(bytes) => _ = self.server.send_binary(id, &bytes).expect("room"),
                Event::Text(text) => _ = self.server.send_text(id, &text).expect("room"),
                other => panic!("{other:?}"),
            }
        }
    }
}

impl Path for Turns {
    fn set_up(&mut self) {
        if !self.primed {
            self.client
                .write_all(&self.frames)
                .expect("an open connection");
            self.turn();
            self.primed = true;
        }
    }

    fn run(&mut self) {
        for _ in 0..self.count {
            self.client
                .write_all(&self.frames)
                .expect("an open connection");
            self.turn();
            self.client
                .read_exact(&mut self.replies)
                .expect("an open connection");
            assert!(
                matches!(self.replies[0], 0x81 | 0x82),
                "a message comes back"
            );
        }
    }
}

/// Messages of one length, as a client sends them.
fn frames(fill: Fill, len: usize, messages: usize) -> Vec<u8> {
    let mut random = Random::new(1);
    let frame = |_| {
        let message = fill.message(&mut random, len);
        client_frame(&message, random.key())
    };
    (0..messages).flat_map(frame).collect()
}
