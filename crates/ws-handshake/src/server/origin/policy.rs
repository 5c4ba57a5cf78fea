//! The policy that a server checks origins with.

#[cfg(feature = "alloc")]
use super::list::OriginList;
use super::value::is_same_host;
use crate::server::refusal::HandshakeError;
use crate::uri::host::Host;

/// Origins that a server accepts connections from.
///
/// A browser sends its user's cookies with a WebSocket request from any page, without a check of
/// its own, so the server must check the `Origin` (RFC 6455 §10.2). Clients other than browsers
/// usually send none, and can send any.
///
/// ```
/// use ws_handshake::{Host, OriginList, OriginPolicy};
///
/// let host = Host::parse(b"good.example").unwrap();
/// let same = OriginPolicy::SameHost;
/// assert!(same.check(host, Some(b"https://GOOD.example:443"), false).is_ok());
/// assert!(same.check(host, Some(b"https://good.example.evil"), false).is_err());
/// assert!(same.check(host, Some(b"http://good.example"), true).is_err());
///
/// let list = OriginList::new().origins(&["https://www.good.example"])?.require_origin();
/// let policy = OriginPolicy::List(list);
/// assert!(policy.check(host, Some(b"https://www.good.example"), true).is_ok());
/// assert!(policy.check(host, None, true).is_err());
/// # Ok::<(), ws_handshake::OriginError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum OriginPolicy {
    /// Pages from the host and port that the request itself names, and clients without an `Origin`.
    ///
    /// If the request came over TLS, the page must have too. If that is not known, because a proxy
    /// can have taken TLS off, both `http` and `https` pages are accepted.
    ///
    /// A server that only listens on a loopback address should also list its host names, with
    /// `OriginList`: an attacker can make a foreign name resolve to 127.0.0.1, and then the page
    /// and the request name the same host.
    #[default]
    SameHost,
    /// Origins and host names of a list.
    #[cfg(feature = "alloc")]
    List(OriginList),
    /// Every page on the web can connect in its visitor's name. For servers where no cookie,
    /// address or network gives a visitor more rights than anyone else.
    Any,
}

impl OriginPolicy {
    /// Checks that a request to `host` with this `Origin` is allowed. `is_secure`: it is known to
    /// have come over TLS.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::OriginRefused`], or [`HandshakeError::HostRefused`] for a host that an
    /// `OriginList` does not name.
    pub fn check(
        &self,
        host: Host<'_>,
        origin: Option<&[u8]>,
        is_secure: bool,
    ) -> Result<(), HandshakeError> {
        let allowed = match self {
            Self::Any => true,
            Self::SameHost => origin.is_none_or(|origin| is_same_host(origin, host, is_secure)),
            #[cfg(feature = "alloc")]
            Self::List(list) if !list.knows_host(host) => return Err(HandshakeError::HostRefused),
            #[cfg(feature = "alloc")]
            Self::List(list) => list.allows(host, origin, is_secure),
        };
        if allowed {
            Ok(())
        } else {
            Err(HandshakeError::OriginRefused)
        }
    }
}
