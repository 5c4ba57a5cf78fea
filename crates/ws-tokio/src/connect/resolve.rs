//! Host names to addresses.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// A future that the resolver returns.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// A source of addresses for host names. The default is [`SystemResolver`].
///
/// ```
/// use std::net::SocketAddr;
/// use ws_tokio::{Connector, Resolver, Resolving};
///
/// /// Sends every name to one address, like `curl --connect-to`.
/// #[derive(Debug)]
/// struct Always(SocketAddr);
///
/// impl Resolver for Always {
///     fn resolve<'a>(&'a self, _host: &'a str, _port: u16) -> Resolving<'a> {
///         Box::pin(async { Ok(vec![self.0]) })
///     }
/// }
///
/// let connector = Connector::new().resolver(Always(([127, 0, 0, 1], 8080).into()));
/// ```
pub trait Resolver: Send + Sync + fmt::Debug + 'static {
    /// Finds the addresses of `host`, the preferred one first. IP addresses never get here.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// The operating system's resolver (`getaddrinfo`), on tokio's pool of blocking threads.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
