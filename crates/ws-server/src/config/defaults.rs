//! What a server is set to unless it is told otherwise, and why.

use core::time::Duration;

/// The buffer that [`Server::poll`](crate::Server::poll) needs with the default limits: 20 KiB. 256 KiB is a good size: then a turn reads
/// from several peers, and each may bring a message of some size in one piece.
pub const MIN_BUFFER: usize = ws_handshake::Limits::DEFAULT_MAX_HEAD_LEN + READ_ROOM;
/// 16 MiB, as [`ws_frame::Config`] has it.
pub const DEFAULT_MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// 128 KiB: a message of 64 KiB comes whole, with its header; some 20,000 of the smallest messages, or 4 µs of unmasking.
pub const DEFAULT_READ_BUDGET: usize = 128 * 1024;
/// 64 KiB: beyond what the system buffers for a peer anyway.
pub const DEFAULT_HIGH: usize = 64 * 1024;
/// 16 KiB: low enough that `Writable` is not told over and over, high enough that the socket does not run dry.
pub const DEFAULT_LOW: usize = 16 * 1024;
/// 1 GiB.
pub const DEFAULT_TOTAL_BOUND: usize = 1024 * 1024 * 1024;
/// 256 MiB: sixteen of the largest messages at the same time, or more where [`Config::max_message`](crate::Config::max_message) is larger.
pub const DEFAULT_MAX_ASSEMBLING_TOTAL: usize = 256 * 1024 * 1024;
/// 8 KiB a second: an upload over a bad mobile connection is several times faster.
pub const DEFAULT_MIN_MESSAGE_RATE: u32 = 8 * 1024;
/// 30 s: short messages over the worst connection, and a while without any.
pub const DEFAULT_MESSAGE_GRACE: Duration = Duration::from_secs(30);
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

const _: () = assert!(DEFAULT_MAX_MESSAGE as u64 == ws_frame::Config::DEFAULT_MAX_MESSAGE_LEN);
