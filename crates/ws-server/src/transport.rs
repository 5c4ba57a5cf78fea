//! Byte streams that a server can run a connection over, and listeners that accept them.

use std::{
    io::{self, IoSlice, Read, Write},
    net::{Shutdown, SocketAddr},
};

use mio::{event::Source, net::TcpStream};

/// A byte stream that mio can watch: a TCP or Unix-domain socket, or a layer above one, such as
/// TLS, the PROXY protocol, or a script of a test.
///
/// # Contract
///
/// **Reading.**
/// - No call waits. A call that would have to wait fails with [`io::ErrorKind::WouldBlock`].
/// - `Ok(0)` is the end of the stream. A layer with an authenticated end (`close_notify` of TLS)
///   returns it only for that end, and [`io::ErrorKind::UnexpectedEof`] for a stream that was cut.
/// - An error means that no byte was read. The server retries after
///   [`Interrupted`](io::ErrorKind::Interrupted). Any other error but `WouldBlock` is final, and
///   every later read must fail as well. A layer may keep an alert about the error inside and
///   return true from [`wants_write`](Self::wants_write): the server flushes once before it drops
///   the transport.
/// - Readiness is edge-triggered. After `WouldBlock`, the source reports readiness again once there
///   are bytes to read or room to write. It also does so after a short read, unless
///   [`short_read_is_last`](Self::short_read_is_last) returns false.
/// - The work of one call is bounded. A layer that has used up its share (for example 1,000 records
///   of one byte) returns the bytes that it has, or `WouldBlock` if it has none, and returns true
///   from [`has_buffered`](Self::has_buffered). The server calls it again in the next turn, which
///   does not wait, and not in the same turn, so that other connections are served meanwhile.
///
/// **Writing.**
/// - A write returns the number of bytes taken. They may stay inside, where
///   [`unwritten`](Self::unwritten) counts them. An error means that no byte was taken. `Ok(0)` for
///   a non-empty slice is a fault, and ends the connection.
/// - The bytes inside are bounded. A write to a full layer fails with `WouldBlock`.
/// - A read may leave bytes inside as well: an answer of a handshake, an alert. The server calls
///   [`wants_write`](Self::wants_write) after each read, write and
///   [`shutdown_write`](Self::shutdown_write), and [flushes](Write::flush) until it returns false.
/// - [`Write::flush`] writes the bytes inside. `Ok(())` means that none is left.
/// - The server passes the header and payload of a large message in one call of
///   [`Write::write_vectored`]. The default of [`Write`] takes only the first slice. Override it,
///   so that both are one record.
///
/// **The end.** The server calls [`shutdown_write`](Self::shutdown_write) once, and then drops the
/// transport. It does not call it for a connection that the program
/// [aborted](crate::Server::abort) or whose writes failed.
pub trait Transport: Read + Write + Source {
    /// Whether a read may return bytes or make progress without further readiness: for records that
    /// were received or decrypted ahead, or work that was put off. The server calls it when it
    /// takes the transport over, after a short read, and after `WouldBlock`.
    ///
    /// A layer that has given the last byte from inside goes on to say so until a read has asked
    /// the source: bytes may have arrived meanwhile, and their readiness is reported once.
    fn has_buffered(&self) -> bool {
        false
    }

    /// Whether a short read has emptied the source, so that readiness is reported for the bytes
    /// that come next. If not, the server reads until `WouldBlock`, which costs one more read each
    /// time.
    fn short_read_is_last(&self) -> bool {
        true
    }

    /// Memory of the bytes that were read from the source and that no read has returned, such as
    /// the beginning of a record. It counts in
    /// [`Config::max_assembling_total`](crate::Config::max_assembling_total).
    fn unread(&self) -> usize {
        0
    }

    /// Frees what is [`unread`](Self::unread). The server has no use for further bytes, and reads
    /// on only to find the end of the stream: later reads may return the bytes of the source as
    /// they are.
    fn discard_input(&mut self) {}

    /// Bytes that were taken and are still inside, in the form in which they will be written. They
    /// count in [`queued_bytes`](crate::Server::queued_bytes), for the watermarks and for the
    /// limits.
    fn unwritten(&self) -> usize {
        0
    }

