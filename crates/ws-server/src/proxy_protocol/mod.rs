//! The PROXY protocol, versions 1 and 2: the client's address, as a proxy in front names it.

mod header;
mod network;

use std::{
    io::{self, IoSlice, Read, Write},
    net::SocketAddr,
};

use mio::net::TcpStream;

pub use self::network::NetworkError;
use self::{header::Header, network::Network};
use crate::{Listener, Transport, source::source_inside};

/// A listener whose connections from listed proxies begin with a PROXY protocol header, of version
/// 1 or 2.
///
/// The address in the header becomes the connection's:
/// [`Server::peer_addr`](crate::Server::peer_addr) gives it, and
/// [`Config::max_per_address`](crate::Config::max_per_address) counts it. A connection from a
/// listed proxy that does not begin with a header is closed. A header from any other address is not
/// looked for, so that nobody can forge an address; the server refuses it as a malformed request.
///
/// ```no_run
/// use ws_server::{Config, ProxyListener, Server, TcpListener};
///
/// let config = Config::default();
/// let listener = TcpListener::bind("0.0.0.0:8888", &config)?;
/// let listener = ProxyListener::new(listener, ["10.0.0.0/8", "::1"])?;
/// let server = Server::with_listener(listener, config)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// TLS goes over it: `Server::with_tls_listener(listener, …)`, since the proxy sends the header
/// before the client's TLS hello.
#[derive(Debug)]
pub struct ProxyListener<L> {
    listener: L,
    /// `None`: every connection comes from a proxy.
    hops: Option<Vec<Network>>,
}

/// A stream that may begin with a PROXY protocol header.
#[derive(Debug)]
pub struct ProxyStream<T = TcpStream> {
    io: T,
    /// The header, and what came behind it, until that is used up.
    start: Option<Box<Start>>,
    client: Option<SocketAddr>,
}

#[derive(Debug)]
struct Start {
    hop: Option<SocketAddr>,
    bytes: Vec<u8>,
    used: usize,
    is_parsed: bool,
    drained: bool,
    failed: bool,
}

impl<L: Listener> ProxyListener<L> {
    /// Expects a header from the proxies at these addresses: each one an IP address, or a network
    /// such as `10.0.0.0/8`.
    ///
    /// # Errors
    ///
    /// [`NetworkError`] if one is neither.
    pub fn new<H: AsRef<str>>(
        listener: L,
        hops: impl IntoIterator<Item = H>,
    ) -> Result<Self, NetworkError> {
        let hops = hops
            .into_iter()
            .map(|hop| Network::parse(hop.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            listener,
            hops: Some(hops),
        })
    }

    /// Expects a header on every connection: for a Unix socket, or an address that only proxies can
    /// reach.
    #[must_use]
    pub const fn from_anywhere(listener: L) -> Self {
        Self {
            listener,
            hops: None,
        }
    }

    fn is_hop(&self, address: Option<SocketAddr>) -> bool {
        match (&self.hops, address) {
            (None, _) => true,
            (Some(hops), Some(address)) => hops.iter().any(|hop| hop.contains(address.ip())),
            (Some(_), None) => false,
        }
    }
}

impl<L: Listener> Listener for ProxyListener<L> {
    type Transport = ProxyStream<L::Transport>;

    fn accept(&mut self) -> io::Result<(Self::Transport, Option<SocketAddr>)> {
        let (io, address) = self.listener.accept()?;
        if !self.is_hop(address) {
            return Ok((ProxyStream::plain(io), address));
        }
        // The proxy's own address is not counted: all its clients would share one limit.
        Ok((ProxyStream::expecting(io, address), None))
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.local_addr()
    }
}

impl<T: Transport> ProxyStream<T> {
    const fn plain(io: T) -> Self {
        Self {
            io,
            start: None,
            client: None,
        }
    }

