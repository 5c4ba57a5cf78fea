//! How much there may be of what.

use ws_handshake::Limits;

use super::{Config, SlowPeers, TopicLimits};

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

    /// Bytes read from one peer in one turn. Default: [`DEFAULT_READ_BUDGET`](crate::DEFAULT_READ_BUDGET).
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

    /// Bytes of memory queued for all peers together, beyond which messages are refused; bytes shared by
    /// many count once. Default: [`DEFAULT_TOTAL_BOUND`](crate::DEFAULT_TOTAL_BOUND).
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