    /// Whether the transport needs a [`flush`](Write::flush), for bytes or for the end of the
    /// stream.
    fn wants_write(&self) -> bool {
        self.unwritten() > 0
    }

    /// Whether a handshake of the transport itself is under way, so that the next read may be
    /// expensive (TLS: a key exchange and a signature, about 150 µs). The server makes a few such
    /// reads in a turn, and puts the others off to the next one.
    fn is_handshaking(&self) -> bool {
        false
    }

    /// The client's address, if a layer has learned one that the listener did not know (the PROXY
    /// protocol). It replaces the listener's address.
    fn client_addr(&self) -> Option<SocketAddr> {
        None
    }

    /// Whether the peer's bytes arrive encrypted, so that a page of the same host must be an
    /// `https` page.
    fn is_secure(&self) -> bool {
        false
    }

    /// Reads once, like [`Read::read`]. Override to use a cheaper system call. The server calls it
    /// for everything but large messages.
    fn read_bytes(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read(into)
    }

    /// Writes once, like [`Write::write`]. Override to use a cheaper system call.
    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    /// Writes once, like [`Write::write_vectored`]. Override it if that raises a signal when the
    /// peer is gone.
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_vectored(slices)
    }

    /// The most bytes that one [`read_append`](Self::read_append) is asked for. The default is 32
    /// KiB, since the default `read_append` writes as many zeros for each read, however short.
    fn read_append_most(&self) -> usize {
        APPEND_MOST
    }

    /// Reads once and appends at most `most` bytes to `buffer`, which has room for them. Returns
    /// their number, 0 at the end of the stream.
    ///
    /// The default zeroes the room first. Override it together with
    /// [`read_append_most`](Self::read_append_most) to read large messages without that.
    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        append_over_zeros(self, buffer, most)
    }

    /// Ends the stream to the peer (TCP: sends FIN; TLS: `close_notify`, then FIN) and leaves the
    /// other direction open. The server calls it once, when no bytes wait inside or when it is
    /// about to drop the transport. An end that cannot be written at once stays inside, and the
    /// server [flushes](Write::flush) it later.
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
    /// A read stops behind bytes that came with descriptors, and before out-of-band bytes.
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

/// Whether `most` bytes fill all spare capacity, which is then not zeroed first.
#[cfg(unix)]
const fn fills(buffer: &Vec<u8>, most: usize) -> bool {
    buffer.capacity() - buffer.len() == most
}

/// Reads into the spare capacity.
#[cfg(unix)]
fn receive(socket: impl std::os::fd::AsFd, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let room = rustix::buffer::spare_capacity(buffer);
    let (len, _) = rustix::net::recv(socket, room, rustix::net::RecvFlags::empty())?;
    Ok(len)
}

/// Direct system calls. The C library's wrappers, which are points of thread cancellation, cost a
/// server of short messages two per cent.
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

    /// Not `writev`, which raises `SIGPIPE` when the peer is gone.
    pub(super) fn write_slices(socket: impl AsFd, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut nothing = SendAncillaryBuffer::default();
        Ok(sendmsg(socket, slices, &mut nothing, SendFlags::NOSIGNAL)?)
    }
}

/// Writes to a transport with [`Transport::write_bytes`] and [`Transport::write_slices`].
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

/// Bytes zeroed for one read by the default `read_append`: two TLS records, about 300 ns each.
const APPEND_MOST: usize = 32 * 1024;

/// A source of connections.
pub trait Listener: Source {
    /// The transport of an accepted connection.
    type Transport: Transport;

    /// Accepts the next connection, and returns its peer's address if it has one.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] if no connection waits. After an error that concerns one
    /// client (accept(2) lists them for Linux: a reset, an unreachable network, a refusal by a
    /// firewall), the server goes on with the next one. After any other error it pauses for 100 ms.
    fn accept(&mut self) -> io::Result<(Self::Transport, Option<SocketAddr>)>;

    /// The address that clients connect to, if there is one.
    fn local_addr(&self) -> Option<SocketAddr> {
        None
    }
}
