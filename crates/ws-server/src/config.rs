//! What a server is set to, and what cannot work.

use core::{fmt, time::Duration};
use std::{sync::Arc, time::Instant};

use ws_frame::Connection;
#[cfg(feature = "deflate")]
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{Limits, OriginPolicy, Upgrade, extension::deflate::PerMessageDeflate};

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

/// How long each kind of wait may take; `None`: for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits {
    pub(crate) head: Option<Duration>,
    pub(crate) decision: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) pong: Option<Duration>,
    pub(crate) message: Option<Duration>,
    pub(crate) stall: Option<Duration>,
    pub(crate) close: Option<Duration>,
    pub(crate) lifetime: Option<Duration>,
}

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
    /// together: for messages larger than memory. Default: no.
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
    /// Default: one message of the largest size, the `high` mark, the read budget and room for control frames, so that a
    /// server that echoes never sees `Full`.
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

    /// How long a peer may take for its request head, from the moment it is accepted. Default: [`DEFAULT_HEAD`].
    pub fn head_deadline(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.head = wait.into())
    }

    /// How long the program may take to answer a request. Then the peer gets a 503. Default: [`DEFAULT_DECISION`].
    pub fn decision(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.decision = wait.into())
    }

    /// How long a peer may be silent until it is sent a ping. Default: [`DEFAULT_IDLE`].
    pub fn idle(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.idle = wait.into())
    }

    /// How long a peer may be silent after that ping until it counts as gone. Any byte is a sign of life.
    /// Default: [`DEFAULT_PONG`].
    pub fn pong(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.pong = wait.into())
    }

    /// How long a message may take, from the first bytes of its payload to the last; then the peer is closed with 1008. Without it, a peer that sends
    /// a byte now and then keeps its connection, and what it sent. It is not pinged meanwhile. Default: for ever.
    pub fn message_deadline(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.message = wait.into())
    }

    /// How long a peer may take nothing of what is queued for it. Default: [`DEFAULT_STALL`].
    pub fn stall(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.stall = wait.into())
    }

    /// How long the closing handshake may take, and then again the end of the stream. Default: [`DEFAULT_CLOSE`].
    pub fn close_deadline(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.close = wait.into())
    }

    /// How long a connection may last: after 15/16 to all of this, different for each, it is closed with 1001.
    /// Default: for ever.
    pub fn lifetime(self, wait: impl Into<Option<Duration>>) -> Self {
        self.waits(|waits| waits.lifetime = wait.into())
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

    /// How many bytes the buffer lent to [`Server::poll`](crate::Server::poll) needs: a whole request head, and some
    /// more, so that every turn gets on. [`MIN_BUFFER`] with the default limits.
    #[must_use]
    pub const fn min_buffer(&self) -> usize {
        self.head.head.saturating_add(READ_ROOM)
    }

    /// Says what cannot work.
    pub fn check(&self) -> Result<(), ConfigError> {
        let positive = [
            self.max_message,
            self.read_budget,
            self.head.head,
            self.head.start_line,
            self.head.fields,
            self.handle_queue,
            self.handle_bytes,
        ];
        let counts = [self.max_connections, self.max_pending, self.max_undecided];
        let per_address = self.max_per_address == Some(0);
        let restless = self.deadlines.idle == Some(Duration::ZERO);
        let needed = self.max_message.saturating_add(MAX_HEADER);
        match () {
            () if positive.contains(&0) || counts.contains(&0) || per_address || restless => {
                Err(ConfigError::Zero)
            }
            () if self.handle_queue > MAX_HANDLE_QUEUE => Err(ConfigError::QueueTooLong),
            () if self.low > self.high => Err(ConfigError::MarksCrossed),
            () if self.max_message > MAX_MESSAGE_LIMIT => Err(ConfigError::MessageTooLarge),
            () if self.bound_or_default() < needed || self.total_bound < needed => {
                Err(ConfigError::BoundTooLow)
            }
            () if self.bound_or_default() < self.high => Err(ConfigError::BoundTooLow),
            () if self.max_connections == u32::MAX => Err(ConfigError::TooManyConnections),
            () => Ok(()),
        }
    }

    /// What compression is agreed on with a client.
    #[cfg_attr(
        not(feature = "deflate"),
        expect(clippy::unused_self, reason = "it has no compression")
    )]
    pub(crate) fn agree(&self, upgrade: &Upgrade<'_>) -> Option<PerMessageDeflate> {
        #[cfg(feature = "deflate")]
        return self
            .compression
            .as_ref()?
            .negotiation
            .answer(upgrade.extensions());
        #[cfg(not(feature = "deflate"))]
        {
            let _ = upgrade;
            None
        }
    }

    /// A connection with that compression.
    pub(crate) fn connection(&self, agreed: Option<PerMessageDeflate>) -> Connection {
        let connection = Connection::server(self.frames);
        #[cfg(feature = "deflate")]
        if let (Some(agreed), Some(compression)) = (agreed, &self.compression) {
            return connection.with_deflate(parameters(agreed), &compression.options);
        }
        #[cfg(not(feature = "deflate"))]
        let _ = agreed;
        connection
    }

    pub(crate) fn bound_or_default(&self) -> usize {
        let echo = [self.max_message, self.high, self.read_budget, CONTROL_ROOM];
        self.bound
            .unwrap_or_else(|| echo.into_iter().fold(0, usize::saturating_add))
    }

    fn frames(mut self, change: impl FnOnce(&mut ws_frame::Config)) -> Self {
        change(&mut self.frames);
        self
    }

    fn waits(mut self, change: impl FnOnce(&mut Waits)) -> Self {
        change(&mut self.deadlines);
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

/// How messages are compressed.
///
/// The default agrees to what a client offers, has one compressor for all, and compresses messages from 128 bytes on.
#[cfg(feature = "deflate")]
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what is said to the client, and what is done"
)]
pub struct Compression {
    /// What is agreed on with a client that offers compression.
    pub negotiation: DeflateServer,
    /// How much memory and time it may take.
    pub options: ws_frame::deflate::Options,
}

