//! Which pages' scripts may connect (RFC 6455 §10.2).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::error::HandshakeError;
use crate::host::Host;
use crate::syntax::TOKEN;

/// Whose connections a server takes.
///
/// A browser sends its user's cookies with a WebSocket request whatever page makes it, and no other check of the browser's
/// stands in between: the server must look at the `Origin` (RFC 6455 §10.2). Clients that are no browsers do
/// not send one, and could send any.
///
/// ```
/// use ws_handshake::{Host, OriginList, OriginPolicy};
///
/// let host = Host::parse(b"good.example").unwrap();
/// let same = OriginPolicy::SameHost;
/// assert!(same.check(host, Some(b"https://GOOD.example:443")).is_ok());
/// assert!(same.check(host, Some(b"https://good.example.evil")).is_err());
///
/// let list = OriginList::new().origins(&["https://www.good.example"])?.require_origin();
/// let policy = OriginPolicy::List(list);
/// assert!(policy.check(host, Some(b"https://www.good.example")).is_ok());
/// assert!(policy.check(host, None).is_err());
/// # Ok::<(), ws_handshake::OriginError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum OriginPolicy {
    /// Pages from the host and port that the request itself names, and clients without an `Origin`.
    ///
    /// A server that only listens on a loopback address should also list its host names, with [`OriginList`]: a foreign name
    /// can be made to lead to 127.0.0.1, and then the page and the request name the same host.
    #[default]
    SameHost,
    /// What the list says.
    List(OriginList),
    /// Every page on the web may connect in its visitor's name. For servers where no cookie, address or network gives a
    /// visitor more rights than anyone.
    Any,
}

impl OriginPolicy {
    /// Whether a request to `host` with this `Origin` is let in.
    pub fn check(&self, host: Host<'_>, origin: Option<&[u8]>) -> Result<(), HandshakeError> {
        let allowed = match self {
            Self::Any => true,
            Self::SameHost => origin.is_none_or(|origin| is_same_host(origin, host)),
            Self::List(list) if !list.knows_host(host) => return Err(HandshakeError::HostRefused),
            Self::List(list) => list.allows(host, origin),
        };
        if allowed {
            Ok(())
        } else {
            Err(HandshakeError::OriginRefused)
        }
    }
}

/// A policy in full: which origins, whether one must be sent, and which names the server itself goes by.
///
/// Made by adding to [`new`](Self::new), which lets in nothing but clients without an `Origin`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OriginList {
    allowed: Vec<Allowed>,
    require_origin: bool,
    hosts: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Allowed {
    Listed(Origin<String>),
    Null,
    SameHost,
    Any,
}

impl OriginList {
    /// No origin is allowed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins such as `https://example.com` or `http://localhost:8080`. Scheme and host ignore case, and a port that
    /// is the scheme's own may be left out. `null`, which sandboxed pages and local files send, may be listed too.
    pub fn origins(mut self, origins: &[&str]) -> Result<Self, OriginError> {
        for text in origins {
            self.allowed.push(match Origin::parse(text.as_bytes()) {
                Some(origin) => Allowed::Listed(origin.to_owned()),
                None if *text == "null" => Allowed::Null,
                None => return Err(OriginError::Origin),
            });
        }
        Ok(self)
    }

    /// Adds pages from the host and port that the request names.
    #[must_use]
    pub fn same_host(mut self) -> Self {
        self.allowed.push(Allowed::SameHost);
        self
    }

    /// Adds every origin; to limit the host names only.
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

    /// Adds names that the server goes by, such as `localhost`, without port. Once there is one, requests to other
    /// names are refused, so that no foreign name can be made to lead here (DNS rebinding).
    pub fn hosts(mut self, names: &[&str]) -> Result<Self, OriginError> {
        for name in names {
            match Host::parse(name.as_bytes()) {
                Some(host) if host.name() == *name => self.hosts.push(String::from(*name)),
                _ => return Err(OriginError::Host),
            }
        }
        Ok(self)
    }

    fn knows_host(&self, host: Host<'_>) -> bool {
        self.hosts.is_empty()
            || self
                .hosts
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host.name()))
    }

    fn allows(&self, host: Host<'_>, origin: Option<&[u8]>) -> bool {
        let Some(origin) = origin else {
            return !self.require_origin;
        };
        self.allowed.iter().any(|allowed| match allowed {
            Allowed::Listed(listed) => Origin::parse(origin).is_some_and(|origin| listed.is(&origin)),
            Allowed::Null => origin == b"null",
            Allowed::SameHost => is_same_host(origin, host),
            Allowed::Any => true,
        })
    }
}

/// A text that an [`OriginList`] cannot take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum OriginError {
    /// Not a scheme and a host with an optional port, as in `https://example.com`, without a path.
    Origin,
    /// Not the name of a host without port, as in `localhost`.
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

/// RFC 6454 §7: compared whole, never by a part of its text.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Origin<T> {
    scheme: T,
    host: T,
    /// With the scheme's own port filled in, where one is known.
    port: Option<u16>,
}

impl<'b> Origin<&'b str> {
    fn parse(text: &'b [u8]) -> Option<Self> {
        let (scheme, rest) = text.split_at(TOKEN.span(text));
        let scheme = core::str::from_utf8(scheme)
            .ok()
            .filter(|scheme| !scheme.is_empty())?;
        let host = rest.strip_prefix(b"://").filter(|host| !host.ends_with(b":"))?;
        let host = Host::parse(host)?;
        Some(Self {
            scheme,
            host: host.name(),
            port: host.port().or(default_port(scheme)),
        })
    }

    fn to_owned(&self) -> Origin<String> {
        Origin {
            scheme: self.scheme.into(),
            host: self.host.into(),
            port: self.port,
        }
    }
}

impl Origin<String> {
    fn is(&self, other: &Origin<&str>) -> bool {
        self.port == other.port
            && self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.host.eq_ignore_ascii_case(other.host)
    }
}

/// The request does not say whether it came over TLS, so the origin's scheme tells which port `host` means without one.
fn is_same_host(origin: &[u8], host: Host<'_>) -> bool {
    Origin::parse(origin).is_some_and(|origin| {
        let port = host.port().or(default_port(origin.scheme));
        origin.port == port && origin.host.eq_ignore_ascii_case(host.name())
    })
}

fn default_port(scheme: &str) -> Option<u16> {
    let is = |other| scheme.eq_ignore_ascii_case(other);
    if is("http") || is("ws") {
        Some(80)
    } else if is("https") || is("wss") {
        Some(443)
    } else {
        None
    }
}
