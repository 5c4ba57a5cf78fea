//! Fields that a caller adds to a head, and their checks.

use core::fmt;

use super::grammar::{is_token, is_value};

/// A value of the caller that cannot go into a head. Nothing was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum FieldError {
    /// A field's name is not a token (RFC 9110 §5.1).
    Name,
    /// A field's value holds a control character, such as CR or LF (RFC 9110 §5.5).
    Value,
    /// This crate writes the field of this name itself, or the field has no place in this head.
    Reserved,
    /// A status that is not between 200 and 599.
    Status,
    /// A status that has no body, and a body (RFC 9110 §6.4.1).
    Body,
    /// The text is not a list of extensions (RFC 6455 §9.1).
    Extensions,
    /// The subprotocol was chosen from the offer of another client (RFC 6455 §4.2.2).
    NotOffered,
    /// The buffer is too small for the whole head.
    NoRoom,
    /// More fields than an `http::HeaderMap` takes.
    TooMany,
    /// A client's target is not a path with an optional query, in the characters of RFC 3986,
    /// without dot segments and without a fragment ([`Url`](crate::Url) lists what is refused).
    Target,
    /// A client's host is not a host with an optional port (RFC 9110 §7.2).
    Host,
    /// A client's subprotocols are not all tokens, or one is named twice (RFC 6455 §4.1).
    Protocol,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the name of a field is not a token",
            Self::Value => "the value of a field has a control character",
            Self::Reserved => "a field of this name cannot be added",
            Self::Status => "the status is not between 200 and 599",
            Self::Body => "an answer of this status has no body",
            Self::Extensions => "the text is not a list of extensions",
            Self::NotOffered => "the subprotocol was chosen from the offer of another client",
            Self::NoRoom => "the buffer is too small",
            Self::TooMany => "there are too many fields",
            Self::Target => "the target is not a path",
            Self::Host => "the host is not valid",
            Self::Protocol => "the subprotocols are not different tokens",
        })
    }
}

impl core::error::Error for FieldError {}

/// Names and values that a caller adds. `Debug` shows names only: values can be cookies and
/// passwords.
#[derive(Clone, Copy)]
pub(crate) struct ExtraFields<'a>(pub(crate) &'a [(&'a str, &'a str)]);

impl ExtraFields<'_> {
    pub(crate) const NONE: Self = Self(&[]);

    pub(crate) fn check(self, reserved: &[&str]) -> Result<(), FieldError> {
        self.0
            .iter()
            .try_for_each(|(name, value)| check_field(name, value, reserved))
    }

    /// Gives each field to `put`, until it fails.
    pub(crate) fn each<E>(
        self,
        mut put: impl FnMut(&str, &dyn fmt::Display) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.iter().try_for_each(|(name, value)| put(name, value))
    }
}

impl fmt::Debug for ExtraFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

pub(crate) fn check_value(value: &str) -> Result<(), FieldError> {
    if is_value(value.as_bytes()) {
        Ok(())
    } else {
        Err(FieldError::Value)
    }
}

fn check_field(name: &str, value: &str, reserved: &[&str]) -> Result<(), FieldError> {
    if !is_token(name.as_bytes()) {
        return Err(FieldError::Name);
    }
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    if is_of_the_handshake(name) || FRAMING.iter().any(is) || reserved.iter().any(is) {
        return Err(FieldError::Reserved);
    }
    check_value(value)
}

fn is_of_the_handshake(name: &str) -> bool {
    name.as_bytes()
        .get(..HANDSHAKE.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(HANDSHAKE))
}

/// Every `Sec-WebSocket-…` field belongs to the handshake.
const HANDSHAKE: &[u8] = b"sec-websocket-";

/// Fields that say where a message ends and what the connection does next (RFC 9110 §7.6.1,
/// RFC 9112 §6).
const FRAMING: &[&str] = &[
    "Connection",
    "Upgrade",
    "Content-Length",
    "Transfer-Encoding",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
];
