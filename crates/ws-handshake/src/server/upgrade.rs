//! A request that opens a WebSocket connection.

use core::fmt;

use super::accept::Accept;
use super::opening::{Opening, check_version, opening_methods};
use super::refusal::HandshakeError;
use super::request::Request;
use crate::headers::names::Name;
use crate::http1::error::HeadError;
use crate::key::Key;

/// A request that keeps all rules of RFC 6455 §4.2.1 and waits for an answer.
///
/// A server that browsers can reach calls [`check_origin`](Self::check_origin) next. Then it
/// answers with [`accept`](Self::accept), or with a [`Response`](crate::Response) of another
/// status.
///
/// ```
/// # let head = b"GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
/// #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// use ws_handshake::{OriginPolicy, Request, Response};
///
/// # let mut output = Vec::new();
/// let upgrade = Request::parse(head)?.upgrade()?;
/// upgrade.check_origin(&OriginPolicy::SameHost)?;
/// match upgrade.path() {
///     "/chat" => {
///         let protocol = upgrade.choose(&["chat.v2", "chat"]);
///         upgrade.accept().protocol(protocol).encode(&mut output)?
///     }
///     _ => Response::new(404).encode(&mut output)?,
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Upgrade<'b> {
    opening: Opening<'b>,
    key: &'b [u8; 24],
}

opening_methods!(Upgrade);

impl fmt::Debug for Upgrade<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upgrade").field(&self.opening).finish()
    }
}

impl Upgrade<'_> {
    /// Says whether the request came over TLS, which this crate cannot see. Then
    /// [`OriginPolicy::SameHost`](crate::OriginPolicy::SameHost) refuses pages that came without
    /// TLS.
    ///
    /// `false` changes nothing: behind a proxy that takes TLS off, the page can still be an `https`
    /// page.
    #[must_use]
    pub const fn secure(mut self, is_secure: bool) -> Self {
        self.opening.is_secure |= is_secure;
        self
    }

    /// Returns whether the request is known to have come over TLS: by [`secure`](Self::secure), or
    /// since its target is an absolute URI of `https` or `wss`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.opening.is_secure
    }

    /// The client's key, which the answer is computed from.
    #[must_use]
    pub const fn key(&self) -> Key {
        Key::of_text(*self.key)
    }

    /// The answer that opens the connection. It borrows nothing from the request, so the program
    /// can decide later.
    pub fn accept(&self) -> Accept<'static> {
        Accept::new(self.key(), self.opening.protocols().offer())
    }
}

impl<'b> Request<'b> {
    /// Checks that the request opens a WebSocket connection (RFC 6455 §4.2.1).
    ///
    /// # Errors
    ///
    /// The first fault in the order of the table in the crate's documentation.
    pub fn upgrade(&self) -> Result<Upgrade<'b>, HandshakeError> {
        if self.is_http10 {
            return Err(HandshakeError::Head(HeadError::Http10));
        }
        match self.method {
            "GET" => {}
            "HEAD" => return Err(HandshakeError::MethodHead),
            _ => return Err(HandshakeError::Method),
        }
        let target = self.parsed_target()?;
        let host = self.host()?.ok_or(HandshakeError::HostMissing)?;
        self.check_no_body()?;
        if !self.is_upgrade() {
            return Err(HandshakeError::Upgrade);
        }
        if !self
            .noted
            .has_member(Name::Connection, "Upgrade", self.fields)
        {
            return Err(HandshakeError::Connection);
        }
        check_version(&self.noted)?;
        let key = self.noted.only(
            Name::Key,
            HandshakeError::KeyMissing,
            HandshakeError::KeyRepeated,
        )?;
        let key = Key::check(key).ok_or(HandshakeError::KeySyntax)?;
        Opening::check(&self.noted, self.fields)?;
        let opening = Opening::of(
            &self.noted,
            self.fields,
            target.resource,
            target.host.unwrap_or(host),
            target.is_secure,
        );
        Ok(Upgrade { opening, key })
    }
}
