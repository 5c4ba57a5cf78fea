//! WebSocket over any asynchronous byte stream, for every runtime.
//!
//! A [`WebSocket`] is a `Stream` (of `futures-core`) of `Result<Message, Error>` and a `Sink` (of
//! `futures-sink`) of [`Outgoing`]. It runs over every `futures-io` stream, such as
//! smol's, and over everything else that implements [`Transport`].
//!
//! ```
//! use smol::net::{TcpListener, TcpStream};
//! use ws_stream::{Acceptor, CloseCode, Message};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # smol::block_on(async {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//!
//! let server = smol::spawn(async move {
//!     let (stream, _) = listener.accept().await?;
//!     let mut ws = Acceptor::new().upgrade(stream).await?;
//!     while let Some(message) = ws.next().await {
//!         let message = message?;
//!         if message.is_data() {
//!             ws.feed(message).await?;
//!         }
//!     }
//!     Ok::<_, ws_stream::Error>(())
//! });
//!
//! let stream = TcpStream::connect(address).await?;
//! let mut ws = ws_stream::connect(stream, &format!("ws://{address}/")).await?;
//! ws.send("hello").await?;
//! assert_eq!(ws.next().await.transpose()?, Some(Message::Text("hello".into())));
//! ws.close(CloseCode::NORMAL, "").await?;
//! while ws.next().await.transpose()?.is_some() {} // until the server has closed, too
//! server.await?;
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! # Guarantees
//!
//! - **Futures may be dropped.** Everything that is under way is in the [`WebSocket`]: a `select`
//!   or a timeout that drops `next()` or `send()` loses no byte and sends no half of a message.
//! - **Many tasks may share a connection.** [`WebSocket::split`] gives a half that receives and one
//!   that sends, which can be cloned. The `split` of `futures_util` works as well.
//! - **Backpressure both ways.** Nothing is read that is not asked for, and a sender waits while
//!   more than [`high_watermark`](Config::high_watermark) bytes wait. Receiving never waits for
//!   writing, so a program that receives and sends in two tasks cannot end up with both sides
//!   waiting for each other. An echo in one task can: it stops reading while its peer does not
//!   read.
//! - **A poll ends, and a task yields.** After a bounded number of messages, reads and inflated
//!   bytes the task returns to its executor, on every executor, however fast its peer sends. Other
//!   tasks and timers have their turn.
//! - **Memory grows with bytes received.** An idle connection owns no buffer: a thread has one for
//!   all of its connections.
//!
//! # Responsibilities of the caller
//!
//! - **Timeouts.** There is no clock here. Put one on the opening, on the end after a Close, on
//!   sending, and on silence. [`received`](WebSocket::received) and [`written`](WebSocket::written)
//!   tell whether there is progress. `ws-tokio` has them built in.
//! - **Receiving.** Pongs, and the answer to a Close, are sent by the task that receives. After a
//!   Close or an error, receive until `None`, or drop the socket: then it writes its Close as far
//!   as the stream takes it without waiting.
//!
//! # Guides
//!
//! [The guides](../ws_guide/index.html) have a page for each task: which crate, authentication
//! before the upgrade, the client's address behind a proxy, TLS, overload, tests, deployment. They
//! are in the repository: `cargo doc --open -p ws-guide`.
//!
//! # Features
//!
//! Features never change what is accepted or sent.
//!
//! | feature | default | |
//! |---|---|---|
//! | `simd` | yes | UTF-8 validation with vector instructions, chosen at run time |
//! | `deflate` | no | permessage-deflate: [`Config::compression`](Config) |
//!
//! On `wasm32-unknown-unknown`, which has no randomness, a program depends on `getrandom` 0.4 with
//! its feature `wasm_js`.

// Links from one crate to another hold in whatever order their documentation is built.
#![doc(html_root_url = "..")]
#![forbid(unsafe_code)]
#![expect(
    clippy::mut_mut,
    reason = "a slice that is lent and shrinks as it is read is a `&mut &mut [u8]`"
)]

mod bounds;
mod config;
mod core;
#[cfg(feature = "deflate")]
pub mod deflate;
mod error;
mod message;
mod opening;
mod outgoing;
mod progress;
mod queue;
mod scratch;
mod split;
mod transport;
mod wakers;
mod web_socket;

pub use bounds::Bounds;
pub use config::Config;
#[cfg(feature = "deflate")]
pub use deflate::with_deflate;
pub use error::{Error, Stage, Timeout};
pub use message::Message;
pub use opening::{Acceptor, Builder, Client, Refusal, Request, connect};
pub use outgoing::Outgoing;
pub use progress::Progress;
pub use split::{Receiver, Sender, TrySendError};
pub use transport::Transport;
pub use web_socket::WebSocket;
#[doc(no_inline)]
pub use ws_frame::{Close, CloseCode, Part, Phase, Prepared, ProtocolError, SendError};
#[doc(no_inline)]
pub use ws_handshake::{
    FieldError, Fields, HandshakeError, HeadError, Limits, OriginError, OriginList, OriginPolicy,
    Response, ResponseError, ServerResponse, Upgrade, Url, UrlError,
};

/// The programs in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
