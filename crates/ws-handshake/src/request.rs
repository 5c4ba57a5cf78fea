//! A request: well-formed, whatever it asks for.

use core::fmt;

use crate::error::HandshakeError;
use crate::fields::Fields;
use crate::host::Host;
use crate::known::Known;
use crate::limits::Limits;
use crate::lines::read_fields;
use crate::name::Name;
use crate::parse::{diagnose, split_first_line};
use crate::syntax::number;
use crate::target::{RawTarget, Resource, is_target_text};

/// The head of a request of HTTP/1.1 without a fault of syntax.
///
/// Next, [`upgrade`](Self::upgrade) checks that it opens a WebSocket connection; a server that also serves a page asks
/// [`is_upgrade`](Self::is_upgrade) first and takes [`plain`](Self::plain) if not.
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
    pub(crate) method: &'b str,
    target: RawTarget<'b>,
    pub(crate) fields: Fields<'b>,
    pub(crate) known: Known<'b>,
}

impl<'b> Request<'b> {
    /// Parses one whole head, up to and with its empty line, as [`HeadScanner`](crate::HeadScanner) delimits it.
    pub fn parse(head: &'b [u8]) -> Result<Self, HandshakeError> {
        Self::parse_within(head, Limits::new())
    }

    /// [`parse`](Self::parse) with other limits than the default ones; the scanner should have the same.
    pub fn parse_within(head: &'b [u8], limits: Limits) -> Result<Self, HandshakeError> {
        let fault = |error, version| HandshakeError::Head(diagnose(head, error, version, limits));
        let (line, lines) = split_first_line(head, limits).ok_or_else(|| fault(None, None))?;
        let (method, target) = match usual_target(line) {
            Some(target) => ("GET", target),
            None => parse_first_line(line).map_err(|(error, version)| fault(error, version))?,
        };
        let mut request = Self {
            method,
            target: RawTarget::Text(target),
            fields: Fields::of_lines(lines),
            known: Known::default(),
        };
        request.fields = read_fields(lines, limits, &mut request.known).ok_or_else(|| fault(None, None))?;
        Ok(request)
    }

    /// For a head that was parsed elsewhere.
    #[cfg(feature = "http")]
    pub(crate) fn of(method: &'b str, target: RawTarget<'b>, fields: Fields<'b>) -> Self {
        Self {
            method,
            target,
            fields,
            known: Known::of_fields(fields),
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

    /// Whether the request asks for WebSocket at all: `websocket` is a member of its `Upgrade` list.
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        self.known.has_member(Name::Upgrade, "websocket", self.fields)
    }

    /// Checks that this is a GET or HEAD without a body that an ordinary answer fits.
    pub fn plain(&self) -> Result<Plain<'b>, HandshakeError> {
        let is_head = self.method == "HEAD";
        if !is_head && self.method != "GET" {
            return Err(HandshakeError::PlainMethod);
        }
        let (resource, host) = self.addressed()?;
        self.check_no_body()?;
        Ok(Plain {
            is_head,
            resource,
            host,
            fields: self.fields,
        })
    }

    /// What is asked for and of whom. There must be a `Host` even if the target overrides it.
    #[inline]
    pub(crate) fn addressed(&self) -> Result<(Resource<'b>, Host<'b>), HandshakeError> {
        let (resource, authority) = self.target.parse().ok_or(HandshakeError::Target)?;
        let host = self.known.only(
            Name::Host,
            HandshakeError::HostMissing,
            HandshakeError::HostRepeated,
        )?;
        let host = Host::parse(host).ok_or(HandshakeError::HostSyntax)?;
        Ok((resource, authority.unwrap_or(host)))
    }

    /// RFC 9112 §6: nothing that follows the head may belong to the request.
    #[inline]
    pub(crate) fn check_no_body(&self) -> Result<(), HandshakeError> {
        let known = &self.known;
        if known.has(Name::TransferEncoding) {
            return Err(HandshakeError::TransferEncoding);
        }
        match known
            .at_most_one(Name::ContentLength, HandshakeError::ContentLength)?
            .map(number)
        {
            None | Some(Some(0)) => {}
            Some(Some(_)) => return Err(HandshakeError::Body),
            Some(None) => return Err(HandshakeError::ContentLength),
        }
        match known.at_most_one(Name::Expect, HandshakeError::Expectation)? {
            Some(expect) if !expect.eq_ignore_ascii_case(b"100-continue") => Err(HandshakeError::Expectation),
            _ => Ok(()),
        }
    }
}

/// The target of a line such as browsers send.
fn usual_target(line: &[u8]) -> Option<&str> {
    let target = line.strip_prefix(b"GET ")?.strip_suffix(b" HTTP/1.1\r\n")?;
    let target = core::str::from_utf8(target).ok()?;
    (!target.is_empty() && is_target_text(target)).then_some(target)
}

/// A fault of the first line, and its version if it has one.
type LineFault = (Option<httparse::Error>, Option<u8>);

/// Method and target.
fn parse_first_line(line: &[u8]) -> Result<(&str, &str), LineFault> {
    let mut request = httparse::Request::new(&mut []);
    match (request.parse(line), request.method, request.path, request.version) {
        (Ok(_), Some(method), Some(target), Some(1)) => Ok((method, target)),
        (result, _, _, version) => Err((result.err(), version)),
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

/// An ordinary GET or HEAD request without a body: what a server answers with a page.
///
/// Answer it with [`Response`](crate::Response), for HEAD [without its body](crate::Response::without_body), and close.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'b> {
    is_head: bool,
    resource: Resource<'b>,
    host: Host<'b>,
    fields: Fields<'b>,
}

impl<'b> Plain<'b> {
    /// Whether the method is HEAD, so that the answer must not have a body.
    #[must_use]
    pub const fn is_head(&self) -> bool {
        self.is_head
    }

    /// The path, beginning with `/`, not decoded.
    #[must_use]
    pub fn path(&self) -> &'b str {
        self.resource.path()
    }

    /// What follows the `?` of the target, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.resource.query()
    }

    /// The host that is asked.
    #[must_use]
    pub const fn host(&self) -> Host<'b> {
        self.host
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }
}
