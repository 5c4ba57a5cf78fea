//! Redirects (RFC 9110 §15.4).

use std::error::Error;
use std::fmt;

use ws_handshake::Url;

/// A redirect that the client does not follow.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RedirectError {
    /// The answer has no `Location`, or one that is not a URL of a WebSocket or HTTP server.
    Location,
    /// The redirect leads from `wss` to `ws`.
    Downgrade,
    /// There were more redirects than the client follows.
    TooMany,
    /// The redirect leads to another origin, and the connection is one over a Unix socket or a
    /// stream of the user's.
    OtherOrigin,
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Location => "there is no valid Location",
            Self::Downgrade => "it leads from wss to ws",
            Self::TooMany => "there were more than max_redirects",
            Self::OtherOrigin => "it leads to another origin than the stream",
        })
    }
}

impl Error for RedirectError {}

/// Returns whether the status is that of a redirect that a GET follows.
pub(super) const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The URL that `location` means in an answer from `url`. `http` and `https` mean `ws` and `wss`.
pub(super) fn target(url: &str, location: &str) -> Result<String, RedirectError> {
    let location = location.split('#').next().unwrap_or_default();
    let base = Url::parse(url).map_err(|_| RedirectError::Location)?;
    let scheme = if base.is_secure() { "wss" } else { "ws" };
    let target = match location.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
            let scheme = match scheme.to_ascii_lowercase().as_str() {
                "ws" | "http" => "ws",
                "wss" | "https" => "wss",
                _ => return Err(RedirectError::Location),
            };
            format!("{scheme}://{rest}")
        }
        _ => match location.strip_prefix("//") {
            Some(rest) => format!("{scheme}://{rest}"),
            None => relative(url, location),
        },
    };
    let parsed = Url::parse(&target).map_err(|_| RedirectError::Location)?;
    if base.is_secure() && !parsed.is_secure() {
        return Err(RedirectError::Downgrade);
    }
    Ok(target)
}

/// Resolves a reference without a scheme and without an authority (RFC 3986 §5.2). Dot segments
/// stay: the server resolves them.
fn relative(url: &str, reference: &str) -> String {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let path = url[authority..]
        .find(['/', '?'])
        .map_or(url.len(), |at| authority + at);
    let query = url[path..].find('?').map_or(url.len(), |at| path + at);
    match reference.as_bytes().first() {
        None => url.to_owned(),
        Some(b'/') => format!("{}{reference}", &url[..path]),
        Some(b'?') => format!("{}{reference}", &url[..query]),
        Some(_) => match url[path..query].rfind('/') {
            Some(at) => format!("{}{reference}", &url[..=path + at]),
            None => format!("{}/{reference}", &url[..path]),
        },
    }
}

/// Returns whether two URLs have the same scheme, host and port, so that secrets for one may be
/// sent to the other.
pub(super) fn is_same_origin(first: &str, second: &str) -> bool {
    let (Ok(first), Ok(second)) = (Url::parse(first), Url::parse(second)) else {
        return false;
    };
    first.is_secure() == second.is_secure()
        && first.port() == second.port()
        && first.host().eq_ignore_ascii_case(second.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d21_a_location_is_resolved_against_the_url() {
        let url = "ws://h:8080/a/b?q=/x";
        for (location, expected) in [
            ("ws://other/x", "ws://other/x"),
            ("HTTP://other/x#top", "ws://other/x"),
            ("https://other", "wss://other"),
            ("//other/y", "ws://other/y"),
            ("/c?d", "ws://h:8080/c?d"),
            ("c", "ws://h:8080/a/c"),
            ("?r=1", "ws://h:8080/a/b?r=1"),
            ("c?u=http://x/", "ws://h:8080/a/c?u=http://x/"),
            ("", "ws://h:8080/a/b?q=/x"),
        ] {
            assert_eq!(target(url, location).as_deref(), Ok(expected), "{location}");
        }
        assert_eq!(target("ws://h", "c").as_deref(), Ok("ws://h/c"));
        assert_eq!(target("ws://h?q", "/c").as_deref(), Ok("ws://h/c"));
        for location in ["ftp://h/", "ws://", "ws://a b/", "ws://user@h/", "/ä", "//"] {
            assert_eq!(
                target(url, location),
                Err(RedirectError::Location),
                "{location}"
            );
        }
    }

    #[test]
    fn d21_a_redirect_never_leads_from_wss_to_ws() {
        assert_eq!(target("wss://h/", "ws://h/"), Err(RedirectError::Downgrade));
        assert_eq!(
            target("wss://h/", "http://h/"),
            Err(RedirectError::Downgrade)
        );
        assert_eq!(target("wss://h/", "//h/x").as_deref(), Ok("wss://h/x"));
        assert_eq!(target("ws://h/", "wss://h/").as_deref(), Ok("wss://h/"));
    }

    #[test]
    fn d21_an_origin_is_scheme_host_and_port() {
        assert!(is_same_origin("ws://h/a", "ws://H:80/b"));
        for other in [
            "ws://h:81/",
            "wss://h/",
            "wss://h:80/",
            "ws://www.h/",
            "ws://h.evil/",
        ] {
            assert!(!is_same_origin("ws://h/", other), "{other}");
        }
    }
}
