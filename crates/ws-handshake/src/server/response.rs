//! Answers other than 101.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

use super::refusal::{HandshakeError, UPGRADE_REQUIRED};
use crate::headers::extra::{ExtraFields, FieldError, check_value};
use crate::http1::write::{Room, Sink};

/// An answer after which the connection is closed: a refusal, or a page.
///
/// It has `Connection: close` and its length. After writing it, shut down the write side, read
/// until the peer closes or a timeout passes, and parse nothing of that: the bytes behind a refused
/// head are no second request (RFC 9112 §9.6).
///
/// ```
/// use ws_handshake::{HandshakeError, Response};
///
/// let mut output = Vec::new();
/// Response::from(HandshakeError::VersionUnsupported).encode(&mut output)?;
/// Response::new(401).fields(&[("WWW-Authenticate", "Bearer")]).encode(&mut output)?;
/// Response::new(200).body("text/html; charset=utf-8", b"<!doctype html>").encode(&mut output)?;
/// # Ok::<(), ws_handshake::FieldError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "an answer is given when this has been encoded and written"]
pub struct Response<'a> {
    status: u16,
    required: ExtraFields<'static>,
    fields: ExtraFields<'a>,
    content_type: &'a str,
    body: &'a [u8],
    without_body: bool,
}

impl<'a> Response<'a> {
    /// An answer with an empty body. The status is 200 to 599. A 426 gets the fields that it must
    /// have; a 405 needs an `Allow` from the caller.
    pub const fn new(status: u16) -> Self {
        let required = if status == 426 {
            ExtraFields(UPGRADE_REQUIRED)
        } else {
            ExtraFields::NONE
        };
        Self {
            status,
            required,
            fields: ExtraFields::NONE,
            content_type: "",
            body: &[],
            without_body: false,
        }
    }

    /// Sets further fields, as names and values, in place of those set before.
    pub const fn fields(self, fields: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            fields: ExtraFields(fields),
            ..self
        }
    }

    /// Sets the body and its media type.
    pub const fn body(self, content_type: &'a str, body: &'a [u8]) -> Self {
        Self {
            content_type,
            body,
            ..self
        }
    }

    /// Sets whether the body is left out, as an answer to HEAD must (RFC 9110 §9.3.2). All
    /// fields stay, the length of the body among them.
    pub const fn without_body(self, without_body: bool) -> Self {
        Self {
            without_body,
            ..self
        }
    }

    /// Leaves the body out if `received`, the bytes of the request as far as they came, begins with
    /// the method HEAD. For refusals of a head that could not be parsed or did not come whole.
    pub fn answering(self, received: &[u8]) -> Self {
        let received = received.strip_prefix(b"\r\n").unwrap_or(received);
        let without_body = self.without_body || received.starts_with(b"HEAD ");
        self.without_body(without_body)
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Bytes of the body that are sent, none if it is left out.
    #[must_use]
    pub const fn body_len(&self) -> usize {
        self.sent_body().len()
    }

    /// Appends the answer to `output`.
    ///
    /// # Errors
    ///
    /// [`FieldError`] for a status, field or body that cannot be sent. Nothing is appended then.
    #[cfg(feature = "alloc")]
    pub fn encode(&self, output: &mut Vec<u8>) -> Result<(), FieldError> {
        self.check()?;
        output.reserve(USUAL_LEN + self.body.len());
        self.write(output)
    }

    /// Writes the answer to the front of `buffer` and gives its length.
    ///
    /// # Errors
    ///
    /// [`FieldError`], also [`NoRoom`](FieldError::NoRoom) for a buffer that is too small.
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, FieldError> {
        self.check()?;
        Room::fill(buffer, |room| self.write(room))
    }

    fn write(&self, sink: &mut impl Sink) -> Result<(), FieldError> {
        sink.put_displayed(&format_args!(
            "HTTP/1.1 {} {}\r\n",
            self.status,
            reason(self.status)
        ))?;
        self.each(|name, value| sink.put_field(name, value))?;
        sink.put(b"\r\n")?;
        sink.put(self.sent_body())
    }

    /// Calls `put` with name and value of each field, until it fails.
    pub(crate) fn each<E>(
        &self,
        mut put: impl FnMut(&str, &dyn fmt::Display) -> Result<(), E>,
    ) -> Result<(), E> {
        self.required.each(&mut put)?;
        put(
            "Connection",
            if self.status == 426 {
                &"close, Upgrade"
            } else {
                &"close"
            },
        )?;
        if self.has_length() {
            put("Content-Length", &self.body.len())?;
        }
        if !self.content_type.is_empty() {
            put("Content-Type", &self.content_type)?;
        }
        self.fields.each(put)
    }

    pub(crate) const fn sent_body(&self) -> &'a [u8] {
        if self.without_body { &[] } else { self.body }
    }

    pub(crate) fn check(&self) -> Result<(), FieldError> {
        if !matches!(self.status, 200..=599) {
            return Err(FieldError::Status);
        }
        if matches!(self.status, 204 | 205 | 304) && !self.body.is_empty() {
            return Err(FieldError::Body);
        }
        check_value(self.content_type)?;
        self.fields.check(&["Content-Type"])
    }

    /// RFC 9110 §8.6.
    const fn has_length(&self) -> bool {
        !matches!(self.status, 204 | 304)
    }
}

impl From<HandshakeError> for Response<'static> {
    /// The answer to a fault. Its body names the fault in words of this crate, never of the peer;
    /// an answer to HEAD has none.
    fn from(error: HandshakeError) -> Self {
        let response = match error {
            HandshakeError::MethodHead => Self::new(error.status()),
            _ => Self::new(error.status()).body("text/plain", error.message().as_bytes()),
        };
        Self {
            required: ExtraFields(error.required_fields()),
            ..response
        }
    }
}

/// The reason phrase of a status. Clients look at the number only (RFC 9112 §4).
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// A little more than the length of a refusal without its body.
#[cfg(feature = "alloc")]
const USUAL_LEN: usize = 256;