    fn expecting(io: T, hop: Option<SocketAddr>) -> Self {
        let start = Start {
            hop,
            bytes: Vec::new(),
            used: 0,
            is_parsed: false,
            drained: true,
            failed: false,
        };
        Self {
            io,
            start: Some(Box::new(start)),
            client: None,
        }
    }

    /// The transport below.
    #[must_use]
    pub const fn get_ref(&self) -> &T {
        &self.io
    }

    /// Reads the header, or bytes that came with it. `None` once they are used up.
    fn read_start(&mut self, into: &mut [u8]) -> Option<io::Result<usize>> {
        let start = self.start.as_mut()?;
        if !start.is_parsed
            && let Err(error) = start.receive(&mut self.io)
        {
            return Some(Err(error));
        }
        if self.client.is_none() {
            self.client = start.hop;
        }
        let rest = &start.bytes[start.used..];
        if rest.is_empty() {
            // Readiness may have been used up by the header alone.
            self.start = None;
            return None;
        }
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        start.used += len;
        Some(Ok(len))
    }
}

impl Start {
    /// Reads from the transport until the header is whole, as far as that goes without waiting.
    fn receive<T: Transport>(&mut self, io: &mut T) -> io::Result<()> {
        if self.failed {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut piece = [0; PIECE];
        let len = match io.read_bytes(&mut piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => len,
            Err(error) => {
                self.drained |= error.kind() == io::ErrorKind::WouldBlock;
                return Err(error);
            }
        };
        // An end may have come with these bytes: the next read tells.
        self.drained = false;
        self.bytes.extend_from_slice(&piece[..len]);
        match Header::parse(&self.bytes) {
            Header::Unfinished => Err(io::ErrorKind::WouldBlock.into()),
            Header::Whole(len, client) => {
                self.used = len;
                self.is_parsed = true;
                self.hop = client.or(self.hop);
                Ok(())
            }
            Header::Wrong => {
                self.failed = true;
                match self.hop {
                    Some(hop) => log::debug!("the proxy {hop} sent no PROXY protocol header"),
                    None => log::debug!("a proxy sent no PROXY protocol header"),
                }
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

impl<T: Transport> Read for ProxyStream<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read_bytes(into)
    }
}

impl<T: Transport> Write for ProxyStream<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.io.write_bytes(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.write_slices(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.io.flush()
    }
}

impl<T: Transport> Transport for ProxyStream<T> {
    fn has_buffered(&self) -> bool {
        let inside = self
            .start
            .as_ref()
            .is_some_and(|start| start.is_parsed || !start.drained);
        inside || self.io.has_buffered()
    }

    fn short_read_is_last(&self) -> bool {
        self.io.short_read_is_last()
    }

    fn unread(&self) -> usize {
        self.io.unread()
    }

    fn discard_input(&mut self) {
        self.io.discard_input();
    }

    fn unwritten(&self) -> usize {
        self.io.unwritten()
    }

    fn wants_write(&self) -> bool {
        self.io.wants_write()
    }

    fn is_handshaking(&self) -> bool {
        self.io.is_handshaking()
    }

    fn client_addr(&self) -> Option<SocketAddr> {
        self.client.or_else(|| self.io.client_addr())
    }

    fn is_secure(&self) -> bool {
        self.io.is_secure()
    }

    fn read_bytes(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.read_start(into) {
            Some(read) => read,
            None => self.io.read_bytes(into),
        }
    }

    fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.io.write_bytes(bytes)
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.write_slices(slices)
    }

    fn read_append_most(&self) -> usize {
        self.io.read_append_most()
    }

    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        if self.start.is_some() {
            let len = buffer.len();
            buffer.resize(len + most.min(PIECE), 0);
            let read = self.read_bytes(&mut buffer[len..]);
            buffer.truncate(len + read.as_ref().map_or(0, |read| *read));
            return read;
        }
        self.io.read_append(buffer, most)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.io.shutdown_write()
    }
}

source_inside!(ProxyStream<T>, io);

source_inside!(ProxyListener<L>, listener);

/// The longest read while a header is awaited.
const PIECE: usize = 2048;
