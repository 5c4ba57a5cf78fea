//! A request that opens a WebSocket connection.

use crate::accept::Accept;
use crate::error::HandshakeError;
use crate::extension::Extensions;
use crate::fields::{Fields, Lines};
use crate::host::Host;
use crate::key::Key;
use crate::known;
use crate::origin::OriginPolicy;
use crate::protocol::{Protocol, Protocols};
use crate::request::Request;
use crate::syntax::number;
use crate::target::Target;

/// A request that broke no rule of RFC 6455 §4.2.1: only an answer is missing.
///
/// Next, a server open to browsers asks [`check_origin`](Self::check_origin), looks at [`path`](Self::path) and what else it
/// needs, and answers: with [`accept`](Self::accept), or with a [`Response`](crate::Response) of another status.
///
/// ```
/// # let head = b"GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
/// #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// use ws_handshake::{OriginPolicy, Request, Response};
///
/// # let mut output = Vec::new();
/// let upgrade = Request::parse(head)?.upgrade()?;
/// upgrade.check_origin(&OriginPolicy::SameHost)?;
/// match upgrade.path() {
///     "/chat" => upgrade.accept().protocol(upgrade.choose(&["chat.v2", "chat"])).encode(&mut output)?,
///     _ => Response::new(404).encode(&mut output)?,
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Upgrade<'b> {
    target: Target<'b>,
    host: Host<'b>,
    key: Key,
    origin: Option<&'b [u8]>,
    protocols: Lines<'b>,
    extensions: Lines<'b>,
    fields: Fields<'b>,
}

impl<'b> Request<'b> {
    /// Checks that the request opens a WebSocket connection (RFC 6455 §4.2.1).
    pub fn upgrade(&self) -> Result<Upgrade<'b>, HandshakeError> {
        if self.method != "GET" {
            return Err(HandshakeError::Method);
        }
        let (target, host) = self.addressed()?;
        self.check_no_body()?;
        if !self.is_upgrade() {
            return Err(HandshakeError::Upgrade);
        }
        let known = &self.known;
        let mut options = known.connection.members(known::CONNECTION, self.fields);
        if !options.any(|option| option.eq_ignore_ascii_case(b"upgrade")) {
            return Err(HandshakeError::Connection);
        }
        check_version(known.version)?;
        let key = known
            .key
            .only(HandshakeError::KeyMissing, HandshakeError::KeyRepeated)?;
        let key = Key::parse(key).ok_or(HandshakeError::KeySyntax)?;
        check_lists(known.extensions, known.protocols, self.fields)?;
        let origin = known.origin.at_most_one(HandshakeError::OriginRepeated)?;
        let (protocols, extensions) = (known.protocols, known.extensions);
        Ok(Upgrade {
            target,
            host,
            key,
            origin,
            protocols,
            extensions,
            fields: self.fields,
        })
    }
}

impl<'b> Upgrade<'b> {
    /// The path of the resource, beginning with `/`, not decoded (RFC 6455 §3).
    #[must_use]
    pub fn path(&self) -> &'b str {
        self.target.path()
    }

    /// What follows the `?` of the target, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.target.query()
    }

    /// The host that is asked: of the `Host` field, or of the target if that is absolute (RFC 9112 §3.2.2).
    #[must_use]
    pub const fn host(&self) -> Host<'b> {
        self.host
    }

    /// Where the page came from whose script connects; browsers send it, other clients mostly do not (RFC 6455 §10.2).
    #[must_use]
    pub const fn origin(&self) -> Option<&'b [u8]> {
        self.origin
    }

    /// The key, of which the answer is made.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// The subprotocols that the client offers, in the order of its preference.
    #[must_use]
    pub fn protocols(&self) -> Protocols<'b> {
        Protocols::trust(self.protocols.members(known::PROTOCOL, self.fields))
    }

    /// The first of `supported` that the client offers; [`Protocols`] has other ways to choose.
    #[must_use]
    pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<Protocol<'s>> {
        self.protocols().choose(supported)
    }

    /// The extensions that the client offers, in the order of its preference.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'b> {
        Extensions::trust(self.extensions.members(known::EXTENSIONS, self.fields))
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }

    /// Whether `policy` lets this client in (RFC 6455 §10.2).
    pub fn check_origin(&self, policy: &OriginPolicy) -> Result<(), HandshakeError> {
        policy.check(self.host, self.origin)
    }

    /// The answer that opens the connection. It borrows nothing, so the decision can be made later.
    pub const fn accept(&self) -> Accept<'static> {
        Accept::new(self.key)
    }
}

/// RFC 6455 §4.4, §11.3.5.
fn check_version(version: Lines<'_>) -> Result<(), HandshakeError> {
    match version.only(HandshakeError::VersionMissing, HandshakeError::VersionRepeated)? {
        b"13" => Ok(()),
        b"0" => Err(HandshakeError::VersionUnsupported),
        [b'1'..=b'9', ..]
            if number(version.first.unwrap_or_default()).is_some_and(|version| version < 256) =>
        {
            Err(HandshakeError::VersionUnsupported)
        }
        _ => Err(HandshakeError::VersionSyntax),
    }
}

fn check_lists<'b>(
    extensions: Lines<'b>,
    protocols: Lines<'b>,
    fields: Fields<'b>,
) -> Result<(), HandshakeError> {
    if extensions.first.is_some() {
        let members = extensions.members(known::EXTENSIONS, fields);
        Extensions::check(members).ok_or(HandshakeError::ExtensionSyntax)?;
    }
    if protocols.first.is_some() {
        Protocols::check(protocols.members(known::PROTOCOL, fields))?;
    }
    Ok(())
}
