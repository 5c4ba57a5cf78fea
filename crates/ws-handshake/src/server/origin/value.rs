//! One origin, compared as a whole (RFC 6454 §5).

use crate::headers::grammar::TOKEN;
use crate::uri::host::Host;

/// Scheme, host and port of an origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Origin<'b> {
    pub(super) scheme: &'b str,
    pub(super) host: Host<'b>,
    /// The scheme's own port where none is written and one is known.
    pub(super) port: Option<u16>,
}

impl<'b> Origin<'b> {
    /// Parses `scheme://host` or `scheme://host:port`.
    pub(super) fn parse(text: &'b [u8]) -> Option<Self> {
        Self::parse_with(text, Host::parse)
    }

    /// Like [`parse`](Self::parse), for an origin that a browser can send: hosts that it would
    /// write in another way are `None`.
    #[cfg(feature = "alloc")]
    pub(super) fn parse_plain(text: &'b [u8]) -> Option<Self> {
        Self::parse_with(text, Host::parse_plain)
    }

    fn parse_with(
        text: &'b [u8],
        parse_host: impl Fn(&'b [u8]) -> Option<Host<'b>>,
    ) -> Option<Self> {
        let (scheme, rest) = text.split_at(TOKEN.span(text));
        let scheme = core::str::from_utf8(scheme)
            .ok()
            .filter(|scheme| !scheme.is_empty())?;
        let host = rest
            .strip_prefix(b"://")
            .filter(|host| !host.ends_with(b":"))?;
        let host = parse_host(host)?;
        Some(Self {
            scheme,
            host,
            port: host.port().or(default_port(scheme)),
        })
    }

    #[cfg(feature = "alloc")]
    pub(super) fn is(&self, other: &Origin<'_>) -> bool {
        self.port == other.port
            && self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.host.has_name_of(other.host)
    }
}

/// Returns whether the page comes from the host that the request names. A request that is not known
/// to be secure can still have come over TLS, so the origin's scheme tells the port that `host`
/// leaves out.
///
/// A scheme without a port of its own belongs to an application, in which any page can take the
/// name of any host.
pub(super) fn is_same_host(origin: &[u8], host: Host<'_>, is_secure: bool) -> bool {
    Origin::parse(origin).is_some_and(|origin| {
        let own_port = default_port(origin.scheme);
        let same_port = own_port.is_some() && origin.port == host.port().or(own_port);
        let secure_enough = !is_secure || own_port == Some(443);
        same_port && secure_enough && origin.host.has_name_of(host)
    })
}

pub(super) fn default_port(scheme: &str) -> Option<u16> {
    let is = |other| scheme.eq_ignore_ascii_case(other);
    if is("http") || is("ws") {
        Some(80)
    } else if is("https") || is("wss") {
        Some(443)
    } else {
        None
    }
}
