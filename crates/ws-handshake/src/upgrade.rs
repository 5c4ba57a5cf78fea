//! A request that opens a WebSocket connection.

use core::fmt;

use crate::accept::Accept;
use crate::error::HandshakeError;
use crate::key::Key;
use crate::name::Name;
use crate::opening::{Opening, check_version, opening_methods};
use crate::request::Request;

/// A request that broke no rule of RFC 6455 §4.2.1: only an answer is missing.
///
/// Next, a server open to browsers asks [`check_origin`](Self::check_origin), looks at [`path`](Self::path) and what else it
/// needs, and answers: with [`accept`](Self::accept), or with a [`Response`](crate::Response) of another status.
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
///     "/chat" => upgrade.accept().protocol(upgrade.choose(&["chat.v2", "chat"])).encode(&mut output)?,
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
    /// The key, of which the answer is made.
    #[must_use]
    pub const fn key(&self) -> Key {
        Key::of_text(*self.key)
    }

    /// The answer that opens the connection. It borrows nothing, so the decision can be made later.
    pub const fn accept(&self) -> Accept<'static> {
        Accept::new(self.key())
    }
}

impl<'b> Request<'b> {
    /// Checks that the request opens a WebSocket connection (RFC 6455 §4.2.1).
    pub fn upgrade(&self) -> Result<Upgrade<'b>, HandshakeError> {
        if self.method != "GET" {
            return Err(HandshakeError::Method);
        }
        let (resource, host) = self.addressed()?;
        self.check_no_body()?;
        if !self.is_upgrade() {
            return Err(HandshakeError::Upgrade);
        }
        if !self.known.has_member(Name::Connection, "Upgrade", self.fields) {
            return Err(HandshakeError::Connection);
        }
        check_version(&self.known)?;
        let key = self
            .known
            .only(Name::Key, HandshakeError::KeyMissing, HandshakeError::KeyRepeated)?;
        let key = Key::check(key).ok_or(HandshakeError::KeySyntax)?;
        Opening::check(&self.known, self.fields)?;
        let opening = Opening::of(&self.known, self.fields, resource, host);
        Ok(Upgrade { opening, key })
    }
}
