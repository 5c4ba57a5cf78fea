//! Character sets, white space and numbers that fields share (RFC 9110 §5.6).

/// A set of ASCII bytes, as a table.
pub(crate) struct ByteSet([bool; 256]);

impl ByteSet {
    /// Letters, digits, and `others`.
    pub(crate) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 128_u8 {
            set[byte as usize] = byte.is_ascii_alphanumeric();
            byte += 1;
        }
        let mut index = 0;
        while index < others.len() {
            set[others[index] as usize] = true;
            index += 1;
        }
        Self(set)
    }

    #[inline]
    pub(crate) const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    /// Length of the longest prefix of `bytes` that consists of members of the set.
    #[inline]
    pub(crate) fn span(&self, bytes: &[u8]) -> usize {
        position(bytes, |byte| !self.has(byte)).unwrap_or(bytes.len())
    }
}

/// RFC 9110 §5.6.2.
pub(crate) static TOKEN: ByteSet = ByteSet::alphanumeric_and(b"!#$%&'*+-.^_`|~");

/// Returns whether `bytes` are a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && TOKEN.span(bytes) == bytes.len()
}

/// Returns whether `bytes` are `word`, ignoring case. The usual spelling is compared first.
#[inline]
pub(crate) fn is_word(bytes: &[u8], word: &str) -> bool {
    bytes == word.as_bytes() || bytes.eq_ignore_ascii_case(word.as_bytes())
}

/// Returns whether a field can have this value (RFC 9110 §5.5): no control characters. Bytes from
/// 80 to FF are opaque.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| !is_control(*byte))
}

/// Control characters except the tab.
#[inline]
pub(crate) const fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && (byte != b'\t')
}

/// `bytes` without white space at its ends (RFC 9110 §5.6.3). CR and LF are white space as well:
/// the value of a response's field can begin or end with a line fold (RFC 9112 §5.2).
#[inline]
pub(crate) const fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

pub(crate) const fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

pub(crate) const fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Index of the first byte that `is_wanted` accepts. It compares 16 bytes at once without branches,
/// so `is_wanted` should be simple.
#[inline]
pub(crate) fn find(bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = skip_blocks(bytes, &is_wanted);
    Some(bytes.len() - rest.len() + position(rest, is_wanted)?)
}

/// The rest behind the leading blocks that have no byte that `is_wanted` accepts.
#[inline]
fn skip_blocks(mut bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((block, rest)) = bytes.split_first_chunk::<16>()
        && !block.iter().fold(false, |any, byte| any | is_wanted(*byte))
    {
        bytes = rest;
    }
    bytes
}

/// Index of the first byte that `is_wanted` accepts, in a short slice: the loop is unrolled by
/// eight.
#[inline]
fn position(bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let mut rest = bytes;
    while let Some((block, tail)) = rest.split_first_chunk::<8>() {
        if let Some(at) = block.iter().position(|byte| is_wanted(*byte)) {
            return Some(bytes.len() - rest.len() + at);
        }
        rest = tail;
    }
    let at = rest.iter().position(|byte| is_wanted(*byte))?;
    Some(bytes.len() - rest.len() + at)
}

/// The part before the first `separator`, and the part behind it if there is one.
pub(crate) fn cut(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match position(bytes, |byte| byte == separator) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    }
}

/// Like [`cut`], but a separator inside a quoted string (RFC 9110 §5.6.4) does not count.
pub(crate) fn cut_unquoted(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let mut at = 0;
    while let Some(next) = position(&bytes[at..], |byte| byte == separator || byte == b'"') {
        at += next;
        if bytes[at] == separator {
            return (&bytes[..at], Some(&bytes[at + 1..]));
        }
        at += 1;
        at += quoted_len(&bytes[at..]).unwrap_or(bytes.len() - at);
    }
    (bytes, None)
}

/// Length of the inside of a quoted string with its closing quote; `None` if it is not closed.
pub(crate) fn quoted_len(inside: &[u8]) -> Option<usize> {
    let mut rest = inside;
    loop {
        rest = match rest {
            [b'"', tail @ ..] => return Some(inside.len() - tail.len()),
            [b'\\', _, tail @ ..] | [_, tail @ ..] => tail,
            [] => return None,
        }
    }
}

/// Value of a decimal number without sign; `None` when it is beyond `u64`.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
