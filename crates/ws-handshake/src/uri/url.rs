//! `ws` and `wss` URLs (RFC 6455 §3).

use core::fmt;
use core::net::IpAddr;

use super::host::Host;
use super::target::Resource;

/// A WebSocket URL: `ws://host[:port][path][?query]`, or `wss` over TLS.
///
/// The URL is used as it is written or refused: nothing in it is decoded, completed or repaired, so
/// a filter that looks at the text sees the host and the path that the client will ask for.
///
/// | part | refused |
/// |---|---|
/// | host | percent signs; an IPv4 address that is not four decimal numbers; `[v1.x]`; non-ASCII names |
/// | path, query | characters outside of RFC 3986, a `%` without two hex digits, `.` and `..` segments |
/// | | user information, fragments |
///
/// A name in another script is written in its ASCII form (`xn--…`). A URL has no zone identifier:
/// to reach `fe80::1%eth0`, connect to a [`SocketAddrV6`](core::net::SocketAddrV6) with that scope,
/// and send [`ClientRequest::new`](crate::ClientRequest::new) with the host `[fe80::1]`.
///
/// ```
/// use ws_handshake::Url;
///
/// let url = Url::parse("wss://example.com/chat?room=1")?;
/// assert!(url.is_secure());
/// assert_eq!((url.host(), url.port()), ("example.com", 443));
///
/// let url = Url::parse("ws://[::1]:8080")?;
/// assert_eq!((url.host(), url.port()), ("::1", 8080)); // for `TcpStream::connect`
///
/// assert!(Url::parse("wss://example.com/#top").is_err());
/// assert!(Url::parse("ws://2130706433/").is_err());
/// # Ok::<(), ws_handshake::UrlError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Url<'a> {
    secure: bool,
    host: Host<'a>,
    resource: Resource<'a>,
}

impl<'a> Url<'a> {
    /// Parses an absolute URL.
    ///
    /// # Errors
    ///
    /// [`UrlError`] names the part that is not valid.
    pub fn parse(text: &'a str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let secure = scheme.eq_ignore_ascii_case("wss");
        if !secure && !scheme.eq_ignore_ascii_case("ws") {
            return Err(UrlError::Scheme);
        }
        let (authority, resource) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Ok(Self {
            secure,
            host: Host::parse_plain(authority.as_bytes()).ok_or(UrlError::Host)?,
            resource: Resource::of_url(resource).ok_or(UrlError::Resource)?,
        })
    }

    /// Returns whether the scheme is `wss`: the connection runs over TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name or address to connect to and, over TLS, to verify. An IPv6 address has no brackets,
    /// so resolvers take it.
    #[must_use]
    pub fn host(&self) -> &'a str {
        let name = self.host.name();
        let address = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        address.unwrap_or(name)
    }

    /// The IP address, if the host is one rather than a name.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.ip()
    }

    /// The port to connect to: 80 or 443 when none was written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.host.port().unwrap_or(self.default_port())
    }

    /// The value of the `Host` field: brackets around an IPv6 address, and no port where it is the
    /// scheme's default (RFC 6455 §4.1).
    #[must_use]
    pub fn authority(&self) -> Host<'a> {
        self.host.without_port(self.default_port())
    }

    /// The path, beginning with `/`, not decoded.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.resource.path()
    }

    /// The text behind the `?`, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.resource.query()
    }

    pub(crate) const fn resource(&self) -> Resource<'a> {
        self.resource
    }

    const fn default_port(&self) -> u16 {
        if self.secure { 443 } else { 80 }
    }
}

/// A text that is no `ws` or `wss` URL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum UrlError {
    /// The URL does not begin with `ws://` or `wss://`.
    Scheme,
    /// The host is not valid, or its port is not ([`Url`] lists what is refused).
    Host,
    /// The path or query is not valid, or there is a fragment ([`Url`] lists what is refused).
    Resource,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the scheme is neither ws nor wss",
            Self::Host => "the host or the port is not valid",
            Self::Resource => "the path or query is not valid, or there is a fragment",
        })
    }
}

impl core::error::Error for UrlError {}
