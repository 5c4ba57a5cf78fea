//! The byte streams that connections run over.

use std::any::Any;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BufMut as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
#[cfg(feature = "rustls")]
use tokio_rustls::{TlsStream, rustls};
use tokio_util::io::poll_read_buf;
use ws_stream::Transport;

/// The byte stream of a connection: TCP, a Unix socket, or anything else that reads and writes,
/// with TLS or without.
///
/// One type for all of them keeps [`WebSocket`](crate::WebSocket) free of type parameters, so a
/// handler takes connections from a listener, from axum and from a test alike.
#[derive(Debug)]
pub struct Stream(Layer);

#[derive(Debug)]
enum Layer {
    Plain(Plain),
    /// Boxed: TLS has more than a kilobyte of state.
    #[cfg(feature = "rustls")]
    Tls(Box<TlsStream<Plain>>),
}

/// A byte stream without TLS of ours.
#[derive(Debug)]
pub(crate) enum Plain {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    Other(Box<dyn Io>),
}

/// A stream of the user's own type, which [`Stream::get_ref`] can find again.
pub(crate) trait Io: AsyncRead + AsyncWrite + Any + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Any + Send + Unpin> Io for T {}

impl fmt::Debug for dyn Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Io")
    }
}

impl Stream {
    /// Takes any stream of bytes. Sockets of tokio are kept as they are, other types are boxed.
    ///
    /// A stream that is encrypted already, by a TLS library of the user's, is a plain stream here.
    pub fn new<T>(io: T) -> Self
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // `Any` needs a place to take the value from.
        let mut io = Some(io);
        let any: &mut dyn Any = &mut io;
        if let Some(stream) = any.downcast_mut::<Option<Self>>().and_then(Option::take) {
            return stream;
        }
        if let Some(tcp) = any
            .downcast_mut::<Option<TcpStream>>()
            .and_then(Option::take)
        {
            return Self(Layer::Plain(Plain::Tcp(tcp)));
        }
        #[cfg(unix)]
        if let Some(unix) = any
            .downcast_mut::<Option<UnixStream>>()
            .and_then(Option::take)
        {
            return Self(Layer::Plain(Plain::Unix(unix)));
        }
        match io {
            Some(io) => Self(Layer::Plain(Plain::Other(Box::new(io)))),
            None => Self(Layer::Plain(Plain::Other(Box::new(tokio::io::empty())))),
        }
    }

    pub(crate) const fn plain(plain: Plain) -> Self {
        Self(Layer::Plain(plain))
    }

    #[cfg(feature = "rustls")]
    pub(crate) fn tls(stream: impl Into<TlsStream<Plain>>) -> Self {
        Self(Layer::Tls(Box::new(stream.into())))
    }

    /// The stream as one to put TLS over; TLS of ours below that is boxed.
    pub(crate) fn into_plain(self) -> Plain {
        match self.0 {
            Layer::Plain(plain) => plain,
            #[cfg(feature = "rustls")]
            tls @ Layer::Tls(_) => Plain::Other(Box::new(Self(tls))),
        }
    }

    fn lowest(&self) -> &Plain {
        match &self.0 {
            Layer::Plain(plain) => plain,
            #[cfg(feature = "rustls")]
            Layer::Tls(tls) => tls.get_ref().0,
        }
    }

    /// The stream as it was given to [`new`](Self::new), under TLS if there is TLS; `None` if it is
    /// of another type.
    ///
    /// ```
    /// use tokio::net::TcpStream;
    ///
    /// fn ttl(stream: &ws_tokio::Stream) -> Option<u32> {
    ///     stream.get_ref::<TcpStream>()?.ttl().ok()
    /// }
    /// ```
    #[must_use]
    pub fn get_ref<T: 'static>(&self) -> Option<&T> {
        let any: &dyn Any = match self.lowest() {
            Plain::Tcp(tcp) => tcp,
            #[cfg(unix)]
            Plain::Unix(unix) => unix,
            Plain::Other(io) => &**io,
        };
        any.downcast_ref()
    }

    /// The peer's address, if the stream is TCP. Behind a proxy it is the proxy's.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.get_ref::<TcpStream>()?.peer_addr().ok()
    }

    /// Returns whether TLS of ours protects the stream.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        match self.0 {
            Layer::Plain(_) => false,
            #[cfg(feature = "rustls")]
            Layer::Tls(_) => true,
        }
    }

    /// The state of TLS: the peer's certificates, the protocol version, how the session began.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn tls_state(&self) -> Option<&rustls::CommonState> {
        match &self.0 {
            Layer::Plain(_) => None,
            Layer::Tls(tls) => Some(tls.get_ref().1),
        }
    }
}

/// Calls a method of the layer that a [`Stream`] has.
macro_rules! on_layer {
    ($stream:expr, $method:ident($($argument:expr),*)) => {
        match &mut $stream.get_mut().0 {
            Layer::Plain(plain) => Pin::new(plain).$method($($argument),*),
            #[cfg(feature = "rustls")]
            Layer::Tls(tls) => Pin::new(&mut **tls).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_layer!(self, poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_layer!(self, poll_write(cx, buf))
    }

    /// Writes from several slices, with one system call where the stream has one for that.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_layer!(self, poll_write_vectored(cx, bufs))
    }

    /// Whether `poll_write_vectored` writes from more than the first slice.
    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            Layer::Plain(plain) => plain.is_write_vectored(),
            #[cfg(feature = "rustls")]
            Layer::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_layer!(self, poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_layer!(self, poll_shutdown(cx))
    }
}

/// Calls a method of the stream that a [`Plain`] is.
macro_rules! on_plain {
    ($plain:expr, $method:ident($($argument:expr),*)) => {
        match $plain.get_mut() {
            Plain::Tcp(tcp) => Pin::new(tcp).$method($($argument),*),
            #[cfg(unix)]
            Plain::Unix(unix) => Pin::new(unix).$method($($argument),*),
            Plain::Other(io) => Pin::new(&mut **io).$method($($argument),*),
        }
    };
}

impl AsyncRead for Plain {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_plain!(self, poll_read(cx, buf))
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_plain!(self, poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_plain!(self, poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(tcp) => tcp.is_write_vectored(),
            #[cfg(unix)]
            Self::Unix(unix) => unix.is_write_vectored(),
            Self::Other(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_plain!(self, poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_plain!(self, poll_shutdown(cx))
    }
}

impl Transport for Stream {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(AsyncRead::poll_read(Pin::new(self), cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    fn reads_spare(&self) -> bool {
        true
    }

    fn poll_read_spare(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> Poll<io::Result<usize>> {
        let before = buffer.len();
        ready!(poll_read_buf(
            Pin::new(self),
            cx,
            &mut (&mut *buffer).limit(limit)
        ))?;
        Poll::Ready(Ok(buffer.len() - before))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(self), cx, bytes)
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write_vectored(Pin::new(self), cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(self), cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(self), cx)
    }
}
