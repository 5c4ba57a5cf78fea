//! Errors of proxies.

use std::error::Error;
use std::fmt;
use std::io;

use ws_handshake::ResponseError;

/// A proxy that cannot be used, or that did not open a connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProxyError {
    /// The text is not `scheme://[user:password@]host[:port]`.
    Url,
    /// The scheme is none of `http`, `socks5` and `socks5h`.
    Scheme,
    /// User name or password are too long, empty, or contain characters that they must not.
    Credentials,
    /// The connection to the proxy failed or ended before its answer.
    Io(io::Error),
    /// The proxy wants a user name and a password, or refused those it got (407, or SOCKS5's
    /// authentication).
    Authentication,
    /// The HTTP proxy answered `CONNECT` with this status.
    Status(u16),
    /// The SOCKS5 proxy answered with this code (RFC 1928 §6).
    Socks(u8),
    /// The proxy's answer is not HTTP.
    Response(ResponseError),
    /// The proxy's answer is not SOCKS5.
    NotSocks,
    /// Bytes followed the proxy's answer before the client had sent anything to the server.
    Early,
}

impl ProxyError {
    /// Returns whether the same attempt may succeed later: the network failed, or the proxy could
    /// not reach the server.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Io(_) => true,
            Self::Status(status) => matches!(status, 408 | 429 | 500 | 502..=504),
            // General failure, network unreachable, host unreachable, refused, TTL expired.
            Self::Socks(code) => matches!(code, 1 | 3..=6),
            _ => false,
        }
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the proxy's URL is not valid"),
            Self::Scheme => f.write_str("the proxy's scheme is none of http, socks5 and socks5h"),
            Self::Credentials => f.write_str("the proxy's user name or password is not valid"),
            Self::Io(error) => error.fmt(f),
            Self::Authentication => {
                f.write_str("the proxy did not accept the user name and password")
            }
            Self::Status(status) => write!(f, "the proxy answered with status {status}"),
            Self::Socks(code) => {
                write!(f, "the proxy answered with code {code}: {}", meaning(*code))
            }
            Self::Response(error) => write!(f, "the proxy's answer is not HTTP: {error}"),
            Self::NotSocks => f.write_str("the proxy's answer is not SOCKS5"),
            Self::Early => {
                f.write_str("bytes followed the proxy's answer before anything was sent")
            }
        }
    }
}

/// RFC 1928 §6.
const fn meaning(code: u8) -> &'static str {
    match code {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unassigned",
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Response(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for ProxyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