#[cfg(feature = "deflate")]
impl Default for Compression {
    fn default() -> Self {
        Self {
            negotiation: DeflateServer::new(),
            options: ws_frame::deflate::Options::default(),
        }
    }
}

/// The two crates know nothing of each other.
#[cfg(feature = "deflate")]
fn parameters(agreed: PerMessageDeflate) -> ws_frame::deflate::Parameters {
    let window = |bits: Option<ws_handshake::extension::deflate::WindowBits>| {
        bits.and_then(|bits| ws_frame::deflate::WindowBits::new(bits.bits()))
            .unwrap_or_default()
    };
    ws_frame::deflate::Parameters {
        server_no_context_takeover: agreed.server_no_context_takeover,
        client_no_context_takeover: agreed.client_no_context_takeover,
        server_max_window_bits: window(agreed.server_max_window_bits),
        client_max_window_bits: window(agreed.client_max_window_bits),
    }
}

/// What of a [`Config`] cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A limit of nothing lets nobody in, and after no time at all everybody is idle.
    Zero,
    /// The `low` mark is above the `high` mark.
    MarksCrossed,
    /// The largest message cannot be counted with what surrounds it.
    MessageTooLarge,
    /// A message of the largest size would never fit into a bound, or the bound is below the `high` mark.
    BoundTooLow,
    /// Connections are numbered with 32 bits.
    TooManyConnections,
    /// The memory for the handles' queue is taken when the server is made: that is more than 16,777,216 commands.
    QueueTooLong,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "a limit is zero",
            Self::MarksCrossed => "the low mark is above the high mark",
            Self::MessageTooLarge => "the message limit is beyond what can be counted",
            Self::BoundTooLow => {
                "a bound is below the largest message with its header, or below the high mark"
            }
            Self::TooManyConnections => "more connections than there are numbers for",
            Self::QueueTooLong => "the queue of the handles is too long",
        })
    }
}

impl core::error::Error for ConfigError {}

