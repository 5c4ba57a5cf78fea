//! Errors of opening a connection.

use std::fmt;
use std::io;
use std::time::Duration;

#[cfg(feature = "rustls")]
use tokio_rustls::rustls;
use ws_handshake::{FieldError, UrlError};

use super::{DialError, RedirectError};
use crate::proxy::ProxyError;
use crate::{Error, Refusal, Stage, Timeout};

/// A connection that could not be opened.
///
/// `Display` names what failed and why; its alternate form, `{:#}`, leaves out the stage.
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is not a `ws` or `wss` URL.
    Url(UrlError),
    /// The URL is `wss`, and the crate's feature `rustls` is off. Nothing was sent.
    TlsDisabled,
    /// A header, a subprotocol or the origin is not well-formed. Nothing was sent.
    Request(FieldError),
    /// The resolver failed.
    Resolve {
        /// The name that it was asked for.
        host: String,
        /// The resolver's error.
        source: io::Error,
    },
    /// No address could be connected to.
    Connect(DialError),
    /// The Unix socket could not be connected to.
    Unix(io::Error),
    /// The proxy did not open a tunnel.
    Proxy(ProxyError),
    /// The TLS handshake failed. [`certificate_error`](Self::certificate_error) tells if the reason
    /// is the server's certificate.
    Tls(io::Error),
    /// The stream failed, or ended, during the opening handshake.
    Handshake(io::Error),
    /// The server's answer does not open the connection.
    Refused(Box<Refusal>),
    /// A redirect that the client does not follow.
    Redirect(RedirectError),
    /// The opening exceeded `open_timeout`.
    Timeout {
        /// The stage that the timeout interrupted.
        stage: Stage,
        /// The value of `open_timeout`.
        after: Duration,
    },
}

impl ConnectError {
    /// The stage that failed. `None` if no stage had begun.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            Self::Url(_) | Self::TlsDisabled | Self::Request(_) => None,
            Self::Resolve { .. } => Some(Stage::Resolve),
            Self::Connect(_) | Self::Unix(_) => Some(Stage::Connect),
            Self::Proxy(_) => Some(Stage::Proxy),
            Self::Tls(_) => Some(Stage::Tls),
            Self::Handshake(_) | Self::Refused(_) | Self::Redirect(_) => Some(Stage::Handshake),
            Self::Timeout { stage, .. } => Some(*stage),
        }
    }

    /// The HTTP status with which the server refused the connection.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => refusal.status(),
            _ => None,
        }
    }

    /// Returns whether the same attempt may succeed later: the network failed, a timeout passed, or
    /// the server answered with 408, 429, 500, 502, 503 or 504.
    ///
    /// [`Reconnect`](crate::Reconnect) tries again after these, and gives up after the others.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Resolve { .. } | Self::Connect(_) | Self::Unix(_) | Self::Timeout { .. } => true,
            Self::Proxy(error) => error.is_transient(),
            Self::Tls(error) | Self::Handshake(error) => is_network_error(error),
            Self::Refused(refusal) => matches!(refusal.status(), Some(408 | 429 | 500 | 502..=504)),
            Self::Url(_) | Self::TlsDisabled | Self::Request(_) | Self::Redirect(_) => false,
        }
    }

    /// The reason for which the server's certificate was not accepted: it has expired, is for
    /// another name, or was issued by an authority that the client does not know.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn certificate_error(&self) -> Option<&rustls::CertificateError> {
        use tokio_rustls::rustls::Error as TlsError;
        match self {
            Self::Tls(error) => match error.get_ref()?.downcast_ref()? {
                TlsError::InvalidCertificate(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Returns whether an error comes from the stream, and not from TLS or the protocol.
fn is_network_error(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
    )
}

const TLS_DISABLED: &str = "a wss URL needs the feature `rustls` of the crate ws-tokio";

/// For functions that open connections and use them.
impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Url(error) => Self::Url(error),
            ConnectError::Request(error) => Self::Field(error),
            ConnectError::Refused(refusal) => Self::Refused(refusal),
            ConnectError::Timeout { stage, .. } => Self::Timeout(Timeout::Opening(stage)),
            error => {
                let stage = error.stage().unwrap_or(Stage::Tls);
                Self::Opening {
                    stage,
                    source: Box::new(error),
                }
            }
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_reason(f);
        }
        f.write_str(match self {
            Self::Url(_) => "the URL is not valid: ",
            Self::Request(_) => "the request is not valid: ",
            Self::Resolve { .. } => "resolving failed: ",
            Self::Connect(_) => "connecting failed: ",
            Self::Unix(_) => "connecting to the Unix socket failed: ",
            Self::Proxy(_) => "the proxy failed: ",
            Self::Tls(_) => "the TLS handshake failed: ",
            Self::Handshake(_) => "the opening handshake failed: ",
            Self::Redirect(_) => "the redirect was not followed: ",
            Self::TlsDisabled | Self::Refused(_) | Self::Timeout { .. } => "",
        })?;
        self.fmt_reason(f)
    }
}

