//! Which pages' scripts may connect (RFC 6455 §10.2).

#[cfg(feature = "alloc")]
mod list;

use crate::error::HandshakeError;
use crate::host::Host;
use crate::syntax::TOKEN;

#[cfg(feature = "alloc")]
pub use list::{OriginError, OriginList};

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
    #[cfg(feature = "alloc")]
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
            #[cfg(feature = "alloc")]
            Self::List(list) if !list.knows_host(host) => return Err(HandshakeError::HostRefused),
            #[cfg(feature = "alloc")]
            Self::List(list) => list.allows(host, origin),
        };
        if allowed {
            Ok(())
        } else {
            Err(HandshakeError::OriginRefused)
        }
    }
}

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
}

/// The request does not say whether it came over TLS, so the origin's scheme tells which port `host` means without one.
/// A scheme without a port of its own is an application's, in which any page may take the name of any host.
fn is_same_host(origin: &[u8], host: Host<'_>) -> bool {
    Origin::parse(origin).is_some_and(|origin| {
        let own_port = default_port(origin.scheme);
        let same_port = own_port.is_some() && origin.port == host.port().or(own_port);
        same_port && origin.host.eq_ignore_ascii_case(host.name())
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
