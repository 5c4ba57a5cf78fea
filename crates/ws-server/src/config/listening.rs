//! Connections that are accepted, and options of their sockets.

use core::time::Duration;

use super::Config;

/// Connections that are accepted, and options of their sockets.
impl Config {
    /// Sets the number of connections. At the limit accepting pauses: new ones wait in the backlog
    /// of the system. Default: 1,048,576.
    #[doc(alias = "max_clients")]
    pub fn max_connections(self, count: u32) -> Self {
        Self {
            max_connections: count,
            ..self
        }
    }

    /// The number of connections.
    #[must_use]
    pub const fn get_max_connections(&self) -> u32 {
        self.max_connections
    }

    /// Sets the number of connections that have not sent their request. Default: 4,096.
    ///
    /// At the limit, a new connection displaces the oldest of them that is silent
    /// ([`Stats::displaced`](crate::Stats::displaced)). While none is silent, new ones wait in the
    /// backlog of the system.
    pub fn max_pending(self, count: u32) -> Self {
        Self {
            max_pending: count,
            ..self
        }
    }

    /// The number of connections that have not sent their request.
    #[must_use]
    pub const fn get_max_pending(&self) -> u32 {
        self.max_pending
    }

    /// Sets the number of requests that the program has not answered. One more gets a 503. Default:
    /// 1,024.
    pub fn max_undecided(self, count: u32) -> Self {
        Self {
            max_undecided: count,
            ..self
        }
    }

    /// The number of requests that the program has not answered.
    #[must_use]
    pub const fn get_max_undecided(&self) -> u32 {
        self.max_undecided
    }

    /// Sets the number of connections from one address: one IPv4 address, or one IPv6 network of 64
    /// bits. One more is closed unread. Default: no limit, since behind a proxy all clients have
    /// one address.
    #[doc(alias = "rate_limit")]
    #[doc(alias = "max_per_ip")]
    pub fn max_per_address(self, count: impl Into<Option<u32>>) -> Self {
        Self {
            max_per_address: count.into(),
            ..self
        }
    }

    /// The number of connections from one address.
    #[must_use]
    pub const fn get_max_per_address(&self) -> Option<u32> {
        self.max_per_address
    }

    /// Sets whether small writes are sent at once (`TCP_NODELAY`). Default: yes; writes are
    /// gathered per turn.
    #[doc(alias = "TCP_NODELAY")]
    pub fn nodelay(self, wanted: bool) -> Self {
        Self {
            nodelay: wanted,
            ..self
        }
    }

    /// Whether small writes are sent at once.
    #[must_use]
    pub const fn get_nodelay(&self) -> bool {
        self.nodelay
    }

    /// Sets the time without traffic after which the system probes a connection (`SO_KEEPALIVE`).
    /// Default: never; the pings of [`idle_timeout`](Self::idle_timeout) do more.
    #[doc(alias = "SO_KEEPALIVE")]
    #[doc(alias = "tcp_keepalive")]
    pub fn keepalive(self, idle: impl Into<Option<Duration>>) -> Self {
        Self {
            keepalive: idle.into(),
            ..self
        }
    }

    /// The time after which the system probes a connection.
    #[must_use]
    pub const fn get_keepalive(&self) -> Option<Duration> {
        self.keepalive
    }

    /// Sets whether several servers may listen on one address, over which the system spreads
    /// connections (`SO_REUSEPORT`, Unix only). Default: no.
    #[doc(alias = "SO_REUSEPORT")]
    pub fn reuse_port(self, wanted: bool) -> Self {
        Self {
            reuse_port: wanted,
            ..self
        }
    }

    /// Whether several servers may listen on one address.
    #[must_use]
    pub const fn get_reuse_port(&self) -> bool {
        self.reuse_port
    }

    /// Sets the number of connections that the system holds before they are accepted. Default:
    /// 4,096.
    #[doc(alias = "listen")]
    pub fn backlog(self, connections: i32) -> Self {
        Self {
            backlog: connections,
            ..self
        }
    }

    /// The number of connections that the system holds.
    #[must_use]
    pub const fn get_backlog(&self) -> i32 {
        self.backlog
    }
}
