//! Progress of a connection, for timeouts.

use ws_frame::Phase;

/// Progress of a connection. A driver with a clock compares it with an earlier value: timeouts on
/// progress do not end slow connections that still move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes read from the stream since the connection began.
    pub received: u64,
    /// Bytes written to the stream since the connection began.
    pub written: u64,
    /// Bytes that wait to be written.
    pub queued: usize,
    /// The phase of the connection (RFC 6455 §7).
    pub phase: Phase,
    /// Whether a part of a message has arrived and its end has not.
    pub midway: bool,
}
