//! UTF-8 validation.

use core::str;

/// Validator of UTF-8 that comes in pieces. It fails at the first byte that cannot be there (RFC
/// 6455 §8.1).
///
/// A piece may end inside a character: the validator stores its first bytes, at most three, until
/// the rest comes. It returns the characters that each piece completes, so no byte is validated
/// twice.
///
/// ```
/// use ws_frame::Utf8;
///
/// let mut utf8 = Utf8::new();
/// let checked = utf8.push(b"na\xc3");
/// assert_eq!((checked.first, checked.rest, checked.valid), (None, "na", true));
/// let checked = utf8.push(b"\xafve");
/// assert_eq!((checked.first, checked.rest, checked.valid), (Some('ï'), "ve", true));
/// assert!(utf8.is_complete());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8 {
    /// The first bytes of a partially received character.
    begun: [u8; 4],
    len: u8,
}

/// The characters that one piece of a text completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked<'b> {
    /// The character that an earlier piece began and this piece ended.
    pub first: Option<char>,
    /// The whole characters that follow it.
    pub rest: &'b str,
    /// False if the byte after these characters cannot be there: the text is not UTF-8.
    pub valid: bool,
}

impl Utf8 {
    /// A validator at the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            begun: [0; 4],
            len: 0,
        }
    }

    /// Whether the text may end here, not inside a character.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.len == 0
    }

    /// The number of bytes stored of a character.
    #[cfg(feature = "alloc")]
    pub(crate) fn begun_len(self) -> usize {
        usize::from(self.len)
    }

    /// Validates the next piece of the text. After a piece that is not [`valid`](Checked::valid),
    /// the results of later pieces have no meaning.
    pub fn push<'b>(&mut self, piece: &'b [u8]) -> Checked<'b> {
        match self.end_begun(piece) {
            Begun::Ended(first, rest) => self.push_whole(first, rest),
            Begun::Unended => Checked {
                first: None,
                rest: "",
                valid: true,
            },
            Begun::Impossible => Checked {
                first: None,
                rest: "",
                valid: false,
            },
        }
    }

    /// Brings the character that an earlier piece began to its end, byte by byte.
    fn end_begun<'b>(&mut self, piece: &'b [u8]) -> Begun<'b> {
        let mut rest = piece;
        while !self.is_complete() {
            let Some((&byte, after)) = rest.split_first() else {
                return Begun::Unended;
            };
            rest = after;
            match self.extend_begun(byte) {
                Ok(None) => {}
                Ok(first) => return Begun::Ended(first, rest),
                Err(Impossible) => return Begun::Impossible,
            }
        }
        Begun::Ended(None, rest)
    }

    fn extend_begun(&mut self, byte: u8) -> Result<Option<char>, Impossible> {
        let len = usize::from(self.len);
        self.begun[len] = byte;
        match str::from_utf8(&self.begun[..=len]) {
            Ok(whole) => {
                self.len = 0;
                Ok(whole.chars().next())
            }
            Err(error) if error.error_len().is_none() => {
                self.len += 1;
                Ok(None)
            }
            Err(_) => Err(Impossible),
        }
    }

    /// Validates a piece that begins with a character. Its end may be inside one.
    fn push_whole<'b>(&mut self, first: Option<char>, piece: &'b [u8]) -> Checked<'b> {
        let (whole, cut) = piece.split_at(piece.len() - cut_len(piece));
        match from_utf8(whole) {
            Some(rest) => Checked {
                first,
                rest,
                valid: self.begin(cut),
            },
            None => Checked {
                first,
                rest: valid_prefix(whole),
                valid: false,
            },
        }
    }

    /// Stores the first bytes of a character. Returns false if no character begins with them.
    fn begin(&mut self, cut: &[u8]) -> bool {
        cut.iter().all(|&byte| self.extend_begun(byte).is_ok())
    }
}

/// Returns `text` if it is UTF-8.
#[inline]
pub(crate) fn from_utf8(text: &[u8]) -> Option<&str> {
    #[cfg(all(
        feature = "simd",
        any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")
    ))]
    if text.len() >= VECTORS {
        return simdutf8::basic::from_utf8(text).ok();
    }
    #[cfg(feature = "ascii")]
    if let Ok(text) = ascii::AsciiStr::from_ascii(text) {
        return Some(text.as_str());
    }
    str::from_utf8(text).ok()
}

/// The shortest text for vectors, in bytes. `simdutf8` passes shorter ones to core, with one more
/// call.
#[cfg(all(
    feature = "simd",
    any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")
))]
const VECTORS: usize = 64;

enum Begun<'b> {
    /// The character is complete. With the bytes after it.
    Ended(Option<char>, &'b [u8]),
    Unended,
    Impossible,
}

struct Impossible;

/// The number of bytes at the end of `piece` that look like the start of a character: at most
/// three.
fn cut_len(piece: &[u8]) -> usize {
    if piece.last().is_none_or(u8::is_ascii) {
        return 0;
    }
    (1..=piece.len().min(3))
        .find(|&len| sequence_len(piece[piece.len() - len]) > len)
        .unwrap_or(0)
}

/// The length of the character that begins with `byte`, if it has several bytes; otherwise 0.
const fn sequence_len(byte: u8) -> usize {
    match byte {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 0,
    }
}

/// The text before the first invalid byte. Called only after a text has failed.
#[cold]
fn valid_prefix(text: &[u8]) -> &str {
    let end = str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    str::from_utf8(&text[..end]).unwrap_or_default()
}
