//! Growth of the cost of a sent message with its size, for writes that take little.

use std::io::{self, IoSlice, Read, Write};
use std::os::unix::net::UnixStream as Bell;
use std::time::Duration;

use mio::event::Source;
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use tungstenite::protocol::{Message, Role, WebSocket};
use ws_server::{Config, ConnId, Event, Server, Transport};

use super::Plan;
use super::decode::bytes;
use crate::request::REQUEST;
use crate::rounds::Contender;
use crate::table::Table;

/// Nanoseconds per KiB of a binary message, by its size and the bytes that a write takes.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("growth, sent", "ns per KiB");
    for (write_len, lens) in WRITES {
        for &len in *lens {
            let case = format!("{}, writes of {}", bytes(len), bytes(*write_len));
            plan.run(&mut table, &case, || contenders(len, *write_len));
        }
    }
    table
}

fn contenders(len: usize, write_len: usize) -> Vec<Contender> {
    let payload = vec![7; len];
    let (mut server, id) = open(write_len, len);
    let mut buf = vec![0; BUF_LEN];
    let ours = Contender::ours("ours", {
        let payload = payload.clone();
        move |messages| {
            for _ in 0..messages {
                server.send_binary(id, &payload).expect("room for one");
                while server.queued_bytes(id) > 0 {
                    turn(&mut server, &mut buf);
                }
            }
            messages
        }
    });
    let mut socket = WebSocket::from_raw_socket(Trickle::new(write_len), Role::Server, None);
    let message = Message::Binary(payload.into());
    let peer = Contender::peer("tungstenite", move |messages| {
        for _ in 0..messages {
            socket
                .send(message.clone())
                .expect("a stream that takes all");
        }
        messages
    });
    [ours, peer]
        .map(|contender| contender.in_units_of(len >> 10))
        .into()
}

/// A server with one open connection over a stream that takes little at a time.
fn open(write_len: usize, len: usize) -> (Server<Trickle>, ConnId) {
    let config = Config::default()
        .max_message_len(len)
        .max_queued(2 * len + (1 << 20));
    let mut server = Server::new(config).expect("a configuration that works");
    server
        .adopt(Trickle::new(write_len), None)
        .expect("room for one");
    let mut buf = vec![0; BUF_LEN];
    loop {
        if let Some(id) = turn(&mut server, &mut buf) {
            return (server, id);
        }
    }
}

/// Accepts every request.
fn turn(server: &mut Server<Trickle>, buf: &mut [u8]) -> Option<ConnId> {
    let mut turn = server
        .poll(buf, Some(Duration::ZERO))
        .expect("a server that works");
    let mut opened = None;
    while let Some((id, event)) = server.next(&mut turn) {
        if let Event::Request(upgrade) = event {
            server
                .accept(id, upgrade.accept())
                .expect("a legal request");
            opened = Some(id);
        }
    }
    opened
}

const BUF_LEN: usize = 256 << 10;

/// A stream that sends a request, and then takes at most a few bytes with each write.
struct Trickle {
    request: &'static [u8],
    write_len: usize,
    /// The source that is polled in its place. Its other end is always readable.
    watched: UnixStream,
    _ringer: Bell,
}

impl Trickle {
    fn new(write_len: usize) -> Self {
        let (watched, mut ringer) = Bell::pair().expect("a pair of sockets");
        watched.set_nonblocking(true).expect("a socket");
        ringer.write_all(b"!").expect("room for a byte");
        Self {
            request: REQUEST,
            write_len,
            watched: UnixStream::from_std(watched),
            _ringer: ringer,
        }
    }
}

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.request.read(buf)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            len => Ok(len),
        }
    }
}

impl Write for Trickle {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(std::hint::black_box(buf).len().min(self.write_len))
    }

    #[inline]
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let len: usize = std::hint::black_box(bufs).iter().map(|buf| buf.len()).sum();
        Ok(len.min(self.write_len))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Trickle {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.watched.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.watched.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.watched.deregister(registry)
    }
}

impl Transport for Trickle {
    fn shutdown_write(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const WRITES: &[(usize, &[usize])] = &[
    (1, &[1 << 10, 16 << 10, 256 << 10]),
    (1460, &[16 << 10, 256 << 10, 1 << 20]),
    (64 << 10, &[1 << 20, 4 << 20, 16 << 20, 64 << 20]),
];