/// The buffer that [`Server::poll`](crate::Server::poll) needs with the default limits: 20 KiB. 64 KiB is a good size.
pub const MIN_BUFFER: usize = ws_handshake::DEFAULT_MAX_HEAD + READ_ROOM;
/// 16 MiB, as [`ws_frame::Config`] has it.
pub const DEFAULT_MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// 64 KiB: some 10,000 of the smallest messages, 10 µs of unmasking.
pub const DEFAULT_READ_BUDGET: usize = 64 * 1024;
/// 64 KiB: beyond what the system buffers for a peer anyway.
pub const DEFAULT_HIGH: usize = 64 * 1024;
/// 16 KiB: low enough that `Writable` is not told over and over, high enough that the socket does not run dry.
pub const DEFAULT_LOW: usize = 16 * 1024;
/// 1 GiB.
pub const DEFAULT_TOTAL_BOUND: usize = 1024 * 1024 * 1024;
/// 10 s, several retransmissions on a bad line.
pub const DEFAULT_HEAD: Duration = Duration::from_secs(10);
/// 10 s: browsers and proxies wait longer than that.
pub const DEFAULT_DECISION: Duration = Duration::from_secs(10);
/// 45 s, below the 60 s after which common proxies cut a silent connection.
pub const DEFAULT_IDLE: Duration = Duration::from_secs(45);
/// 20 s.
pub const DEFAULT_PONG: Duration = Duration::from_secs(20);
/// 30 s.
pub const DEFAULT_STALL: Duration = Duration::from_secs(30);
/// 10 s.
pub const DEFAULT_CLOSE: Duration = Duration::from_secs(10);
/// 1,048,576: more than the descriptors of a usual process, so that those are the limit, at which accepting pauses too.
pub const DEFAULT_MAX_CONNECTIONS: u32 = 1 << 20;
/// 4,096: at 16 KiB of head each, 64 MiB.
pub const DEFAULT_MAX_PENDING: u32 = 4096;
/// 1,024.
pub const DEFAULT_MAX_UNDECIDED: u32 = 1024;
/// 65,536.
pub const DEFAULT_MAX_TOPICS: usize = 65_536;
/// 128 bytes.
pub const DEFAULT_MAX_TOPIC_NAME: usize = 128;
/// 128.
pub const DEFAULT_MAX_SUBSCRIPTIONS: usize = 128;
/// 1,024 commands.
pub const DEFAULT_HANDLE_QUEUE: usize = 1024;
/// 64 MiB: four of the largest messages.
pub const DEFAULT_HANDLE_BYTES: usize = 64 * 1024 * 1024;
/// 4,096: where the system allows less it takes what it allows.
pub const DEFAULT_BACKLOG: i32 = 4096;

/// The least that a read is offered: with less the turn ends.
pub(crate) const READ_ROOM: usize = 4 * 1024;
/// A server's frame header at its longest.
const MAX_HEADER: usize = 10;
/// A gigabyte of commands.
const MAX_HANDLE_QUEUE: usize = 1 << 24;
/// A message limit above this could not be added to other lengths.
const MAX_MESSAGE_LIMIT: usize = usize::MAX / 4;

const _: () = assert!(DEFAULT_MAX_MESSAGE as u64 == ws_frame::Config::DEFAULT_MAX_MESSAGE_LEN);

/// The longest control frame there is, a client's: 6 + 125 bytes.
const CONTROL_ROOM: usize = 131;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_can_work_and_min_buffer_is_what_it_needs() {
        assert_eq!(Config::default().check(), Ok(()));
        assert_eq!(Config::default().min_buffer(), MIN_BUFFER);
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let cases = [
            (Config::default().max_message(0), ConfigError::Zero),
            (Config::default().max_connections(0), ConfigError::Zero),
            (Config::default().max_pending(0), ConfigError::Zero),
            (Config::default().max_undecided(0), ConfigError::Zero),
            (Config::default().max_per_address(0), ConfigError::Zero),
            (
                Config::default().head_limits(Limits::new().fields(0)),
                ConfigError::Zero,
            ),
            (Config::default().handle_queue(1, 0), ConfigError::Zero),
            (Config::default().idle(Duration::ZERO), ConfigError::Zero),
            (
                Config::default().handle_queue(usize::MAX, 1),
                ConfigError::QueueTooLong,
            ),
            (
                Config::default().max_connections(u32::MAX),
                ConfigError::TooManyConnections,
            ),
            (Config::default().marks(2, 1), ConfigError::MarksCrossed),
            (
                Config::default().max_message(1000).bound(1009),
                ConfigError::BoundTooLow,
            ),
            (
                Config::default().bound(1 << 30).total_bound(1000),
                ConfigError::BoundTooLow,
            ),
            (
                Config::default().max_message(10).bound(1000),
                ConfigError::BoundTooLow,
            ),
            (
                Config::default().max_message(usize::MAX),
                ConfigError::MessageTooLarge,
            ),
        ];
        for (config, error) in cases {
            assert_eq!(config.check(), Err(error));
        }
        assert_eq!(
            Config::default().max_message(100_000).bound(100_010).check(),
            Ok(())
        );
    }
}
