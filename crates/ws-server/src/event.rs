//! What happened, as the program sees it.

use core::fmt;
use std::{borrow::Cow, io};

use ws_frame::{CloseCode, Message, Part, ProtocolError};
use ws_handshake::{PlainRequest, Upgrade};

/// What happened on one connection. Borrows from the buffer lent to
/// [`Server::poll`](crate::Server::poll) and from nothing else: several can be held, and anyone can
/// be sent to meanwhile.
///
/// For every id, in this order: one `Request` (or `Http`); after
/// [`Server::accept`](crate::Server::accept) any number of messages; then exactly one `Closed`,
/// whatever happened, refused requests included.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'b> {
    /// A client wants to connect, and its request is in order. Answer now or in a later turn, with
    /// [`Server::accept`](crate::Server::accept) or [`Server::respond`](crate::Server::respond);
    /// nothing of it is read until then.
    Request(Upgrade<'b>),
    /// A GET or HEAD that asks for a page, of HTTP/1.1 or, as health checks send it, HTTP/1.0; only
    /// with [`Config::http`](crate::Config::http). Answer with
    /// [`Server::respond`](crate::Server::respond), which leaves the body out for a HEAD.
    Http(PlainRequest<'b>),
    /// A text message.
    Text(Cow<'b, str>),
    /// A binary message.
    Binary(Cow<'b, [u8]>),
    /// The next part of a text message; only with [`Config::streaming`](crate::Config::streaming).
    TextPart(Part<Cow<'b, str>>),
    /// The next part of a binary message; only with
    /// [`Config::streaming`](crate::Config::streaming).
    BinaryPart(Part<Cow<'b, [u8]>>),
    /// A ping. It has been answered.
    Ping(Cow<'b, [u8]>),
    /// A pong: the answer to a ping of ours or of the program's, or unasked.
    Pong(Cow<'b, [u8]>),
    /// A message can be sent again: nearly all that was queued for a peer that had fallen behind is
    /// sent, or there is room again for a message that was refused because of what others had
    /// queued. Comes once after [`Queued`](crate::Delivery::Backlogged) or
    /// [`Full`](crate::SendError::Full), however often they came, unless the connection ends
    /// before.
    Writable,
    /// The connection is over; the last event of its id. Every later call about it answers
    /// [`SendError::Unknown`](crate::SendError::Unknown).
    Closed(Closed<'b>),
}

impl<'b> Event<'b> {
    #[inline]
    pub(crate) const fn of(message: Message<'b>) -> Self {
        match message {
            Message::Text(text) => Self::Text(Cow::Borrowed(text)),
            Message::Binary(payload) => Self::Binary(Cow::Borrowed(payload)),
        }
    }
}

/// How a connection ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Closed<'b> {
    /// What ended it.
    pub cause: Cause,
    /// The peer's close code; 1005 if its Close had none, 1006 if none came (RFC 6455 §7.1.5).
    pub code: u16,
    /// The peer's reason, mostly empty. Words from outside: `Display` escapes them, do so where you
    /// show them.
    pub reason: Cow<'b, str>,
}

/// What ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The peer closed first, with a Close.
    Peer,
    /// The program (or [`Server::stop`](crate::Server::stop), or
    /// [`SlowPeers::Close`](crate::SlowPeers::Close)) closed, and the peer answered with its Close.
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
    /// The peer took nothing of what was queued within
    /// [`Config::write_timeout`](crate::Config::write_timeout).
    WriteTimeout,
    /// The peer did not answer our Close in time.
    CloseTimeout,
    /// The request was answered with [`Server::respond`](crate::Server::respond): with this status.
    Answered(u16),
    /// The program did not answer the request in time, or the server stopped before: the client got
    /// a 503.
    Undecided,
    /// All connections together held too much, and this one most: of unfinished messages
    /// ([`Config::max_assembling_total`](crate::Config::max_assembling_total)) or of what was
    /// queued for a peer that took too little
    /// ([`Config::max_queued_total`](crate::Config::max_queued_total)).
    Overloaded,
    /// The program ended it with [`Server::abort`](crate::Server::abort).
    Aborted,
}

impl Closed<'_> {
    /// Whether the closing handshake was made, from whichever side (RFC 6455 §7.1.4).
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

/// Bytes of the peer's on one line of a log: everything but printable ASCII as an escape (control
/// characters would write lines of their own, bidirectional ones turn a line around).
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

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
