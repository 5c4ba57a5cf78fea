//! What a server is set to, and what cannot work.

mod check;
mod compression;
mod deadlines;
mod defaults;

use core::{fmt, time::Duration};
use std::{sync::Arc, time::Instant};

use ws_handshake::{Limits, OriginPolicy};

pub use self::check::ConfigError;
#[cfg(feature = "deflate")]
pub use self::compression::Compression;
use self::deadlines::Waits;
pub use self::defaults::*;

/// The limits and choices of one server. All limits are inclusive.
///
/// Every value has a default that suits a server on the open internet. What cannot work is refused where the
/// server is made ([`ConfigError`] inside an [`io::Error`](std::io::Error) of kind `InvalidInput`).
///
/// ```
/// use std::time::Duration;
/// use ws_server::{Config, OriginPolicy};
///
/// let config = Config::default()
///     .max_message(1024 * 1024)
///     .origins(OriginPolicy::Any)
///     .idle(Duration::from_secs(30))
///     .lifetime(None);
/// assert!(config.check().is_ok());
/// assert!(config.max_message(1 << 60).check().is_err());
/// ```
#[derive(Clone)]
#[must_use]
pub struct Config {
    pub(crate) origins: OriginPolicy,
    pub(crate) http: bool,
    pub(crate) head: Limits,
    pub(crate) frames: ws_frame::Config,
    pub(crate) max_message: usize,
    pub(crate) read_budget: usize,
    pub(crate) high: usize,
    pub(crate) low: usize,
    pub(crate) bound: Option<usize>,
    pub(crate) total_bound: usize,
    pub(crate) slow_peers: SlowPeers,
    pub(crate) deadlines: Waits,
    pub(crate) max_connections: u32,
    pub(crate) max_pending: u32,
    pub(crate) max_undecided: u32,
    pub(crate) max_per_address: Option<u32>,
    pub(crate) topics: TopicLimits,
    pub(crate) handle_queue: usize,
    pub(crate) handle_bytes: usize,
    pub(crate) nodelay: bool,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) reuse_port: bool,
    pub(crate) backlog: i32,
    pub(crate) clock: Option<Clock>,
    #[cfg(feature = "deflate")]
    compression: Option<Compression>,
}

pub(crate) type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct TopicLimits {
    pub(crate) topics: usize,
    pub(crate) name: usize,
    pub(crate) per_connection: usize,
}

/// What happens to a peer that has so much queued that a message is refused with
/// [`SendError::Full`](crate::SendError::Full).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowPeers {
    /// The caller is told, and decides.
    #[default]
    Report,
    /// The caller is told, and the peer is closed with 1013: for broadcasts, where a gap is worse than a new start.
    Close,
}

impl Config {
    /// Which web pages may connect ([`OriginPolicy`]). Default: those of the same host, and clients that send no `Origin`.
    pub fn origins(self, policy: OriginPolicy) -> Self {
        Self {
            origins: policy,
            ..self
        }
    }

    /// Whether plain GET and HEAD requests come as [`Event::Http`](crate::Event::Http), to be answered with
    /// [`Server::respond`](crate::Server::respond). Default: no, they are refused with 426.
    pub fn http(self, wanted: bool) -> Self {
        Self { http: wanted, ..self }
    }

    /// The limits of a request head. Default: [`Limits::default`], 16 KiB with 100 fields.
    ///
    /// The buffer lent to [`Server::poll`](crate::Server::poll) must hold a whole head: see
    /// [`min_buffer`](Self::min_buffer).
    pub fn head_limits(self, limits: Limits) -> Self {
        Self { head: limits, ..self }
    }

    /// Bytes per message and per frame. Default: [`DEFAULT_MAX_MESSAGE`].
    pub fn max_message(self, bytes: usize) -> Self {
        let limited = self
            .frames(|frames| (frames.max_message_len, frames.max_frame_len) = (bytes as u64, bytes as u64));
        Self {
            max_message: bytes,
            ..limited
        }
    }

