//! A thin WebSocket server over mio.
//!
//! ```no_run
//! use ws_server::{Config, Event, Server};
//!
//! let mut server = Server::bind("0.0.0.0:8888".parse()?, Config::default())?;
//! let mut buf = vec![0; 64 * 1024];
//! while !server.is_stopped() {
//!     let mut turn = server.poll(&mut buf, None)?;
//!     while let Some((id, event)) = server.next(&mut turn) {
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

mod config;
mod deadline;
mod error;
mod event;
mod handle;
mod listen;
mod outgoing;
mod peer;
mod server;
mod slots;
mod stats;
mod topics;
mod transport;

pub use config::{
    Config, ConfigError, DEFAULT_BACKLOG, DEFAULT_CLOSE, DEFAULT_DECISION, DEFAULT_HANDLE_BYTES,
    DEFAULT_HANDLE_QUEUE, DEFAULT_HEAD, DEFAULT_HIGH, DEFAULT_IDLE, DEFAULT_LOW, DEFAULT_MAX_CONNECTIONS,
    DEFAULT_MAX_MESSAGE, DEFAULT_MAX_PENDING, DEFAULT_MAX_SUBSCRIPTIONS, DEFAULT_MAX_TOPIC_NAME,
    DEFAULT_MAX_TOPICS, DEFAULT_MAX_UNDECIDED, DEFAULT_PONG, DEFAULT_READ_BUDGET, DEFAULT_STALL,
    DEFAULT_TOTAL_BOUND, MIN_BUFFER, SlowPeers,
};
pub use error::SendError;
pub use event::{Cause, Closed, Event};
pub use handle::{Handle, HandleError};
pub use server::{Delivery, Server, StopReport, Tally, Turn};
pub use slots::ConnId;
pub use stats::{Closes, Stats};
pub use transport::{Listener, Transport};

#[doc(no_inline)]
pub use mio;
#[doc(no_inline)]
pub use ws_frame::{self, CloseCode, Message, Part, Prepared, ProtocolError};
#[doc(no_inline)]
pub use ws_handshake::{self, Accept, OriginList, OriginPolicy, Plain, Response, Upgrade};
