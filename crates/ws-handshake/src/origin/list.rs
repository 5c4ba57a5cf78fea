//! Lists of origins and host names.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Origin, is_same_host};
use crate::host::Host;

/// A policy in full: which origins, whether one must be sent, and which names the server itself goes by.
///
/// Made by adding to [`new`](Self::new), which lets in nothing but clients without an `Origin`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OriginList {
    allowed: Vec<Allowed>,
    require_origin: bool,
    hosts: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Allowed {
    Listed(Origin<String>),
    Null,
    SameHost,
    Any,
}

impl OriginList {
    /// No origin is allowed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins such as `https://example.com` or `http://localhost:8080`. Scheme and host ignore case, and a port that
    /// is the scheme's own may be left out. `null`, which sandboxed pages and local files send, may be listed too.
    pub fn origins(mut self, origins: &[&str]) -> Result<Self, OriginError> {
        for text in origins {
            self.allowed.push(match Origin::parse(text.as_bytes()) {
                Some(origin) => Allowed::Listed(Origin::of(&origin)),
                None if *text == "null" => Allowed::Null,
                None => return Err(OriginError::Origin),
            });
        }
        Ok(self)
    }

    /// Adds pages from the host and port that the request names.
    #[must_use]
    pub fn same_host(mut self) -> Self {
        self.allowed.push(Allowed::SameHost);
        self
    }

    /// Adds every origin; to limit the host names only.
    #[must_use]
    pub fn any_origin(mut self) -> Self {
        self.allowed.push(Allowed::Any);
        self
    }

    /// Refuses clients that send no `Origin`.
    #[must_use]
    pub fn require_origin(self) -> Self {
        Self {
            require_origin: true,
            ..self
        }
    }

    /// Adds names that the server goes by, such as `localhost`, without port. Once there is one, requests to other
    /// names are refused, so that no foreign name can be made to lead here (DNS rebinding).
    pub fn hosts(mut self, names: &[&str]) -> Result<Self, OriginError> {
        for name in names {
            match Host::parse(name.as_bytes()) {
                Some(host) if host.name() == *name => self.hosts.push(String::from(*name)),
                _ => return Err(OriginError::Host),
            }
        }
        Ok(self)
    }

    pub(super) fn knows_host(&self, host: Host<'_>) -> bool {
        self.hosts.is_empty()
            || self
                .hosts
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host.name()))
    }

    pub(super) fn allows(&self, host: Host<'_>, origin: Option<&[u8]>) -> bool {
        let Some(origin) = origin else {
            return !self.require_origin;
        };
        self.allowed.iter().any(|allowed| match allowed {
            Allowed::Listed(listed) => Origin::parse(origin).is_some_and(|origin| listed.is(&origin)),
            Allowed::Null => origin == b"null",
            Allowed::SameHost => is_same_host(origin, host),
            Allowed::Any => true,
        })
    }
}

/// A text that an [`OriginList`] cannot take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum OriginError {
    /// Not a scheme and a host with an optional port, as in `https://example.com`, without a path.
    Origin,
    /// Not the name of a host without port, as in `localhost`.
    Host,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Origin => "the text is not an origin of scheme, host and optional port",
            Self::Host => "the text is not the name of a host",
        })
    }
}

impl core::error::Error for OriginError {}

impl Origin<String> {
    fn of(origin: &Origin<&str>) -> Self {
        Self {
            scheme: origin.scheme.into(),
            host: origin.host.into(),
            port: origin.port,
        }
    }

    fn is(&self, other: &Origin<&str>) -> bool {
        self.port == other.port
            && self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.host.eq_ignore_ascii_case(other.host)
    }
}
