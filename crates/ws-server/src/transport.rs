//! What a connection runs over.

use std::{
    io::{self, IoSlice, Read, Write},
    net::{Shutdown, SocketAddr},
};

use mio::{event::Source, net::TcpStream};

/// A byte stream that mio can watch: a TCP or Unix-domain socket, or a layer above one (TLS, a
/// proxy protocol, a script in a test).
///
/// # Contract
///
/// **Reading.**
/// - No call waits. A call that would have to fails with [`io::ErrorKind::WouldBlock`].
/// - `Ok(0)` is the end of the stream. A layer that has an authenticated end (TLS's `close_notify`)
///   returns it only for that end, and [`io::ErrorKind::UnexpectedEof`] for a stream that was cut.
/// - An error means that no byte was given. [`Interrupted`](io::ErrorKind::Interrupted) is tried
///   again at once; any other error but `WouldBlock` is final, and every later read fails as well.
///   What the layer wants to say about it (an alert) stays inside, with
///   [`wants_write`](Self::wants_write): the server flushes once before it drops the transport.
/// - Readiness is edge-triggered. After `WouldBlock` the source reports readiness again once there
///   is something to read or room to write. After a read that gave less than was asked for it does
///   as well, unless [`short_read_is_last`](Self::short_read_is_last) says otherwise.
/// - The work of one call is bounded. A layer that has used up its share (1,000 records of one
///   byte, say) returns what it has, or `WouldBlock` when it has nothing yet, and says
///   [`has_buffered`](Self::has_buffered): the server calls it again in the next turn, which does
///   not wait. It is not called twice in one turn, so that nobody else has to wait for it.
///
/// **Writing.**
/// - A write gives the number of bytes that were taken. They may stay inside, where they count
///   ([`unwritten`](Self::unwritten)). An error means that none was taken; `Ok(0)` for bytes that
///   are not empty is a fault, and ends the connection.
/// - What a layer keeps inside is bounded. When it is full, a write fails with `WouldBlock`.
/// - A read may leave bytes inside as well: a handshake's answer, an alert. The server asks
///   [`wants_write`](Self::wants_write) after each read, write and
///   [`shutdown_write`](Self::shutdown_write), and [flushes](Write::flush) until it says no.
/// - [`Write::flush`] hands over what is inside. `Ok(())` means that nothing is left.
/// - A large message comes as header and payload in one call of [`Write::write_vectored`]. The
///   default of [`Write`] takes the first slice only: override it, so that both are one record.
///
/// **The end.** The server calls [`shutdown_write`](Self::shutdown_write) once, and drops the
/// transport after that. The exceptions are a connection that the program
/// [cut](crate::Server::abort) and one whose writes failed.
pub trait Transport: Read + Write + Source {
    /// Whether a read may give bytes, or get on, though no further readiness will be reported:
    /// records that were received or decrypted ahead, work that was put off. The server asks when
    /// it takes the transport over, after a read that gave less than was asked for, and after
    /// `WouldBlock`.
    fn has_buffered(&self) -> bool {
        false
    }

    /// Whether a read that gave less than was asked for has emptied the source, so that readiness
    /// is reported for what comes next. If not, the server reads until `WouldBlock`, which costs
    /// one more read each time.
    fn short_read_is_last(&self) -> bool {
        true
    }

    /// Bytes that were taken and are still inside, as they will go out. They count in
    /// [`queued_bytes`](crate::Server::queued_bytes), against the watermarks and against the
    /// bounds.
    fn unwritten(&self) -> usize {
        0
    }

    /// Whether something inside wants a [`flush`](Write::flush) when there is room: bytes, or the
    /// end of the stream.
    fn wants_write(&self) -> bool {
        self.unwritten() > 0
    }

    /// Whether a handshake of the transport itself is under way, so that the next read may be
    /// costly (TLS: a key exchange and a signature, about 150 µs). The server lets a few such reads
    /// happen in a turn, and the others wait for the next one.
    fn is_handshaking(&self) -> bool {
        false
    }

    /// The client's address, where a layer has learned one that the listener did not know (the
    /// PROXY protocol). It replaces the listener's.
    fn client_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// Whether the peer's bytes come encrypted, so that a page of the same host must be an `https`
    /// page.
    fn is_secure(&self) -> bool {
        false
    }

