//! Defaults. The table at [`Config`](super::Config) has the reasons.

use core::time::Duration;

pub(crate) const DEFAULT_MAX_MESSAGE_LEN: usize = 16 * 1024 * 1024;
pub(crate) const DEFAULT_READ_BUDGET: usize = 128 * 1024;
pub(crate) const DEFAULT_HIGH_WATERMARK: usize = 64 * 1024;
pub(crate) const DEFAULT_LOW_WATERMARK: usize = 16 * 1024;
pub(crate) const DEFAULT_MAX_QUEUED_TOTAL: usize = 1024 * 1024 * 1024;
pub(crate) const DEFAULT_MAX_ASSEMBLING_TOTAL: usize = 256 * 1024 * 1024;
pub(crate) const DEFAULT_MIN_MESSAGE_RATE: u32 = 8 * 1024;
pub(crate) const DEFAULT_MESSAGE_GRACE: Duration = Duration::from_secs(30);
pub(crate) const DEFAULT_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const DEFAULT_ACCEPT_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(45);
pub(crate) const DEFAULT_PONG_TIMEOUT: Duration = Duration::from_secs(20);
pub(crate) const DEFAULT_WRITE_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const DEFAULT_CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const DEFAULT_MAX_CONNECTIONS: u32 = 1 << 20;
pub(crate) const DEFAULT_MAX_PENDING: u32 = 4096;
pub(crate) const DEFAULT_MAX_UNDECIDED: u32 = 1024;
pub(crate) const DEFAULT_MAX_TOPICS: usize = 65_536;
pub(crate) const DEFAULT_MAX_TOPIC_LEN: usize = 128;
pub(crate) const DEFAULT_MAX_SUBSCRIPTIONS: usize = 128;
pub(crate) const DEFAULT_MAX_COMMANDS: usize = 1024;
pub(crate) const DEFAULT_MAX_COMMAND_BYTES: usize = 64 * 1024 * 1024;
pub(crate) const DEFAULT_BACKLOG: i32 = 4096;

/// The least that a read is offered. With less room the turn ends.
pub(crate) const READ_ROOM: usize = 4 * 1024;

const _: () = assert!(DEFAULT_MAX_MESSAGE_LEN as u64 == ws_frame::Config::DEFAULT_MAX_MESSAGE_LEN);
