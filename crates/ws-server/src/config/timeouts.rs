//! How long is waited for what.

use core::time::Duration;

use super::Config;

/// How long each kind of wait may take; `None`: for ever.
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

impl Config {
    /// How long a peer may take for its request head, from the moment it is accepted. Default: [`DEFAULT_HEAD`](crate::DEFAULT_HEAD).
    pub fn head_deadline(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.head = wait.into())
    }

    /// How long the program may take to answer a request. Then the peer gets a 503. Default: [`DEFAULT_DECISION`](crate::DEFAULT_DECISION).
    pub fn decision(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.accept = wait.into())
    }

    /// How long a peer may be silent until it is sent a ping. Default: [`DEFAULT_IDLE`](crate::DEFAULT_IDLE).
    pub fn idle(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.idle = wait.into())
    }

    /// How long a peer may be silent after that ping until it counts as gone. Any byte is a sign of life.
    /// Default: [`DEFAULT_PONG`](crate::DEFAULT_PONG).
    pub fn pong(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.pong = wait.into())
    }

    /// Timeout of a whole message, from the first byte of its first frame to the last. When it has passed, the server closes the
    /// connection with 1008. It is total: nothing but a [`pause`](crate::Server::pause) by the program stops it. Without it, a peer
    /// that sends a byte now and then keeps its connection, and what it sent. Default: none.
    pub fn message_deadline(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.message = wait.into())
    }

    /// How long a peer may take nothing of what is queued for it. Default: [`DEFAULT_STALL`](crate::DEFAULT_STALL).
    pub fn stall(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.write = wait.into())
    }

    /// Timeout of the closing handshake, from the moment when the Close is written, and then again of the end of the stream. What is queued behind the end of a
    /// connection is sent for as long as the peer takes some of it within this time, unless the server stops.
    /// Default: [`DEFAULT_CLOSE`](crate::DEFAULT_CLOSE).
    pub fn close_deadline(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.close = wait.into())
    }

    /// How long a connection may last: after 15/16 to all of this, different for each, it is closed with 1001.
    /// Default: for ever.
    pub fn lifetime(self, wait: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.lifetime = wait.into())
    }

    fn timeouts(mut self, change: impl FnOnce(&mut Timeouts)) -> Self {
        change(&mut self.timeouts);
        self
    }
}
