//! Hosts, request targets and `ws` URLs (RFC 3986).

pub(crate) mod host;
pub(crate) mod target;
pub(crate) mod url;