    /// Fragments per message. Default: [`ws_frame::Config::DEFAULT_MAX_FRAGMENTS`].
    pub fn max_fragments(self, count: u32) -> Self {
        self.frames(|frames| frames.max_fragments = count)
    }

    /// Empty fragments in a row. Default: [`ws_frame::Config::DEFAULT_MAX_EMPTY_FRAGMENTS`].
    pub fn max_empty_fragments(self, count: u16) -> Self {
        self.frames(|frames| frames.max_empty_fragments = count)
    }

    /// Whether messages come in parts ([`Event::TextPart`](crate::Event::TextPart)) as they are read, and are never put
    /// together: for messages larger than memory, whose limit may then be beyond every bound. Default: no.
    pub fn streaming(self, wanted: bool) -> Self {
        self.frames(|frames| frames.streaming = wanted)
    }

    /// Whether messages are compressed (`permessage-deflate`, RFC 7692) with clients that offer it, and how. Default: no. See
    /// [`ws_frame::deflate`] for what it costs in memory, and for what it tells to those who watch.
    #[cfg(feature = "deflate")]
    pub fn compression(self, compression: impl Into<Option<Compression>>) -> Self {
        Self {
            compression: compression.into(),
            ..self
        }
    }

    /// Bytes read from one peer in one turn. Default: [`DEFAULT_READ_BUDGET`].
    pub fn read_budget(self, bytes: usize) -> Self {
        Self {
            read_budget: bytes,
            ..self
        }
    }

    /// The marks of back-pressure, in bytes queued for one peer: above `high` it is not read from, at or below `low`
    /// it is again, and [`Event::Writable`](crate::Event::Writable) tells. Default: [`DEFAULT_HIGH`], [`DEFAULT_LOW`].
    pub fn marks(self, low: usize, high: usize) -> Self {
        Self { high, low, ..self }
    }

    /// Bytes queued for one peer, beyond which a message is refused with [`SendError::Full`](crate::SendError::Full).
    /// Default: one message of the largest size (16 MiB where they come in [parts](Self::streaming)), the `high` mark, the read
    /// budget and room for control frames, so that a server that echoes never sees `Full`.
    ///
    /// What a compressor may make longer is counted at its longest before it is compressed.
    pub fn bound(self, bytes: usize) -> Self {
        Self {
            bound: Some(bytes),
            ..self
        }
    }

    /// Bytes of memory queued for all peers together, beyond which messages are refused; bytes shared by
    /// many count once. Default: [`DEFAULT_TOTAL_BOUND`].
    pub fn total_bound(self, bytes: usize) -> Self {
        Self {
            total_bound: bytes,
            ..self
        }
    }

    /// What happens to a peer that does not keep up. Default: [`SlowPeers::Report`].
    pub fn slow_peers(self, policy: SlowPeers) -> Self {
        Self {
            slow_peers: policy,
            ..self
        }
    }

    /// Connections at once. At the limit accepting pauses: new ones wait in the system's backlog.
    /// Default: [`DEFAULT_MAX_CONNECTIONS`].
    pub fn max_connections(self, count: u32) -> Self {
        Self {
            max_connections: count,
            ..self
        }
    }

    /// Connections at once that have not sent their request yet. At the limit accepting pauses.
    /// Default: [`DEFAULT_MAX_PENDING`].
    pub fn max_pending(self, count: u32) -> Self {
        Self {
            max_pending: count,
            ..self
        }
    }

    /// Requests at once that the program has not answered. One more gets a 503. Default: [`DEFAULT_MAX_UNDECIDED`].
    pub fn max_undecided(self, count: u32) -> Self {
        Self {
            max_undecided: count,
            ..self
        }
    }

    /// Connections at once from one address: one IPv4 address, or one IPv6 network of 64 bits. One more is closed
    /// unread. Default: no limit, since behind a proxy all clients have one address.
    pub fn max_per_address(self, count: impl Into<Option<u32>>) -> Self {
        Self {
            max_per_address: count.into(),
            ..self
        }
    }

