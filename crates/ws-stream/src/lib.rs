//! WebSocket over any asynchronous stream of bytes: a [`Stream`](futures_core::Stream) of events and a [`Sink`](futures_sink::Sink) for
//! them, for every runtime.
//!
//! The protocol is that of `ws-frame` and `ws-handshake`; this crate moves the bytes. It knows no runtime: it asks for the traits
//! [`AsyncRead`](futures_io::AsyncRead) and [`AsyncWrite`](futures_io::AsyncWrite) of `futures-io`, which smol's streams have, and
//! tokio's get from `tokio-util`'s `compat()`.
//!
//! ```
//! use smol::net::{TcpListener, TcpStream};
//! use smol::stream::StreamExt as _;
//! use ws_frame::{CloseCode, Config, Connection, Event, keys};
//! use ws_handshake::{ClientRequest, Response};
//! use ws_stream::Opening;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # smol::block_on(async {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//!
//! let server = smol::spawn(async move {
//!     let (stream, _) = listener.accept().await?;
//!     let opening = Opening::read(stream).await?;
//!     let accept = match opening.request().and_then(|request| request.upgrade()) {
//!         Ok(upgrade) => upgrade.accept(),
//!         Err(error) => return opening.respond(&Response::from(error)).await,
//!     };
//!     let connection = Connection::server(Config::new());
//!     let mut socket = opening.accept(&accept, connection).map_err(std::io::Error::other)?;
//!     while let Some(event) = socket.try_next().await? {
//!         if let message @ (Event::Text(_) | Event::Binary(_)) = event {
//!             socket.feed(message).await?;
//!         }
//!     }
//!     Ok(())
//! });
//!
//! let stream = TcpStream::connect(address).await?;
//! let keys = keys::random()?;
//! let request = ClientRequest::new("localhost", "/", *b"a random nonce, "); // fresh for each
//! let mut socket = ws_stream::connect(stream, &request, |_| Connection::client(Config::new(), keys)).await?;
//! socket.send(Event::Text("Hello".into())).await?;
//! assert_eq!(socket.try_next().await?, Some(Event::Text("Hello".into())));
//! socket.close(CloseCode::NORMAL, "").await?;
//! while socket.try_next().await?.is_some() {} // up to the server's Close, and its end
//! server.await?;
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! The package `examples/runtimes` has whole programs, with deadlines: `smol_echo`, `axum_echo` and `tokio_client` use this crate.
//!
//! # What it promises
//!
//! - **Futures may be dropped.** All that is under way is in the [`WebSocket`]: a `select` or a deadline that drops `next()` or `send()`
//!   loses no byte and sends no half of a message.
//! - **Two tasks may share a connection.** `futures_util`'s `split` makes two ends of it. Whichever moves bytes that both wait for, both
//!   are woken.
//! - **Pongs go out by themselves.** What is owed to the peer is written before the next read, without waiting for room, and again with
//!   everything that follows. What a peer is owed who does not read is bounded.
//! - **Back-pressure both ways.** Nothing is read that is not asked for, and a sender waits while more than 64 KiB are to be written.
//!   Reading never waits for writing, so whoever reads and sends in two tasks cannot be caught with both sides waiting for each other. An
//!   echo in one task can: it stops reading while its peer does not, which is what it should do.
//! - **A poll ends.** However fast a peer sends, other tasks and deadlines get their turn.
//!
//! # What is yours
//!
//! - **Deadlines.** There is no clock here. Put one on the handshake, on the end after [`Event::Close`](ws_frame::Event::Close) and
//!   [`Event::Failed`](ws_frame::Event::Failed), on sending, and on silence, after which a
//!   [`Ping`](ws_frame::Event::Ping) shows whether the peer is there.
//! - **Who may connect**: [`check_origin`](ws_handshake::Upgrade::check_origin).
//!
//! # What it costs
//!
//! A connection holds a buffer of 16 KiB, and each event is copied out of it. Where that matters, drive a
//! [`Connection`](ws_frame::Connection) yourself: the buffer can be shared and events borrowed, and it is not much code (`tokio_echo`).
//!
//! # Features
//!
//! - `deflate`: [`with_deflate`], for permessage-deflate.
#![forbid(unsafe_code)]

mod connect;
#[cfg(feature = "deflate")]
mod deflate;
mod heads;
mod opening;
mod outgoing;
mod wakers;
mod web_socket;

pub use connect::{ConnectError, connect};
#[cfg(feature = "deflate")]
pub use deflate::with_deflate;
pub use opening::Opening;
pub use web_socket::WebSocket;
