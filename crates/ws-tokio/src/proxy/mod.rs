//! Proxies that a client connects through.

mod bypass;
mod credentials;
mod error;
mod http;
mod socks;

use std::env;

use tokio::io::{AsyncRead, AsyncWrite};
use ws_handshake::{Host, Url};

pub(crate) use credentials::Credentials;
pub use error::ProxyError;

use bypass::Bypass;

/// A proxy that a [`Connector`](crate::Connector) opens connections through.
///
/// An HTTP proxy gets a `CONNECT` request, a SOCKS5 proxy the host's name, so that the proxy
/// resolves it. The client sends nothing to the server before the proxy has said that the
/// connection stands (RFC 9931 §4). The environment is used only if the program asks for it, with
/// [`Proxy::from_env`].
///
/// ```
/// use ws_tokio::{Connector, Proxy};
///
/// # fn main() -> Result<(), ws_tokio::ProxyError> {
/// let proxy = Proxy::parse("http://user:secret@proxy.example:3128")?;
/// let proxy = proxy.no_proxy("localhost,10.0.0.0/8");
/// let connector = Connector::new().proxy(proxy);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Proxy {
    kind: Kind,
    host: String,
    port: u16,
    credentials: Option<Credentials>,
    bypass: Bypass,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Http,
    Socks5,
}

impl Proxy {
    /// Reads a proxy's URL: `http://[user:password@]host[:port]`, or `socks5://` or `socks5h://`.
    /// User and password may be percent-encoded. A port that is missing is 80 for HTTP and 1080 for
    /// SOCKS5.
    ///
    /// # Errors
    ///
    /// [`ProxyError::Scheme`] for another scheme, `https` among them, and [`ProxyError::Url`] for
    /// everything else that is not such a URL.
    pub fn parse(url: &str) -> Result<Self, ProxyError> {
        let (scheme, rest) = url.split_once("://").ok_or(ProxyError::Url)?;
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "http" => Kind::Http,
            "socks5" | "socks5h" => Kind::Socks5,
            _ => return Err(ProxyError::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, authority) = match authority.rsplit_once('@') {
            Some((credentials, authority)) => (Some(Credentials::decode(credentials)?), authority),
            None => (None, authority),
        };
        let host = Host::parse(authority.as_bytes()).ok_or(ProxyError::Url)?;
        let default_port = if kind == Kind::Http { 80 } else { 1080 };
        Ok(Self {
            kind,
            host: without_brackets(host.name()).to_owned(),
            port: host.port().unwrap_or(default_port),
            credentials,
            bypass: Bypass::default(),
        })
    }

    /// Signs in with a user name and a password, in place of those in the URL.
    ///
    /// # Errors
    ///
    /// [`ProxyError::Credentials`] for an empty name or a colon in it, and for more than 255 bytes.
    pub fn credentials(mut self, user: &str, password: &str) -> Result<Self, ProxyError> {
        self.credentials = Some(Credentials::new(user, password)?);
        Ok(self)
    }

    /// Connects to the listed hosts without the proxy.
    ///
    /// The list has the form of the environment variable `NO_PROXY`: host names, which stand for
    /// their subdomains too, IP addresses, address ranges (`10.0.0.0/8`), each with an optional
    /// port, and `*` for every host, with commas between them. Names are compared as written: an
    /// address range does not match a name that resolves into it.
    #[must_use]
    pub fn no_proxy(mut self, list: &str) -> Self {
        self.bypass = Bypass::parse(list);
        self
    }

