//! Configuration of a server.

#[cfg(feature = "deflate")]
mod compression;
mod defaults;
mod limits;
mod listening;
mod negotiation;
mod timeouts;
mod validate;

use core::{fmt, time::Duration};
use std::{sync::Arc, time::Instant};

use ws_handshake::{Limits, OriginPolicy};

#[cfg(feature = "deflate")]
pub use self::compression::Compression;
pub(crate) use self::defaults::*;
pub use self::validate::ConfigError;

/// Limits and options of a [`Server`](crate::Server).
///
/// All limits are inclusive, and every option has a default that suits a server on the open
/// internet. A setter takes the configuration and returns it changed; `get_…` returns the value.
/// The constructors of a server refuse what cannot work ([`ConfigError`] inside an
/// [`io::Error`](std::io::Error) of kind `InvalidInput`).
///
/// ```
/// use std::time::Duration;
/// use ws_server::{Config, OriginPolicy};
///
/// let config = Config::new()
///     .max_message_len(1024 * 1024)
///     .origins(OriginPolicy::Any)
///     .idle_timeout(Duration::from_secs(30))
///     .lifetime(None);
/// assert!(config.check().is_ok());
/// assert!(config.max_message_len(1 << 60).check().is_err());
/// ```
///
/// | option | default | reason |
/// |---|--:|---|
/// | [`origins`](Self::origins) | same host | a browser sends its user's cookies whatever page it shows |
/// | [`http`](Self::http), [`streaming`](Self::streaming) | off | |
/// | [`max_message_len`](Self::max_message_len) | 16 MiB | that of [`ws_frame::Config`] |
/// | [`max_fragments`](Self::max_fragments), [`max_empty_fragments`](Self::max_empty_fragments) | 131,072; 128 | those of [`ws_frame::Config`] |
/// | [`head_limits`](Self::head_limits) | 16 KiB, 100 fields | those of [`Limits`] |
/// | [`read_budget`](Self::read_budget) | 128 KiB | a message of 64 KiB arrives whole; about 20,000 of the smallest |
/// | [`high_watermark`](Self::high_watermark) | 64 KiB | beyond what the system buffers anyway |
/// | [`low_watermark`](Self::low_watermark) | 16 KiB | `Writable` is rare, and the socket does not run dry |
/// | [`max_queued`](Self::max_queued) | a message, `high_watermark` and a read | a server that echoes never sees `Full` |
/// | [`max_queued_total`](Self::max_queued_total) | 1 GiB | |
/// | [`max_assembling_total`](Self::max_assembling_total) | 256 MiB | sixteen of the largest messages at the same time |
/// | [`min_message_rate`](Self::min_message_rate) | 8 KiB/s | uploads over a bad mobile connection are several times faster |
/// | [`message_grace`](Self::message_grace) | 30 s | short messages over the worst connection |
/// | [`slow_peers`](Self::slow_peers) | report | |
/// | [`head_timeout`](Self::head_timeout) | 10 s | several retransmissions on a bad line |
/// | [`accept_timeout`](Self::accept_timeout) | 10 s | browsers and proxies wait longer than that |
/// | [`idle_timeout`](Self::idle_timeout) | 45 s | common proxies cut a silent connection after 60 s |
/// | [`pong_timeout`](Self::pong_timeout) | 20 s | |
/// | [`message_timeout`](Self::message_timeout) | none | |
/// | [`write_timeout`](Self::write_timeout) | 30 s | |
/// | [`close_timeout`](Self::close_timeout) | 10 s | |
/// | [`lifetime`](Self::lifetime) | none | |
/// | [`max_connections`](Self::max_connections) | 1,048,576 | more than a usual process has descriptors |
/// | [`max_pending`](Self::max_pending) | 4,096 | at 16 KiB of request head each, 64 MiB |
/// | [`max_undecided`](Self::max_undecided) | 1,024 | |
/// | [`max_per_address`](Self::max_per_address) | none | behind a proxy all clients have one address |
/// | [`max_topics`](Self::max_topics) | 65,536 | |
/// | [`max_topic_len`](Self::max_topic_len), [`max_subscriptions`](Self::max_subscriptions) | 128 bytes; 128 | |
/// | [`max_commands`](Self::max_commands), [`max_command_bytes`](Self::max_command_bytes) | 1,024; 64 MiB | four of the largest messages |
/// | [`nodelay`](Self::nodelay) | on | writes are gathered per turn |
/// | [`keepalive`](Self::keepalive), [`reuse_port`](Self::reuse_port) | off | |
/// | [`backlog`](Self::backlog) | 4,096 | a system that allows less takes what it allows |
#[derive(Clone)]
#[must_use]
pub struct Config {
    pub(crate) origins: OriginPolicy,
    pub(crate) http: bool,
    pub(crate) head: Limits,
    pub(crate) frames: ws_frame::Config,
    pub(crate) max_message_len: usize,
    pub(crate) read_budget: usize,
    pub(crate) high_watermark: usize,
    pub(crate) low_watermark: usize,
    pub(crate) max_queued: Option<usize>,
    pub(crate) max_queued_total: usize,
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
    pub(crate) max_commands: usize,
    pub(crate) max_command_bytes: usize,
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

/// Policy for a connection with so much queued that a message is refused with
/// [`SendError::Full`](crate::SendError::Full). When the limit of all connections is the reason,
/// the policy does not matter: see [`Config::max_queued_total`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowPeers {
    /// The caller gets the error, and decides.
    #[default]
    Report,
    /// The caller gets the error, and the server closes the connection with 1013. For broadcasts,
    /// where a gap is worse than a new start.
    Close,
}

