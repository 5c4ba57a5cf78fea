//! Event loop of the bare server and of the servers on codecs without I/O: one thread, epoll, a
//! channel per client.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd as _;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

/// Clients by the number of their file descriptor, which the kernel keeps small.
pub(super) type Clients<C> = [Option<C>];

/// Serves. `open` makes a client, `turn` has the index of a ready one. A client whose turn fails is
/// dropped.
pub(super) fn serve<S, C: AsMut<Channel<S>>>(
    listener: std::net::TcpListener,
    open: impl Fn(Channel<TcpStream>) -> C,
    mut turn: impl FnMut(usize, &mut Clients<C>) -> io::Result<()>,
) -> io::Result<()> {
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut clients: Vec<Option<C>> = Vec::new();
    let mut events = Events::with_capacity(1024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            let Token(id) = event.token();
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut clients, &open)?;
            } else if let Some(client) = &mut clients[id] {
                client.as_mut().readable |= event.is_readable();
                if turn(id, &mut clients).is_err() {
                    clients[id] = None;
                }
            }
        }
    }
}

fn accept<C>(
    listener: &TcpListener,
    poll: &Poll,
    clients: &mut Vec<Option<C>>,
    open: impl Fn(Channel<TcpStream>) -> C,
) -> io::Result<()> {
    while let Ok((mut stream, _)) = listener.accept() {
        stream.set_nodelay(true)?;
        let id = usize::try_from(stream.as_raw_fd()).expect("not negative");
        poll.registry().register(
            &mut stream,
            Token(id),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        if clients.len() <= id {
            clients.resize_with(id + 1, || None);
        }
        clients[id] = Some(open(Channel {
            stream,
            readable: false,
            unsent: Vec::new(),
            at: 0,
        }));
    }
    Ok(())
}

/// A socket, and the bytes that it did not take.
pub(super) struct Channel<S = TcpStream> {
    stream: S,
    /// The socket may hold unread bytes.
    readable: bool,
    unsent: Vec<u8>,
    /// Bytes of `unsent` that have been sent.
    at: usize,
}

impl Channel<TcpStream> {
    /// The same with a layer over the socket.
    pub(super) fn over<S>(self, layer: impl FnOnce(TcpStream) -> S) -> Channel<S> {
        Channel {
            stream: layer(self.stream),
            readable: self.readable,
            unsent: self.unsent,
            at: self.at,
        }
    }
}

impl<S: Read + Write> Channel<S> {
    /// One read, if there may be something to read.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        if !self.readable {
            return Ok(None);
        }
        match self.stream.read(buf) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                // A short read means that the socket is empty; a read that says so is not needed.
                self.readable = len == buf.len();
                Ok(Some(len))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes, and keeps the bytes that the socket does not take.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = if self.unsent.is_empty() {
            write(&mut self.stream, bytes)?
        } else {
            0
        };
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }

    /// Writes the kept bytes, and returns true once none are left. A channel whose peer does not
    /// read is not read from.
    pub(super) fn flush(&mut self) -> io::Result<bool> {
        if self.at < self.unsent.len() {
            self.at += write(&mut self.stream, &self.unsent[self.at..])?;
        }
        if self.at == self.unsent.len() {
            self.unsent.clear();
            self.at = 0;
        }
        match self.stream.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            result => result.map(|()| self.unsent.is_empty()),
        }
    }
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    match stream.write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}

const LISTENER: Token = Token(usize::MAX);
