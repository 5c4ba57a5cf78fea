//! Events that a connection returns.

use alloc::borrow::Cow;
use alloc::string::String;

use super::{Message, Reply};
use crate::copy::{owned, owned_str};
use crate::{CloseCode, ProtocolError, utf8};

/// An event from the peer.
///
/// It borrows from the input and from nothing else: several can be held at once, and the connection
/// may send while they are held. A payload that was whole in one input is borrowed from it; a
/// payload that had to be assembled is moved out. [`into_owned`](Self::into_owned) keeps an event
/// longer than its input; the compiler refuses to keep it otherwise:
///
/// ```compile_fail,E0499
/// # use ws_frame::{Config, Connection};
/// # let (mut connection, mut output) = (Connection::server(Config::new()), Vec::new());
/// let mut buffer = [0; 1024];
/// let event = connection.receive(&mut &mut buffer[..], &mut output);
/// buffer.fill(0); // the next read
/// println!("{event:?}");
/// ```
///
/// ```compile_fail,E0597
/// # use ws_frame::{Config, Connection};
/// # let (mut connection, mut output) = (Connection::server(Config::new()), Vec::new());
/// let event = {
///     let mut buffer = [0; 1024];
///     connection.receive(&mut &mut buffer[..], &mut output)
/// };
/// println!("{event:?}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'b> {
    /// A text message (RFC 6455 §5.6).
    Text(Cow<'b, str>),
    /// A binary message (§5.6).
    Binary(Cow<'b, [u8]>),
    /// The next part of a text message, in whole characters. Only with
    /// [`Config::streaming`](crate::Config::streaming).
    TextPart(Part<Cow<'b, str>>),
    /// The next part of a binary message. Only with
    /// [`Config::streaming`](crate::Config::streaming).
    BinaryPart(Part<Cow<'b, [u8]>>),
    /// A Ping (§5.5.2). The connection answers it, unless
    /// [`Config::auto_pong`](crate::Config::auto_pong) is off.
    Ping(Cow<'b, [u8]>),
    /// A Pong, solicited or not (§5.5.3).
    Pong(Cow<'b, [u8]>),
    /// The peer's Close (§5.5.1). The connection has answered it, unless it had sent its own. No
    /// event follows. `None` if it has no code: where a number is wanted, report
    /// [`CloseCode::NO_STATUS`].
    Close(Option<Close<'b>>),
    /// The peer broke a rule. The connection has appended its Close to the output. No event
    /// follows.
    Failed(ProtocolError),
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part<T> {
    /// The next bytes of the payload. Empty only in the last part.
    pub data: T,
    /// Whether the message begins with this part.
    pub first: bool,
    /// Whether the message ends with this part.
    pub last: bool,
}

impl<'b> From<Message<'b>> for Event<'b> {
    #[inline]
    fn from(message: Message<'b>) -> Self {
        match message {
            Message::Text(text) => Self::Text(Cow::Borrowed(text)),
            Message::Binary(payload) => Self::Binary(Cow::Borrowed(payload)),
        }
    }
}

impl<T> Part<T> {
    /// A part of a message to send, for interfaces that take events.
    #[must_use]
    pub const fn new(data: T, first: bool, last: bool) -> Self {
        Self { data, first, last }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Part<U> {
        Part {
            data: change(self.data),
            first: self.first,
            last: self.last,
        }
    }
}

/// The code and the reason of a Close (RFC 6455 §5.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close<'b> {
    /// The close code.
    pub code: CloseCode,
    /// Text for a log, at most 123 bytes. The peer chose it: escape it before it is shown.
    pub reason: Cow<'b, str>,
}

impl Event<'_> {
    /// The reply that RFC 6455 demands: a Pong for a Ping (§5.5.2), a Close for a Close (§5.5.1)
    /// and for a failure (§7.1.7).
    ///
    /// A [`Connection`](crate::Connection) sends it. With halves, pass it to
    /// [`Sender::reply`](crate::Sender::reply).
    #[must_use]
    #[inline]
    pub fn reply(&self) -> Option<Reply> {
        match self {
            Self::Ping(payload) => Some(Reply::pong(payload)),
            Self::Close(close) => Some(Reply::close(close.as_ref().map(|close| close.code))),
            Self::Failed(error) => Some(Reply::close(Some(error.close_code()))),
            _ => None,
        }
    }

    /// Returns the same event without the borrow, to be kept or sent elsewhere. Copies a borrowed
    /// payload.
    ///
    /// ```
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let mut kept = Vec::new();
    /// let mut connection = Connection::server(Config::new());
    /// let mut bytes = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    /// let mut input = &mut bytes[..];
    /// while let Some(event) = connection.receive(&mut input, &mut Vec::new()) {
    ///     kept.push(event.into_owned());
    /// }
    /// bytes.fill(0); // the next read
    /// assert_eq!(kept, [Event::Text("Hello".into())]);
    /// ```
    #[must_use]
    #[inline]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Text(text) => Event::Text(owned_str(text)),
            Self::Binary(payload) => Event::Binary(owned(payload)),
            Self::TextPart(part) => Event::TextPart(part.map(owned_str)),
            Self::BinaryPart(part) => Event::BinaryPart(part.map(owned)),
            Self::Ping(payload) => Event::Ping(owned(payload)),
            Self::Pong(payload) => Event::Pong(owned(payload)),
            Self::Close(close) => Event::Close(close.map(Close::into_owned)),
            Self::Failed(error) => Event::Failed(error),
        }
    }
}

impl<'b> Close<'b> {
    /// A Close to send, for interfaces that take events. A [`Connection`](crate::Connection) closes
    /// with [`close`](crate::Connection::close).
    #[must_use]
    pub fn new(code: CloseCode, reason: impl Into<Cow<'b, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// Returns the same Close without the borrow. Copies a borrowed reason.
    #[must_use]
    pub fn into_owned(self) -> Close<'static> {
        Close {
            code: self.code,
            reason: owned_str(self.reason),
        }
    }

    /// Parses the whole payload of a Close frame (RFC 6455 §5.5.1): empty, or a code and a reason.
    pub(super) fn parse(payload: Cow<'b, [u8]>) -> Result<Option<Self>, ProtocolError> {
        let Some(&code) = payload.first_chunk() else {
            return if payload.is_empty() {
                Ok(None)
            } else {
                Err(ProtocolError::TruncatedCloseCode)
            };
        };
        let code =
            CloseCode::new(u16::from_be_bytes(code)).ok_or(ProtocolError::InvalidCloseCode)?;
        let reason = match payload {
            Cow::Borrowed(payload) => utf8::from_utf8(&payload[2..]).map(Cow::Borrowed),
            Cow::Owned(payload) => {
                utf8::from_utf8(&payload[2..]).map(|reason| Cow::Owned(String::from(reason)))
            }
        };
        Ok(Some(Self {
            code,
            reason: reason.ok_or(ProtocolError::InvalidCloseReason)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owned_event_is_the_same_event() {
        fn part<T>(data: T) -> Part<T> {
            Part {
                data,
                first: false,
                last: true,
            }
        }
        let close = Close {
            code: CloseCode::GOING_AWAY,
            reason: Cow::Borrowed("bye"),
        };
        let events = [
            Event::Text(Cow::Borrowed("text")),
            Event::Binary(Cow::Borrowed(b"binary")),
            Event::TextPart(part(Cow::Borrowed("rest"))),
            Event::BinaryPart(part(Cow::Borrowed(b"rest"))),
            Event::Ping(Cow::Borrowed(b"ping")),
            Event::Pong(Cow::Borrowed(b"pong")),
            Event::Close(Some(close)),
            Event::Close(None),
            Event::Failed(ProtocolError::Unmasked),
        ];
        for event in events {
            assert_eq!(event.clone().into_owned(), event);
        }
    }
}
