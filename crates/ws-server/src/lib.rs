//! A WebSocket server (RFC 6455) in one loop: no thread, no callback, no runtime.
//!
//! ```no_run
//! use ws_server::{Config, Event, Server};
//!
//! let mut server = Server::bind("0.0.0.0:8888".parse()?, Config::default())?;
//! let mut buf = vec![0; 256 * 1024];
//! while !server.is_stopped() {
//!     let mut turn = server.poll(&mut buf, None)?;             // writes what was queued, waits
//!     while let Some((id, event)) = server.next(&mut turn) {   // reads and decodes; events borrow buf, never the server
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
//! # Traps
//!
//! - **Nothing happens between polls.** A program that does not come back to [`poll`](Server::poll) writes nothing, answers no
//!   ping and accepts nobody. A late `poll` does not time out connections that sent data in the meantime: pending input is read
//!   before timeouts are checked, and each timeout begins when what it waits for can begin.
//! - **A web page of another host is refused.** A browser sends its user's cookies along whatever page it shows, so the default
//!   lets in pages of the host that is asked, and clients that are no browsers. For more, [`Config::origins`].
//! - **A request waits for its answer.** Nothing of that client is read before [`accept`](Server::accept) or
//!   [`respond`](Server::respond), and after ten seconds it gets a 503.
//! - **Sending is queueing.** [`Delivery::Sent`] means that the next poll writes it; that the peer got it only the peer can say.
//!   A program that sends and then does something else for long calls [`flush`](Server::flush).
//! - **A peer may be gone at any moment**, between an event and the call that answers it. That call says
//!   [`Unknown`](SendError::Unknown), and no more: most programs write `.ok()`, and learn the rest from
//!   [`Event::Closed`].
//! - **Text from outside stays text from outside.** A close reason, a path or a name may hold what moves a terminal's cursor.
//!   `Display` of [`Closed`] escapes; do so where you show what peers wrote. Leave the query of a request's target
//!   out of logs: it may be a secret.
//! - **A [`Turn`] borrows its buffer until it is dropped**, events until they are used the last time.
//!
//! # The law of the loop
//!
//! 1. [`poll`](Server::poll) with a buffer: what was queued is written, one write for each peer, however much was sent; then it
//!    waits for readiness, a deadline, a [`Handle`], or your timeout. What answers to a peer alone was written before, when all that
//!    was read from it had been given.
//! 2. [`next`](Server::next) until `None`. Each peer that is ready is read once in a turn, at most
//!    [`read_budget`](Config::read_budget) bytes, so that none keeps the others waiting; the rest comes in the next turn,
//!    which then does not wait.
//! 3. Between events, call whatever you like: send, close, pause, subscribe, on any connection.
//! 4. When `next` gives `None`, go to 1. Leaving earlier loses nothing.
//! 5. After [`stop`](Server::stop) go on until [`is_stopped`](Server::is_stopped).
//!
//! # Events
//!
//! For every id in this order, whatever happens:
//!
//! | Event | What it means | What to do |
//! |---|---|---|
//! | [`Request`](Event::Request) | a client wants to connect | [`accept`](Server::accept) or [`respond`](Server::respond), now or in a later turn |
//! | [`Http`](Event::Http) | a browser wants a page; only with [`Config::http`] | [`respond`](Server::respond) |
//! | [`Text`](Event::Text), [`Binary`](Event::Binary) | a message | |
//! | [`TextPart`](Event::TextPart), [`BinaryPart`](Event::BinaryPart) | a part of one; only with [`Config::streaming`] | |
//! | [`Ping`](Event::Ping), [`Pong`](Event::Pong) | signs of life | nothing: pings have been answered |
//! | [`Writable`](Event::Writable) | a peer that had fallen behind has caught up | send what was held back |
//! | [`Closed`](Event::Closed) | it is over: the last one, and exactly one | forget the id |
//!
//! An id is never used again; a stale one is an error and never another client.
//!
//! # Deadlines
//!
//! | | Default | Set with | Then |
//! |---|--:|---|---|
//! | the whole request head | 10 s | [`head_deadline`](Config::head_deadline) | 408 if some of it came, otherwise nothing; no event |
//! | the program's answer | 10 s | [`decision`](Config::decision) | 503, [`Cause::Undecided`] |
//! | silence, until a ping | 45 s | [`idle`](Config::idle) | a ping |
//! | silence after it | 20 s | [`pong`](Config::pong) | [`Cause::Silent`] |
//! | a message, from its first byte to its last | off | [`message_deadline`](Config::message_deadline) | a Close with 1008 |
//! | a message, once its grace is over | 30 s, and a second for each 8 KiB | [`min_message_rate`](Config::min_message_rate), [`message_grace`](Config::message_grace) | a Close with 1008 |
//! | a peer that takes nothing | 30 s | [`stall`](Config::stall) | [`Cause::Stalled`] |
//! | the closing handshake, then the end of the stream | 10 s each | [`close_deadline`](Config::close_deadline) | [`Cause::CloseTimeout`], or nothing |
//! | a peer that takes nothing of what is left for it when its connection is over | 10 s | [`close_deadline`](Config::close_deadline) | nothing |
//! | all of a connection | off | [`lifetime`](Config::lifetime) | a Close with 1001 |
//!
//! Any byte is a sign of life. A deadline is exact to the millisecond and never early; `None` turns it off.
//!
//! # Limits
//!
//! | | Default | Set with | Beyond it |
//! |---|--:|---|---|
//! | a message, a frame | 16 MiB | [`max_message`](Config::max_message) | 1009, at the header |
//! | fragments of a message; empty ones in a row | 131,072; 128 | [`max_fragments`](Config::max_fragments), [`max_empty_fragments`](Config::max_empty_fragments) | 1008 |
//! | a request head; its fields; its first line | 16 KiB; 100; 8 KiB | [`head_limits`](Config::head_limits) | 431; 431; 414 |
//! | read from one peer in one turn, and inflated; of a large binary message | 128 KiB; 1 MiB | [`read_budget`](Config::read_budget); fixed | the next turn |
//! | queued for one peer: `high`, `low` | 64 KiB, 16 KiB | [`marks`](Config::marks) | above `high` it is not read from; at `low` it is again, and [`Writable`](Event::Writable) comes |
//! | queued for one peer: the bound | one message, `high` and one read | [`bound`](Config::bound) | [`SendError::Full`], and with [`SlowPeers::Close`] 1013 |
//! | queued for all, answers to requests included | 1 GiB | [`total_bound`](Config::total_bound) | the connection with most queued ends with [`Cause::Overloaded`]; without one above `high`, [`SendError::Full`] |
//! | memory of unfinished messages of all | 256 MiB | [`max_assembling_total`](Config::max_assembling_total) | the connection with the largest is closed with 1013, [`Cause::Overloaded`] |
//! | connections | 1,048,576 | [`max_connections`](Config::max_connections) | new ones wait in the system's backlog |
//! | of them without a whole request | 4,096 | [`max_pending`](Config::max_pending) | a new one displaces the oldest silent one |
//! | of them without an answer | 1,024 | [`max_undecided`](Config::max_undecided) | 503 |
//! | of one address | off | [`max_per_address`](Config::max_per_address) | closed unread |
//! | topics; bytes of a name; topics of a connection | 65,536; 128; 128 | [`topics`](Config::topics) | [`SendError::Topic`] |
//! | commands of [`Handle`]s; bytes in them | 1,024; 64 MiB | [`handle_queue`](Config::handle_queue) | [`HandleError::Full`] |
//!
//! All are inclusive. When descriptors run out, accepting pauses, and who is connected is served on.
//!
//! # Memory
//!
//! An idle connection holds about 200 bytes, and no buffer: all read into the one that is lent. What is queued is bounded, and given
//! back when it is sent. A message that is put together grows with the bytes that came, not with those that were promised. A server
//! keeps 256 KiB at most of emptied queues, and 4 MiB of what it is given back with [`recycle`](Server::recycle).
//!
//! # What it does not do
//!
//! - **HTTP/2** is left to a proxy in front. TLS is behind the feature `rustls`. Requests with a body, and any other HTTP
//!   than one answer per connection, belong to an HTTP server; `ws-frame` and `ws-handshake` fit into one.
//! - **Threads.** One server is one loop. [`guide`] shows how several share a port, and how other threads send.
//! - **Compression** is behind the feature `deflate` and `Config::compression`; without them, offers of it are declined.
//! - **Clients.** `ws-frame` and `ws-handshake` have both roles.
//! - Linux is tested. Other Unix systems and Windows are what mio supports: they should work, and nobody has looked.
//!
//! A panic of the program's between two calls leaves the server in order; what was read and not yet given out comes in the
//! next turn.

