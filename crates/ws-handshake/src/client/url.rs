//! `ws` and `wss` URIs (RFC 6455 §3).

use core::fmt;

use crate::host::Host;
use crate::target::{Resource, is_target_text};

/// Where to connect to: `ws://host[:port][path][?query]`, or `wss` over TLS.
///
/// It is taken as it is written, and nothing in it is decoded, completed or mended: what a browser would repair in its
/// address bar is an error here. Names in other scripts are given in their ASCII form.
///
/// ```
/// use ws_handshake::Url;
///
/// let url = Url::parse("wss://example.com/chat?room=1")?;
/// assert!(url.is_secure());
/// assert_eq!((url.host().name(), url.port()), ("example.com", 443));
/// assert!(Url::parse("wss://example.com/#top").is_err());
/// # Ok::<(), ws_handshake::UrlError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Url<'a> {
    secure: bool,
    host: Host<'a>,
    resource: Resource<'a>,
}

impl<'a> Url<'a> {
    /// Takes an absolute URI of one of the two schemes, without user information and without a fragment.
    pub fn parse(text: &'a str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let secure = scheme.eq_ignore_ascii_case("wss");
        if !secure && !scheme.eq_ignore_ascii_case("ws") {
            return Err(UrlError::Scheme);
        }
        let (authority, resource) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = Host::parse(authority.as_bytes()).ok_or(UrlError::Host)?;
        if !is_target_text(resource) {
            return Err(UrlError::Resource);
        }
        Ok(Self {
            secure,
            host,
            resource: Resource::behind_authority(resource),
        })
    }

    /// Whether the scheme is `wss`: the connection runs over TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host to resolve and, over TLS, to verify; with the port as it was written.
    #[must_use]
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port to connect to: 80 or 443 when none was written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.host.port().unwrap_or(self.default_port())
    }

    /// What the `Host` field says: no port where it is the default (RFC 6455 §4.1).
    pub(crate) fn authority(&self) -> Host<'a> {
        self.host.without_port(self.default_port())
    }

    pub(crate) const fn resource(&self) -> Resource<'a> {
        self.resource
    }

    const fn default_port(&self) -> u16 {
        if self.secure { 443 } else { 80 }
    }
}

/// Why a text is no `ws` or `wss` URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not begin with `ws://` or `wss://`.
    Scheme,
    /// There is no valid host with an optional port.
    Host,
    /// The path or query has a space, a control character, a fragment, or characters beyond ASCII.
    Resource,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the scheme is neither ws nor wss",
            Self::Host => "the host is not valid",
            Self::Resource => "the path or query is not valid",
        })
    }
}

impl core::error::Error for UrlError {}
