//! Bytes in the notation of the vectors.
//!
//! | written | means |
//! |---|---|
//! | `81 05` or `8105` | these bytes |
//! | `"Hello"` | the bytes of this text |
//! | `K0`, `K1`, `K2` | a masking key: 00000000, 37fa213d, 01020304 |
//! | `K1{ … }` | the key, then what is between the braces, masked with it |
//! | `126*07`, `3*( 00 81 K0 61 )` | repetition |
//! | `!` | nothing; the byte before it is the one that decides the verdict |

/// Bytes read from the notation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Number of bytes before the `!`.
    pub mark: Option<usize>,
}

impl Bytes {
    /// Reads the notation.
    pub fn read(written: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: written };
        let read = reader.sequence()?;
        if reader.rest.is_empty() {
            Ok(read)
        } else {
            Err(format!("`{}` cannot stand here", reader.rest))
        }
    }

    fn push(&mut self, other: Self) {
        self.mark = self.mark.or(other.mark.map(|mark| self.bytes.len() + mark));
        self.bytes.extend(other.bytes);
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Items up to the end, or up to a closing bracket.
    fn sequence(&mut self) -> Result<Bytes, String> {
        let mut all = Bytes::default();
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.chars().next() {
                None | Some('}' | ')') => return Ok(all),
                Some(_) => all.push(self.item()?),
            }
        }
    }

    fn item(&mut self) -> Result<Bytes, String> {
        match self.rest.as_bytes() {
            [b'!', ..] => {
                self.skip(1);
                Ok(Bytes {
                    bytes: Vec::new(),
                    mark: Some(0),
                })
            }
            [b'"', ..] => self.quoted(),
            [b'(', ..] => self.bracketed(')'),
            [b'K', ..] => self.key(),
            _ => self.number(),
        }
    }

    fn quoted(&mut self) -> Result<Bytes, String> {
        let (text, rest) = self.rest[1..]
            .split_once('"')
            .ok_or("a quote is left open")?;
        self.rest = rest;
        Ok(Bytes {
            bytes: text.as_bytes().to_vec(),
            mark: None,
        })
    }

    fn bracketed(&mut self, close: char) -> Result<Bytes, String> {
        self.skip(1);
        let inner = self.sequence()?;
        self.rest = self
            .rest
            .strip_prefix(close)
            .ok_or(format!("`{close}` is missing"))?;
        Ok(inner)
    }

    fn key(&mut self) -> Result<Bytes, String> {
        let key = self
            .rest
            .as_bytes()
            .get(1)
            .and_then(|digit| key(*digit))
            .ok_or("no such key")?;
        self.skip(2);
        let mut masked = Bytes {
            bytes: key.to_vec(),
            mark: None,
        };
        if self.rest.starts_with('{') {
            let mut payload = self.bracketed('}')?;
            for (position, byte) in payload.bytes.iter_mut().enumerate() {
                *byte ^= key[position % 4];
            }
            masked.push(payload);
        }
        Ok(masked)
    }

    /// Hex digits, or a count before `*`.
    fn number(&mut self) -> Result<Bytes, String> {
        let digits = self
            .rest
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(self.rest.len());
        let number = &self.rest[..digits];
        self.rest = &self.rest[digits..];
        if let Some(rest) = self.rest.strip_prefix('*') {
            let times = number
                .parse::<usize>()
                .map_err(|_| format!("`{number}*` is not a count"))?;
            self.rest = rest;
            let Bytes { bytes, mark } = self.item()?;
            return Ok(Bytes {
                bytes: bytes.repeat(times),
                mark,
            });
        }
        hex(number).map(|bytes| Bytes { bytes, mark: None })
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

const fn key(digit: u8) -> Option<[u8; 4]> {
    match digit {
        b'0' => Some([0; 4]),
        b'1' => Some([0x37, 0xfa, 0x21, 0x3d]),
        b'2' => Some([1, 2, 3, 4]),
        _ => None,
    }
}

fn hex(digits: &str) -> Result<Vec<u8>, String> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return Err(format!("`{digits}` is not whole bytes in hex"));
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|error| error.to_string()))
        .collect()
}