mod assembling;
mod broadcast;
mod buffer_pool;
mod clock;
mod config;
mod connection;
mod core;
mod error;
mod event;
mod gate;
pub mod guide;
mod handle;
mod lifetimes;
mod listener;
mod message_timers;
mod overload;
mod proxy_protocol;
mod send_queue;
mod server;
mod shutdown;
mod slab;
mod stats;
mod timers;
#[cfg(feature = "rustls")]
pub mod tls;
mod topics;
mod transport;
mod turn;

pub use broadcast::Tally;
#[cfg(feature = "deflate")]
pub use config::Compression;
pub use config::{
    Config, ConfigError, DEFAULT_BACKLOG, DEFAULT_CLOSE, DEFAULT_DECISION, DEFAULT_HANDLE_BYTES,
    DEFAULT_HANDLE_QUEUE, DEFAULT_HEAD, DEFAULT_HIGH, DEFAULT_IDLE, DEFAULT_LOW,
    DEFAULT_MAX_ASSEMBLING_TOTAL, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_MESSAGE, DEFAULT_MAX_PENDING,
    DEFAULT_MAX_SUBSCRIPTIONS, DEFAULT_MAX_TOPIC_NAME, DEFAULT_MAX_TOPICS, DEFAULT_MAX_UNDECIDED,
    DEFAULT_MESSAGE_GRACE, DEFAULT_MIN_MESSAGE_RATE, DEFAULT_PONG, DEFAULT_READ_BUDGET, DEFAULT_STALL,
    DEFAULT_TOTAL_BOUND, MIN_BUFFER, SlowPeers,
};
pub use connection::Delivery;
pub use error::SendError;
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
