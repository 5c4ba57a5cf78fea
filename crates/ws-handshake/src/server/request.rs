//! Requests that are well-formed, whatever they ask for.

use core::fmt;

use super::plain::PlainRequest;
use super::refusal::HandshakeError;
use crate::headers::fields::Fields;
use crate::headers::grammar::number;
use crate::headers::handshake_fields::HandshakeFields;
use crate::headers::names::Name;
use crate::http1::limits::Limits;
use crate::http1::parse::parse_request;
use crate::uri::host::Host;
use crate::uri::target::{RawTarget, Target};

/// The head of a request of HTTP/1.1 or HTTP/1.0 without a fault of syntax.
///
/// Next, [`upgrade`](Self::upgrade) checks that it opens a WebSocket connection. A server that also
/// serves pages asks [`is_upgrade`](Self::is_upgrade) first, and calls [`plain`](Self::plain) if
/// not.
///
/// ```
/// use ws_handshake::Request;
///
/// let head = b"GET /chat?room=1 HTTP/1.1\r\n\
///              Host: server.example.com\r\n\
///              Upgrade: websocket\r\n\
///              Connection: Upgrade\r\n\
///              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
///              Sec-WebSocket-Version: 13\r\n\r\n";
/// let upgrade = Request::parse(head)?.upgrade()?;
/// assert_eq!((upgrade.path(), upgrade.query()), ("/chat", Some("room=1")));
///
/// let mut output = Vec::new();
/// upgrade.accept().encode(&mut output)?;
/// assert!(output.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Request<'b> {
    pub(super) method: &'b str,
    target: RawTarget<'b>,
    pub(super) is_http10: bool,
    pub(super) fields: Fields<'b>,
    pub(super) noted: HandshakeFields<'b>,
}

impl<'b> Request<'b> {
    /// Parses one whole head, up to and with its empty line, as [`HeadScanner`](crate::HeadScanner)
    /// delimits it, within the default [`Limits`].
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Head`] with the fault.
    pub fn parse(head: &'b [u8]) -> Result<Self, HandshakeError> {
        Self::parse_within(head, Limits::new())
    }

    /// Like [`parse`](Self::parse), with other limits. The scanner should have the same.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Head`] with the fault.
    pub fn parse_within(head: &'b [u8], limits: Limits) -> Result<Self, HandshakeError> {
        let head = parse_request(head, limits)?;
        Ok(Self {
            method: head.method,
            target: RawTarget::Text(head.target),
            is_http10: head.is_http10,
            fields: head.fields,
            noted: head.noted,
        })
    }

    /// For a head that an HTTP stack parsed.
    #[cfg(feature = "http")]
    pub(crate) fn of(
        method: &'b str,
        target: RawTarget<'b>,
        is_http10: bool,
        fields: Fields<'b>,
    ) -> Self {
        Self {
            method,
            target,
            is_http10,
            fields,
            noted: HandshakeFields::of_fields(fields),
        }
    }

    /// The method, such as `GET`. Case matters.
    #[must_use]
    pub const fn method(&self) -> &'b str {
        self.method
    }

    /// The request target as it was written; from an HTTP stack, without scheme and authority.
    #[must_use]
    pub fn target(&self) -> &'b str {
        self.target.text()
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }

    /// Returns whether the request asks for WebSocket at all: `websocket` is a member of its
    /// `Upgrade` list. In HTTP/1.0 that field has no meaning (RFC 9110 §7.8).
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        !self.is_http10
            && self
                .noted
                .has_member(Name::Upgrade, "websocket", self.fields)
    }

    /// Checks that this is a GET or HEAD without a body, which an ordinary answer fits. HTTP/1.0 is
    /// accepted, and needs no `Host`.
    ///
    /// # Errors
    ///
    /// [`PlainMethod`](HandshakeError::PlainMethod), or a fault of target, `Host` or body. If the
    /// request is a HEAD, send the answer [without its body](crate::Response::without_body).
    pub fn plain(&self) -> Result<PlainRequest<'b>, HandshakeError> {
        let is_head = self.method == "HEAD";
        if !is_head && self.method != "GET" {
            return Err(HandshakeError::PlainMethod);
        }
        let target = self.parsed_target()?;
        let host = self.host()?;
        if host.is_none() && !self.is_http10 {
            return Err(HandshakeError::HostMissing);
        }
        self.check_no_body()?;
        Ok(PlainRequest {
            is_head,
            resource: target.resource,
            host: target.host.or(host),
            fields: self.fields,
        })
    }

    pub(super) fn parsed_target(&self) -> Result<Target<'b>, HandshakeError> {
        self.target.parse().ok_or(HandshakeError::Target)
    }

    /// The `Host` field. It must be valid even if the target overrides it (RFC 9112 §3.2).
    pub(super) fn host(&self) -> Result<Option<Host<'b>>, HandshakeError> {
        let host = self
            .noted
            .at_most_one(Name::Host, HandshakeError::HostRepeated)?;
        host.map(|host| Host::parse(host).ok_or(HandshakeError::HostSyntax))
            .transpose()
    }

    /// Checks that no byte behind the head belongs to the request (RFC 9112 §6).
    #[inline]
    pub(super) fn check_no_body(&self) -> Result<(), HandshakeError> {
        let noted = &self.noted;
        if noted.has(Name::TransferEncoding) {
            return Err(HandshakeError::TransferEncoding);
        }
        match noted
            .at_most_one(Name::ContentLength, HandshakeError::ContentLength)?
            .map(number)
        {
            None | Some(Some(0)) => {}
            Some(Some(_)) => return Err(HandshakeError::Body),
            Some(None) => return Err(HandshakeError::ContentLength),
        }
        match noted.at_most_one(Name::Expect, HandshakeError::Expectation)? {
            Some(expect) if !expect.eq_ignore_ascii_case(b"100-continue") => {
                Err(HandshakeError::Expectation)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target().split('?').next();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &path)
            .field("fields", &self.fields)
            .finish()
    }
}
