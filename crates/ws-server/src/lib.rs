//! A WebSocket server (RFC 6455) in one loop: no threads, no callbacks, no runtime.
//!
//! ```no_run
//! use ws_server::{Config, Event, Server};
//!
//! let mut server = Server::bind("0.0.0.0:8888", Config::new())?;
//! let mut buf = vec![0; 256 * 1024];
//! while !server.is_stopped() {
//!     let mut turn = server.poll(&mut buf, None)?;             // writes what was queued, waits
//!     while let Some((id, event)) = server.next(&mut turn) { // decodes; events borrow buf
//!         match event {
//!             Event::Request(upgrade) => { server.accept(id, upgrade.accept()).ok(); }
//!             Event::Text(text) => { server.send_text(id, &text).ok(); }
//!             Event::Closed(why) => println!("#{id} disconnected: {why}"),
//!             _ => {}
//!         }
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Pitfalls
//!
//! - **Nothing happens between polls.** A server that is not [polled](Server::poll) writes nothing,
//!   answers no ping and accepts no connection. A late `poll` does not time out connections that
//!   sent data in the meantime: pending input is read before timeouts are checked, and each timeout
//!   begins when what it waits for can begin.
//! - **The server refuses web pages of other hosts.** A browser sends its user's cookies whatever
//!   page it shows. So by default only pages of the same host may connect, and clients that are not
//!   browsers. See [`Config::origins`].
//! - **A request waits for its answer.** The server reads nothing from that client before
//!   [`accept`](Server::accept) or [`respond`](Server::respond), and answers 503 after ten seconds.
//! - **Sending is queueing.** [`Delivery::Queued`] means that the next flush writes the message.
//!   Only the peer knows whether it has arrived. A program that sends and then does something else
//!   for long calls [`flush`](Server::flush).
//! - **A connection can end between an event and your call.** The call then returns
//!   [`Unknown`](SendError::Unknown). Most programs ignore it with `.ok()` and handle
//!   [`Event::Closed`].
//! - **Text from peers is untrusted.** A close reason, a path or a name may hold control characters
//!   of a terminal. `Display` of [`Closed`] escapes them; do the same where you show such text.
//!   Leave the query of a request's target out of logs: it may be a secret.
//! - **A [`Turn`] borrows its buffer until it is dropped**, events until their last use.
//!
//! # The loop
//!
//! 1. [`poll`](Server::poll) with a buffer. It writes what was queued, with one write for each
//!    connection, then waits for readiness, a timeout, a [`Handle`], or your own timeout. What was
//!    sent to one connection alone, in answer to it, was written before.
//! 2. [`next`](Server::next) until `None`. Each ready connection is read once in a turn, at most
//!    [`read_budget`](Config::read_budget) bytes, so that none keeps the others waiting. The rest
//!    comes in the next turn, which then does not wait.
//! 3. Between events, call any method: send, close, pause, subscribe, on any connection.
//! 4. When `next` returns `None`, go to 1. A turn that is dropped early loses nothing.
//! 5. After [`stop`](Server::stop), go on until [`is_stopped`](Server::is_stopped).
//!
//! # Events
//!
//! For every id in this order:
//!
//! | event | meaning | what to do |
//! |---|---|---|
//! | [`Request`](Event::Request) | a client wants to connect | [`accept`](Server::accept) or [`respond`](Server::respond), now or in a later turn |
//! | [`Http`](Event::Http) | a browser wants a page; only with [`Config::http`] | [`respond`](Server::respond) |
//! | [`Text`](Event::Text), [`Binary`](Event::Binary) | a message | |
//! | [`TextPart`](Event::TextPart), [`BinaryPart`](Event::BinaryPart) | a part of one; only with [`Config::streaming`] | |
//! | [`Ping`](Event::Ping), [`Pong`](Event::Pong) | signs of life | nothing: the server answers pings |
//! | [`Writable`](Event::Writable) | a peer that was behind has caught up | send what was held back |
//! | [`Closed`](Event::Closed) | the connection is over: the last event, and exactly one | forget the id |
//!
//! An id is never used again. A call with a stale one returns an error, and never reaches another
//! client.
//!
//! # Timeouts
//!
//! | | default | option | consequence |
//! |---|--:|---|---|
//! | the whole request head | 10 s | [`head_timeout`](Config::head_timeout) | 408 if some of it came, otherwise nothing; no event |
//! | the program's answer | 10 s | [`accept_timeout`](Config::accept_timeout) | 503, [`Cause::Undecided`] |
//! | no byte from the peer | 45 s | [`idle_timeout`](Config::idle_timeout) | a ping |
//! | no byte after that ping | 20 s | [`pong_timeout`](Config::pong_timeout) | [`Cause::PongTimeout`] |
//! | a message, from its first byte to its last | off | [`message_timeout`](Config::message_timeout) | a Close with 1008 |
//! | a message, by its size | 30 s, and a second for each 8 KiB | [`min_message_rate`](Config::min_message_rate), [`message_grace`](Config::message_grace) | a Close with 1008 |
//! | a peer that takes nothing | 30 s | [`write_timeout`](Config::write_timeout) | [`Cause::WriteTimeout`] |
//! | the closing handshake, then the end of the stream | 10 s each | [`close_timeout`](Config::close_timeout) | [`Cause::CloseTimeout`], or nothing |
//! | a peer that takes none of the remaining bytes after its connection is over | 10 s | [`close_timeout`](Config::close_timeout) | nothing |
//! | the whole connection | off | [`lifetime`](Config::lifetime) | a Close with 1001 |
//!
//! Any byte is a sign of life. A timeout is exact to the millisecond and never early. `None` turns
//! it off.
//!
//! # Limits
//!
//! | | default | option | if exceeded |
//! |---|--:|---|---|
//! | a message, a frame | 16 MiB | [`max_message_len`](Config::max_message_len) | 1009, at the header |
//! | fragments of a message; empty ones in a row | 131,072; 128 | [`max_fragments`](Config::max_fragments), [`max_empty_fragments`](Config::max_empty_fragments) | 1008 |
//! | a request head; its fields; its first line | 16 KiB; 100; 8 KiB | [`head_limits`](Config::head_limits) | 431; 431; 414 |
//! | bytes read, and inflated, per connection and turn; of a large binary message | 128 KiB; 1 MiB | [`read_budget`](Config::read_budget); fixed | the next turn |
//! | queued for one connection: watermarks | 64 KiB, 16 KiB | [`high_watermark`](Config::high_watermark), [`low_watermark`](Config::low_watermark) | above the high one the connection is not read from; at the low one it is again, and [`Writable`](Event::Writable) comes |
//! | queued for one connection | one message, the high watermark and one read | [`max_queued`](Config::max_queued) | [`SendError::Full`], and with [`SlowPeers::Close`] 1013 |
//! | queued for all, answers to requests included | 1 GiB | [`max_queued_total`](Config::max_queued_total) | the connection with most queued ends with [`Cause::Overloaded`]; if none of them has more than its receiver would have, [`SendError::Full`] |
//! | memory of the unfinished messages of all | 256 MiB | [`max_assembling_total`](Config::max_assembling_total) | the connection with the largest is closed with 1013, [`Cause::Overloaded`] |
//! | connections | 1,048,576 | [`max_connections`](Config::max_connections) | new ones wait in the backlog of the system |
//! | of them without a whole request | 4,096 | [`max_pending`](Config::max_pending) | a new one displaces the oldest silent one |
//! | of them without an answer | 1,024 | [`max_undecided`](Config::max_undecided) | 503 |
//! | of one address | off | [`max_per_address`](Config::max_per_address) | closed unread |
//! | topics; bytes of a name; topics of a connection | 65,536; 128; 128 | [`max_topics`](Config::max_topics), [`max_topic_len`](Config::max_topic_len), [`max_subscriptions`](Config::max_subscriptions) | [`ConnectionError::Topic`] |
//! | commands of [`Handle`]s; bytes in them | 1,024; 64 MiB | [`max_commands`](Config::max_commands), [`max_command_bytes`](Config::max_command_bytes) | [`HandleError::Full`] |
//!
//! All limits are inclusive. When the process runs out of file descriptors, the server pauses
//! accepting and keeps serving open connections.
//!
//! # Memory
//!
//! An idle connection holds about 200 bytes, and no buffer: all connections read into the lent one.
//! Queued bytes are limited, and freed when they are written. A message that is assembled grows
//! with the bytes that arrived, not with the bytes that were claimed. A server keeps at most 256
//! KiB of emptied queues, and 4 MiB of what it gets back with [`recycle`](Server::recycle).
//!
//! # What it does not do
//!
//! - **HTTP/2, and HTTP beyond one answer per connection**, are left to an HTTP server: `ws-frame`
//!   and `ws-handshake` fit into one.
//! - **Threads.** One server is one loop. The [`guide`] shows how several share a port, and how
//!   other threads send.
//! - **TLS** needs the feature `rustls`, whose module `tls` is its guide.
//! - **Compression** needs the feature `deflate` and `Config::compression`; without them the server
//!   declines it.
//! - **Clients.** `ws-frame` and `ws-handshake` have both roles.
//! - Linux is tested; macOS and Windows by the hosted workflow only. Other systems that mio
//!   supports should work, and are not tested.
//!
//! A panic of the program between two calls leaves the server consistent. What was read and not yet
//! returned comes in the next turn.
//!
//! # Guides
//!
//! [The guides](../ws_guide/index.html) have a page for each task: which crate, authentication
//! before the upgrade, the client's address behind a proxy, TLS, overload, tests, deployment. They
//! are in the repository: `cargo doc --open -p ws-guide`.

