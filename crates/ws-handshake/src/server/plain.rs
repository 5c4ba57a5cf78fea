//! Ordinary requests, which a server answers without an upgrade.

use crate::headers::fields::Fields;
use crate::uri::host::Host;
use crate::uri::target::Resource;

/// An ordinary GET or HEAD request without a body, of HTTP/1.1 or HTTP/1.0.
///
/// The answer is a [`Response`](crate::Response); for HEAD, one
/// [without a body](crate::Response::without_body). Close the connection after it.
///
/// ```
/// use ws_handshake::{Request, Response};
///
/// let request = Request::parse(b"HEAD /health HTTP/1.0\r\n\r\n")?.plain()?;
/// assert_eq!((request.path(), request.host()), ("/health", None));
/// let mut output = Vec::new();
/// let page = Response::new(200).body("text/plain", b"up");
/// page.without_body(request.is_head()).encode(&mut output)?;
/// assert!(output.ends_with(b"\r\n\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PlainRequest<'b> {
    pub(super) is_head: bool,
    pub(super) resource: Resource<'b>,
    pub(super) host: Option<Host<'b>>,
    pub(super) fields: Fields<'b>,
}

impl<'b> PlainRequest<'b> {
    /// Returns whether the method is HEAD, so that the answer must not have a body.
    #[must_use]
    pub const fn is_head(&self) -> bool {
        self.is_head
    }

    /// The path, beginning with `/`, not decoded.
    #[must_use]
    pub fn path(&self) -> &'b str {
        self.resource.path()
    }

    /// The text behind the `?` of the target, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.resource.query()
    }

    /// The host that the client asks for. HTTP/1.0 can leave it out, as health checks do.
    #[must_use]
    pub const fn host(&self) -> Option<Host<'b>> {
        self.host
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }
}
