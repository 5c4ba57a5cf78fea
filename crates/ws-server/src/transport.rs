//! What a connection runs over.

use std::{
    io::{self, IoSlice, Read, Write},
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

    /// Reads once, as [`Read::read`] does; where the system can be asked with less ado, it is. The server reads short messages with this.
    fn read_bytes(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read(into)
    }

    /// Writes once, as [`Write::write`] does; where the system can be asked with less ado, it is.
    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
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

    #[cfg(target_os = "linux")]
    fn read_bytes(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.try_io(|| linux::read(&*self, into))
    }

    #[cfg(target_os = "linux")]
    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.try_io(|| linux::write(&*self, bytes))
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
    #[cfg(target_os = "linux")]
    fn read_bytes(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.try_io(|| linux::read(&*self, into))
    }

    #[cfg(target_os = "linux")]
    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.try_io(|| linux::write(&*self, bytes))
    }

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

/// What the C library does beside asking the system, to let a thread be cancelled meanwhile, costs a server of short messages two per cent.
#[cfg(target_os = "linux")]
mod linux {
    use std::{io, os::fd::AsFd};

    use rustix::net::{RecvFlags, SendFlags, recv, send};

    pub(super) fn read(socket: impl AsFd, into: &mut [u8]) -> io::Result<usize> {
        let (len, _) = recv(socket, into, RecvFlags::empty())?;
        Ok(len)
    }

    pub(super) fn write(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(socket, bytes, SendFlags::NOSIGNAL)?)
    }
}

/// A transport to be written to with [`Transport::write_bytes`].
pub(crate) struct Direct<'t, T>(pub(crate) &'t mut T);

impl<T: Transport> Write for Direct<'_, T> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_bytes(bytes)
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
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
