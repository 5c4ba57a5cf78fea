use core::str;

/// Checks text that comes in pieces, and fails at the first byte that cannot be (RFC 6455 §8.1).
///
/// A piece may end inside a character: its bytes are kept here, at most three, until the rest comes. Each piece gives back the
/// characters that it completes, so the text of a message is built, or passed on, without being looked at twice.
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
    /// The first bytes of a character whose last has not come.
    begun: [u8; 4],
    len: u8,
}

/// The characters that one piece of a text completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked<'b> {
    /// The character that an earlier piece began and this one ended.
    pub first: Option<char>,
    /// The whole characters that follow it.
    pub rest: &'b str,
    /// False when the byte after these characters cannot be there: the text is not UTF-8.
    pub valid: bool,
}

impl Utf8 {
    /// At the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            begun: [0; 4],
            len: 0,
        }
    }

    /// Whether the text may end here: not inside a character.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.len == 0
    }

    /// How many bytes of a character are kept.
    #[cfg(feature = "alloc")]
    pub(crate) fn begun_len(self) -> usize {
        usize::from(self.len)
    }

    /// Checks the next piece of the text. After a piece that is not [`valid`](Checked::valid) the text is beyond repair, and
    /// what later pieces give means nothing.
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

    /// A piece that begins with a character; its end may cut one.
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

    /// Keeps the first bytes of a character; false if no character begins with them.
    fn begin(&mut self, cut: &[u8]) -> bool {
        cut.iter().all(|&byte| self.extend_begun(byte).is_ok())
    }
}

/// `text` if it is UTF-8.
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

/// `simdutf8` hands what is shorter to core, by one more call.
#[cfg(all(
    feature = "simd",
    any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")
))]
const VECTORS: usize = 64;

enum Begun<'b> {
    /// No character is begun any more: the one that was, and the bytes after it.
    Ended(Option<char>, &'b [u8]),
    Unended,
    Impossible,
}

struct Impossible;

/// How many bytes at the end of `piece` look like a character whose rest has not come: at most three.
fn cut_len(piece: &[u8]) -> usize {
    (1..=piece.len().min(3))
        .find(|&len| sequence_len(piece[piece.len() - len]) > len)
        .unwrap_or(0)
}

/// How many bytes a character has that begins with this one, if it is of several; 0 otherwise.
const fn sequence_len(byte: u8) -> usize {
    match byte {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 0,
    }
}

/// The text up to the first character that is not one. Only looked for once a text has failed.
#[cold]
fn valid_prefix(text: &[u8]) -> &str {
    let end = str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    str::from_utf8(&text[..end]).unwrap_or_default()
}
