//! The request target (RFC 9112 §3.2).

/// A target in origin-form, or an absolute `http` or `https` URI; without a fragment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Target<'b> {
    /// Only in absolute-form. Overrides the `Host` field (RFC 9112 §3.2.2).
    pub(crate) authority: Option<&'b str>,
    /// Begins with `/` in origin-form; in absolute-form it may be empty or begin with `?`.
    path_and_query: &'b str,
}

impl<'b> Target<'b> {
    pub(crate) fn parse(text: &'b str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return None;
        }
        if text.starts_with('/') {
            Some(Self {
                authority: None,
                path_and_query: text,
            })
        } else {
            absolute(text)
        }
    }

    pub(crate) fn path(&self) -> &'b str {
        match self.path_and_query.split_once('?') {
            Some(("", _)) => "/",
            Some((path, _)) => path,
            None if self.path_and_query.is_empty() => "/",
            None => self.path_and_query,
        }
    }

    pub(crate) fn query(&self) -> Option<&'b str> {
        self.path_and_query.split_once('?').map(|(_, query)| query)
    }
}

fn absolute(text: &str) -> Option<Target<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    Some(Target {
        authority: Some(authority),
        path_and_query,
    })
}
