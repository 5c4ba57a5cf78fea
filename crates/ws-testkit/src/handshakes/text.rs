//! Text in the notation of the handshake rows: literal, with escapes and repetition.
//!
//! | written | means |
//! |---|---|
//! | `\r`, `\n`, `\t`, `\\`, `\{`, `\}` | one byte |
//! | `\xHH` | the byte with this value |
//! | `{TEXT*N}` | TEXT, N times |
//! | `\i` in such a TEXT | two characters that are different each time |

/// Reads the notation.
pub(super) fn bytes(written: &str) -> Result<Vec<u8>, String> {
    let mut rest = written.as_bytes();
    let items = items(&mut rest, false)?;
    let mut bytes = Vec::new();
    write(&items, 0, &mut bytes);
    Ok(bytes)
}

enum Item {
    Byte(u8),
    RunningNumber,
    Repeated(Vec<Self>, usize),
}

fn items(rest: &mut &[u8], repeated: bool) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    while let [first, after @ ..] = *rest {
        if repeated && count(rest).is_some() {
            break;
        }
        *rest = after;
        items.push(match first {
            b'\\' => escape(rest)?,
            b'{' => repetition(rest)?,
            b'}' => return Err("a brace closes nothing".into()),
            byte => Item::Byte(*byte),
        });
    }
    Ok(items)
}

fn repetition(rest: &mut &[u8]) -> Result<Item, String> {
    let inner = items(rest, true)?;
    let (times, after) = count(rest).ok_or("a brace is not closed by a count")?;
    *rest = after;
    Ok(Item::Repeated(inner, times))
}

/// `*N}` and what follows.
fn count(rest: &[u8]) -> Option<(usize, &[u8])> {
    let digits = rest.strip_prefix(b"*")?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, after) = digits.split_at(end);
    let times = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((times, after.strip_prefix(b"}")?))
}

fn escape(rest: &mut &[u8]) -> Result<Item, String> {
    let [letter, after @ ..] = *rest else {
        return Err("nothing behind a backslash".into());
    };
    *rest = after;
    Ok(match letter {
        b'r' => Item::Byte(b'\r'),
        b'n' => Item::Byte(b'\n'),
        b't' => Item::Byte(b'\t'),
        b'\\' | b'{' | b'}' => Item::Byte(*letter),
        b'i' => Item::RunningNumber,
        b'x' => Item::Byte(hex(rest)?),
        other => return Err(format!("no escape `\\{}`", other.escape_ascii())),
    })
}

fn hex(rest: &mut &[u8]) -> Result<u8, String> {
    let (digits, after) = rest
        .split_at_checked(2)
        .ok_or("two hex digits behind `\\x`")?;
    *rest = after;
    let digits = std::str::from_utf8(digits).map_err(|error| error.to_string())?;
    u8::from_str_radix(digits, 16).map_err(|error| error.to_string())
}

fn write(items: &[Item], round: usize, out: &mut Vec<u8>) {
    for item in items {
        match item {
            Item::Byte(byte) => out.push(*byte),
            Item::RunningNumber => {
                out.extend([DIGITS[round / DIGITS.len()], DIGITS[round % DIGITS.len()]]);
            }
            Item::Repeated(items, times) => repeat(items, *times, out),
        }
    }
}

fn repeat(items: &[Item], times: usize, out: &mut Vec<u8>) {
    if items.iter().all(|item| matches!(item, Item::Byte(_))) {
        let mut once = Vec::new();
        write(items, 0, &mut once);
        out.extend(once.repeat(times));
    } else {
        (0..times).for_each(|round| write(items, round % MAX_NUMBER, out));
    }
}

/// The characters of a token (RFC 9110 §5.6.2) that stay different when the case is ignored.
const DIGITS: &[u8; 51] = b"abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

const MAX_NUMBER: usize = DIGITS.len() * DIGITS.len();

/// The first word and the rest.
pub(super) fn word(line: &str) -> (&str, &str) {
    let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    (word, rest.trim())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn the_notation_is_read() {
        assert_eq!(bytes(r"a\x00\r\n\t\\\{\}").unwrap(), b"a\0\r\n\t\\{}");
        assert_eq!(bytes("{a;*3}b, */*").unwrap(), b"a;a;a;b, */*");
        assert_eq!(bytes(r"{x{-*2}\i*2}").unwrap(), b"x--aax--ab");
        assert_eq!(bytes(r"{\i*2602}").unwrap()[5200..], *b"~~aa");
    }

    #[test]
    fn text_outside_the_notation_is_an_error() {
        for wrong in ["}", "{a", "{a*}", r"\", r"\q", r"\x1", r"\xgg"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
