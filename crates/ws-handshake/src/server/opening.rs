//! The part of a client's request that is the same over every version of HTTP.

use core::fmt;

use super::protocol::Protocols;
use super::refusal::HandshakeError;
use crate::extension::Extensions;
use crate::extension::grammar::is_extension_list;
use crate::headers::fields::Fields;
use crate::headers::grammar::number;
use crate::headers::handshake_fields::{HandshakeFields, List};
use crate::headers::names::Name;
use crate::uri::host::Host;
use crate::uri::target::Resource;

/// A request without a fault, as far as HTTP/1.1, HTTP/2 and HTTP/3 have it in common.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'b> {
    pub(crate) resource: Resource<'b>,
    pub(crate) host: Host<'b>,
    /// Whether the request is known to have come over TLS.
    pub(crate) is_secure: bool,
    pub(crate) origin: Option<&'b [u8]>,
    protocols: List<'b>,
    extensions: List<'b>,
    pub(crate) fields: Fields<'b>,
}

impl<'b> Opening<'b> {
    /// Checks lists and origin, after everything else.
    #[inline]
    pub(crate) fn check(
        known: &HandshakeFields<'b>,
        fields: Fields<'b>,
    ) -> Result<(), HandshakeError> {
        if known.has(Name::Extensions) && !are_extensions(known.list(Name::Extensions), fields) {
            return Err(HandshakeError::ExtensionSyntax);
        }
        if known.has(Name::Protocol) {
            Protocols::check(known.list(Name::Protocol), fields)?;
        }
        known.at_most_one(Name::Origin, HandshakeError::OriginRepeated)?;
        Ok(())
    }

    /// For fields that were checked. It is large, so it is made separately from the check, in its
    /// final place.
    #[inline]
    pub(crate) fn of(
        known: &HandshakeFields<'b>,
        fields: Fields<'b>,
        resource: Resource<'b>,
        host: Host<'b>,
        is_secure: bool,
    ) -> Self {
        Self {
            resource,
            host,
            is_secure,
            origin: known.first(Name::Origin),
            protocols: known.list(Name::Protocol),
            extensions: known.list(Name::Extensions),
            fields,
        }
    }

    pub(crate) fn protocols(&self) -> Protocols<'b> {
        Protocols::trust(self.protocols.tokens(Name::Protocol, self.fields))
    }

    pub(crate) fn extensions(&self) -> Extensions<'b> {
        Extensions::trust(self.extensions.extensions(self.fields))
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
pub(crate) fn check_version(known: &HandshakeFields<'_>) -> Result<(), HandshakeError> {
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
    matches!(version, b"0" | [b'1'..=b'9', ..])
        && number(version).is_some_and(|version| version < 256)
}

/// The methods that `Upgrade` (HTTP/1.1) and `ConnectRequest` (HTTP/2 and HTTP/3) share.
macro_rules! opening_methods {
    ($request:ident) => {
        impl<'b> $request<'b> {
            /// The path of the resource, beginning with `/`, not decoded (RFC 6455 §3).
            #[must_use]
            pub fn path(&self) -> &'b str {
                self.opening.resource.path()
            }

            /// The text behind the `?` of the target, not decoded.
            #[must_use]
            pub fn query(&self) -> Option<&'b str> {
                self.opening.resource.query()
            }

            /// The host that the client asks for (RFC 9110 §7.2).
            #[must_use]
            pub const fn host(&self) -> $crate::Host<'b> {
                self.opening.host
            }

            /// The origin of the page whose script connects (RFC 6455 §10.2). Browsers send it;
            /// most other clients do not.
            #[must_use]
            pub const fn origin(&self) -> Option<&'b [u8]> {
                self.opening.origin
            }

            /// Checks that `policy` allows this client to connect (RFC 6455 §10.2).
            ///
            /// # Errors
            ///
            /// [`OriginRefused`](crate::HandshakeError::OriginRefused) or
            /// [`HostRefused`](crate::HandshakeError::HostRefused). Log [`origin`](Self::origin)
            /// and [`host`](Self::host) then: a refused page is often a missing entry in the
            /// policy.
            pub fn check_origin(
                &self,
                policy: &$crate::OriginPolicy,
            ) -> Result<(), $crate::HandshakeError> {
                policy.check(
                    self.opening.host,
                    self.opening.origin,
                    self.opening.is_secure,
                )
            }

            /// The subprotocols that the client offers, in the order of its preference.
            #[must_use]
            pub fn protocols(&self) -> $crate::Protocols<'b> {
                self.opening.protocols()
            }

            /// The first of `supported` that the client offers. [`Protocols`](crate::Protocols) has
            /// other ways to choose.
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
