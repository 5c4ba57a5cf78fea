use alloc::borrow::{Cow, ToOwned};

use super::{Message, Reply};
use crate::{CloseCode, ProtocolError};

/// What came from the peer. Borrows from the input it was read from and from nothing else: several can be held at once, and the
/// connection may send while they are held.
///
/// A payload that came whole in one input is borrowed from it; one that had to be put together is moved out. To keep an event longer
/// than its input, [`into_owned`](Self::into_owned); the compiler sees to it:
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
    /// The next part of a text message, in whole characters. Only with [`Config::streaming`](crate::Config::streaming).
    TextPart(Part<Cow<'b, str>>),
    /// The next part of a binary message. Only with [`Config::streaming`](crate::Config::streaming).
    BinaryPart(Part<Cow<'b, [u8]>>),
    /// A Ping (§5.5.2). Unless [`Config::auto_pong`](crate::Config::auto_pong) is off, it has been answered, or will be.
    Ping(Cow<'b, [u8]>),
    /// A Pong, asked for or not (§5.5.3).
    Pong(Cow<'b, [u8]>),
    /// The peer's Close (§5.5.1), answered if ours had not been sent. Nothing more comes. `None` when it gives no code: report that as
    /// [`CloseCode::NO_STATUS`] where a number is wanted.
    Close(Option<Close<'b>>),
    /// The peer broke a rule. Our Close has been written; nothing more comes.
    Failed(ProtocolError),
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part<T> {
    /// Some of the message's payload: what one input held of it. Empty only in the last part.
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
    /// A part of a message of one's own, for what takes events to send them.
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

/// What a Close says (§5.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close<'b> {
    /// Why the peer closes.
    pub code: CloseCode,
    /// Words for a log, chosen by the peer: at most 123 bytes, and not fit to be shown to people or terminals as they are.
    pub reason: Cow<'b, str>,
}

impl Event<'_> {
    /// The answer that RFC 6455 demands: a Pong for a Ping (§5.5.2), a Close for a Close (§5.5.1) and for a failure (§7.1.7).
    ///
    /// [`Connection`](crate::Connection) sends it by itself. With halves, hand it to [`Sender::reply`](crate::Sender::reply).
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

    /// The same event without the borrow, to be kept or sent elsewhere: what is borrowed is copied, what was moved out stays as it is.
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
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Text(text) => Event::Text(owned(text)),
            Self::Binary(payload) => Event::Binary(owned(payload)),
            Self::TextPart(part) => Event::TextPart(part.map(owned)),
            Self::BinaryPart(part) => Event::BinaryPart(part.map(owned)),
            Self::Ping(payload) => Event::Ping(owned(payload)),
            Self::Pong(payload) => Event::Pong(owned(payload)),
            Self::Close(close) => Event::Close(close.map(Close::into_owned)),
            Self::Failed(error) => Event::Failed(error),
        }
    }
}

impl<'b> Close<'b> {
    /// A Close of one's own, for what takes events to send them; a [`Connection`](crate::Connection) has
    /// [`close`](crate::Connection::close).
    #[must_use]
    pub fn new(code: CloseCode, reason: impl Into<Cow<'b, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// The same without the borrow: see [`Event::into_owned`].
    #[must_use]
    pub fn into_owned(self) -> Close<'static> {
        Close {
            code: self.code,
            reason: owned(self.reason),
        }
    }
}

fn owned<T: ToOwned + ?Sized>(data: Cow<'_, T>) -> Cow<'static, T> {
    Cow::Owned(data.into_owned())
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
