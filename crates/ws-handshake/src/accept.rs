//! The answer that opens the connection.

use alloc::vec::Vec;

use crate::encode::{ExtraFields, FieldError, check_fields, put_displayed, put_field, put_fields};
use crate::extension::Extensions;
use crate::extension::deflate::PerMessageDeflate;
use crate::key::Key;
use crate::name::Name;
use crate::protocol::Protocol;

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
    key: Key,
    protocol: Option<Protocol<'a>>,
    extensions: Agreed<'a>,
    fields: ExtraFields<'a>,
}

impl<'a> Accept<'a> {
    pub(crate) const fn new(key: Key) -> Self {
        Self {
            key,
            protocol: None,
            extensions: Agreed(Agreement::None),
            fields: &[],
        }
    }

    /// With a subprotocol, or none. To keep the answer for a later turn, choose from names that live as long.
    pub fn protocol(self, protocol: impl Into<Option<Protocol<'a>>>) -> Self {
        Self {
            protocol: protocol.into(),
            ..self
        }
    }

    /// With extensions: a [`PerMessageDeflate`], one if any, or the text of a list, of which the caller knows that all in it
    /// was offered (RFC 6455 §9.1).
    pub fn extensions(self, extensions: impl Into<Agreed<'a>>) -> Self {
        Self {
            extensions: extensions.into(),
            ..self
        }
    }

    /// With more fields, as names and values, in place of those given before.
    pub const fn fields(self, fields: &'a [(&'a str, &'a str)]) -> Self {
        Self { fields, ..self }
    }

    /// Appends the answer to `output`; nothing of it when a field is refused.
    pub fn encode(&self, output: &mut Vec<u8>) -> Result<(), FieldError> {
        check_fields(self.fields, &[])?;
        self.extensions.check()?;
        output.reserve(USUAL_LEN);
        output.extend_from_slice(START);
        output.extend_from_slice(&self.key.accept_value());
        output.extend_from_slice(b"\r\n");
        if let Some(protocol) = self.protocol {
            put_field(output, Name::Protocol.text(), protocol.as_str().as_bytes());
        }
        self.extensions.put(output);
        put_fields(output, self.fields);
        output.extend_from_slice(b"\r\n");
        Ok(())
    }
}

/// The extensions of an answer; made from what [`Accept::extensions`] takes.
#[derive(Clone, Copy, Debug)]
pub struct Agreed<'a>(Agreement<'a>);

#[derive(Clone, Copy, Debug)]
enum Agreement<'a> {
    None,
    Deflate(PerMessageDeflate),
    Text(&'a str),
}

impl Agreed<'_> {
    fn check(&self) -> Result<(), FieldError> {
        match self.0 {
            Agreement::Text(text) if Extensions::parse(text.as_bytes()).is_none() => {
                Err(FieldError::Extensions)
            }
            _ => Ok(()),
        }
    }

    fn put(&self, output: &mut Vec<u8>) {
        match self.0 {
            Agreement::None => {}
            Agreement::Deflate(deflate) => put_displayed(output, Name::Extensions.text(), deflate),
            Agreement::Text(text) => put_field(output, Name::Extensions.text(), text.as_bytes()),
        }
    }
}

impl From<PerMessageDeflate> for Agreed<'_> {
    fn from(deflate: PerMessageDeflate) -> Self {
        Self(Agreement::Deflate(deflate))
    }
}

impl From<Option<PerMessageDeflate>> for Agreed<'_> {
    fn from(deflate: Option<PerMessageDeflate>) -> Self {
        Self(deflate.map_or(Agreement::None, Agreement::Deflate))
    }
}

impl<'a> From<&'a str> for Agreed<'a> {
    fn from(text: &'a str) -> Self {
        Self(Agreement::Text(text))
    }
}

const START: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: ";

/// What an answer with nothing optional needs, and a bit more.
const USUAL_LEN: usize = 160;
