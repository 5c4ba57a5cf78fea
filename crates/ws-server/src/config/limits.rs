//! Limits of sizes, counts and rates.

use core::time::Duration;

use ws_handshake::Limits;

use super::{Config, MessageRate, SlowPeers};

/// Limits of sizes, counts and rates.
impl Config {
    /// Sets the limits of a request head. Default: [`Limits::default`], 16 KiB with 100 fields.
    ///
    /// The buffer that is lent to [`Server::poll`](crate::Server::poll) must hold a whole head: see
    /// [`min_buffer`](Self::min_buffer).
    #[doc(alias = "max_header_size")]
    pub fn head_limits(self, limits: Limits) -> Self {
        Self {
            head: limits,
            ..self
        }
    }

    /// The limits of a request head.
    #[must_use]
    pub const fn get_head_limits(&self) -> Limits {
        self.head
    }

    /// Sets the longest message and the longest frame, in bytes. A longer one fails the connection
    /// with 1009, at its header. Default: 16 MiB.
    #[doc(alias = "max_message_size")]
    #[doc(alias = "max_payload_len")]
    #[doc(alias = "maxPayload")]
    #[doc(alias = "max_payload")]
    pub fn max_message_len(self, bytes: usize) -> Self {
        let limited = self.frames(|frames| {
            frames
                .max_message_len(bytes as u64)
                .max_frame_len(bytes as u64)
        });
        Self {
            max_message_len: bytes,
            ..limited
        }
    }

    /// The longest message, in bytes.
    #[must_use]
    pub const fn get_max_message_len(&self) -> usize {
        self.max_message_len
    }

    /// Sets the number of fragments per message. More fail the connection with 1008. Default:
    /// [`ws_frame::Config::DEFAULT_MAX_FRAGMENTS`].
    pub fn max_fragments(self, count: u32) -> Self {
        self.frames(|frames| frames.max_fragments(count))
    }

    /// The number of fragments per message.
    #[must_use]
    pub const fn get_max_fragments(&self) -> u32 {
        self.frames.get_max_fragments()
    }

    /// Sets the number of empty fragments in a row. More fail the connection with 1008. Default:
    /// [`ws_frame::Config::DEFAULT_MAX_EMPTY_FRAGMENTS`].
    pub fn max_empty_fragments(self, count: u16) -> Self {
        self.frames(|frames| frames.max_empty_fragments(count))
    }

    /// The number of empty fragments in a row.
    #[must_use]
    pub const fn get_max_empty_fragments(&self) -> u16 {
        self.frames.get_max_empty_fragments()
    }

    /// Sets the bytes that are read from one connection in one turn, and the bytes that its
    /// compressed messages are inflated to in one turn. The rest comes in the next turn. Default:
    /// 128 KiB.
    pub fn read_budget(self, bytes: usize) -> Self {
        Self {
            read_budget: bytes,
            ..self
        }
    }

    /// Bytes read from one connection in one turn.
    #[must_use]
    pub const fn get_read_budget(&self) -> usize {
        self.read_budget
    }

    /// Sets the high watermark of backpressure, in bytes queued for one connection. Above it, the
    /// server does not read from the connection. Default: 64 KiB.
    #[doc(alias = "backpressure")]
    pub fn high_watermark(self, bytes: usize) -> Self {
        Self {
            high_watermark: bytes,
            ..self
        }
    }

    /// The high watermark, in bytes.
    #[must_use]
    pub const fn get_high_watermark(&self) -> usize {
        self.high_watermark
    }

    /// Sets the low watermark of backpressure. When no more than this is queued, the server reads
    /// again, and [`Event::Writable`](crate::Event::Writable) comes. Default: 16 KiB.
    #[doc(alias = "backpressure")]
    pub fn low_watermark(self, bytes: usize) -> Self {
        Self {
            low_watermark: bytes,
            ..self
        }
    }

    /// The low watermark, in bytes.
    #[must_use]
    pub const fn get_low_watermark(&self) -> usize {
        self.low_watermark
    }

    /// Sets the bytes that may be queued for one connection. A message beyond it is refused with
    /// [`SendError::Full`](crate::SendError::Full). Default: one message of the largest size (16
    /// MiB if messages come in [parts](Self::streaming)), the high watermark, the read budget and
    /// room for control frames, so that a server that echoes never sees `Full`.
    ///
    /// With compression, a message counts with its longest compressed form before it is compressed.
    #[doc(alias = "max_write_buffer_size")]
    #[doc(alias = "write_buffer_size")]
    #[doc(alias = "max_backpressure")]
    pub fn max_queued(self, bytes: usize) -> Self {
        Self {
            max_queued: Some(bytes),
            ..self
        }
    }

    /// Bytes that may be queued for one connection.
    #[must_use]
    pub fn get_max_queued(&self) -> usize {
        self.max_queued_or_default()
    }

