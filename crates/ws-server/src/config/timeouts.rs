//! Lengths of the timeouts.

use core::time::Duration;

use super::{Config, Timeouts};

/// Timeouts. Each is exact to the millisecond and never early; `None` turns it off.
impl Config {
    /// Sets the timeout of the whole request head, from the moment when the connection is accepted.
    /// The server then answers 408 if some of it has arrived, and closes the connection. Default:
    /// 10 s.
    #[doc(alias = "handshake_timeout")]
    pub fn head_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.head = timeout.into())
    }

    /// The timeout of the whole request head.
    #[must_use]
    pub const fn get_head_timeout(&self) -> Option<Duration> {
        self.timeouts.head
    }

    /// Sets the timeout of the program's answer to a request. The server then answers 503. Default:
    /// 10 s.
    pub fn accept_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.accept = timeout.into())
    }

    /// The timeout of the program's answer to a request.
    #[must_use]
    pub const fn get_accept_timeout(&self) -> Option<Duration> {
        self.timeouts.accept
    }

    /// Sets the time without a byte from the peer after which the server pings it. Default: 45 s.
    #[doc(alias = "heartbeat")]
    #[doc(alias = "ping_timer")]
    #[doc(alias = "keepalive")]
    #[doc(alias = "ping_interval")]
    pub fn idle_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.idle = timeout.into())
    }

    /// The time without a byte from the peer after which the server pings it.
    #[must_use]
    pub const fn get_idle_timeout(&self) -> Option<Duration> {
        self.timeouts.idle
    }

    /// Sets the time without a byte from the peer after that ping, after which the connection is
    /// lost. Any byte is a sign of life. Default: 20 s.
    #[doc(alias = "ping_timeout")]
    pub fn pong_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.pong = timeout.into())
    }

    /// The time without a byte from the peer after a ping.
    #[must_use]
    pub const fn get_pong_timeout(&self) -> Option<Duration> {
        self.timeouts.pong
    }

    /// Sets the timeout of a whole message, from the first byte of its first frame to the last. The
    /// server then closes the connection with 1008. Default: none.
    ///
    /// It is total: only a [`pause`](crate::Server::pause) by the program stops it. Without it, a
    /// peer that sends a byte now and then keeps its connection, and the memory of its message.
    pub fn message_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.message = timeout.into())
    }

    /// The timeout of a whole message.
    #[must_use]
    pub const fn get_message_timeout(&self) -> Option<Duration> {
        self.timeouts.message
    }

    /// Sets the time in which a peer must take some of the bytes queued for it. Default: 30 s.
    #[doc(alias = "send_timeout")]
    pub fn write_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.write = timeout.into())
    }

    /// The time in which a peer must take some of the bytes queued for it.
    #[must_use]
    pub const fn get_write_timeout(&self) -> Option<Duration> {
        self.timeouts.write
    }

    /// Sets the timeout of the closing handshake, from the moment when the Close is written, and
    /// then again of the end of the stream. Default: 10 s.
    ///
    /// The server goes on sending queued bytes after the end of a connection, for as long as the
    /// peer takes some of them within this time, unless the server stops.
    pub fn close_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.close = timeout.into())
    }

    /// The timeout of the closing handshake.
    #[must_use]
    pub const fn get_close_timeout(&self) -> Option<Duration> {
        self.timeouts.close
    }

    /// Sets the longest time that a connection may last. After 15/16 to all of it, different for
    /// each connection, the server closes it with 1001. Default: none.
    #[doc(alias = "max_lifetime")]
    pub fn lifetime(self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.timeouts(|timeouts| timeouts.lifetime = lifetime.into())
    }

    /// The longest time that a connection may last.
    #[must_use]
    pub const fn get_lifetime(&self) -> Option<Duration> {
        self.timeouts.lifetime
    }

    fn timeouts(mut self, change: impl FnOnce(&mut Timeouts)) -> Self {
        change(&mut self.timeouts);
        self
    }
}
