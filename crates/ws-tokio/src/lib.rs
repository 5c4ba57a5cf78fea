//! WebSocket (RFC 6455) for tokio: clients and servers with TLS, proxies, timeouts and compression.
//!
//! # A client
//!
//! ```no_run
//! use ws_tokio::Error;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     let mut ws = ws_tokio::connect("wss://example.com/feed").await?;
//!     ws.send("hello").await?;
//!     while let Some(message) = ws.next().await {
//!         println!("{:?}", message?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A `wss` URL needs the feature `rustls` and a [crypto provider](#connect-over-tls); a `ws` URL
//! needs neither. [`Connector`] has headers, subprotocols, proxies, timeouts, TLS and reconnecting.
//!
//! # A server
//!
//! ```no_run
//! use tokio::net::TcpListener;
//! use ws_tokio::{Acceptor, Error, Request};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:8080").await?;
//!     Acceptor::new().serve(listener, echo).await;
//!     Ok(())
//! }
//!
//! async fn echo(request: Request) -> Result<(), Error> {
//!     let mut ws = request.upgrade().await?;
//!     while let Some(message) = ws.next().await {
//!         let message = message?;
//!         if message.is_data() {
//!             ws.feed(message).await?;
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! [`Acceptor::accept`] is for programs with a loop of their own, and
//! [`WebSocketUpgrade`](#inside-axum-or-hyper) for those with an HTTP stack.
//!
//! # Guarantees
//!
//! - **Timeouts.** Every wait ends: opening a connection ([`Connector::open_timeout`],
//!   [`Acceptor::head_timeout`]), silence, a peer that does not read, a Close without an answer
//!   ([`Config`]). The error names the stage or the timeout.
//! - **Cancel safety.** Every future may be dropped at any point, as by `select!`. No byte is
//!   lost, and a message is sent whole or not at all.
//! - **Errors are errors.** What the peer does wrong is an `Err` with the rule and the close code;
//!   after it the connection has ended.
//! - **Backpressure.** Nothing is read that is not asked for, and a sender waits while more than
//!   [`Config::high_watermark`] bytes wait.
//! - **Memory** grows with bytes received, not with bytes announced. An idle connection owns no
//!   buffer. [`Bounds`] limits all connections together.
//! - **No clear text by accident.** A `wss` URL without the feature `rustls` is an error. A
//!   redirect never leads from `wss` to `ws`.
//!
//! Timeouts are watched, and pings answered, while a task waits in [`WebSocket::next`]; only the
//! write timeout also while it waits in [`WebSocket::send`]. A program that does neither for long
//! does not notice that its peer is gone.
//!
//! # Connect over TLS
//!
//! ```toml
//! ws-tokio = { version = "0.2", features = ["rustls", "platform-verifier"] }
//! rustls = { version = "0.23", default-features = false, features = ["aws-lc-rs", "std"] }
//! ```
//!
//! The crypto provider is the program's choice: install one before the first connection, with
//! `rustls::crypto::aws_lc_rs::default_provider().install_default()`, or `ring`'s. The feature
//! `platform-verifier` trusts what the operating system trusts, `webpki-roots` the authorities of
//! Mozilla's list, compiled in. [`Connector::tls`] and [`Acceptor::tls`] take configurations of
//! rustls: client certificates, authorities of one's own. Sessions are resumed.
//!
//! # Log in before the upgrade
//!
//! A server looks at the request and then answers it:
//!
//! ```
//! use ws_tokio::{Error, Request};
//!
//! async fn talk(request: Request) -> Result<(), Error> {
//!     let token = request.header("Authorization").or(request.cookie("token"));
//!     if token != Some("Bearer 1234") {
//!         return request.reject(401).await;
//!     }
//!     let mut ws = request.subprotocol("chat").upgrade().await?;
//!     ws.send("welcome").await
//! }
//! ```
//!
//! Browsers cannot set headers, but they send the cookies of the host. Therefore only pages of the
//! same host may connect, unless [`Acceptor::origin`] says otherwise. A client sets
//! [`Connector::header`] or [`Connector::basic_auth`]; a refusal has its status, headers and body
//! in [`ConnectError::Refused`].
//!
//! # Send and receive JSON
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use ws_tokio::WebSocket;
//!
//! #[derive(Serialize, Deserialize, PartialEq, Debug)]
//! struct Point {
//!     x: i32,
//!     y: i32,
//! }
//!
//! async fn mirror(mut ws: WebSocket) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     while let Some(message) = ws.next().await.transpose()? {
//!         if let Some(text) = message.as_text() {
//!             let point: Point = serde_json::from_str(text)?;
//!             ws.send(serde_json::to_string(&Point { x: point.y, y: point.x })?).await?;
//!         }
//!     }
//!     Ok(())
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # let (mut client, server) = ws_tokio::pair();
//! # tokio::spawn(mirror(server));
//! # client.send(r#"{"x":1,"y":2}"#).await?;
//! # assert_eq!(client.next().await.unwrap()?.as_text(), Some(r#"{"x":2,"y":1}"#));
//! # Ok(())
//! # }
//! ```
//!
//! # Send from several tasks
//!
//! [`WebSocket::split`] gives a [`Sender`] that can be cloned, and a [`Receiver`]. A sender waits
//! while the peer is slow.
//!
//! ```
//! # async fn run(ws: ws_tokio::WebSocket) -> Result<(), ws_tokio::Error> {
//! let (sender, mut receiver) = ws.split();
//! let ticker = sender.clone();
//! tokio::spawn(async move {
//!     while ticker.send("tick").await.is_ok() {
//!         tokio::time::sleep(std::time::Duration::from_secs(1)).await;
//!     }
//! });
//! while let Some(message) = receiver.next().await {
//!     if let Some(text) = message?.as_text() {
//!         sender.send(text.to_uppercase()).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Send to a room
//!
//! A [`Prepared`] message is encoded once for all connections. Tokio's broadcast channel carries
//! it, and tells who is too slow:
//!
//! ```
//! use tokio::sync::broadcast::Sender;
//! use ws_tokio::{CloseCode, Error, Message, Prepared, WebSocket};
//!
//! async fn chat(mut ws: WebSocket, room: Sender<Prepared>) -> Result<(), Error> {
//!     let mut messages = room.subscribe();
//!     loop {
//!         tokio::select! {
//!             received = ws.next() => match received.transpose()? {
//!                 Some(Message::Text(text)) => drop(room.send(Prepared::text(&text))),
//!                 Some(_) => {}
//!                 None => return Ok(()),
//!             },
//!             message = messages.recv() => match message {
//!                 Ok(message) => ws.send(message).await?,
//!                 Err(_) => return ws.close(CloseCode::TRY_AGAIN_LATER, "too slow").await,
//!             },
//!         }
//!     }
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! # let room = Sender::new(16);
//! # let (mut a, server) = ws_tokio::pair();
//! # tokio::spawn(chat(server, room.clone()));
//! # let (mut b, server) = ws_tokio::pair();
//! # tokio::spawn(chat(server, room.clone()));
//! # while room.receiver_count() < 2 { tokio::task::yield_now().await; }
//! # a.send("hello").await?;
//! # assert_eq!(b.next().await.unwrap()?.as_text(), Some("hello"));
//! # assert_eq!(a.next().await.unwrap()?.as_text(), Some("hello"));
//! # Ok(())
//! # }
//! ```
//!
//! # Reconnect
//!
//! ```no_run
//! # async fn run() -> Result<(), ws_tokio::ConnectError> {
//! use ws_tokio::Connector;
//!
//! let mut connections = Connector::new()
//!     .reconnect("wss://example.com/feed")
//!     .on_retry(|error, delay| eprintln!("{error}; again in {delay:?}"));
//! while let Some(ws) = connections.next().await {
//!     let mut ws = ws?; // an error here will not go away
//!     while let Some(Ok(message)) = ws.next().await {
//!         println!("{message:?}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The delays begin short, grow, and have jitter and a ceiling: [`Backoff`].
//!
//! # Connect through a proxy
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use ws_tokio::{Connector, Proxy};
//!
//! let explicit = Proxy::parse("socks5://user:secret@proxy.example:1080")?;
//! let ws = Connector::new().proxy(explicit).connect("wss://example.com/").await?;
//! let ws = Connector::new().proxy(Proxy::from_env()?).connect("wss://example.com/").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) is used only by [`Proxy::from_env`].
//!
//! # Test a handler
//!
//! [`pair`] connects a client and a server in memory; with tokio's paused clock, timeouts cost no
//! time:
//!
//! ```
//! use ws_tokio::{Error, Message, Timeout, WebSocket};
//!
//! async fn handler(mut ws: WebSocket) -> Result<(), Error> {
//!     ws.send("welcome").await?;
//!     while ws.next().await.transpose()?.is_some() {}
//!     Ok(())
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() {
//!     let (mut client, server) = ws_tokio::pair();
//!     let handler = tokio::spawn(handler(server));
//!     assert_eq!(client.next().await.unwrap().unwrap(), Message::Text("welcome".into()));
//!     // A client that answers nothing for more than a minute:
//!     let ended = handler.await.unwrap();
//!     assert!(matches!(ended, Err(Error::Timeout(Timeout::Pong))));
//! }
//! ```
//!
//! # Shut a server down
//!
//! Connections that joined a [`Shutdown`] are closed with a code, each at its own moment, and
//! aborted if they do not end in time:
//!
//! ```no_run
//! # use ws_tokio::{Error, Request};
//! # async fn echo(request: Request) -> Result<(), Error> { drop(request); Ok(()) }
//! # async fn run(listener: tokio::net::TcpListener) -> std::io::Result<()> {
//! use std::time::Duration;
//! use ws_tokio::{Acceptor, CloseCode, Shutdown};
//!
//! let shutdown = Shutdown::new();
//! let acceptor = Acceptor::new().shutdown(&shutdown);
//! tokio::select! {
//!     () = acceptor.serve(listener, echo) => {}
//!     _ = tokio::signal::ctrl_c() => {} // SIGINT; a service manager sends SIGTERM
//! }
//! let closing = shutdown.close(CloseCode::SERVICE_RESTART, "new version");
//! closing.over(Duration::from_secs(5)).within(Duration::from_secs(20)).await;
//! # Ok(())
//! # }
//! ```
//!
//! # Inside axum or hyper
//!
//! With the feature `axum`, `WebSocketUpgrade` is an extractor, over HTTP/1.1 and HTTP/2, with
//! compression and a check of the origin; with the feature `hyper` it takes any request of hyper.
//! An example is in its documentation, and `axum_echo` is a whole program.
//!
//! # Coming from tokio-tungstenite
//!
//! | tokio-tungstenite | here |
//! |---|---|
//! | `connect_async(url)` | [`connect`] |
//! | `connect_async` with a `Request` for headers | [`Connector::header`], [`Connector::subprotocol`] |
//! | `connect_async_tls_with_config` with a `Connector` | [`Connector::tls`] |
//! | `client_async(url, stream)` | [`Connector::connect_over`] |
//! | `accept_async(stream)` | [`Acceptor::upgrade`] |
//! | `accept_hdr_async` with a callback | [`Acceptor::accept`], then look at the [`Request`] and answer it |
//! | `WebSocketStream<MaybeTlsStream<TcpStream>>` | [`WebSocket`], whatever is under it |
//! | `StreamExt::next`, `SinkExt::send` | [`WebSocket::next`] and [`WebSocket::send`], without an import |
//! | `Message::text(…)` to send | anything that converts into [`Outgoing`]: `&str`, `String`, `Vec<u8>`, [`Prepared`] |
//! | `ws.split()` and a channel for several senders | [`WebSocket::split`]: the [`Sender`] can be cloned |
//! | `timeout(…, connect_async(…))` | [`Connector::open_timeout`], on by default |
//! | an interval that sends pings | [`Config::idle_timeout`] and [`Config::pong_timeout`], on by default |
//! | `ws.close(None)`, then `next` until `None` | [`WebSocket::close`] does both |
//! | `WebSocketConfig::max_message_size` | [`Config::max_message_len`] |
//! | `Error::ConnectionClosed` | `None` |
//! | `WebSocketStream::from_raw_socket` in tests | [`pair`] |
//!
//! # Guides
//!
//! [The guides](../ws_guide/index.html) have a page for each task: which crate, authentication
//! before the upgrade, the client's address behind a proxy, TLS, overload, tests, deployment. They
//! are in the repository: `cargo doc --open -p ws-guide`.
//!
//! # Features
//!
//! Features never change what is accepted or sent, except that `rustls` makes `wss` possible.
//!
//! | feature | default | |
//! |---|---|---|
//! | `deflate` | yes | permessage-deflate, for those who turn it on with [`Config::compression`] |
//! | `rustls` | no | `wss` on both sides |
//! | `platform-verifier` | no | clients trust the authorities of the operating system |
//! | `webpki-roots` | no | clients trust Mozilla's list of authorities, compiled in |
//! | `hyper` | no | connections from a request of hyper, over HTTP/1.1 and HTTP/2 |
//! | `axum` | no | the same as an extractor of axum |
//!
//! MSRV: Rust 1.88.

// Links from one crate to another hold in whatever order their documentation is built.
#![doc(html_root_url = "..")]
#![forbid(unsafe_code)]

mod acceptor;
#[cfg(feature = "axum")]
mod axum;
mod config;
mod connect;
mod outcome;
mod pair;
mod proxy;
mod random;
mod reconnect;
mod shutdown;
mod socket;
mod stream;
#[cfg(feature = "rustls")]
mod tls;
#[cfg(feature = "hyper")]
mod upgrade;

pub use acceptor::{Acceptor, Listener, Request};
pub use config::Config;
pub use connect::{
    ConnectError, Connector, DialError, RedirectError, Resolver, Resolving, SystemResolver, connect,
};
pub use outcome::Outcome;
pub use pair::{pair, pair_with};
pub use proxy::{Proxy, ProxyError};
pub use reconnect::{Backoff, Reconnect};
pub use shutdown::{CloseAll, Shutdown, ShutdownReport};
pub use socket::{Receiver, Sender, WebSocket};
pub use stream::Stream;
#[cfg(feature = "rustls")]
pub use tokio_rustls::rustls;
#[cfg(feature = "hyper")]
pub use upgrade::{UpgradeError, Upgrading, WebSocketUpgrade};
#[cfg(feature = "deflate")]
#[doc(no_inline)]
pub use ws_stream::deflate;
#[doc(no_inline)]
pub use ws_stream::{
    Bounds, Close, CloseCode, Error, FieldError, HandshakeError, Limits, Message, OriginError,
    OriginList, OriginPolicy, Outgoing, Part, Phase, Prepared, ProtocolError, Refusal, Response,
    SendError, Stage, Timeout, TrySendError, UrlError,
};

/// The programs in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