    /// The proxy that the environment names: `HTTPS_PROXY`, else `ALL_PROXY`, with the exceptions
    /// in `NO_PROXY`. `None` if no variable is set. Each name is looked for in lower case first.
    ///
    /// # Errors
    ///
    /// The variable's value is not a proxy's URL; see [`parse`](Self::parse). A value without a
    /// scheme means `http`.
    pub fn from_env() -> Result<Option<Self>, ProxyError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ProxyError> {
        let either = |lower: &str| {
            let value = get(lower).or_else(|| get(&lower.to_ascii_uppercase()));
            value.filter(|value| !value.is_empty())
        };
        let Some(url) = either("https_proxy").or_else(|| either("all_proxy")) else {
            return Ok(None);
        };
        let url = if url.contains("://") {
            url
        } else {
            format!("http://{url}")
        };
        let proxy = Self::parse(&url)?;
        Ok(Some(
            proxy.no_proxy(&either("no_proxy").unwrap_or_default()),
        ))
    }

    /// The proxy's host, without brackets, and its port.
    pub(crate) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Returns whether connections to `url` go through the proxy.
    pub(crate) fn is_for(&self, url: &Url<'_>) -> bool {
        !self.bypass.matches(url.host(), url.port())
    }

    /// Asks the proxy, over a connection to it, for a tunnel to the server.
    pub(crate) async fn open<S>(
        &self,
        stream: &mut S,
        host: &str,
        port: u16,
    ) -> Result<(), ProxyError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self.kind {
            Kind::Http => http::open(stream, host, port, self.credentials.as_ref()).await,
            Kind::Socks5 => socks::open(stream, host, port, self.credentials.as_ref()).await,
        }
    }
}

/// The address of an IPv6 host, or the name.
pub(crate) fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<Proxy>, ProxyError> {
        Proxy::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn d10_a_proxy_url_has_a_scheme_a_host_and_perhaps_credentials() {
        let proxy = Proxy::parse("http://us%40er:p:w%3A@[::1]:3128/").unwrap();
        assert_eq!((proxy.kind, proxy.address()), (Kind::Http, ("::1", 3128)));
        assert_eq!(
            proxy.credentials,
            Some(Credentials::new("us@er", "p:w:").unwrap())
        );
        assert_eq!(
            Proxy::parse("SOCKS5h://proxy").unwrap().address(),
            ("proxy", 1080)
        );
        assert_eq!(
            Proxy::parse("http://proxy").unwrap().address(),
            ("proxy", 80)
        );
        for (url, error) in [
            ("proxy:3128", ProxyError::Url),
            ("http://", ProxyError::Url),
            ("http://proxy/path", ProxyError::Url),
            ("http://proxy:99999", ProxyError::Url),
            ("http://:secret@proxy", ProxyError::Credentials),
            ("http://%zz@proxy", ProxyError::Credentials),
            ("https://proxy", ProxyError::Scheme),
            ("socks4://proxy", ProxyError::Scheme),
        ] {
            assert_eq!(
                Proxy::parse(url).unwrap_err().to_string(),
                error.to_string(),
                "{url}"
            );
        }
    }

    #[test]
    fn d11_the_environment_is_read_in_this_order() {
        assert!(from(&[]).unwrap().is_none());
        assert!(from(&[("HTTPS_PROXY", "")]).unwrap().is_none());
        assert!(from(&[("HTTP_PROXY", "http://ignored")]).unwrap().is_none());
        let all = ("ALL_PROXY", "socks5://all");
        assert_eq!(from(&[all]).unwrap().unwrap().address(), ("all", 1080));
        let https = ("HTTPS_PROXY", "upper:1");
        assert_eq!(
            from(&[all, https]).unwrap().unwrap().address(),
            ("upper", 1)
        );
        let lower = ("https_proxy", "lower:2");
        assert_eq!(
            from(&[all, https, lower]).unwrap().unwrap().address(),
            ("lower", 2)
        );
        assert!(from(&[("https_proxy", "ftp://proxy")]).is_err());
    }

    #[test]
    fn d11_the_exceptions_in_no_proxy_are_used() {
        let proxy = from(&[("https_proxy", "proxy:1"), ("NO_PROXY", "example.com")])
            .unwrap()
            .unwrap();
        let is_for = |url| proxy.is_for(&Url::parse(url).unwrap());
        assert!(is_for("ws://other.example/"));
        assert!(!is_for("ws://www.example.com/"));
    }
}
