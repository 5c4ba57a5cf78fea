//! Configuration validation.

use core::{fmt, time::Duration};

use ws_handshake::Limits;

use super::{
    Config, DEFAULT_MAX_ASSEMBLING_TOTAL, DEFAULT_MAX_MESSAGE_LEN, DEFAULT_MIN_MESSAGE_RATE,
    MessageRate, READ_ROOM,
};
use crate::send_queue::SEGMENTS_HELD;

impl Config {
    /// The smallest buffer with the default limits: 20 KiB. 256 KiB is a good size: then one turn
    /// reads from several connections, and larger messages arrive whole.
    pub const MIN_BUFFER: usize = Limits::DEFAULT_MAX_HEAD_LEN + READ_ROOM;

    /// The smallest buffer that [`Server::poll`](crate::Server::poll) accepts, in bytes: it holds a
    /// whole request head and a read. [`MIN_BUFFER`](Self::MIN_BUFFER) with the default limits.
    #[must_use]
    pub const fn min_buffer(&self) -> usize {
        self.head.get_max_head_len().saturating_add(READ_ROOM)
    }

    /// Checks that the options can work together. The constructors of a server do so.
    ///
    /// # Errors
    ///
    /// The first [`ConfigError`] that is found.
    pub fn check(&self) -> Result<(), ConfigError> {
        let positive = [
            self.max_message_len,
            self.read_budget,
            self.head.get_max_head_len(),
            self.head.get_max_start_line_len(),
            self.head.get_max_fields(),
            self.max_commands,
            self.max_command_bytes,
        ];
        let counts = [self.max_connections, self.max_pending, self.max_undecided];
        let nothing =
            self.max_per_address == Some(0) || self.min_message_rate_or_default() == Some(0);
        let restless = self.timeouts.idle == Some(Duration::ZERO);
        // Messages in parts are never whole in memory: there must be room for one read.
        let largest = self.largest_within(self.read_budget);
        let needed = self.longest(largest).saturating_add(MAX_HEADER);
        match () {
            () if positive.contains(&0) || counts.contains(&0) || nothing || restless => {
                Err(ConfigError::Zero)
            }
            () if self.max_commands > MAX_COMMANDS => Err(ConfigError::QueueTooLong),
            () if self.low_watermark > self.high_watermark => Err(ConfigError::WatermarksCrossed),
            () if largest > MAX_MESSAGE_LIMIT => Err(ConfigError::MessageTooLarge),
            () if self.max_queued_or_default() < needed
                || self.max_queued_total < needed.saturating_add(SEGMENTS_HELD) =>
            {
                Err(ConfigError::LimitTooLow)
            }
            () if !self.frames.get_streaming()
                && self.max_assembling_total_or_default() < self.max_message_len =>
            {
                Err(ConfigError::LimitTooLow)
            }
            () if self.max_queued_or_default() < self.high_watermark => {
                Err(ConfigError::LimitTooLow)
            }
            () if self.max_connections == u32::MAX => Err(ConfigError::TooManyConnections),
            () => Ok(()),
        }
    }

    pub(crate) fn max_queued_or_default(&self) -> usize {
        let echo = [
            self.longest(self.largest_within(DEFAULT_MAX_MESSAGE_LEN)),
            self.high_watermark,
            self.longest(self.read_budget),
            CONTROL_ROOM,
        ];
        self.max_queued
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
        let two = self
            .largest_within(DEFAULT_MAX_MESSAGE_LEN)
            .saturating_mul(2);
        self.max_assembling_total
            .unwrap_or(DEFAULT_MAX_ASSEMBLING_TOTAL.max(two))
    }

    /// The largest message that is queued in one piece. At most `in_parts` if messages come in
    /// parts: their limit may exceed all memory.
    fn largest_within(&self, in_parts: usize) -> usize {
        if self.frames.get_streaming() {
            self.max_message_len.min(in_parts)
        } else {
            self.max_message_len
        }
    }
}

