//! The answer that opens a connection.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use super::agreement::{Agreed, Agreement};
use super::protocol::{Offer, Protocol};
use crate::headers::extra::{ExtraFields, FieldError};
use crate::http1::write::{Room, Sink};
use crate::key::Key;

/// The answer `101 Switching Protocols` (RFC 6455 §4.2.2). Write all of it before the first frame.
///
/// ```
/// # let head = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
/// #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
/// #     Sec-WebSocket-Protocol: chat\r\n\r\n";
/// # let upgrade = ws_handshake::Request::parse(head)?.upgrade()?;
/// let mut output = Vec::new();
/// let accept = upgrade.accept().protocol(upgrade.choose(&["chat"]));
/// accept.fields(&[("Set-Cookie", "seen=1")]).encode(&mut output)?;
/// assert_eq!(
///     std::str::from_utf8(&output)?,
///     "HTTP/1.1 101 Switching Protocols\r\n\
///      Upgrade: websocket\r\n\
///      Connection: Upgrade\r\n\
///      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
///      Sec-WebSocket-Protocol: chat\r\n\
///      Set-Cookie: seen=1\r\n\r\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "the connection is open when this has been encoded and written"]
pub struct Accept<'a> {
    pub(crate) key: Key,
    pub(crate) agreement: Agreement<'a>,
}

impl<'a> Accept<'a> {
    pub(crate) const fn new(key: Key, offer: Offer) -> Self {
        Self {
            key,
            agreement: Agreement::for_offer(offer),
        }
    }

    /// Sets the subprotocol, or none. Encoding refuses one that was chosen from another client's
    /// offer. To keep the answer for later, choose from names that live as long.
    pub fn protocol(mut self, protocol: impl Into<Option<Protocol<'a>>>) -> Self {
        self.agreement.protocol = protocol.into();
        self
    }

    /// Sets the extensions: a [`PerMessageDeflate`](crate::extension::deflate::PerMessageDeflate),
    /// an `Option` of one, or the text of a list. The caller makes sure that the client offered all
    /// of it (RFC 6455 §9.1).
    pub fn extensions(mut self, extensions: impl Into<Agreed<'a>>) -> Self {
        self.agreement.extensions = extensions.into();
        self
    }

    /// Sets further fields, as names and values, in place of those set before.
    pub const fn fields(mut self, fields: &'a [(&'a str, &'a str)]) -> Self {
        self.agreement.fields = ExtraFields(fields);
        self
    }

    /// Appends the answer to `output`.
    ///
    /// # Errors
    ///
    /// [`FieldError`] for a field or extension that cannot be sent. Nothing is appended then.
    #[cfg(feature = "alloc")]
    pub fn encode(&self, output: &mut Vec<u8>) -> Result<(), FieldError> {
        self.agreement.check()?;
        output.reserve(USUAL_LEN);
        self.write(output)
    }

    /// Writes the answer to the front of `buffer` and gives its length. For a subprotocol and
    /// compression, 512 bytes are enough.
    ///
    /// # Errors
    ///
    /// [`FieldError`], also [`NoRoom`](FieldError::NoRoom) for a buffer that is too small.
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, FieldError> {
        self.agreement.check()?;
        Room::fill(buffer, |room| self.write(room))
    }

    fn write(&self, sink: &mut impl Sink) -> Result<(), FieldError> {
        sink.put(START)?;
        sink.put(&self.key.accept_value())?;
        sink.put(b"\r\n")?;
        self.agreement
            .each(|name, value| sink.put_field(name, value))?;
        sink.put(b"\r\n")
    }
}

const START: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: ";

/// A little more than the length of an answer without options.
#[cfg(feature = "alloc")]
const USUAL_LEN: usize = 160;
