//! What a server is set to, and what cannot work.

mod compression;
mod defaults;
mod limits;
mod listening;
mod timeouts;
mod validate;

use core::{fmt, time::Duration};
use std::{sync::Arc, time::Instant};

use ws_handshake::{Limits, OriginPolicy};

#[cfg(feature = "deflate")]
pub use self::compression::Compression;
pub use self::defaults::*;
use self::timeouts::Timeouts;
pub use self::validate::ConfigError;

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
    pub(crate) max_assembling_total: Option<usize>,
    pub(crate) min_message_rate: MessageRate,
    pub(crate) message_grace: Duration,
    pub(crate) slow_peers: SlowPeers,
    pub(crate) timeouts: Timeouts,
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

/// Minimum rate of a message, in bytes per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageRate {
    /// The default, which depends on the message timeout.
    Unset,
    Set(Option<u32>),
}

pub(crate) type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct TopicLimits {
    pub(crate) topics: usize,
    pub(crate) name: usize,
    pub(crate) per_connection: usize,
}

/// Policy for a peer that has so much queued that a message is refused with
/// [`SendError::Full`](crate::SendError::Full). When the memory for all peers is used up, the policy does not matter: see
/// [`Config::total_bound`].
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

    /// Whether messages come in parts ([`Event::TextPart`](crate::Event::TextPart)) as they are read, and are never put
    /// together: for messages larger than memory, whose limit may then be beyond every bound. Default: no.
    pub fn streaming(self, wanted: bool) -> Self {
        self.frames(|frames| frames.streaming(wanted))
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

    /// The clock, for tests that invent the time. The server reads it whenever a timeout begins or is checked. Default: [`Instant::now`].
    pub fn clock(self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self {
            clock: Some(Arc::new(clock)),
            ..self
        }
    }

    fn frames(mut self, change: impl FnOnce(ws_frame::Config) -> ws_frame::Config) -> Self {
        self.frames = change(self.frames);
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
            max_assembling_total: None,
            min_message_rate: MessageRate::Unset,
            message_grace: DEFAULT_MESSAGE_GRACE,
            slow_peers: SlowPeers::default(),
            timeouts: Timeouts {
                head: Some(DEFAULT_HEAD),
                accept: Some(DEFAULT_DECISION),
                idle: Some(DEFAULT_IDLE),
                pong: Some(DEFAULT_PONG),
                message: None,
                write: Some(DEFAULT_STALL),
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
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
