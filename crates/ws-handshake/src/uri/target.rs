//! Request targets (RFC 9112 §3.2), and the paths and queries in them.

use core::fmt;

use super::host::Host;
use crate::headers::grammar::ByteSet;

/// A target from a head or from an HTTP stack.
#[derive(Clone, Copy)]
pub(crate) enum RawTarget<'b> {
    Text(&'b str),
    #[cfg(feature = "http")]
    Uri(&'b ::http::Uri),
}

/// The parts of a target.
pub(crate) struct Target<'b> {
    pub(crate) resource: Resource<'b>,
    /// The host of an absolute URI, which overrides the `Host` field (RFC 9112 §3.2.2).
    pub(crate) host: Option<Host<'b>>,
    /// Whether the scheme of an absolute URI is `https` or `wss`.
    pub(crate) is_secure: bool,
}

impl<'b> RawTarget<'b> {
    /// Parses a target in origin-form, or an absolute URI of the schemes `http`, `https`, `ws` or
    /// `wss` without a fragment.
    pub(crate) fn parse(self) -> Option<Target<'b>> {
        match self {
            Self::Text(text) if !is_target_text(text) => None,
            Self::Text(text) if text.starts_with('/') => Some(Target::path(Resource(text))),
            Self::Text(text) => absolute(text),
            #[cfg(feature = "http")]
            Self::Uri(uri) => parse_uri(uri),
        }
    }

    /// The text; without scheme and authority if an HTTP stack has cut them off.
    pub(crate) fn text(self) -> &'b str {
        match self {
            Self::Text(text) => text,
            #[cfg(feature = "http")]
            Self::Uri(uri) => uri.path_and_query().map_or("", |text| text.as_str()),
        }
    }
}

impl<'b> Target<'b> {
    const fn path(resource: Resource<'b>) -> Self {
        Self {
            resource,
            host: None,
            is_secure: false,
        }
    }

    fn absolute(scheme: &str, authority: &'b str, resource: Resource<'b>) -> Option<Self> {
        let is = |other: &&str| scheme.eq_ignore_ascii_case(other);
        let is_secure = ["https", "wss"].iter().any(is);
        if !is_secure && !["http", "ws"].iter().any(is) {
            return None;
        }
        Some(Self {
            resource,
            host: Some(Host::parse(authority.as_bytes())?),
            is_secure,
        })
    }
}

#[cfg(feature = "http")]
fn parse_uri(uri: &::http::Uri) -> Option<Target<'_>> {
    let text = uri.path_and_query()?.as_str();
    if !is_target_text(text) {
        return None;
    }
    match (uri.scheme_str(), uri.authority()) {
        (None, None) => Some(Target::path(Resource::of_request(text)?)),
        (Some(scheme), Some(authority)) => {
            Target::absolute(scheme, authority.as_str(), Resource(text))
        }
        _ => None,
    }
}

/// Returns whether a server takes this as a target: visible ASCII without a fragment (RFC 6455 §3).
fn is_target_text(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

fn absolute(text: &str) -> Option<Target<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    Target::absolute(scheme, authority, Resource(path_and_query))
}

/// Path and query as they were written. The path begins with `/`, or is empty behind an authority.
///
/// `Debug` leaves the query out: it can hold a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resource<'b>(&'b str);

impl<'b> Resource<'b> {
    /// Parses the target of a request in origin-form. Servers are lenient: any visible ASCII.
    pub(crate) fn of_request(text: &'b str) -> Option<Self> {
        (text.starts_with('/') && is_target_text(text)).then_some(Self(text))
    }

    /// Parses a path and query that a client asks for, where a URL may leave the path out. Clients
    /// are strict: only what RFC 3986 §3.3 and §3.4 allow, and no dot segments, which a URL parser
    /// would resolve.
    pub(crate) fn of_url(text: &'b str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let is_path = path.is_empty() || path.starts_with('/');
        let is_plain = !path.split('/').any(is_dot_segment);
        (is_path && is_plain && is_encoded(path, &PATH) && is_encoded(query, &QUERY))
            .then_some(Self(text))
    }

    /// Like [`of_url`](Self::of_url), with a path.
    pub(crate) fn of_client(text: &'b str) -> Option<Self> {
        Self::of_url(text).filter(|_| text.starts_with('/'))
    }

    pub(crate) fn path(self) -> &'b str {
        let path = self.0.split_once('?').map_or(self.0, |(path, _)| path);
        if path.is_empty() { "/" } else { path }
    }

    pub(crate) fn query(self) -> Option<&'b str> {
        self.0.split_once('?').map(|(_, query)| query)
    }
}

impl fmt::Debug for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().fmt(f)
    }
}

impl fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())?;
        self.query().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

/// Returns whether `text` has only bytes of the set, and percent signs with two hexadecimal digits
/// behind them (RFC 3986 §2.1).
fn is_encoded(text: &str, set: &ByteSet) -> bool {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                tail
            }
            [byte, tail @ ..] if set.has(*byte) => tail,
            _ => return false,
        };
    }
}

/// Returns whether a URL parser would resolve this segment: one or two dots, each as `.` or `%2e`.
fn is_dot_segment(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while !rest.is_empty() {
        let Some(tail) = without_dot(rest) else {
            return false;
        };
        rest = tail;
        dots += 1;
    }
    matches!(dots, 1 | 2)
}

fn without_dot(text: &str) -> Option<&str> {
    let encoded = text
        .strip_prefix("%2e")
        .or_else(|| text.strip_prefix("%2E"));
    text.strip_prefix('.').or(encoded)
}

/// RFC 3986 §3.3 `pchar` and the slash, without percent signs.
static PATH: ByteSet = ByteSet::alphanumeric_and(b"-._~!$&'()*+,;=:@/");

/// RFC 3986 §3.4, without percent signs.
static QUERY: ByteSet = ByteSet::alphanumeric_and(b"-._~!$&'()*+,;=:@/?");
