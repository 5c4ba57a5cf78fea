//! A connecting process: one loop, ready-made bytes, and a few bytes of state for each connection.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt::set_socket_linger,
};

use super::child::{commands, say};
use super::inbox::{Came, Expected, Inbox, MESSAGES, PONG};
use super::plan::ClientPlan;
use crate::request::{ACCEPT, REQUEST};

struct Client<'p, S> {
    plan: &'p ClientPlan,
    sources: S,
    expected: Expected,
    poll: Poll,
    connections: Vec<Connection>,
    /// Connections whose handshake is done.
    open: usize,
    /// Number of answered pings.
    pongs: u64,
    /// Number of connections that have received each message.
    informed: [usize; MESSAGES as usize],
    buf: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    has_asked: bool,
    inbox: Inbox,
}

/// Connects, and answers pings until the parent process ends.
pub(super) fn run(plan: &ClientPlan) -> io::Result<()> {
    let mut client = Client::new(plan, plan.sources())?;
    let commands = client.commands()?;
    let mut events = Events::with_capacity(1024);
    loop {
        client.connect_more()?;
        client.poll.poll(&mut events, None)?;
        for event in &events {
            match event.token() {
                WAKER => {}
                Token(number) => client.turn(number)?,
            }
        }
        while commands.try_recv().is_ok() {
            client.report();
        }
    }
}

impl<'p, S: Iterator<Item = SocketAddrV4>> Client<'p, S> {
    fn new(plan: &'p ClientPlan, sources: S) -> io::Result<Self> {
        Ok(Self {
            plan,
            sources,
            expected: Expected::new(answer(plan)?)?,
            poll: Poll::new()?,
            connections: Vec::with_capacity(plan.connections),
            open: 0,
            pongs: 0,
            informed: [0; MESSAGES as usize],
            buf: vec![0; BUF_LEN],
        })
    }

    fn commands(&self) -> io::Result<Receiver<String>> {
        let waker = Arc::new(Waker::new(self.poll.registry(), WAKER)?);
        Ok(commands(move || drop(waker.wake())))
    }

    /// Begins connections while few are being opened, so that the server's backlog has room for
    /// them.
    fn connect_more(&mut self) -> io::Result<()> {
        while self.connections.len() < self.plan.connections
            && self.connections.len() - self.open < AT_ONCE
        {
            let number = self.connections.len();
            let mut stream = begin(self.plan, &mut self.sources)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll
                .registry()
                .register(&mut stream, Token(number), interest)?;
            self.connections.push(Connection {
                stream,
                has_asked: false,
                inbox: Inbox::default(),
            });
        }
        Ok(())
    }

    fn turn(&mut self, number: usize) -> io::Result<()> {
        let connection = &mut self.connections[number];
        if !connection.has_asked {
            if !connection.ask()? {
                return Ok(());
            }
            connection.has_asked = true;
        }
        while let Some(len) = connection.read(&mut self.buf)? {
            let came = connection.inbox.take(&self.buf[..len], &self.expected)?;
            for _ in 0..came.pings {
                write_whole(&mut connection.stream, &PONG)?;
                self.pongs += 1;
            }
            let is_last = len < self.buf.len();
            if came.head || came.message.is_some() {
                note(&came, self.plan, &mut self.open, &mut self.informed);
            }
            if is_last {
                return Ok(());
            }
        }
        Ok(())
    }

    fn report(&self) {
        let pings = self.connections.iter().map(|one| one.inbox.pings).min();
        let messages = self.connections.iter().map(|one| one.inbox.messages).min();
        say(&format!(
            "report {} {} {} {}",
            self.open,
            self.pongs,
            pings.unwrap_or(0),
            messages.unwrap_or(0)
        ));
    }
}

/// Counts, and reports when all connections have come so far.
fn note(came: &Came, plan: &ClientPlan, open: &mut usize, informed: &mut [usize]) {
    if came.head {
        *open += 1;
        if *open == plan.connections {
            say("open");
        }
    }
    // The next one is published when all have this one.
    if let Some(number) = came.message {
        informed[number - 1] += 1;
        if informed[number - 1] == plan.connections {
            say(&format!("informed {number}"));
        }
    }
}

impl Connection {
    /// Sends the request. Returns `false` if the socket is not connected yet.
    fn ask(&mut self) -> io::Result<bool> {
        match self.stream.write(REQUEST) {
            Ok(len) if len == REQUEST.len() => Ok(true),
            Ok(_) => Err(io::Error::other("a request was cut")),
            Err(error) if is_not_yet(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        match self.stream.read(buf) {
            Ok(0) => Err(io::Error::other("the server has ended a connection")),
            Ok(len) => Ok(Some(len)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn write_whole(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    if stream.write(bytes)? == bytes.len() {
        return Ok(());
    }
    Err(io::Error::other("a pong was cut"))
}

fn is_not_yet(error: &io::Error) -> bool {
    use io::ErrorKind::{NotConnected, WouldBlock};
    matches!(error.kind(), NotConnected | WouldBlock)
}

/// Begins a connection without waiting for it.
fn begin(
    plan: &ClientPlan,
    sources: &mut impl Iterator<Item = SocketAddrV4>,
) -> io::Result<TcpStream> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    // No TIME_WAIT: a million of them would be left behind.
    set_socket_linger(&socket, Some(Duration::ZERO))?;
    for source in sources {
        match bind(&socket, &source) {
            Ok(()) => break,
            Err(Errno::ADDRINUSE) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match connect(&socket, &plan.server) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(TcpStream::from_std(socket.into()))
}

/// The server's answer to the request, from a connection that is checked and dropped.
fn answer(plan: &ClientPlan) -> io::Result<Vec<u8>> {
    let mut stream = std::net::TcpStream::connect(plan.server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head);
    if text.starts_with("HTTP/1.1 101 ") && text.contains(ACCEPT) {
        // A closing handshake with 1000.
        stream.write_all(b"\x88\x82\0\0\0\0\x03\xe8")?;
        stream.read_to_end(&mut Vec::new())?;
        return Ok(head);
    }
    Err(io::Error::other(format!("not the right 101: {text}")))
}

/// Connections of a process that are being opened at once.
const AT_ONCE: usize = 64;

/// Limit on the time of a server's answer to a handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most bytes of one read: more than ever arrive at once.
const BUF_LEN: usize = 4096;

const WAKER: Token = Token(usize::MAX);
