//! The small grammar that fields share (RFC 9110 §5.6).

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

    /// How many bytes from the front are in the set.
    #[inline]
    pub(crate) fn span(&self, bytes: &[u8]) -> usize {
        position(bytes, |byte| !self.has(byte)).unwrap_or(bytes.len())
    }
}

/// RFC 9110 §5.6.2.
pub(crate) static TOKEN: ByteSet = ByteSet::alphanumeric_and(b"!#$%&'*+-.^_`|~");

/// A token (RFC 9110 §5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && TOKEN.span(bytes) == bytes.len()
}

/// Whether `bytes` are `word`, ignoring case; quick where the case is the usual one.
#[inline]
pub(crate) fn is_word(bytes: &[u8], word: &str) -> bool {
    bytes == word.as_bytes() || bytes.eq_ignore_ascii_case(word.as_bytes())
}

/// What a field's value may hold (RFC 9110 §5.5): bytes from 80 to FF are opaque, control characters are refused.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| !is_control(*byte))
}

/// Control characters but for the tab.
#[inline]
pub(crate) const fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && (byte != b'\t')
}

/// `bytes` without optional white space at its ends (RFC 9110 §5.6.3).
#[inline]
pub(crate) const fn trim(bytes: &[u8]) -> &[u8] {
    // One space in front, as nearly all write it.
    if let [b' ', usual @ ..] = bytes
        && let [b'!'..=0xFF, .., b'!'..=0xFF] = usual
    {
        return usual;
    }
    trim_end(trim_start(bytes))
}

pub(crate) const fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

pub(crate) const fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Where the first byte stands that `is_wanted`; 16 are looked at together, without branches, so it should be simple.
#[inline]
pub(crate) fn find(bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = skip_blocks(bytes, &is_wanted);
    Some(bytes.len() - rest.len() + position(rest, is_wanted)?)
}

/// Where the first control character stands that is no tab. Tabs are rare: from the first on it goes more slowly.
#[inline]
pub(crate) fn find_control(bytes: &[u8]) -> Option<usize> {
    let rest = skip_blocks(bytes, |byte| byte.is_ascii_control());
    Some(bytes.len() - rest.len() + position(rest, |byte| CONTROL.has(byte))?)
}

/// What is left behind blocks that have none that `is_wanted`.
#[inline]
fn skip_blocks(mut bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((block, rest)) = bytes.split_first_chunk::<16>()
        && !block.iter().fold(false, |any, byte| any | is_wanted(*byte))
    {
        bytes = rest;
    }
    bytes
}

/// Where the first byte stands that `is_wanted`, of few: the loop over each eight is unrolled.
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

/// See [`is_control`].
static CONTROL: ByteSet = {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        set[byte as usize] = is_control(byte);
        byte += 1;
    }
    ByteSet(set)
};

/// What stands before the first `separator`, and what stands behind it if there is one.
pub(crate) fn cut(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match position(bytes, |byte| byte == separator) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    }
}

/// A decimal number without sign; `None` also when it is beyond `u64`.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
