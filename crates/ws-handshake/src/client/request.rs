//! Requests that a client sends.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

use super::offer::Offer;
use crate::headers::extra::{ExtraFields, FieldError, check_value};
use crate::headers::grammar::is_token;
use crate::headers::names::Name;
use crate::http1::write::{Room, Sink};
use crate::key::Key;
use crate::uri::host::Host;
use crate::uri::target::Resource;
use crate::uri::url::Url;

/// A request to open a WebSocket connection (RFC 6455 §4.1). Keep it to check the answer with
/// [`ServerResponse::accepted`](crate::ServerResponse::accepted).
///
/// A program that opens several connections to one address must open one after the other: RFC 6455
/// §4.1 allows one at a time to wait for its answer.
///
/// The nonce is 16 random bytes, fresh for each request, for example of `rand::random()`, or of the
/// `getrandom` crate: `getrandom::fill(&mut nonce)`.
///
/// ```
/// use ws_handshake::{ClientRequest, Url};
/// use ws_handshake::extension::deflate::DeflateOffer;
///
/// # mod rand { pub fn random() -> [u8; 16] { *b"the sample nonce" } }
/// let url = Url::parse("ws://server.example.com/chat")?;
/// let request = ClientRequest::to(&url, rand::random())
///     .protocols(&["chat", "superchat"])
///     .extensions(DeflateOffer::new())
///     .fields(&[("Authorization", "Bearer 1234")]);
/// let mut output = Vec::new();
/// request.encode(&mut output)?;
/// assert!(output.starts_with(b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ClientRequest<'a> {
    host: Option<Host<'a>>,
    resource: Option<Resource<'a>>,
    /// The scheme of the target, if that is an absolute URI.
    scheme: Option<&'static str>,
    pub(crate) key: Key,
    pub(super) protocols: &'a [&'a str],
    pub(super) require_protocol: bool,
    pub(super) extensions: Offer<'a>,
    origin: Option<&'a str>,
    pub(crate) fields: ExtraFields<'a>,
}

impl<'a> ClientRequest<'a> {
    /// A request for `url`. The nonce is random and fresh for each request (RFC 6455 §4.1).
    #[must_use]
    pub fn to(url: &Url<'a>, nonce: [u8; 16]) -> Self {
        Self::of(Some(url.authority()), Some(url.resource()), nonce)
    }

    /// A request to `host`, with its port where it is not the scheme's own, for `target`, a path
    /// with an optional query. [`encode`](Self::encode) checks both.
    #[must_use]
    pub fn new(host: &'a str, target: &'a str, nonce: [u8; 16]) -> Self {
        Self::of(
            Host::parse(host.as_bytes()),
            Resource::of_client(target),
            nonce,
        )
    }

    /// A host or target that is not valid is an error of [`encode`](Self::encode), like all the
    /// rest.
    fn of(host: Option<Host<'a>>, resource: Option<Resource<'a>>, nonce: [u8; 16]) -> Self {
        Self {
            host,
            resource,
            scheme: None,
            key: Key::from_bytes(nonce),
            protocols: &[],
            require_protocol: false,
            extensions: Offer::NONE,
            origin: None,
            fields: ExtraFields::NONE,
        }
    }

    /// Writes the target as an absolute URI, `http://host/path` or, if `is_secure`,
    /// `https://host/path`: the form for a forward proxy (RFC 9112 §3.2.2). A proxy that does not
    /// pass `Upgrade` on is asked for a tunnel instead, with the method CONNECT (RFC 6455 §4.1).
    #[must_use]
    pub const fn absolute(self, is_secure: bool) -> Self {
        Self {
            scheme: Some(if is_secure { "https" } else { "http" }),
            ..self
        }
    }

