//! Events of connections.

use core::fmt;
use std::{borrow::Cow, io};

use ws_frame::{CloseCode, Part, ProtocolError};
use ws_handshake::{PlainRequest, Upgrade};

/// An event of one connection, from [`Server::next`](crate::Server::next).
///
/// It borrows from the buffer lent to [`Server::poll`](crate::Server::poll) and from nothing else.
/// The program can hold several events, and send to any connection meanwhile.
///
/// Each id has these events in this order: one `Request` or `Http`; any number of messages, after
/// [`Server::accept`](crate::Server::accept); then exactly one `Closed`, also after a refused
/// request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'b> {
    /// A valid request to open a WebSocket connection. Answer it now or in a later turn, with
    /// [`Server::accept`](crate::Server::accept) or [`Server::respond`](crate::Server::respond).
    /// The server reads nothing more from the client until then.
    ///
    /// Boxed, so that the events of messages stay small.
    Request(Box<Upgrade<'b>>),
    /// A plain GET or HEAD request of HTTP/1.1, or of HTTP/1.0 as health checks send it. Only with
    /// [`Config::http`](crate::Config::http). Answer it with
    /// [`Server::respond`](crate::Server::respond), which leaves the body out for a HEAD.
    Http(Box<PlainRequest<'b>>),
    /// A text message.
    Text(Cow<'b, str>),
    /// A binary message.
    Binary(Cow<'b, [u8]>),
    /// The next part of a text message. Only with [`Config::streaming`](crate::Config::streaming).
    TextPart(Part<Cow<'b, str>>),
    /// The next part of a binary message. Only with
    /// [`Config::streaming`](crate::Config::streaming).
    BinaryPart(Part<Cow<'b, [u8]>>),
    /// A Ping. The server has queued the Pong.
    Ping(Cow<'b, [u8]>),
    /// A Pong: an answer to a Ping of the server or the program, or unsolicited.
    Pong(Cow<'b, [u8]>),
    /// The peer has caught up, or room is free again for a message that was refused because of the
    /// bytes queued for others: the program can send again.
    ///
    /// Comes once after any number of [`Backlogged`](crate::Delivery::Backlogged) and
    /// [`Full`](crate::SendError::Full), unless the connection ends before.
    Writable,
    /// The end of the connection, and the last event of its id. Every later call about it returns
    /// [`SendError::Unknown`](crate::SendError::Unknown).
    Closed(Closed<'b>),
}

/// The end of a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Closed<'b> {
    /// The cause of the end.
    pub cause: Cause,
    /// The peer's close code: 1005 for a Close without a code, 1006 without a Close (RFC 6455
    /// §7.1.5).
    pub code: u16,
    /// The peer's reason, empty in most cases. It is untrusted text: `Display` of this type escapes
    /// it.
    pub reason: Cow<'b, str>,
}

/// The cause of the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The peer sent its Close first.
    Peer,
    /// The program, [`Server::stop`](crate::Server::stop) or
    /// [`SlowPeers::Close`](crate::SlowPeers::Close) sent a Close, and the peer answered with its
    /// Close.
    Local,
    /// The stream ended without a Close.
    Vanished,
    /// Reading or writing failed.
    Io(io::ErrorKind),
    /// The peer broke a rule of the protocol.
    Protocol(ProtocolError),
    /// The peer sent nothing within [`Config::pong_timeout`](crate::Config::pong_timeout) after a
    /// ping.
    PongTimeout,
    /// The peer took none of the queued bytes within
    /// [`Config::write_timeout`](crate::Config::write_timeout).
    WriteTimeout,
    /// The peer did not answer the server's Close within
    /// [`Config::close_timeout`](crate::Config::close_timeout).
    CloseTimeout,
    /// The program answered the request with [`Server::respond`](crate::Server::respond) and this
    /// status.
    Answered(u16),
    /// The program did not answer the request within
    /// [`Config::accept_timeout`](crate::Config::accept_timeout), or the server stopped before. The
    /// client got a 503.
    Undecided,
    /// All connections together held too much, and this one most: in unfinished messages
    /// ([`Config::max_assembling_total`](crate::Config::max_assembling_total)), or in bytes queued
    /// for a peer that is behind
    /// ([`Config::max_queued_total`](crate::Config::max_queued_total)).
    Overloaded,
    /// The program called [`Server::abort`](crate::Server::abort).
    Aborted,
}

impl Closed<'_> {
    /// Whether the connection ended with a closing handshake, begun by either side (RFC 6455
    /// §7.1.4).
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        matches!(self.cause, Cause::Peer | Cause::Local)
    }
}

impl Closed<'static> {
    pub(crate) const fn without_close(cause: Cause) -> Self {
        Self {
            cause,
            code: CloseCode::ABNORMAL,
            reason: Cow::Borrowed(""),
        }
    }
}

impl fmt::Display for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        if self.is_clean() {
            write!(f, ", code {}", self.code)?;
        }
        if !self.reason.is_empty() {
            write!(f, ", \"{}\"", Escaped(self.reason.as_bytes()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Peer => "closed by the peer",
            Self::Local => "closed by this server",
            Self::Vanished => "the stream ended without a close",
            Self::Io(kind) => return write!(f, "{kind}"),
            Self::Protocol(error) => return error.fmt(f),
            Self::PongTimeout => "the peer was silent for too long",
            Self::WriteTimeout => "the peer took nothing for too long",
            Self::CloseTimeout => "the close was not answered in time",
            Self::Answered(status) => return write!(f, "answered with status {status}"),
            Self::Undecided => "the request was not answered in time",
            Self::Overloaded => "the server is overloaded, and this connection held most",
            Self::Aborted => "aborted by this server",
        })
    }
}

/// Bytes of the peer for one line of a log. Everything but printable ASCII is escaped: control
/// characters could forge lines, and bidirectional ones reverse the order of a line.
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

// An event is moved on each message's way to the program. Requests are boxed for that.
const _: () = assert!(size_of::<Event<'_>>() <= 48);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c26_a_reason_is_shown_on_one_line_of_ascii() {
        let reason = "bye\r\nINFO all is well \u{1b}[2J \u{202e}live";
        let closed = Closed {
            cause: Cause::Peer,
            code: 1000,
            reason: Cow::Borrowed(reason),
        };
        let shown = closed.to_string();
        assert!(
            shown.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
            "{shown}"
        );
        assert!(
            shown.starts_with("closed by the peer, code 1000, \"bye\\r\\nINFO all"),
            "{shown}"
        );
    }

    #[test]
    fn only_a_closing_handshake_is_clean() {
        let clean = |cause| Closed::without_close(cause).is_clean();
        assert!(clean(Cause::Peer) && clean(Cause::Local));
        assert!(
            !clean(Cause::Vanished) && !clean(Cause::CloseTimeout) && !clean(Cause::Answered(200))
        );
        assert_eq!(Closed::without_close(Cause::Vanished).code, 1006);
    }
}
