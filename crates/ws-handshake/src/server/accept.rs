//! The answer that opens the connection.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use super::agreement::{Agreed, Agreement};
use super::protocol::{Offer, Protocol};
use crate::headers::extra::{ExtraFields, FieldError};
use crate::http1::write::{Room, Sink};
use crate::key::Key;

/// The answer `101 Switching Protocols` (RFC 6455 §4.2.2). Write the whole of it before the first frame.
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

    /// With a subprotocol, or none. Encoding refuses one that was chosen from another offer. To keep the answer for a later
    /// turn, choose from names that live as long.
    pub fn protocol(mut self, protocol: impl Into<Option<Protocol<'a>>>) -> Self {
        self.agreement.protocol = protocol.into();
        self
    }

    /// With extensions: a [`PerMessageDeflate`](crate::extension::deflate::PerMessageDeflate), one if any, or the text of
    /// a list, of which the caller knows that all in it was offered (RFC 6455 §9.1).
    pub fn extensions(mut self, extensions: impl Into<Agreed<'a>>) -> Self {
        self.agreement.extensions = extensions.into();
        self
    }

    /// With more fields, as names and values, in place of those given before.
    pub const fn fields(mut self, fields: &'a [(&'a str, &'a str)]) -> Self {
        self.agreement.fields = ExtraFields(fields);
        self
    }

    /// Appends the answer to `output`; nothing of it when a field is refused.
    #[cfg(feature = "alloc")]
    pub fn encode(&self, output: &mut Vec<u8>) -> Result<(), FieldError> {
        self.agreement.check()?;
        output.reserve(USUAL_LEN);
        self.write(output)
    }

    /// Writes the answer to the front of `buffer`, and tells how long it is; with no more than a subprotocol and
    /// compression, 512 bytes are enough.
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, FieldError> {
        self.agreement.check()?;
        Room::fill(buffer, |room| self.write(room))
    }

    fn write(&self, sink: &mut impl Sink) -> Result<(), FieldError> {
        sink.put(START)?;
        sink.put(&self.key.accept_value())?;
        sink.put(b"\r\n")?;
        self.agreement.each(|name, value| sink.put_field(name, value))?;
        sink.put(b"\r\n")
    }
}

const START: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: ";

/// What an answer with nothing optional needs, and a bit more.
#[cfg(feature = "alloc")]
const USUAL_LEN: usize = 160;
