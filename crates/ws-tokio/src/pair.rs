//! Connections in memory.

use tokio::io::duplex;
use ws_stream::{Builder, Error};

use crate::stream::Stream;
use crate::{Config, WebSocket};

/// A client and a server that are connected in memory, for tests of handlers.
///
/// Both are as real as over a socket: frames, limits, timeouts, closing handshake. With tokio's
/// paused clock, timeouts pass without waiting.
///
/// ```
/// use ws_tokio::{CloseCode, Error, Message, WebSocket};
///
/// async fn greet(mut ws: WebSocket) -> Result<(), Error> {
///     ws.send("hello").await?;
///     ws.close(CloseCode::NORMAL, "bye").await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let (mut client, server) = ws_tokio::pair();
/// let handler = tokio::spawn(greet(server));
/// assert_eq!(client.next().await.unwrap()?, Message::Text("hello".into()));
/// let Message::Close(Some(close)) = client.next().await.unwrap()? else { panic!() };
/// assert_eq!(close.reason, "bye");
/// assert!(client.next().await.is_none());
/// handler.await.unwrap()
/// # }
/// ```
///
/// # Panics
///
/// The operating system has no randomness for masking keys.
#[must_use]
pub fn pair() -> (WebSocket, WebSocket) {
    pair_with(&Config::new(), &Config::new())
        .expect("the system has randomness, and there are no bounds")
}

/// A client and a server that are connected in memory, each with its configuration. Messages are
/// not compressed, because only an opening handshake can agree on compression.
///
/// To test a handler together with the opening, give the ends of [`tokio::io::duplex`] to
/// [`Connector::connect_over`](crate::Connector::connect_over) and to
/// [`Acceptor::accept`](crate::Acceptor::accept).
///
/// # Errors
///
/// [`Error::Overloaded`] if [`Bounds`](crate::Bounds) have no room, and [`Error::Randomness`].
pub fn pair_with(client: &Config, server: &Config) -> Result<(WebSocket, WebSocket), Error> {
    let (near, far) = duplex(BUFFER);
    let near = Builder::new()
        .config(client.stream.clone())
        .client(Stream::new(near))?;
    let far = Builder::new()
        .config(server.stream.clone())
        .server(Stream::new(far))?;
    Ok((
        WebSocket::new(near, client, None),
        WebSocket::new(far, server, None),
    ))
}

/// Size of each buffer: the least that the two buffers of a loopback connection hold.
const BUFFER: usize = 64 * 1024;
