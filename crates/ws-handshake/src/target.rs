//! The request target (RFC 9112 §3.2).

use core::fmt;

use crate::host::Host;

/// A target as a head or an HTTP stack has it.
#[derive(Clone, Copy)]
pub(crate) enum RawTarget<'b> {
    Text(&'b str),
    #[cfg(feature = "http")]
    Uri(&'b ::http::Uri),
}

impl<'b> RawTarget<'b> {
    /// Takes a target in origin-form, or an absolute `http` or `https` URI, without a fragment; the latter names a host,
    /// which overrides the `Host` field (RFC 9112 §3.2.2).
    pub(crate) fn parse(self) -> Option<(Resource<'b>, Option<Host<'b>>)> {
        match self {
            Self::Text(text) if !is_target_text(text) => None,
            Self::Text(text) if text.starts_with('/') => Some((Resource(text), None)),
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

#[cfg(feature = "http")]
fn parse_uri(uri: &::http::Uri) -> Option<(Resource<'_>, Option<Host<'_>>)> {
    let text = uri.path_and_query()?.as_str();
    if !is_target_text(text) {
        return None;
    }
    match (uri.scheme_str(), uri.authority()) {
        (None, None) => Some((Resource::parse(text)?, None)),
        (Some("http" | "https"), Some(authority)) => {
            Some((Resource(text), Some(Host::parse(authority.as_str().as_bytes())?)))
        }
        _ => None,
    }
}

/// Visible ASCII without a fragment (RFC 6455 §3).
pub(crate) fn is_target_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}

fn absolute(text: &str) -> Option<(Resource<'_>, Option<Host<'_>>)> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    Some((
        Resource::behind_authority(path_and_query),
        Some(Host::parse(authority.as_bytes())?),
    ))
}

/// Path and query as they were written. `Debug` leaves the query out: there may be a password in it. The path begins with `/`, or is empty behind an authority.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resource<'b>(&'b str);

impl<'b> Resource<'b> {
    /// Takes a target in origin-form.
    pub(crate) fn parse(text: &'b str) -> Option<Self> {
        (text.starts_with('/') && is_target_text(text)).then_some(Self(text))
    }

    /// For what follows an authority, of which [`is_target_text`] is true.
    pub(crate) const fn behind_authority(text: &'b str) -> Self {
        Self(text)
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
