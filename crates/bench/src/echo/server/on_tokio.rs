//! The peers that need tokio: one thread, and each peer's own echo example as the loop. TLS is
//! tokio-rustls'.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BufMut as _;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, future};
use sockudo_ws::handshake::server_handshake;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::io::poll_read_buf;

use super::Task;

type Result = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// This project's `ws-stream`: answers are queued, and written when no more can be received.
pub(super) fn ws_stream(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    async fn client<S: Stream>(stream: S) -> Result {
        let mut connection = ws_stream::Acceptor::new().upgrade(Io(stream)).await?;
        while let Some(message) = connection.next().await {
            let message = message?;
            if message.is_data() {
                connection.feed(message).await?;
            }
        }
        Ok(())
    }
    serve(listener, task, client, client)
}

/// A stream of tokio's for `ws-stream`.
struct Io<S>(S);

impl<S: Stream> ws_stream::Transport for Io<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer))?;
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
        poll_read_buf(Pin::new(&mut self.0), cx, &mut buffer.limit(limit))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// This project's `ws-tokio`, with its timeouts.
pub(super) fn ws_tokio(listener: std::net::TcpListener, _: &Task) -> io::Result<()> {
    async fn client(stream: TcpStream) -> Result {
        let mut connection = ws_tokio::Acceptor::new().upgrade(stream).await?;
        while let Some(message) = connection.next().await {
            let message = message?;
            if message.is_data() {
                connection.feed(message).await?;
            }
        }
        Ok(())
    }
    serve_plain(listener, client)
}

/// tokio-tungstenite: messages are forwarded to the sink, which writes when no more can be read.
pub(super) fn tungstenite(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    async fn client<S: Stream>(stream: S) -> Result {
        let (write, read) = tokio_tungstenite::accept_async(stream).await?.split();
        let data =
            read.try_filter(|message| future::ready(message.is_text() || message.is_binary()));
        Ok(data.forward(write).await?)
    }
    serve(listener, task, client, client)
}

/// tokio-websockets.
pub(super) fn tokio_websockets(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    async fn client<S: Stream>(stream: S) -> Result {
        let (_, mut connection) = tokio_websockets::ServerBuilder::new()
            .config(tokio_websockets::Config::default().frame_size(usize::MAX))
            .limits(tokio_websockets::Limits::unlimited())
            .accept(stream)
            .await?;
        while let Some(message) = connection.next().await {
            let message = message?;
            if message.is_text() || message.is_binary() {
                connection.send(message).await?;
            }
        }
        Ok(())
    }
    serve(listener, task, client, client)
}

/// fastwebsockets. Its own handshake needs hyper; another one is used, because the handshake is not
/// measured.
pub(super) fn fastwebsockets(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    async fn client<S: Stream>(mut stream: S) -> Result {
        server_handshake(&mut stream).await?;
        let connection =
            fastwebsockets::WebSocket::after_handshake(stream, fastwebsockets::Role::Server);
        let mut connection = fastwebsockets::FragmentCollector::new(connection);
        loop {
            let frame = connection.read_frame().await?;
            match frame.opcode {
                fastwebsockets::OpCode::Text | fastwebsockets::OpCode::Binary => {
                    connection.write_frame(frame).await?;
                }
                fastwebsockets::OpCode::Close => return Ok(()),
                _ => {}
            }
        }
    }
    serve(listener, task, client, client)
}

/// sockudo-ws: replies are queued, and written once the read bytes are used up, as in its README.
pub(super) fn sockudo_ws(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    async fn client<S: Stream>(mut stream: S) -> Result {
        server_handshake(&mut stream).await?;
        let mut connection =
            sockudo_ws::WebSocketStream::server(stream, sockudo_ws::Config::default());
        while let Some(message) = connection.next().await {
            let message = message?;
            if message.is_text() || message.is_binary() {
                connection.feed(message).await?;
            }
        }
        Ok(())
    }
    serve(listener, task, client, client)
}

/// yawc, its check of text on: what is read is forwarded to the sink, which writes when there is
/// nothing more to read. Its own handshake goes through hyper.
pub(super) fn yawc(listener: std::net::TcpListener, _: &Task) -> io::Result<()> {
    async fn client(mut stream: TcpStream) -> Result {
        server_handshake(&mut stream).await?;
        let options = yawc::Options::default()
            .with_utf8()
            .with_limits(16 << 20, 32 << 20);
        let connection = yawc::WebSocket::from_stream(stream, yawc::Role::Server, options)?;
        let (write, read) = connection.split();
        let is_data = |frame: &yawc::Frame| {
            future::ready(matches!(
                frame.opcode(),
                yawc::OpCode::Text | yawc::OpCode::Binary
            ))
        };
        Ok(read.filter(is_data).map(Ok).forward(write).await?)
    }
    serve_plain(listener, client)
}

/// wtx: each frame is sent back from where it was read. Another's handshake is taken.
pub(super) fn wtx(listener: std::net::TcpListener, _: &Task) -> io::Result<()> {
    use wtx::rng::{Xorshift64, simple_seed};
    use wtx::web_socket::{OpCode, WebSocketBuffer, WebSocketOwned, WebSocketPayloadOrigin};
    async fn client(mut stream: TcpStream) -> Result {
        server_handshake(&mut stream).await?;
        let (rng, buffer) = (Xorshift64::from(simple_seed()), WebSocketBuffer::new());
        let mut connection: WebSocketOwned<_, _, _, false> =
            WebSocketOwned::new((), false, rng, stream, buffer);
        let (mut common, mut reader, mut writer) = connection.split_mut();
        let mut buffer = wtx::collection::Vector::new();
        loop {
            let mut frame = reader
                .read_frame(&mut buffer, &mut common, WebSocketPayloadOrigin::Adaptive)
                .await?;
            match frame.op_code() {
                OpCode::Text | OpCode::Binary => {
                    writer.write_frame(&mut common, &mut frame).await?;
                }
                OpCode::Close => return Ok(()),
                _ => {}
            }
        }
    }
    serve_plain(listener, client)
}

/// TCP, or TLS over it.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for S {}

/// Serves a peer that is measured over TCP alone.
fn serve_plain<F>(listener: std::net::TcpListener, client: fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future<Output = Result> + Send + 'static,
{
    accept(listener, |stream| {
        tokio::spawn(client(stream));
    })
}

/// Serves over TCP, or over TLS if the task has a configuration of it.
fn serve<F, G>(
    listener: std::net::TcpListener,
    task: &Task,
    plain: fn(TcpStream) -> F,
    secure: fn(TlsStream<TcpStream>) -> G,
) -> io::Result<()>
where
    F: Future<Output = Result> + Send + 'static,
    G: Future<Output = Result> + Send + 'static,
{
    let Some(acceptor) = task.tls.clone().map(TlsAcceptor::from) else {
        return serve_plain(listener, plain);
    };
    accept(listener, |stream| {
        let acceptor = acceptor.clone();
        tokio::spawn(async move { secure(acceptor.accept(stream).await?).await });
    })
}

/// Accepts for ever. A client's task ends when the client leaves: with an error for some peers, at
/// the end of the stream for others.
fn accept(listener: std::net::TcpListener, spawn: impl Fn(TcpStream)) -> io::Result<()> {
    runtime()?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            spawn(stream);
        }
    })
}

/// A runtime of one thread.
pub(super) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
