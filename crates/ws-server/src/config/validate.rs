//! What cannot work.

use core::{fmt, time::Duration};

use super::{
    Config, DEFAULT_MAX_ASSEMBLING_TOTAL, DEFAULT_MAX_MESSAGE, DEFAULT_MIN_MESSAGE_RATE, MessageRate,
    READ_ROOM,
};
use crate::send_queue::SEGMENTS_HELD;

impl Config {
    /// How many bytes the buffer lent to [`Server::poll`](crate::Server::poll) needs: a whole request head, and some
    /// more, so that every turn gets on. [`MIN_BUFFER`](crate::MIN_BUFFER) with the default limits.
    #[must_use]
    pub const fn min_buffer(&self) -> usize {
        self.head.get_max_head_len().saturating_add(READ_ROOM)
    }

    /// Says what cannot work.
    pub fn check(&self) -> Result<(), ConfigError> {
        let positive = [
            self.max_message,
            self.read_budget,
            self.head.get_max_head_len(),
            self.head.get_max_start_line_len(),
            self.head.get_max_fields(),
            self.handle_queue,
            self.handle_bytes,
        ];
        let counts = [self.max_connections, self.max_pending, self.max_undecided];
        let nothing = self.max_per_address == Some(0) || self.min_message_rate_or_default() == Some(0);
        let restless = self.timeouts.idle == Some(Duration::ZERO);
        // Messages in parts are never whole in memory: what one read gives must have room.
        let largest = self.largest_within(self.read_budget);
        let needed = self.longest(largest).saturating_add(MAX_HEADER);
        match () {
            () if positive.contains(&0) || counts.contains(&0) || nothing || restless => {
                Err(ConfigError::Zero)
            }
            () if self.handle_queue > MAX_HANDLE_QUEUE => Err(ConfigError::QueueTooLong),
            () if self.low > self.high => Err(ConfigError::MarksCrossed),
            () if largest > MAX_MESSAGE_LIMIT => Err(ConfigError::MessageTooLarge),
            () if self.bound_or_default() < needed
                || self.total_bound < needed.saturating_add(SEGMENTS_HELD) =>
            {
                Err(ConfigError::BoundTooLow)
            }
            () if !self.frames.get_streaming()
                && self.max_assembling_total_or_default() < self.max_message =>
            {
                Err(ConfigError::BoundTooLow)
            }
            () if self.bound_or_default() < self.high => Err(ConfigError::BoundTooLow),
            () if self.max_connections == u32::MAX => Err(ConfigError::TooManyConnections),
            () => Ok(()),
        }
    }

    pub(crate) fn bound_or_default(&self) -> usize {
        let echo = [
            self.longest(self.largest_within(DEFAULT_MAX_MESSAGE)),
            self.high,
            self.longest(self.read_budget),
            CONTROL_ROOM,
        ];
        self.bound
            .unwrap_or_else(|| echo.into_iter().fold(0, usize::saturating_add))
    }

    pub(crate) fn min_message_rate_or_default(&self) -> Option<u32> {
        match (self.min_message_rate, self.timeouts.message) {
            (MessageRate::Set(rate), _) => rate,
            (MessageRate::Unset, None) => Some(DEFAULT_MIN_MESSAGE_RATE),
            (MessageRate::Unset, Some(_)) => None,
        }
    }

    pub(crate) fn max_assembling_total_or_default(&self) -> usize {
        let two = self.largest_within(DEFAULT_MAX_MESSAGE).saturating_mul(2);
        self.max_assembling_total
            .unwrap_or(DEFAULT_MAX_ASSEMBLING_TOTAL.max(two))
    }

    /// The largest message that is queued in one piece; `in_parts` at most where messages come in parts, whose limit may be
    /// beyond all memory.
    fn largest_within(&self, in_parts: usize) -> usize {
        if self.frames.get_streaming() {
            self.max_message.min(in_parts)
        } else {
            self.max_message
        }
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

/// A server's frame header at its longest.
const MAX_HEADER: usize = 10;
/// A gigabyte of commands.
const MAX_HANDLE_QUEUE: usize = 1 << 24;
/// A message limit above this could not be added to other lengths.
const MAX_MESSAGE_LIMIT: usize = usize::MAX / 4;
/// The longest control frame there is, a client's: 6 + 125 bytes.
const CONTROL_ROOM: usize = 131;

#[cfg(test)]
mod tests {
    use ws_handshake::Limits;

    use super::*;
    use crate::MIN_BUFFER;

    #[test]
    fn the_default_can_work_and_min_buffer_is_what_it_needs() {
        assert_eq!(Config::default().check(), Ok(()));
        assert_eq!(Config::default().min_buffer(), MIN_BUFFER);
    }

    /// A message in parts is never whole in memory, so its limit has nothing to do with what may be queued.
    #[test]
    fn s6_messages_in_parts_may_be_larger_than_memory() {
        for max in [1 << 30, 1 << 40, usize::MAX] {
            let config = Config::default().max_message(max);
            assert!(config.check().is_err());
            let config = config.streaming(true);
            assert_eq!(config.check(), Ok(()));
            assert!(config.bound_or_default() < 2 * DEFAULT_MAX_MESSAGE);
        }
        let config = Config::default().streaming(true).max_message(usize::MAX);
        let config = config.read_budget(64 * 1024);
        assert_eq!(config.clone().bound(70_000).check(), Ok(()));
        assert_eq!(
            config.bound(1000).marks(10, 100).check(),
            Err(ConfigError::BoundTooLow)
        );
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
                Config::default().head_limits(Limits::new().max_fields(0)),
                ConfigError::Zero,
            ),
            (Config::default().handle_queue(1, 0), ConfigError::Zero),
            (Config::default().min_message_rate(0), ConfigError::Zero),
            (
                Config::default().max_message(1000).max_assembling_total(999),
                ConfigError::BoundTooLow,
            ),
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
