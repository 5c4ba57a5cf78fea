//! Lists of origins and host names.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::value::{Origin, default_port, is_same_host};
use crate::headers::grammar::ByteSet;
use crate::uri::host::Host;

/// A complete policy: allowed origins, whether an origin is required, and the server's own names.
///
/// A list from [`new`](Self::new) allows only clients without an `Origin`; each method adds to it.
/// An entry that no browser could ever match is an error rather than a silent hole.
///
/// ```
/// use ws_handshake::OriginList;
///
/// let list = OriginList::new()
///     .origins(&["https://example.com", "http://localhost:8080", "file://"])?
///     .hosts(&["example.com", "localhost"])?;
/// assert!(OriginList::new().origins(&["https://*.example.com"]).is_err());
/// # Ok::<(), ws_handshake::OriginError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OriginList {
    allowed: Vec<Allowed>,
    require_origin: bool,
    hosts: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Allowed {
    /// Scheme, host and port.
    Origin(String),
    /// `null`, or a scheme without a host, such as `file://`.
    Text(String),
    SameHost,
    Any,
}

impl OriginList {
    /// A list that allows no origin yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins such as `https://example.com` or `http://localhost:8080`. Scheme and host
    /// ignore case, and the scheme's default port can be left out.
    ///
    /// Sandboxed pages send `null`, local files and some applications `file://` or another scheme
    /// without a host; these can be listed too. A wildcard cannot: list each host, or check
    /// [`Upgrade::origin`](crate::Upgrade::origin) in the program.
    ///
    /// # Errors
    ///
    /// [`OriginError::Origin`] for a text that is no origin, or none that a browser sends: with a
    /// path, a wildcard, a percent sign, or an IPv4 address that is not written as four decimal
    /// numbers.
    pub fn origins(mut self, origins: &[&str]) -> Result<Self, OriginError> {
        for text in origins {
            self.allowed
                .push(Allowed::of(text).ok_or(OriginError::Origin)?);
        }
        Ok(self)
    }

    /// Adds pages from the host and port that the request names, like
    /// [`OriginPolicy::SameHost`](crate::OriginPolicy::SameHost).
    #[must_use]
    pub fn same_host(mut self) -> Self {
        self.allowed.push(Allowed::SameHost);
        self
    }

    /// Adds every origin, for a list that limits host names only.
    #[must_use]
    pub fn any_origin(mut self) -> Self {
        self.allowed.push(Allowed::Any);
        self
    }

    /// Refuses clients that send no `Origin`.
    #[must_use]
    pub fn require_origin(self) -> Self {
        Self {
            require_origin: true,
            ..self
        }
    }

    /// Adds names of the server itself, such as `localhost`, without a port. A list with at least
    /// one name refuses requests to other names, which prevents DNS rebinding: an attacker's name
    /// that resolves to this server.
    ///
    /// # Errors
    ///
    /// [`OriginError::Host`] for a text that is no host name, or has a port or a wildcard.
    pub fn hosts(mut self, names: &[&str]) -> Result<Self, OriginError> {
        for name in names {
            match plain_host(name) {
                Some(host) if host.name() == *name => self.hosts.push(String::from(*name)),
                _ => return Err(OriginError::Host),
            }
        }
        Ok(self)
    }

    pub(super) fn knows_host(&self, host: Host<'_>) -> bool {
        let is =
            |name: &String| Host::parse(name.as_bytes()).is_some_and(|own| own.has_name_of(host));
        self.hosts.is_empty() || self.hosts.iter().any(is)
    }

    pub(super) fn allows(&self, host: Host<'_>, origin: Option<&[u8]>, is_secure: bool) -> bool {
        let Some(origin) = origin else {
            return !self.require_origin;
        };
        self.allowed.iter().any(|allowed| match allowed {
            Allowed::Origin(listed) => {
                let listed = Origin::parse(listed.as_bytes());
                listed
                    .zip(Origin::parse(origin))
                    .is_some_and(|(listed, origin)| listed.is(&origin))
            }
            Allowed::Text(text) => origin == text.as_bytes(),
            Allowed::SameHost => is_same_host(origin, host, is_secure),
            Allowed::Any => true,
        })
    }
}

impl Allowed {
    fn of(text: &str) -> Option<Self> {
        if text == "null" || is_scheme_alone(text) {
            // Browsers write schemes in lower case.
            return Some(Self::Text(text.to_ascii_lowercase()));
        }
        let origin = Origin::parse_plain(text.as_bytes())?;
        let can_match = is_scheme(origin.scheme) && !origin.host.name().contains('*');
        can_match.then(|| Self::Origin(text.into()))
    }
}

/// Returns whether this is an origin of a scheme that has no hosts.
fn is_scheme_alone(text: &str) -> bool {
    let scheme = text.strip_suffix("://");
    scheme.is_some_and(|scheme| is_scheme(scheme) && default_port(scheme).is_none())
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| SCHEME.has(byte))
}

fn plain_host(name: &str) -> Option<Host<'_>> {
    Host::parse_plain(name.as_bytes()).filter(|_| !name.contains('*'))
}

static SCHEME: ByteSet = ByteSet::alphanumeric_and(b"+-.");

/// A text that an [`OriginList`] cannot take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum OriginError {
    /// Not an origin that a browser can send, such as `https://example.com` without a path.
    Origin,
    /// Not the name of a host without port, such as `localhost`.
    Host,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Origin => "the text is not an origin of scheme, host and optional port",
            Self::Host => "the text is not the name of a host",
        })
    }
}

impl core::error::Error for OriginError {}
