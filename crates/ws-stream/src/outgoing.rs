//! Messages to send.

use std::borrow::Cow;

use ws_frame::{CloseCode, Prepared, SendError};

use crate::Message;

/// A message to send: text, binary, [`Prepared`], Ping, Pong or Close.
///
/// Everything that makes a text or binary message converts into it, so most programs never name it.
/// What RFC 6455 does not allow to be sent cannot be made: a control frame that is too long is
/// refused when it is constructed.
///
/// ```
/// use ws_stream::Outgoing;
///
/// let text = Outgoing::from("hello");
/// let binary = Outgoing::from(vec![1, 2, 3]);
/// let ping = Outgoing::ping(b"are you there?")?;
/// assert!(Outgoing::ping(&[0; 126]).is_err());
/// # Ok::<(), ws_stream::SendError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Outgoing(pub(crate) Kind);

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(String),
    Binary(Vec<u8>),
    Prepared(Prepared),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<CloseCode>, String),
    TextPart(String, bool),
    BinaryPart(Vec<u8>, bool),
}

impl Outgoing {
    /// A Ping.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] if the payload has more than 125 bytes (RFC 6455 §5.5).
    pub fn ping(payload: &[u8]) -> Result<Self, SendError> {
        control(payload).map(|payload| Self(Kind::Ping(payload)))
    }

    /// A Pong that was not asked for, or the answer to a Ping when
    /// [`Config::auto_pong`](crate::Config::auto_pong) is off.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] if the payload has more than 125 bytes (RFC 6455 §5.5).
    pub fn pong(payload: &[u8]) -> Result<Self, SendError> {
        control(payload).map(|payload| Self(Kind::Pong(payload)))
    }

    /// A Close. Nothing can be sent after it.
    ///
    /// # Errors
    ///
    /// [`SendError::ControlTooLong`] if the reason has more than 123 bytes (RFC 6455 §5.5.1).
    pub fn close(code: CloseCode, reason: &str) -> Result<Self, SendError> {
        if reason.len() > MAX_REASON {
            return Err(SendError::ControlTooLong);
        }
        Ok(Self(Kind::Close(Some(code), reason.into())))
    }

    /// A Close without a code. Nothing can be sent after it.
    #[must_use]
    pub const fn close_without_code() -> Self {
        Self(Kind::Close(None, String::new()))
    }

    /// The number of payload bytes.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        match &self.0 {
            Kind::Text(text) | Kind::TextPart(text, _) | Kind::Close(None, text) => text.len(),
            Kind::Binary(bytes)
            | Kind::BinaryPart(bytes, _)
            | Kind::Ping(bytes)
            | Kind::Pong(bytes) => bytes.len(),
            Kind::Prepared(prepared) => prepared.payload().len(),
            Kind::Close(Some(_), reason) => 2 + reason.len(),
        }
    }
}

fn control(payload: &[u8]) -> Result<Vec<u8>, SendError> {
    if payload.len() > MAX_CONTROL {
        return Err(SendError::ControlTooLong);
    }
    Ok(payload.to_vec())
}

/// Bytes of payload that a control frame may have (RFC 6455 §5.5).
const MAX_CONTROL: usize = 125;
/// The same without the close code.
const MAX_REASON: usize = MAX_CONTROL - 2;

impl From<String> for Outgoing {
    fn from(text: String) -> Self {
        Self(Kind::Text(text))
    }
}

impl From<&str> for Outgoing {
    fn from(text: &str) -> Self {
        Self(Kind::Text(text.into()))
    }
}

impl From<&String> for Outgoing {
    fn from(text: &String) -> Self {
        Self(Kind::Text(text.clone()))
    }
}

impl From<Box<str>> for Outgoing {
    fn from(text: Box<str>) -> Self {
        Self(Kind::Text(text.into()))
    }
}

impl From<Cow<'_, str>> for Outgoing {
    fn from(text: Cow<'_, str>) -> Self {
        Self(Kind::Text(text.into_owned()))
    }
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Kind::Binary(bytes))
    }
}

impl From<&[u8]> for Outgoing {
    fn from(bytes: &[u8]) -> Self {
        Self(Kind::Binary(bytes.into()))
    }
}

impl<const N: usize> From<&[u8; N]> for Outgoing {
    fn from(bytes: &[u8; N]) -> Self {
        Self(Kind::Binary(bytes.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Outgoing {
    fn from(bytes: [u8; N]) -> Self {
        Self(Kind::Binary(bytes.to_vec()))
    }
}

impl From<Box<[u8]>> for Outgoing {
    fn from(bytes: Box<[u8]>) -> Self {
        Self(Kind::Binary(bytes.into()))
    }
}

impl From<Cow<'_, [u8]>> for Outgoing {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        Self(Kind::Binary(bytes.into_owned()))
    }
}

impl From<Prepared> for Outgoing {
    fn from(prepared: Prepared) -> Self {
        Self(Kind::Prepared(prepared))
    }
}

impl From<&Prepared> for Outgoing {
    fn from(prepared: &Prepared) -> Self {
        Self(Kind::Prepared(prepared.clone()))
    }
}

/// Sends back what was received: a message as a message, a Ping as a Ping, a Close with the same
/// code.
impl From<Message> for Outgoing {
    #[inline]
    fn from(message: Message) -> Self {
        Self(match message {
            Message::Text(text) => Kind::Text(text),
            Message::Binary(bytes) => Kind::Binary(bytes),
            Message::Ping(payload) => Kind::Ping(payload),
            Message::Pong(payload) => Kind::Pong(payload),
            Message::Close(None) => Kind::Close(None, String::new()),
            Message::Close(Some(close)) => Kind::Close(Some(close.code), close.reason.into_owned()),
            Message::TextPart(part) => Kind::TextPart(part.data, part.last),
            Message::BinaryPart(part) => Kind::BinaryPart(part.data, part.last),
        })
    }
}