/// Lengths of the timeouts. `None`: no timeout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) head: Option<Duration>,
    pub(crate) accept: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) pong: Option<Duration>,
    pub(crate) message: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) close: Option<Duration>,
    pub(crate) lifetime: Option<Duration>,
}

impl Timeouts {
    const DEFAULT: Self = Self {
        head: Some(DEFAULT_HEAD_TIMEOUT),
        accept: Some(DEFAULT_ACCEPT_TIMEOUT),
        idle: Some(DEFAULT_IDLE_TIMEOUT),
        pong: Some(DEFAULT_PONG_TIMEOUT),
        message: None,
        write: Some(DEFAULT_WRITE_TIMEOUT),
        close: Some(DEFAULT_CLOSE_TIMEOUT),
        lifetime: None,
    };
}

impl Config {
    /// The default configuration.
    pub fn new() -> Self {
        Self {
            origins: OriginPolicy::default(),
            http: false,
            head: Limits::default(),
            frames: ws_frame::Config::new(),
            max_message_len: DEFAULT_MAX_MESSAGE_LEN,
            read_budget: DEFAULT_READ_BUDGET,
            high_watermark: DEFAULT_HIGH_WATERMARK,
            low_watermark: DEFAULT_LOW_WATERMARK,
            max_queued: None,
            max_queued_total: DEFAULT_MAX_QUEUED_TOTAL,
            max_assembling_total: None,
            min_message_rate: MessageRate::Unset,
            message_grace: DEFAULT_MESSAGE_GRACE,
            slow_peers: SlowPeers::default(),
            timeouts: Timeouts::DEFAULT,
            max_connections: DEFAULT_MAX_CONNECTIONS,
            max_pending: DEFAULT_MAX_PENDING,
            max_undecided: DEFAULT_MAX_UNDECIDED,
            max_per_address: None,
            topics: TopicLimits {
                topics: DEFAULT_MAX_TOPICS,
                name: DEFAULT_MAX_TOPIC_LEN,
                per_connection: DEFAULT_MAX_SUBSCRIPTIONS,
            },
            max_commands: DEFAULT_MAX_COMMANDS,
            max_command_bytes: DEFAULT_MAX_COMMAND_BYTES,
            nodelay: true,
            keepalive: None,
            reuse_port: false,
            backlog: DEFAULT_BACKLOG,
            clock: None,
            #[cfg(feature = "deflate")]
            compression: None,
        }
    }

    /// Sets which web pages may connect. Default: pages of the same host, and clients that send no
    /// `Origin`.
    #[doc(alias = "cors")]
    #[doc(alias = "check_origin")]
    #[doc(alias = "allowed_origins")]
    pub fn origins(self, policy: OriginPolicy) -> Self {
        Self {
            origins: policy,
            ..self
        }
    }

    /// The web pages that may connect.
    #[must_use]
    pub const fn get_origins(&self) -> &OriginPolicy {
        &self.origins
    }

    /// Sets whether plain GET and HEAD requests come as [`Event::Http`](crate::Event::Http), for
    /// [`Server::respond`](crate::Server::respond). Default: no, the server refuses them with 426.
    #[doc(alias = "health_check")]
    pub fn http(self, wanted: bool) -> Self {
        Self {
            http: wanted,
            ..self
        }
    }

    /// Whether plain requests come as events.
    #[must_use]
    pub const fn get_http(&self) -> bool {
        self.http
    }

    /// Sets whether messages come in parts ([`Event::TextPart`](crate::Event::TextPart)) as they
    /// are read, and are never assembled. For messages larger than memory: their limit may exceed
    /// all others. Default: no.
    #[doc(alias = "fragments")]
    pub fn streaming(self, wanted: bool) -> Self {
        self.frames(|frames| frames.streaming(wanted))
    }

    /// Whether messages come in parts.
    #[must_use]
    pub const fn get_streaming(&self) -> bool {
        self.frames.get_streaming()
    }

    /// Sets whether and how messages are compressed (`permessage-deflate`, RFC 7692) with clients
    /// that offer it. Default: no. See [`ws_frame::deflate`] for its memory, and for its security.
    #[doc(alias = "permessage_deflate")]
    #[cfg(feature = "deflate")]
    #[doc(alias = "permessage-deflate")]
    pub fn compression(self, compression: impl Into<Option<Compression>>) -> Self {
        Self {
            compression: compression.into(),
            ..self
        }
    }

    /// Whether and how messages are compressed.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub const fn get_compression(&self) -> Option<&Compression> {
        self.compression.as_ref()
    }

    /// Sets the clock, for tests that invent the time. The server reads it whenever a timeout
    /// begins or is checked. Default: [`Instant::now`].
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
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("origins", &self.origins)
            .field("http", &self.http)
            .field("head", &self.head)
            .field("max_message_len", &self.max_message_len)
            .field("high_watermark", &self.high_watermark)
            .field("low_watermark", &self.low_watermark)
            .field("max_queued", &self.max_queued_or_default())
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
