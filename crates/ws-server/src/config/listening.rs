//! Who is let in, and by what kind of sockets.

use core::time::Duration;

use super::Config;

impl Config {
    /// Connections at once. At the limit accepting pauses: new ones wait in the system's backlog.
    /// Default: [`DEFAULT_MAX_CONNECTIONS`](crate::DEFAULT_MAX_CONNECTIONS).
    pub fn max_connections(self, count: u32) -> Self {
        Self {
            max_connections: count,
            ..self
        }
    }

    /// Connections at once that have not sent their request yet. At the limit the oldest of them that is silent is closed when a new one
    /// comes, and counted in [`Stats::displaced`](crate::Stats::displaced); while none is silent, new ones wait in the system's backlog.
    /// Default: [`DEFAULT_MAX_PENDING`](crate::DEFAULT_MAX_PENDING).
    pub fn max_pending(self, count: u32) -> Self {
        Self {
            max_pending: count,
            ..self
        }
    }

    /// Requests at once that the program has not answered. One more gets a 503. Default: [`DEFAULT_MAX_UNDECIDED`](crate::DEFAULT_MAX_UNDECIDED).
    pub fn max_undecided(self, count: u32) -> Self {
        Self {
            max_undecided: count,
            ..self
        }
    }

    /// Connections at once from one address: one IPv4 address, or one IPv6 network of 64 bits. One more is closed
    /// unread. Default: no limit, since behind a proxy all clients have one address.
    pub fn max_per_address(self, count: impl Into<Option<u32>>) -> Self {
        Self {
            max_per_address: count.into(),
            ..self
        }
    }

    /// Whether small messages are sent at once (`TCP_NODELAY`). Default: yes; writes are gathered here, per turn.
    pub fn nodelay(self, wanted: bool) -> Self {
        Self {
            nodelay: wanted,
            ..self
        }
    }

    /// After how much silence the system itself probes a peer (`SO_KEEPALIVE`). Default: never; the pings do more.
    pub fn keepalive(self, idle: impl Into<Option<Duration>>) -> Self {
        Self {
            keepalive: idle.into(),
            ..self
        }
    }

    /// Whether several servers may listen on one address, and the system spreads connections over them (`SO_REUSEPORT`,
    /// Unix only). Default: no.
    pub fn reuse_port(self, wanted: bool) -> Self {
        Self {
            reuse_port: wanted,
            ..self
        }
    }

    /// Connections that the system may hold before they are accepted. Default: [`DEFAULT_BACKLOG`](crate::DEFAULT_BACKLOG).
    pub fn backlog(self, connections: i32) -> Self {
        Self {
            backlog: connections,
            ..self
        }
    }
}
