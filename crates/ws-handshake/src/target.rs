//! The request target (RFC 9112 §3.2).

use crate::host::Host;

/// Takes a target in origin-form, or an absolute `http` or `https` URI, without a fragment; the latter names a host, which
/// overrides the `Host` field (RFC 9112 §3.2.2).
pub(crate) fn parse(text: &str) -> Option<(Resource<'_>, Option<Host<'_>>)> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return None;
    }
    if text.starts_with('/') {
        Some((Resource(text), None))
    } else {
        absolute(text)
    }
}

fn absolute(text: &str) -> Option<(Resource<'_>, Option<Host<'_>>)> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    Some((Resource(path_and_query), Some(Host::parse(authority.as_bytes())?)))
}

/// Path and query as they were written. The path begins with `/`, or is empty behind an authority.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Resource<'b>(&'b str);

impl<'b> Resource<'b> {
    pub(crate) fn path(self) -> &'b str {
        let path = self.0.split_once('?').map_or(self.0, |(path, _)| path);
        if path.is_empty() { "/" } else { path }
    }

    pub(crate) fn query(self) -> Option<&'b str> {
        self.0.split_once('?').map(|(_, query)| query)
    }
}