    /// Offers subprotocols, the preferred one first.
    #[must_use]
    pub const fn protocols(self, names: &'a [&'a str]) -> Self {
        Self {
            protocols: names,
            ..self
        }
    }

    /// Fails an answer that takes none of the offered subprotocols, as browsers do. RFC 6455 allows
    /// such an answer.
    #[must_use]
    pub const fn require_protocol(self) -> Self {
        Self {
            require_protocol: true,
            ..self
        }
    }

    /// Offers extensions: a [`DeflateOffer`](crate::extension::deflate::DeflateOffer), an `Option`
    /// of one, or the text of a list.
    #[must_use]
    pub fn extensions(self, offer: impl Into<Offer<'a>>) -> Self {
        Self {
            extensions: offer.into(),
            ..self
        }
    }

    /// Sets the `Origin`, for clients that act for a web page (RFC 6455 §4.1).
    #[must_use]
    pub const fn origin(self, origin: &'a str) -> Self {
        Self {
            origin: Some(origin),
            ..self
        }
    }

    /// Sets further fields, as names and values, in place of those set before.
    #[must_use]
    pub const fn fields(self, fields: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            fields: ExtraFields(fields),
            ..self
        }
    }

    /// Appends the request to `output`. Then read the answer with a
    /// [`HeadScanner`](crate::HeadScanner).
    ///
    /// # Errors
    ///
    /// [`FieldError`] for a value that cannot be sent. Nothing is appended then.
    #[cfg(feature = "alloc")]
    pub fn encode(&self, output: &mut Vec<u8>) -> Result<(), FieldError> {
        let (resource, host) = self.checked()?;
        output.reserve(USUAL_LEN);
        self.write(resource, host, output)
    }

    /// Writes the request to the front of `buffer` and gives its length.
    ///
    /// # Errors
    ///
    /// [`FieldError`], also [`NoRoom`](FieldError::NoRoom) for a buffer that is too small.
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, FieldError> {
        let (resource, host) = self.checked()?;
        Room::fill(buffer, |room| self.write(resource, host, room))
    }

    fn write(
        &self,
        resource: Resource<'_>,
        host: Host<'_>,
        sink: &mut impl Sink,
    ) -> Result<(), FieldError> {
        sink.put_displayed(&format_args!(
            "GET {} HTTP/1.1\r\n",
            self.target(resource, host)
        ))?;
        sink.put_field(Name::Host.text(), &host)?;
        sink.put(UPGRADE)?;
        sink.put_field(Name::Key.text(), &self.key)?;
        self.each(|name, value| sink.put_field(name, value))?;
        sink.put(b"\r\n")
    }

    /// The target in the form that the caller wants.
    pub(crate) const fn target<'b>(
        &self,
        resource: Resource<'b>,
        host: Host<'b>,
    ) -> RequestTarget<'b> {
        RequestTarget {
            scheme: self.scheme,
            host,
            resource,
        }
    }

    /// Checks everything that came from the caller.
    pub(crate) fn checked(&self) -> Result<(Resource<'a>, Host<'a>), FieldError> {
        let resource = self.resource.ok_or(FieldError::Target)?;
        let host = self.host.ok_or(FieldError::Host)?;
        check_protocols(self.protocols)?;
        self.extensions.check()?;
        self.origin.map_or(Ok(()), check_value)?;
        self.fields
            .check(&[Name::Host.text(), Name::Origin.text()])?;
        Ok((resource, host))
    }

    /// Calls `put` with name and value of each optional field, until it fails.
    pub(crate) fn each<E>(
        &self,
        mut put: impl FnMut(&str, &dyn fmt::Display) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(origin) = self.origin {
            put(Name::Origin.text(), &origin)?;
        }
        if !self.protocols.is_empty() {
            put(Name::Protocol.text(), &List(self.protocols))?;
        }
        if let Some(extensions) = self.extensions.value() {
            put(Name::Extensions.text(), extensions)?;
        }
        self.fields.each(put)
    }
}

/// A path and query, with scheme and host in front of it in the absolute form.
pub(crate) struct RequestTarget<'a> {
    scheme: Option<&'static str>,
    host: Host<'a>,
    resource: Resource<'a>,
}

impl fmt::Display for RequestTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{scheme}://{}", self.host)?;
        }
        self.resource.fmt(f)
    }
}

/// Names with commas between them.
struct List<'a>(&'a [&'a str]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for name in self.0 {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

/// Checks for different tokens (RFC 6455 §4.1).
fn check_protocols(protocols: &[&str]) -> Result<(), FieldError> {
    let valid = protocols.iter().enumerate().all(|(index, protocol)| {
        is_token(protocol.as_bytes()) && !protocols[..index].contains(protocol)
    });
    if valid {
        Ok(())
    } else {
        Err(FieldError::Protocol)
    }
}

const UPGRADE: &[u8] =
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";

/// A little more than the length of a request without options.
#[cfg(feature = "alloc")]
const USUAL_LEN: usize = 256;
