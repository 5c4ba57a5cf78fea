//! A request that opens a WebSocket connection.

use crate::accept::Accept;
use crate::error::HandshakeError;
use crate::extension::Extensions;
use crate::extension::grammar::is_extension_list;
use crate::fields::Fields;
use crate::host::Host;
use crate::key::Key;
use crate::known::{Known, List};
use crate::name::Name;
use crate::origin::OriginPolicy;
use crate::protocol::{Protocol, Protocols};
use crate::request::Request;
use crate::syntax::number;
use crate::target::Resource;

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
    resource: Resource<'b>,
    host: Host<'b>,
    key: Key,
    origin: Option<&'b [u8]>,
    protocols: List<'b>,
    extensions: List<'b>,
    fields: Fields<'b>,
}

impl<'b> Request<'b> {
    /// Checks that the request opens a WebSocket connection (RFC 6455 §4.2.1).
    pub fn upgrade(&self) -> Result<Upgrade<'b>, HandshakeError> {
        if self.method != "GET" {
            return Err(HandshakeError::Method);
        }
        let (resource, host) = self.addressed()?;
        self.check_no_body()?;
        if !self.is_upgrade() {
            return Err(HandshakeError::Upgrade);
        }
        let known = &self.known;
        if !known.has_member(Name::Connection, "upgrade", self.fields) {
            return Err(HandshakeError::Connection);
        }
        check_version(known)?;
        let key = known.only(Name::Key, HandshakeError::KeyMissing, HandshakeError::KeyRepeated)?;
        let key = Key::parse(key).ok_or(HandshakeError::KeySyntax)?;
        let (extensions, protocols) = (known.list(Name::Extensions), known.list(Name::Protocol));
        check_lists(known, self.fields)?;
        let origin = known.at_most_one(Name::Origin, HandshakeError::OriginRepeated)?;
        Ok(Upgrade {
            resource,
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
        self.resource.path()
    }

    /// What follows the `?` of the target, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.resource.query()
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
        Protocols::trust(self.protocols.members(Name::Protocol, self.fields))
    }

    /// The first of `supported` that the client offers; [`Protocols`] has other ways to choose.
    #[must_use]
    pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<Protocol<'s>> {
        self.protocols().choose(supported)
    }

    /// The extensions that the client offers, in the order of its preference.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'b> {
        Extensions::trust(self.extensions.members(Name::Extensions, self.fields))
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
fn check_version(known: &Known<'_>) -> Result<(), HandshakeError> {
    match known.only(
        Name::Version,
        HandshakeError::VersionMissing,
        HandshakeError::VersionRepeated,
    )? {
        b"13" => Ok(()),
        version if is_version(version) => Err(HandshakeError::VersionUnsupported),
        _ => Err(HandshakeError::VersionSyntax),
    }
}

/// 0 to 255, without leading zeros.
fn is_version(version: &[u8]) -> bool {
    matches!(version, b"0" | [b'1'..=b'9', ..]) && number(version).is_some_and(|version| version < 256)
}

fn check_lists<'b>(known: &Known<'b>, fields: Fields<'b>) -> Result<(), HandshakeError> {
    if known.has(Name::Extensions)
        && !is_extension_list(known.list(Name::Extensions).values(Name::Extensions, fields))
    {
        return Err(HandshakeError::ExtensionSyntax);
    }
    if known.has(Name::Protocol) {
        Protocols::check(known.list(Name::Protocol).members(Name::Protocol, fields))?;
    }
    Ok(())
}
