//! `Sec-WebSocket-Key` and the value that answers it (RFC 6455 §4.1, §4.2.2).

use core::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::block_api::compress;

/// The value of `Sec-WebSocket-Key`: 16 bytes in base64.
///
/// The text is kept as it came. The answer is computed from the text and not from the bytes, which
/// some clients encode with stray bits at the end.
///
/// ```
/// # use ws_handshake::Key;
/// let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap();
/// assert_eq!(&key.accept_value(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(key, Key::from_bytes(*b"the sample nonce"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 24]);

impl Key {
    /// Parses the value of a `Sec-WebSocket-Key` field; `None` when it is not the base64 of 16
    /// bytes.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        Self::check(value).copied().map(Self)
    }

    /// Checks the characters only: 22 of them are 16 bytes and four bits that can be anything.
    pub(crate) fn check(value: &[u8]) -> Option<&[u8; 24]> {
        let text: &[u8; 24] = value.try_into().ok()?;
        let (first, last) = (text.first_chunk::<16>()?, text[6..].first_chunk::<16>()?);
        (are_characters(first) && are_characters(last) && text.ends_with(b"==")).then_some(text)
    }

    /// For text that [`check`](Self::check) accepted.
    pub(crate) const fn of_text(text: [u8; 24]) -> Self {
        Self(text)
    }

    /// The key of 16 random bytes, fresh for each request (RFC 6455 §4.1).
    #[must_use]
    #[doc(alias = "nonce")]
    pub fn from_bytes(random: [u8; 16]) -> Self {
        Self(encode(&random))
    }

    /// The value of the field, 24 ASCII characters.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// The value of the `Sec-WebSocket-Accept` field that answers this key, 28 ASCII characters
    /// (RFC 6455 §4.2.2).
    #[must_use]
    pub fn accept_value(&self) -> [u8; 28] {
        let mut message = PADDED;
        message[0][..24].copy_from_slice(&self.0);
        let mut hash = INITIAL_HASH;
        compress(&mut hash, &message);
        let mut bytes = [0; 20];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(hash) {
            *bytes = word.to_be_bytes();
        }
        encode(&bytes)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| f.write_char(char::from(*byte)))
    }
}

/// `LEN` is what the base64 of `bytes` needs.
fn encode<const LEN: usize>(bytes: &[u8]) -> [u8; LEN] {
    let mut text = [0; LEN];
    let len = STANDARD.encode_slice(bytes, &mut text);
    debug_assert_eq!(len, Ok(LEN));
    text
}

/// Whether all bytes are of the base64 alphabet (RFC 4648 §4).
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches it is vector code"
)]
fn are_characters(block: &[u8; 16]) -> bool {
    block.iter().fold(true, |all, byte| {
        all & (byte.is_ascii_alphanumeric() | (*byte == b'+') | (*byte == b'/'))
    })
}

/// RFC 3174 §6.1.
const INITIAL_HASH: [u32; 5] = [
    0x6745_2301,
    0xEFCD_AB89,
    0x98BA_DCFE,
    0x1032_5476,
    0xC3D2_E1F0,
];

/// The hashed message without the key in front: the GUID, and the padding (RFC 3174 §4).
const PADDED: [[u8; 64]; 2] = {
    let mut blocks = [[0; 64]; 2];
    let (_, behind_key) = blocks[0].split_at_mut(24);
    let (guid, padding) = behind_key.split_at_mut(GUID.len());
    guid.copy_from_slice(GUID);
    padding[0] = 0x80;
    let (_, bits) = blocks[1].split_at_mut(56);
    bits.copy_from_slice(&(8 * (24 + GUID.len() as u64)).to_be_bytes());
    blocks
};

/// RFC 6455 §1.3.
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