/// An option of a [`Config`] that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A limit is zero, or the idle timeout is.
    Zero,
    /// The low watermark is above the high watermark.
    WatermarksCrossed,
    /// `max_message_len` is too large to be added to other lengths.
    MessageTooLarge,
    /// A message of the largest size exceeds another limit, or `max_queued` is below the high
    /// watermark.
    LimitTooLow,
    /// `max_connections` is `u32::MAX`: indices have 32 bits, and one has no connection.
    TooManyConnections,
    /// `max_commands` exceeds 16,777,216: their queue is allocated with the server.
    QueueTooLong,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "a limit is zero",
            Self::WatermarksCrossed => "low_watermark exceeds high_watermark",
            Self::MessageTooLarge => "max_message_len exceeds a quarter of the address space",
            Self::LimitTooLow => {
                "max_queued, max_queued_total or max_assembling_total is below max_message_len \
                 with its header, or max_queued is below high_watermark"
            }
            Self::TooManyConnections => "max_connections exceeds 4294967294",
            Self::QueueTooLong => "max_commands exceeds 16777216",
        })
    }
}

impl core::error::Error for ConfigError {}

/// A server's frame header at its longest.
const MAX_HEADER: usize = 10;
/// A gigabyte of commands.
const MAX_COMMANDS: usize = 1 << 24;
/// A message limit above this could not be added to other lengths.
const MAX_MESSAGE_LIMIT: usize = usize::MAX / 4;
/// The longest control frame there is, a client's: 6 + 125 bytes.
const CONTROL_ROOM: usize = 131;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_can_work_and_min_buffer_is_what_it_needs() {
        assert_eq!(Config::default().check(), Ok(()));
        assert_eq!(Config::default().min_buffer(), Config::MIN_BUFFER);
    }

    /// A message in parts is never whole in memory, so its limit has nothing to do with what may be
    /// queued.
    #[test]
    fn s6_messages_in_parts_may_be_larger_than_memory() {
        for max in [1 << 30, 1 << 40, usize::MAX] {
            let config = Config::default().max_message_len(max);
            assert!(config.check().is_err());
            let config = config.streaming(true);
            assert_eq!(config.check(), Ok(()));
            assert!(config.max_queued_or_default() < 2 * DEFAULT_MAX_MESSAGE_LEN);
        }
        let config = Config::default()
            .streaming(true)
            .max_message_len(usize::MAX);
        let config = config.read_budget(64 * 1024);
        assert_eq!(config.clone().max_queued(70_000).check(), Ok(()));
        assert_eq!(
            config
                .max_queued(1000)
                .low_watermark(10)
                .high_watermark(100)
                .check(),
            Err(ConfigError::LimitTooLow)
        );
    }

    #[test]
    fn limits_and_timeouts_of_zero_are_refused() {
        let cases = [
            Config::default().max_message_len(0),
            Config::default().max_connections(0),
            Config::default().max_pending(0),
            Config::default().max_undecided(0),
            Config::default().max_per_address(0),
            Config::default().head_limits(Limits::new().max_fields(0)),
            Config::default().max_commands(1).max_command_bytes(0),
            Config::default().min_message_rate(0),
            Config::default().idle_timeout(Duration::ZERO),
        ];
        for config in cases {
            assert_eq!(config.check(), Err(ConfigError::Zero));
        }
    }

    #[test]
    fn limits_below_another_limit_are_refused() {
        let assembling = Config::default().max_message_len(1000);
        let cases = [
            assembling.max_assembling_total(999),
            Config::default().max_message_len(1000).max_queued(1009),
            Config::default().max_queued(1 << 30).max_queued_total(1000),
            Config::default().max_message_len(10).max_queued(1000),
        ];
        for config in cases {
            assert_eq!(config.check(), Err(ConfigError::LimitTooLow));
        }
        let exact = Config::default().max_message_len(100_000);
        assert_eq!(exact.max_queued(100_010).check(), Ok(()));
    }

    #[test]
    fn limits_that_are_too_large_or_crossed_are_refused() {
        let commands = Config::default().max_commands(usize::MAX);
        assert_eq!(
            commands.max_command_bytes(1).check(),
            Err(ConfigError::QueueTooLong)
        );
        let connections = Config::default().max_connections(u32::MAX);
        assert_eq!(connections.check(), Err(ConfigError::TooManyConnections));
        let watermarks = Config::default().low_watermark(2).high_watermark(1);
        assert_eq!(watermarks.check(), Err(ConfigError::WatermarksCrossed));
        let message = Config::default().max_message_len(usize::MAX);
        assert_eq!(message.check(), Err(ConfigError::MessageTooLarge));
    }
}
