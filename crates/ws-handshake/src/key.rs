//! `Sec-WebSocket-Key` and the value that answers it (RFC 6455 §4.1, §4.2.2).

use core::fmt::{self, Write as _};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest as _, Sha1};

/// The base64 of 16 bytes.
///
/// The text is kept as it came: the answer is made from it and not from the bytes that it stands for, which some clients
/// write with other bits at the end than a canonical encoder.
///
/// ```
/// # use ws_handshake::Key;
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap();
/// assert_eq!(&key.accept_value(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(key, Key::from_nonce(*b"the sample nonce"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 24]);

impl Key {
    /// Takes the value of a `Sec-WebSocket-Key` field; `None` when it is not the base64 of 16 bytes.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        Self::check(value).copied().map(Self)
    }

    pub(crate) fn check(value: &[u8]) -> Option<&[u8; 24]> {
        let text = value.try_into().ok()?;
        let len = BASE64.decode_slice(text, &mut [0; 18]).ok()?;
        (len == 16).then_some(text)
    }

    /// For text of which [`check`](Self::check) was true.
    pub(crate) const fn of_text(text: [u8; 24]) -> Self {
        Self(text)
    }

    /// The key that stands for a nonce. A nonce is random and used once (RFC 6455 §4.1).
    #[must_use]
    pub fn from_nonce(nonce: [u8; 16]) -> Self {
        Self(encode(&nonce))
    }

    /// The value of the field, 24 ASCII characters.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// The value of the `Sec-WebSocket-Accept` field that answers this key, 28 ASCII characters (RFC 6455 §4.2.2).
    #[must_use]
    pub fn accept_value(&self) -> [u8; 28] {
        let hash = Sha1::new().chain_update(self.0).chain_update(GUID).finalize();
        encode(hash.as_ref())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| f.write_char(char::from(*byte)))
    }
}

/// `LEN` is what the base64 of `bytes` needs.
fn encode<const LEN: usize>(bytes: &[u8]) -> [u8; LEN] {
    let mut text = [0; LEN];
    let len = BASE64.encode_slice(bytes, &mut text);
    debug_assert_eq!(len, Ok(LEN));
    text
}

/// Takes any bits after the last byte: RFC 6455 wants 16 bytes, not the canonical text of them.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// RFC 6455 §1.3.
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
