//! How much there may be of what.

use core::time::Duration;

use ws_handshake::Limits;

use super::{Config, MessageRate, SlowPeers, TopicLimits};

impl Config {
    /// The limits of a request head. Default: [`Limits::default`], 16 KiB with 100 fields.
    ///
    /// The buffer lent to [`Server::poll`](crate::Server::poll) must hold a whole head: see
    /// [`min_buffer`](Self::min_buffer).
    pub fn head_limits(self, limits: Limits) -> Self {
        Self { head: limits, ..self }
    }

    /// Bytes per message and per frame. Default: [`DEFAULT_MAX_MESSAGE`](crate::DEFAULT_MAX_MESSAGE).
    pub fn max_message(self, bytes: usize) -> Self {
        let limited = self.frames(|frames| frames.max_message_len(bytes as u64).max_frame_len(bytes as u64));
        Self {
            max_message: bytes,
            ..limited
        }
    }

    /// Fragments per message. Default: [`ws_frame::Config::DEFAULT_MAX_FRAGMENTS`].
    pub fn max_fragments(self, count: u32) -> Self {
        self.frames(|frames| frames.max_fragments(count))
    }

    /// Empty fragments in a row. Default: [`ws_frame::Config::DEFAULT_MAX_EMPTY_FRAGMENTS`].
    pub fn max_empty_fragments(self, count: u16) -> Self {
        self.frames(|frames| frames.max_empty_fragments(count))
    }

    /// Bytes read from one peer in one turn, and bytes that compressed messages of one peer are inflated to in one turn: what is left
    /// comes in the next. Default: [`DEFAULT_READ_BUDGET`](crate::DEFAULT_READ_BUDGET).
    pub fn read_budget(self, bytes: usize) -> Self {
        Self {
            read_budget: bytes,
            ..self
        }
    }

    /// The marks of back-pressure, in bytes queued for one peer: above `high` it is not read from, at or below `low`
    /// it is again, and [`Event::Writable`](crate::Event::Writable) tells. Default: [`DEFAULT_HIGH`](crate::DEFAULT_HIGH), [`DEFAULT_LOW`](crate::DEFAULT_LOW).
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

    /// Bytes of memory queued for all peers together; bytes shared by many count once.
    /// Default: [`DEFAULT_TOTAL_BOUND`](crate::DEFAULT_TOTAL_BOUND).
    ///
    /// For a message beyond it, the server ends the connections that have most queued and take too little
    /// ([`Cause::Overloaded`](crate::Cause::Overloaded)), as long as they have more than the `high` mark and more than the receiver of
    /// the message. If that is not enough, the message is refused with [`SendError::Full`](crate::SendError::Full).
    pub fn total_bound(self, bytes: usize) -> Self {
        Self {
            total_bound: bytes,
            ..self
        }
    }

    /// Bytes of memory that unfinished messages of all peers may hold together, compressed ones as they are inflated. Beyond it, the
    /// server closes the connection whose message holds most with 1013, and its event is [`Cause::Overloaded`](crate::Cause::Overloaded);
    /// a message that is alone is never refused. Default: [`DEFAULT_MAX_ASSEMBLING_TOTAL`](crate::DEFAULT_MAX_ASSEMBLING_TOTAL), or two
    /// messages of the largest size.
    ///
    /// Messages in [parts](Self::streaming) hold nothing.
    pub fn max_assembling_total(self, bytes: usize) -> Self {
        Self {
            max_assembling_total: Some(bytes),
            ..self
        }
    }

    /// Bytes per second that a message must reach on average, once it holds more than 4 KiB and
    /// [`message_grace`](Self::message_grace) has passed since then; `None` for no minimum. A slower one is closed with 1008. Bytes count as they come, compressed ones too.
    /// Default: [`DEFAULT_MIN_MESSAGE_RATE`](crate::DEFAULT_MIN_MESSAGE_RATE), or none where a
    /// [`message_deadline`](Self::message_deadline) is set.
    ///
    /// Time in which the server does not read from the peer does not count. Messages in [parts](Self::streaming) hold nothing.
    /// Without a rate and a deadline, a peer that sends a byte now and then keeps the memory of its message.
    pub fn min_message_rate(self, bytes_per_second: impl Into<Option<u32>>) -> Self {
        Self {
            min_message_rate: MessageRate::Set(bytes_per_second.into()),
            ..self
        }
    }

    /// How long a message may take before [`min_message_rate`](Self::min_message_rate) is demanded of it: in all, a message of `n` bytes
    /// may take this long and `n / min_message_rate` seconds. Default: [`DEFAULT_MESSAGE_GRACE`](crate::DEFAULT_MESSAGE_GRACE).
    pub fn message_grace(self, grace: Duration) -> Self {
        Self {
            message_grace: grace,
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

    /// Topics at once, bytes of a topic's name, and topics of one connection. Default: [`DEFAULT_MAX_TOPICS`](crate::DEFAULT_MAX_TOPICS),
    /// [`DEFAULT_MAX_TOPIC_NAME`](crate::DEFAULT_MAX_TOPIC_NAME), [`DEFAULT_MAX_SUBSCRIPTIONS`](crate::DEFAULT_MAX_SUBSCRIPTIONS).
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
    /// Default: [`DEFAULT_HANDLE_QUEUE`](crate::DEFAULT_HANDLE_QUEUE), [`DEFAULT_HANDLE_BYTES`](crate::DEFAULT_HANDLE_BYTES).
    pub fn handle_queue(self, commands: usize, bytes: usize) -> Self {
        Self {
            handle_queue: commands,
            handle_bytes: bytes,
            ..self
        }
    }
}
