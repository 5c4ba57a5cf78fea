//! What a server has seen so far, in numbers.

/// Plain counters since the server began, and a few levels as they are now
/// ([`Server::stats`](crate::Server::stats)).
///
/// Messages are those of open connections. Bytes are all that were read and written, requests and
/// their answers included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections now, of every kind: unanswered, open, closing.
    pub connections: u32,
    /// Of these, those that have not sent a whole request yet.
    pub pending: u32,
    /// Of these, those whose request the program has not answered.
    pub undecided: u32,
    /// Of these, those that were accepted and are not over.
    pub open: u32,
    /// Bytes of memory that are queued for all peers together.
    pub queued_bytes: usize,
    /// Bytes of memory that unfinished messages of all peers hold together.
    pub assembling_bytes: usize,
    /// Connections taken from the listener or adopted.
    pub accepted: u64,
    /// Requests that became open connections.
    pub upgraded: u64,
    /// Requests that came as [`Event::Http`](crate::Event::Http).
    pub http_requests: u64,
    /// Connections that ended before a whole request came: by the peer.
    pub abandoned: u64,
    /// Connections that ended before a whole request came: by the deadline.
    pub head_timeouts: u64,
    /// Connections that ended before a whole request came: to make room for newer ones at
    /// [`Config::max_pending`](crate::Config::max_pending).
    pub displaced: u64,
    /// Requests refused because they were not in order.
    pub refused_requests: u64,
    /// Of these, those refused for their origin or host.
    pub refused_origins: u64,
    /// Connections closed unread because their address had too many.
    pub refused_addresses: u64,
    /// Requests refused because too many were undecided, were not decided in time, or came when the
    /// server stopped.
    pub refused_undecided: u64,
    /// How often accepting was paused, at a limit of ours or the system's.
    pub accept_pauses: u64,
    /// Errors of the system while a connection was accepted or registered, such as no descriptor
    /// left. The log tells of the first, and of the first connection that is accepted again.
    pub accept_failures: u64,
    /// Text and binary messages received, in streaming mode parts.
    pub messages_in: u64,
    /// Text and binary messages and fragments queued for peers.
    pub messages_out: u64,
    /// Messages that came more slowly than
    /// [`Config::min_message_rate`](crate::Config::min_message_rate): their connections were closed
    /// with 1008.
    pub slow_messages: u64,
    /// Bytes read.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// Messages that were refused since too much was queued, or dropped since their receiver was
    /// gone (of those sent with a [`Handle`](crate::Handle) or to many).
    pub dropped_messages: u64,
    /// TLS handshakes, by how they ended.
    #[cfg(feature = "rustls")]
    pub tls: crate::TlsStats,
    /// Connections that ended after they were open, by how.
    pub closes: Closes,
}

/// How open connections ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closes {
    /// By a closing handshake, with 1000.
    pub normal: u64,
    /// By a closing handshake, with 1001.
    pub going_away: u64,
    /// By a closing handshake, with no code.
    pub no_status: u64,
    /// By a closing handshake, with a code of 3000 to 4999.
    pub application: u64,
    /// By a closing handshake, with any other code.
    pub other: u64,
    /// The peer broke a rule of the protocol.
    pub protocol: u64,
    /// Without a Close: the stream ended or failed.
    pub abnormal: u64,
    /// Without a Close: a deadline passed.
    pub timed_out: u64,
    /// By the server, because all connections held too much and this one most.
    pub overloaded: u64,
    /// Aborted by the program.
    pub aborted: u64,
}

/// How the connections ended that were open when the server was stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopReport {
    /// With a closing handshake.
    pub clean: u64,
    /// Without one: the peer was gone, or did not answer in time.
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