    /// Reads once, as [`Read::read`] does. Override to use a cheaper system call. The server reads
    /// all but large messages with this.
    fn read_bytes(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read(into)
    }

    /// Writes once, as [`Write::write`] does. Override to use a cheaper system call.
    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    /// Writes once, as [`Write::write_vectored`] does. Override where that raises a signal when the
    /// peer is gone.
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_vectored(slices)
    }

    /// How many bytes [`read_append`](Self::read_append) is asked for at most. The default is 32
    /// KiB, since the default `read_append` fills as much with zeros for each read, however little
    /// comes.
    fn read_append_most(&self) -> usize {
        APPEND_MOST
    }

    /// Reads once and appends to `buffer`, which has room for `most` bytes: at most so many. Gives
    /// their number; 0 at the end of the stream.
    ///
    /// The default fills the room with zeros first. Override it and
    /// [`read_append_most`](Self::read_append_most) together to read large messages at less cost.
    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        append_over_zeros(self, buffer, most)
    }

    /// Ends the stream to the peer (TCP: sends FIN; TLS: `close_notify`, then FIN) and leaves the
    /// other direction open. Called once, when nothing waits inside or when the transport is about
    /// to be dropped. What cannot be said at once stays inside and is [flushed](Write::flush)
    /// later.
    fn shutdown_write(&mut self) -> io::Result<()>;
}

impl Transport for TcpStream {
    fn short_read_is_last(&self) -> bool {
        // On Windows, mio reports new readiness only after a call that failed with `WouldBlock`.
        !cfg!(windows)
    }

    #[cfg(unix)]
    fn read_append_most(&self) -> usize {
        usize::MAX
    }

    #[cfg(target_os = "linux")]
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_io(|| linux::write_slices(&*self, slices))
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
    /// A read stops behind bytes that came with descriptors, and before those that are out of band.
    fn short_read_is_last(&self) -> bool {
        false
    }

    fn read_append_most(&self) -> usize {
        usize::MAX
    }

    #[cfg(target_os = "linux")]
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_io(|| linux::write_slices(&*self, slices))
    }

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

fn append_over_zeros<R: Read + ?Sized>(
    from: &mut R,
    buffer: &mut Vec<u8>,
    most: usize,
) -> io::Result<usize> {
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

/// What the C library does beside asking the system, to let a thread be cancelled meanwhile, costs
/// a server of short messages two per cent.
#[cfg(target_os = "linux")]
mod linux {
    use std::{
        io::{self, IoSlice},
        os::fd::AsFd,
    };

    use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};

    pub(super) fn read(socket: impl AsFd, into: &mut [u8]) -> io::Result<usize> {
        let (len, _) = recv(socket, into, RecvFlags::empty())?;
        Ok(len)
    }

    pub(super) fn write(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(socket, bytes, SendFlags::NOSIGNAL)?)
    }

    /// `writev` would raise `SIGPIPE` where the peer is gone.
    pub(super) fn write_slices(socket: impl AsFd, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut nothing = SendAncillaryBuffer::default();
        Ok(sendmsg(socket, slices, &mut nothing, SendFlags::NOSIGNAL)?)
    }
}

/// A transport to be written to with [`Transport::write_bytes`] and [`Transport::write_slices`].
pub(crate) struct Direct<'t, T>(pub(crate) &'t mut T);

impl<T: Transport> Write for Direct<'_, T> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_bytes(bytes)
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_slices(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Bytes filled with zeros for a read of a transport that cannot do without: two TLS records, of
/// which one costs about 300 ns.
const APPEND_MOST: usize = 32 * 1024;

/// Where connections come from.
pub trait Listener: Source {
    /// What it accepts.
    type Transport: Transport;

    /// The next connection and the address of its peer, where it has one;
    /// [`io::ErrorKind::WouldBlock`] when none waits.
    ///
    /// After an error that concerns one client (as accept(2) lists them for Linux: a reset, an
    /// unreachable network, a firewall's refusal) the server goes on with the next one. After any
    /// other error it pauses for 100 ms.
    fn accept(&mut self) -> io::Result<(Self::Transport, Option<SocketAddr>)>;

    /// The address that clients connect to, where it has one.
    fn local_addr(&self) -> Option<SocketAddr> {
        None
    }
}
