//! What a connection runs over.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
};

use mio::{event::Source, net::TcpStream};

/// A byte stream that mio can watch: TCP and Unix-domain sockets here, TLS or a script in a test elsewhere.
///
/// # What the server counts on
///
/// - Calls never wait: where they would, they fail with [`io::ErrorKind::WouldBlock`].
/// - Readiness is edge-triggered. After `WouldBlock` the source reports readiness again once there is something to read, or
///   room to write. After a read that gave less than was asked for it does as well, unless
///   [`has_buffered`](Self::has_buffered) says that there is more.
pub trait Transport: Read + Write + Source {
    /// Whether a read may give bytes though no further readiness will be reported for them, such as records that were
    /// decrypted ahead. Asked after a read that gave less than was asked for.
    fn has_buffered(&self) -> bool {
        false
    }

    /// Whether bytes that were written still wait inside and want a [`flush`](Write::flush) when there is room.
    fn wants_write(&self) -> bool {
        false
    }

    /// Reads once, and appends what that gives to `buffer`: at most `most` bytes, for which it has room. Says how much that was; 0 at
    /// the end of the stream.
    ///
    /// As it is here, it fills that room with zeros first. Where that can be helped, large messages come the cheaper.
    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        append_over_zeros(self, buffer, most)
    }

    /// Ends the stream to the peer (for TCP: sends FIN) and leaves the other direction open. Called once, when nothing waits
    /// inside. What cannot be said at once waits inside and is [flushed](Write::flush) later.
    fn shutdown_write(&mut self) -> io::Result<()>;
}

impl Transport for TcpStream {
    fn has_buffered(&self) -> bool {
        // There mio reports new readiness only after a call that failed with `WouldBlock`.
        cfg!(windows)
    }

    #[cfg(unix)]
    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        if fills(buffer, most) {
            return self.try_io(|| receive(&*self, buffer));
        }
        append_over_zeros(self, buffer, most)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

#[cfg(unix)]
impl Transport for mio::net::UnixStream {
    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        if fills(buffer, most) {
            return self.try_io(|| receive(&*self, buffer));
        }
        append_over_zeros(self, buffer, most)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

fn append_over_zeros<R: Read + ?Sized>(from: &mut R, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let len = buffer.len();
    buffer.resize(len + most, 0);
    let read = from.read(&mut buffer[len..]);
    buffer.truncate(len + read.as_ref().map_or(0, |read| *read));
    read
}

/// Whether `most` bytes are all there is room for: then the room need not be filled first.
#[cfg(unix)]
const fn fills(buffer: &Vec<u8>, most: usize) -> bool {
    buffer.capacity() - buffer.len() == most
}

/// Reads to all the room there is.
#[cfg(unix)]
fn receive(socket: impl std::os::fd::AsFd, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let room = rustix::buffer::spare_capacity(buffer);
    let (len, _) = rustix::net::recv(socket, room, rustix::net::RecvFlags::empty())?;
    Ok(len)
}

/// Where connections come from.
pub trait Listener: Source {
    /// What it accepts.
    type Transport: Transport;

    /// The next connection and the address of its peer, where it has one; [`io::ErrorKind::WouldBlock`] when none waits.
    fn accept(&mut self) -> io::Result<(Self::Transport, Option<SocketAddr>)>;

    /// The address that clients connect to, where it has one.
    fn local_addr(&self) -> Option<SocketAddr> {
        None
    }
}