// Links from one crate to another hold in whatever order their documentation is built.
#![doc(html_root_url = "..")]

mod accept_error;
mod address;
mod assembling;
mod broadcast;
mod buffer_pool;
mod clock;
mod config;
mod connection;
mod core;
mod error;
mod event;
mod eviction;
mod gate;
pub mod guide;
mod handle;
mod listener;
mod proxy_protocol;
mod send_queue;
mod server;
mod shutdown;
mod slab;
mod source;
mod stats;
mod timeouts;
#[cfg(feature = "rustls")]
pub mod tls;
mod topics;
mod transport;
mod turn;

pub use broadcast::BroadcastReport;
#[cfg(feature = "deflate")]
pub use config::Compression;
pub use config::{Config, ConfigError, SlowPeers};
pub use connection::Delivery;
pub use error::{ConnectionError, SendError};
pub use event::{Cause, Closed, Event};
pub use handle::{Handle, HandleError};
pub use listener::TcpListener;
pub use proxy_protocol::{NetworkError, ProxyListener, ProxyStream};
pub use server::Server;
pub use slab::ConnId;
pub use stats::{Closes, Stats, StopReport};
#[cfg(feature = "rustls")]
#[doc(inline)]
pub use tls::{TlsAcceptor, TlsConfigError, TlsListener, TlsStats, TlsStream};
pub use topics::TopicChange;
pub use transport::{Listener, Transport};
pub use turn::Turn;

#[doc(no_inline)]
pub use mio;
#[cfg(feature = "rustls")]
#[doc(no_inline)]
pub use rustls;
#[doc(no_inline)]
pub use ws_frame::{self, CloseCode, Message, Part, Prepared, ProtocolError};
#[doc(no_inline)]
pub use ws_handshake::{self, Accept, OriginList, OriginPolicy, PlainRequest, Response, Upgrade};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
