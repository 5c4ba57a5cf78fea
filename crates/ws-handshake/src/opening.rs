//! What a client asks for, over whichever version of HTTP.

use core::fmt;

use crate::error::HandshakeError;
use crate::extension::Extensions;
use crate::extension::grammar::is_extension_list;
use crate::fields::Fields;
use crate::host::Host;
use crate::known::{Known, List};
use crate::name::Name;
use crate::protocol::Protocols;
use crate::syntax::number;
use crate::target::Resource;

/// The part of an opening handshake that is the same in HTTP/1.1, HTTP/2 and HTTP/3, without a fault.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'b> {
    pub(crate) resource: Resource<'b>,
    pub(crate) host: Host<'b>,
    pub(crate) origin: Option<&'b [u8]>,
    protocols: List<'b>,
    extensions: List<'b>,
    pub(crate) fields: Fields<'b>,
}

impl<'b> Opening<'b> {
    /// Checks lists and origin, after all else.
    #[inline]
    pub(crate) fn check(known: &Known<'b>, fields: Fields<'b>) -> Result<(), HandshakeError> {
        if known.has(Name::Extensions) && !are_extensions(known.list(Name::Extensions), fields) {
            return Err(HandshakeError::ExtensionSyntax);
        }
        if known.has(Name::Protocol) {
            Protocols::check(known.list(Name::Protocol), fields)?;
        }
        known.at_most_one(Name::Origin, HandshakeError::OriginRepeated)?;
        Ok(())
    }

    /// For fields that were checked. Apart from the check, so that it is made where it stays: it is large.
    #[inline]
    pub(crate) fn of(known: &Known<'b>, fields: Fields<'b>, resource: Resource<'b>, host: Host<'b>) -> Self {
        Self {
            resource,
            host,
            origin: known.first(Name::Origin),
            protocols: known.list(Name::Protocol),
            extensions: known.list(Name::Extensions),
            fields,
        }
    }

    pub(crate) fn protocols(&self) -> Protocols<'b> {
        Protocols::trust(self.protocols.members(Name::Protocol, self.fields))
    }

    pub(crate) fn extensions(&self) -> Extensions<'b> {
        Extensions::trust(self.extensions.members(Name::Extensions, self.fields))
    }
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.unwrap_or_default().escape_ascii();
        f.debug_struct("Opening")
            .field("host", &self.host)
            .field("path", &self.resource)
            .field("origin", &format_args!("{origin}"))
            .field("fields", &self.fields)
            .finish()
    }
}

fn are_extensions(list: List<'_>, fields: Fields<'_>) -> bool {
    match list {
        List::One(value) => is_extension_list(Some(value)),
        List::Several => is_extension_list(fields.all(Name::Extensions.text())),
    }
}

/// RFC 6455 §4.4, §11.3.5.
pub(crate) fn check_version(known: &Known<'_>) -> Result<(), HandshakeError> {
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

/// The questions that can be asked of both kinds of request, of which one comes over HTTP/1.1 and the other over HTTP/2 or 3.
macro_rules! opening_methods {
    ($request:ident) => {
        impl<'b> $request<'b> {
            /// The path of the resource, beginning with `/`, not decoded (RFC 6455 §3).
            #[must_use]
            pub fn path(&self) -> &'b str {
                self.opening.resource.path()
            }

            /// What follows the `?` of the target, not decoded.
            #[must_use]
            pub fn query(&self) -> Option<&'b str> {
                self.opening.resource.query()
            }

            /// The host that is asked (RFC 9110 §7.2).
            #[must_use]
            pub const fn host(&self) -> $crate::Host<'b> {
                self.opening.host
            }

            /// Where the page came from whose script connects; browsers send it, other clients mostly do not
            /// (RFC 6455 §10.2).
            #[must_use]
            pub const fn origin(&self) -> Option<&'b [u8]> {
                self.opening.origin
            }

            /// Whether `policy` lets this client in (RFC 6455 §10.2).
            pub fn check_origin(&self, policy: &$crate::OriginPolicy) -> Result<(), $crate::HandshakeError> {
                policy.check(self.opening.host, self.opening.origin)
            }

            /// The subprotocols that the client offers, in the order of its preference.
            #[must_use]
            pub fn protocols(&self) -> $crate::Protocols<'b> {
                self.opening.protocols()
            }

            /// The first of `supported` that the client offers; [`Protocols`](crate::Protocols) has other ways to choose.
            #[must_use]
            pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<$crate::Protocol<'s>> {
                self.opening.protocols().choose(supported)
            }

            /// The extensions that the client offers, in the order of its preference.
            #[must_use]
            pub fn extensions(&self) -> $crate::extension::Extensions<'b> {
                self.opening.extensions()
            }

            /// All fields.
            #[must_use]
            pub const fn fields(&self) -> $crate::Fields<'b> {
                self.opening.fields
            }
        }
    };
}

pub(crate) use opening_methods;