    /// Topics at once, bytes of a topic's name, and topics of one connection. Default: [`DEFAULT_MAX_TOPICS`],
    /// [`DEFAULT_MAX_TOPIC_NAME`], [`DEFAULT_MAX_SUBSCRIPTIONS`].
    pub fn topics(self, topics: usize, name: usize, per_connection: usize) -> Self {
        Self {
            topics: TopicLimits {
                topics,
                name,
                per_connection,
            },
            ..self
        }
    }

    /// Commands, and bytes in them (with some 50 for each command itself), that may wait between the [`Handle`](crate::Handle)s and the server.
    /// Default: [`DEFAULT_HANDLE_QUEUE`], [`DEFAULT_HANDLE_BYTES`].
    pub fn handle_queue(self, commands: usize, bytes: usize) -> Self {
        Self {
            handle_queue: commands,
            handle_bytes: bytes,
            ..self
        }
    }

    /// Whether small messages are sent at once (`TCP_NODELAY`). Default: yes; writes are gathered here, per turn.
    pub fn nodelay(self, wanted: bool) -> Self {
        Self {
            nodelay: wanted,
            ..self
        }
    }

    /// After how much silence the system itself probes a peer (`SO_KEEPALIVE`). Default: never; the pings do more.
    pub fn keepalive(self, idle: impl Into<Option<Duration>>) -> Self {
        Self {
            keepalive: idle.into(),
            ..self
        }
    }

    /// Whether several servers may listen on one address, and the system spreads connections over them (`SO_REUSEPORT`,
    /// Unix only). Default: no.
    pub fn reuse_port(self, wanted: bool) -> Self {
        Self {
            reuse_port: wanted,
            ..self
        }
    }

    /// Connections that the system may hold before they are accepted. Default: [`DEFAULT_BACKLOG`].
    pub fn backlog(self, connections: i32) -> Self {
        Self {
            backlog: connections,
            ..self
        }
    }

    /// What the time is, for tests that invent it. It is asked once per turn. Default: [`Instant::now`].
    pub fn clock(self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self {
            clock: Some(Arc::new(clock)),
            ..self
        }
    }

    fn frames(mut self, change: impl FnOnce(&mut ws_frame::Config)) -> Self {
        change(&mut self.frames);
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            origins: OriginPolicy::default(),
            http: false,
            head: Limits::default(),
            frames: ws_frame::Config::default(),
            max_message: DEFAULT_MAX_MESSAGE,
            read_budget: DEFAULT_READ_BUDGET,
            high: DEFAULT_HIGH,
            low: DEFAULT_LOW,
            bound: None,
            total_bound: DEFAULT_TOTAL_BOUND,
            slow_peers: SlowPeers::default(),
            deadlines: Waits {
                head: Some(DEFAULT_HEAD),
                decision: Some(DEFAULT_DECISION),
                idle: Some(DEFAULT_IDLE),
                pong: Some(DEFAULT_PONG),
                message: None,
                stall: Some(DEFAULT_STALL),
                close: Some(DEFAULT_CLOSE),
                lifetime: None,
            },
            max_connections: DEFAULT_MAX_CONNECTIONS,
            max_pending: DEFAULT_MAX_PENDING,
            max_undecided: DEFAULT_MAX_UNDECIDED,
            max_per_address: None,
            topics: TopicLimits {
                topics: DEFAULT_MAX_TOPICS,
                name: DEFAULT_MAX_TOPIC_NAME,
                per_connection: DEFAULT_MAX_SUBSCRIPTIONS,
            },
            handle_queue: DEFAULT_HANDLE_QUEUE,
            handle_bytes: DEFAULT_HANDLE_BYTES,
            nodelay: true,
            keepalive: None,
            reuse_port: false,
            backlog: DEFAULT_BACKLOG,
            clock: None,
            #[cfg(feature = "deflate")]
            compression: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("origins", &self.origins)
            .field("http", &self.http)
            .field("head", &self.head)
            .field("max_message", &self.max_message)
            .field("high", &self.high)
            .field("low", &self.low)
            .field("bound", &self.bound_or_default())
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}
