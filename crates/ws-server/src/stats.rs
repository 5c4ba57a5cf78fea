//! Counters of a server.

/// Counters since the server was made, and a few current levels, from
/// [`Server::stats`](crate::Server::stats).
///
/// Messages are those of open connections. Bytes include requests and their answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Current connections of every kind: unanswered, open and closing.
    pub connections: u32,
    /// Current connections that have not sent a whole request.
    pub pending: u32,
    /// Current connections whose request the program has not answered.
    pub undecided: u32,
    /// Current connections that are open.
    pub open: u32,
    /// Bytes of memory queued for all peers together.
    pub queued_bytes: usize,
    /// Bytes of memory held by the unfinished messages of all peers together.
    pub assembling_bytes: usize,
    /// Connections taken from the listener or adopted.
    pub accepted: u64,
    /// Requests that became open connections.
    pub upgraded: u64,
    /// Requests that came as [`Event::Http`](crate::Event::Http).
    pub http_requests: u64,
    /// Connections that the peer ended before its request was whole.
    pub abandoned: u64,
    /// Connections whose request was not whole within
    /// [`Config::head_timeout`](crate::Config::head_timeout).
    pub head_timeouts: u64,
    /// Connections that the server ended before their request was whole, to make room for newer
    /// ones at [`Config::max_pending`](crate::Config::max_pending).
    pub displaced: u64,
    /// Requests that the server refused for a fault, or for their origin or host.
    pub refused_requests: u64,
    /// Refused requests whose origin or host was the reason.
    pub refused_origins: u64,
    /// Connections closed unread at
    /// [`Config::max_per_address`](crate::Config::max_per_address).
    pub refused_addresses: u64,
    /// Requests answered with 503: too many were unanswered, the program did not answer in time, or
    /// the server was stopping.
    pub refused_undecided: u64,
    /// Pauses of accepting, at a limit of the configuration or of the system.
    pub accept_pauses: u64,
    /// System errors while accepting or registering a connection, such as running out of
    /// descriptors. The log has the first of them, and the first success after it.
    pub accept_failures: u64,
    /// Text and binary messages received. With [`Config::streaming`](crate::Config::streaming),
    /// parts of messages.
    pub messages_in: u64,
    /// Text and binary messages and fragments queued for peers.
    pub messages_out: u64,
    /// Messages that arrived more slowly than
    /// [`Config::min_message_rate`](crate::Config::min_message_rate). The server closed their
    /// connections with 1008.
    pub slow_messages: u64,
    /// Bytes read.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// Messages refused because too much was queued, and messages of a [`Handle`](crate::Handle) or
    /// a broadcast that were dropped because the connection had ended.
    pub dropped_messages: u64,
    /// TLS handshakes by result.
    #[cfg(feature = "rustls")]
    pub tls: crate::TlsStats,
    /// Open connections that have ended, by cause.
    pub closes: Closes,
}

/// Open connections that have ended, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closes {
    /// Closing handshakes with the code 1000.
    pub normal: u64,
    /// Closing handshakes with the code 1001.
    pub going_away: u64,
    /// Closing handshakes without a code.
    pub no_status: u64,
    /// Closing handshakes with a code from 3000 to 4999.
    pub application: u64,
    /// Closing handshakes with any other code.
    pub other: u64,
    /// Protocol errors of the peer.
    pub protocol: u64,
    /// Streams that ended or failed without a Close.
    pub abnormal: u64,
    /// Timeouts.
    pub timed_out: u64,
    /// Connections that the server ended because all together held too much and this one most.
    pub overloaded: u64,
    /// Connections that the program aborted.
    pub aborted: u64,
}

/// Results for the connections that were open when the server was stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopReport {
    /// Connections that ended with a closing handshake.
    pub clean: u64,
    /// Connections that ended without one: the peer was gone, or did not answer in time.
    pub unclean: u64,
}

impl StopReport {
    pub(crate) const fn count(&mut self, closed: &crate::Closed<'_>) {
        if closed.is_clean() {
            self.clean += 1;
        } else {
            self.unclean += 1;
        }
    }
}

impl Closes {
    pub(crate) const fn count(&mut self, closed: &crate::Closed<'_>) {
        use crate::Cause;
        let counter = match (closed.cause, closed.code) {
            (Cause::Peer | Cause::Local, 1000) => &mut self.normal,
            (Cause::Peer | Cause::Local, 1001) => &mut self.going_away,
            (Cause::Peer | Cause::Local, 1005) => &mut self.no_status,
            (Cause::Peer | Cause::Local, 3000..) => &mut self.application,
            (Cause::Peer | Cause::Local, _) => &mut self.other,
            (Cause::Protocol(_), _) => &mut self.protocol,
            (Cause::PongTimeout | Cause::WriteTimeout | Cause::CloseTimeout, _) => {
                &mut self.timed_out
            }
            (Cause::Overloaded, _) => &mut self.overloaded,
            (Cause::Aborted, _) => &mut self.aborted,
            _ => &mut self.abnormal,
        };
        *counter += 1;
    }
}
