//! One connection of the load generator: it sends the same frame again and again, and receives the
//! same frame again and again.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use rustix::net::sockopt;
use rustls::ClientConnection;

use super::histogram::Histogram;
use super::process::Process;
use super::tls::TlsStream;
use crate::request::{ACCEPT, REQUEST};

/// Bytes that every connection of a run sends and expects.
#[derive(Debug)]
pub struct Script {
    /// Many copies of the sent frame.
    frames: Vec<u8>,
    frame_len: usize,
    reply: Vec<u8>,
}

/// A connection and its progress.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// Bytes sent and received so far.
    sent: usize,
    received: usize,
    /// Bytes that may be sent.
    allowed: usize,
    /// Times at which the messages in flight were sent.
    departures: VecDeque<Instant>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<ClientConnection>>),
}

impl Script {
    /// Sends `frame`, at most `in_flight` of them at once, and expects a `reply` to each.
    #[must_use]
    pub fn new(frame: &[u8], reply: Vec<u8>, in_flight: usize) -> Self {
        Self {
            frames: frame.repeat(in_flight + 1),
            frame_len: frame.len(),
            reply,
        }
    }
}

impl Connection {
    /// Connects, with an opening handshake unless the server knows no WebSocket.
    ///
    /// # Errors
    ///
    /// Errors of the socket, or an answer that is not the right 101.
    pub fn open(server: &Process, handshake: bool) -> io::Result<Self> {
        let mut socket = std::net::TcpStream::connect(server.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        // No TIME_WAIT: each run would leave ten thousand of them behind.
        sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
        let session = server.tls.as_ref().map(|config| {
            let name = "localhost".try_into().expect("a name");
            ClientConnection::new(Arc::clone(config), name).expect("it is in order")
        });
        let stream = if let Some(mut session) = session {
            while session.is_handshaking() {
                session.complete_io(&mut socket)?;
            }
            if handshake {
                shake_hands(&mut rustls::Stream::new(&mut session, &mut socket))?;
            }
            socket.set_nonblocking(true)?;
            let stream = TlsStream::new(session, TcpStream::from_std(socket));
            Stream::Tls(Box::new(stream))
        } else {
            if handshake {
                shake_hands(&mut socket)?;
            }
            socket.set_nonblocking(true)?;
            Stream::Plain(TcpStream::from_std(socket))
        };
        Ok(Self {
            stream,
            sent: 0,
            received: 0,
            allowed: 0,
            departures: VecDeque::new(),
        })
    }

    /// The socket, to be watched.
    pub fn source(&mut self) -> &mut TcpStream {
        match &mut self.stream {
            Stream::Plain(socket) => socket,
            Stream::Tls(stream) => &mut stream.socket,
        }
    }

    /// Allows `messages` more, and sends what fits.
    ///
    /// # Errors
    ///
    /// Errors of the socket.
    pub fn send(&mut self, messages: usize, script: &Script) -> io::Result<()> {
        let now = Instant::now();
        self.departures.extend(std::iter::repeat_n(now, messages));
        self.allowed += messages * script.frame_len;
        self.flush(script)
    }

    /// Writes the bytes that the socket did not take before.
    ///
    /// # Errors
    ///
    /// Errors of the socket.
    pub fn flush(&mut self, script: &Script) -> io::Result<()> {
        while self.sent < self.allowed {
            let rest = &script.frames[self.sent % script.frame_len..];
            let rest = &rest[..rest.len().min(self.allowed - self.sent)];
            match self.stream.write(rest) {
                Ok(len) => self.sent += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        match self.stream.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            result => result,
        }
    }

    /// Reads once, compares the bytes with the expected ones, and returns how many messages they
    /// completed.
    ///
    /// # Errors
    ///
    /// Errors of the socket, the end of the connection, or bytes that differ from the reply.
    pub fn receive(
        &mut self,
        buf: &mut [u8],
        script: &Script,
        latencies: &mut Histogram,
    ) -> io::Result<usize> {
        let before = self.received / script.reply.len();
        loop {
            let len = match self.stream.read(buf) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            self.compare(&buf[..len], script)?;
            if len < buf.len() {
                break;
            }
        }
        let messages = self.received / script.reply.len() - before;
        self.arrive(messages, latencies);
        Ok(messages)
    }

    fn compare(&mut self, mut bytes: &[u8], script: &Script) -> io::Result<()> {
        while !bytes.is_empty() {
            let expected = &script.reply[self.received % script.reply.len()..];
            let len = expected.len().min(bytes.len());
            if bytes[..len] != expected[..len] {
                return Err(io::Error::other("the reply is not what was sent"));
            }
            bytes = &bytes[len..];
            self.received += len;
        }
        Ok(())
    }

    fn arrive(&mut self, messages: usize, latencies: &mut Histogram) {
        let now = Instant::now();
        for departure in self.departures.drain(..messages.min(self.departures.len())) {
            latencies.add(now - departure, 1);
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buf),
            Self::Tls(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(buf),
            Self::Tls(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

fn shake_hands(stream: &mut (impl Read + Write)) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.flush()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut buf = [0; 1024];
        match stream.read(&mut buf)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            len => head.extend_from_slice(&buf[..len]),
        }
    }
    let head = String::from_utf8_lossy(&head);
    if head.starts_with("HTTP/1.1 101 ") && head.contains(ACCEPT) {
        return Ok(());
    }
    Err(io::Error::other(format!("not the right 101: {head}")))
}

/// Limit on the time of a server's answer to a handshake.
const PATIENCE: Duration = Duration::from_secs(10);