impl ConnectError {
    fn fmt_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => write!(f, "{error}"),
            Self::TlsDisabled => f.write_str(TLS_DISABLED),
            Self::Request(error) => write!(f, "{error}"),
            Self::Resolve { host, source } => write!(f, "{host}: {source}"),
            Self::Connect(error) => write!(f, "{error}"),
            Self::Proxy(error) => write!(f, "{error}"),
            Self::Tls(error) | Self::Handshake(error) | Self::Unix(error) => write!(f, "{error}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Redirect(error) => write!(f, "{error}"),
            Self::Timeout { stage, after } => {
                write!(
                    f,
                    "open_timeout of {after:?} passed during this stage: {stage}"
                )
            }
        }
    }
}

/// In words, too: a program whose `main` returns the error prints this.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectError")
            .field(&format_args!("{self}"))
            .finish()
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Url(error) => Some(error),
            Self::Request(error) => Some(error),
            Self::Resolve { source, .. } => Some(source),
            Self::Connect(error) => Some(error),
            Self::Proxy(error) => Some(error),
            Self::Tls(error) | Self::Handshake(error) | Self::Unix(error) => Some(error),
            Self::Redirect(error) => Some(error),
            Self::TlsDisabled | Self::Refused(_) | Self::Timeout { .. } => None,
        }
    }
}

impl From<UrlError> for ConnectError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<FieldError> for ConnectError {
    fn from(error: FieldError) -> Self {
        Self::Request(error)
    }
}

impl From<ProxyError> for ConnectError {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

impl From<RedirectError> for ConnectError {
    fn from(error: RedirectError) -> Self {
        Self::Redirect(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In words wherever a program prints them: by themselves, as the error of a whole program, and
    /// where `main` returns either. The stage is named once.
    #[test]
    fn d62_errors_of_an_opening_name_stage_and_reason_once() {
        let refused = || io::Error::new(io::ErrorKind::ConnectionRefused, "nobody listens");
        for (error, alone, as_error) in [
            (
                ConnectError::TlsDisabled,
                TLS_DISABLED.to_owned(),
                format!("the TLS handshake: {TLS_DISABLED}"),
            ),
            (
                ConnectError::Resolve {
                    host: "h.example".to_owned(),
                    source: io::Error::new(io::ErrorKind::NotFound, "no such name"),
                },
                "resolving failed: h.example: no such name".to_owned(),
                "resolving the host name: h.example: no such name".to_owned(),
            ),
            (
                ConnectError::Unix(refused()),
                "connecting to the Unix socket failed: nobody listens".to_owned(),
                "connecting: nobody listens".to_owned(),
            ),
            (
                ConnectError::Url(UrlError::Scheme),
                "the URL is not valid: the scheme is neither ws nor wss".to_owned(),
                "the scheme is neither ws nor wss".to_owned(),
            ),
        ] {
            assert_eq!(error.to_string(), alone);
            assert_eq!(format!("{error:?}"), format!("ConnectError({alone})"));
            assert_eq!(Error::from(error).to_string(), as_error);
        }
        let returned = Error::from(ConnectError::TlsDisabled);
        assert!(format!("{returned:?}").contains("needs the feature `rustls`"));
    }
}