    /// Sets the bytes of memory that may be queued for all connections together. Bytes that several
    /// connections share count once. Default: 1 GiB.
    ///
    /// For a message beyond it, the server ends connections that have most queued and take none of
    /// it ([`Cause::Overloaded`](crate::Cause::Overloaded)). Such a connection has more queued than
    /// the receiver of the message, and more than the high watermark, or than the receiver would
    /// have with the message. If that is not enough, the server refuses the message with
    /// [`SendError::Full`](crate::SendError::Full).
    pub fn max_queued_total(self, bytes: usize) -> Self {
        Self {
            max_queued_total: bytes,
            ..self
        }
    }

    /// Bytes that may be queued for all connections together.
    #[must_use]
    pub const fn get_max_queued_total(&self) -> usize {
        self.max_queued_total
    }

    /// Sets the bytes of memory that unfinished messages of all connections may hold together;
    /// compressed ones as they are inflated. Default: 256 MiB, or two messages of the largest size.
    ///
    /// Beyond it, the server closes the connection whose message holds most with 1013
    /// ([`Cause::Overloaded`](crate::Cause::Overloaded)). A message that is alone is never refused,
    /// and messages in [parts](Self::streaming) hold nothing.
    pub fn max_assembling_total(self, bytes: usize) -> Self {
        Self {
            max_assembling_total: Some(bytes),
            ..self
        }
    }

    /// Bytes that unfinished messages of all connections may hold together.
    #[must_use]
    pub fn get_max_assembling_total(&self) -> usize {
        self.max_assembling_total_or_default()
    }

    /// Sets the bytes per second that a message must reach on average, once it holds more than 4
    /// KiB and [`message_grace`](Self::message_grace) has passed since then. `None`: no minimum.
    /// The server closes a slower connection with 1008. Default: 8 KiB/s, or none if a
    /// [`message_timeout`](Self::message_timeout) is set.
    ///
    /// Bytes count as they arrive, compressed ones too. Time in which the server does not read from
    /// the connection does not count. Messages in [parts](Self::streaming) hold nothing. Without a
    /// rate and a timeout, a peer that sends a byte now and then keeps the memory of its message.
    #[doc(alias = "slowloris")]
    pub fn min_message_rate(self, bytes_per_second: impl Into<Option<u32>>) -> Self {
        Self {
            min_message_rate: MessageRate::Set(bytes_per_second.into()),
            ..self
        }
    }

    /// The minimum rate of a message, in bytes per second.
    #[must_use]
    pub fn get_min_message_rate(&self) -> Option<u32> {
        self.min_message_rate_or_default()
    }

    /// Sets the time before [`min_message_rate`](Self::min_message_rate) applies to a message: a
    /// message of `n` bytes may take this long and `n / min_message_rate` seconds. Default: 30 s.
    pub fn message_grace(self, grace: Duration) -> Self {
        Self {
            message_grace: grace,
            ..self
        }
    }

    /// The time before the minimum rate applies to a message.
    #[must_use]
    pub const fn get_message_grace(&self) -> Duration {
        self.message_grace
    }

    /// Sets the policy for connections that do not keep up. Default: [`SlowPeers::Report`].
    #[doc(alias = "backpressure")]
    pub fn slow_peers(self, policy: SlowPeers) -> Self {
        Self {
            slow_peers: policy,
            ..self
        }
    }

    /// The policy for connections that do not keep up.
    #[must_use]
    pub const fn get_slow_peers(&self) -> SlowPeers {
        self.slow_peers
    }

    /// Sets the number of topics with subscribers. Default: 65,536.
    #[doc(alias = "max_rooms")]
    pub fn max_topics(self, count: usize) -> Self {
        let mut config = self;
        config.topics.topics = count;
        config
    }

    /// The number of topics.
    #[must_use]
    pub const fn get_max_topics(&self) -> usize {
        self.topics.topics
    }

    /// Sets the longest name of a topic, in bytes. Default: 128.
    pub fn max_topic_len(self, bytes: usize) -> Self {
        let mut config = self;
        config.topics.name = bytes;
        config
    }

    /// The longest name of a topic, in bytes.
    #[must_use]
    pub const fn get_max_topic_len(&self) -> usize {
        self.topics.name
    }

    /// Sets the number of topics of one connection. Default: 128.
    pub fn max_subscriptions(self, count: usize) -> Self {
        let mut config = self;
        config.topics.per_connection = count;
        config
    }

    /// The number of topics of one connection.
    #[must_use]
    pub const fn get_max_subscriptions(&self) -> usize {
        self.topics.per_connection
    }

    /// Sets the number of commands of [`Handle`](crate::Handle)s that may wait for the server.
    /// Their queue is allocated with the server. Default: 1,024.
    pub fn max_commands(self, count: usize) -> Self {
        Self {
            max_commands: count,
            ..self
        }
    }

    /// The number of commands that may wait.
    #[must_use]
    pub const fn get_max_commands(&self) -> usize {
        self.max_commands
    }

    /// Sets the bytes in commands that may wait for the server, with about 50 for each command
    /// itself. Default: 64 MiB.
    pub fn max_command_bytes(self, bytes: usize) -> Self {
        Self {
            max_command_bytes: bytes,
            ..self
        }
    }

    /// Bytes in commands that may wait.
    #[must_use]
    pub const fn get_max_command_bytes(&self) -> usize {
        self.max_command_bytes
    }
}
