//! A second inflater, for the eye: bit by bit, one table of code lengths at a time, the whole history kept. It shares no code with
//! `ws-frame` or its library.

/// One direction of a connection that agreed on permessage-deflate.
#[derive(Clone, Debug)]
pub struct Inflate {
    keeps_context: bool,
    /// Everything inflated so far that a block may refer to.
    history: Vec<u8>,
    message_starts: usize,
    /// The longest distance that any block has used.
    pub longest_distance: usize,
}

/// The payload is not a compressed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No DEFLATE, or a reference to what was not there.
    Broken,
    /// It goes on behind its end.
    Cut,
}

impl Inflate {
    /// `keeps_context`: whether a message may refer to earlier ones.
    #[must_use]
    pub const fn new(keeps_context: bool) -> Self {
        Self {
            keeps_context,
            history: Vec::new(),
            message_starts: 0,
            longest_distance: 0,
        }
    }

    /// A whole message (RFC 7692 §7.2.2), from the payloads of all of its frames.
    pub fn message(&mut self, payload: &[u8]) -> Result<Vec<u8>, Fault> {
        if !self.keeps_context {
            self.history.clear();
        }
        self.message_starts = self.history.len();
        let with_tail = [payload, &[0x00, 0x00, 0xff, 0xff]].concat();
        let mut bits = Bits {
            bytes: &with_tail,
            position: 0,
        };
        let mut last = false;
        while !bits.is_at_end() {
            if last && bits.position == payload.len() * 8 {
                break;
            }
            last = self.block(&mut bits, payload.len())?;
        }
        Ok(self.history[self.message_starts..].to_vec())
    }

    /// How many bytes the newest message has inflated to, whole or broken.
    #[must_use]
    pub const fn message_len(&self) -> usize {
        self.history.len() - self.message_starts
    }

    /// Takes one block, and says whether it was the last of its stream. What the tail completes must have no content.
    fn block(&mut self, bits: &mut Bits<'_>, payload_len: usize) -> Result<bool, Fault> {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => self.stored(bits, payload_len)?,
            1 => {
                let lengths: Vec<u8> = (0..288).map(fixed_length).collect();
                self.codes(bits, &lengths, &[5; 30], payload_len)?;
            }
            2 => {
                let (literals, distances) = dynamic_lengths(bits)?;
                self.codes(bits, &literals, &distances, payload_len)?;
            }
            _ => return Err(Fault::Broken),
        }
        if last {
            bits.to_byte();
        }
        Ok(last)
    }

    fn stored(&mut self, bits: &mut Bits<'_>, payload_len: usize) -> Result<(), Fault> {
        bits.to_byte();
        let (len, inverted) = (bits.take(16)?, bits.take(16)?);
        if len != !inverted & 0xffff {
            return Err(Fault::Broken);
        }
        for _ in 0..len {
            let byte = bits.take(8)?;
            self.output(&[byte as u8], bits, payload_len)?;
        }
        Ok(())
    }

    fn codes(
        &mut self,
        bits: &mut Bits<'_>,
        literals: &[u8],
        distances: &[u8],
        payload_len: usize,
    ) -> Result<(), Fault> {
        loop {
            match symbol(bits, literals)? {
                literal @ 0..256 => self.output(&[literal as u8], bits, payload_len)?,
                256 => return Ok(()),
                code @ 257..286 => {
                    let len = with_extra(bits, LENGTHS[code - 257])?;
                    let code = symbol(bits, distances)?;
                    let distance = with_extra(bits, *DISTANCES.get(code).ok_or(Fault::Broken)?)?;
                    self.copy(len, distance, bits, payload_len)?;
                }
                _ => return Err(Fault::Broken),
            }
        }
    }

    fn copy(
        &mut self,
        len: usize,
        distance: usize,
        bits: &Bits<'_>,
        payload_len: usize,
    ) -> Result<(), Fault> {
        if distance > self.history.len() {
            return Err(Fault::Broken);
        }
        self.longest_distance = self.longest_distance.max(distance);
        for _ in 0..len {
            let byte = self.history[self.history.len() - distance];
            self.output(&[byte], bits, payload_len)?;
        }
        Ok(())
    }

    fn output(&mut self, bytes: &[u8], bits: &Bits<'_>, payload_len: usize) -> Result<(), Fault> {
        if bits.position > payload_len * 8 {
            return Err(Fault::Cut);
        }
        self.history.extend_from_slice(bytes);
        Ok(())
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn is_at_end(&self) -> bool {
        self.position == self.bytes.len() * 8
    }

    /// The lowest bit comes first.
    fn take(&mut self, count: usize) -> Result<usize, Fault> {
        let mut value = 0;
        for i in 0..count {
            let byte = self.bytes.get(self.position / 8).ok_or(Fault::Cut)?;
            value |= usize::from(byte >> (self.position % 8) & 1) << i;
            self.position += 1;
        }
        Ok(value)
    }

    fn to_byte(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }
}

fn fixed_length(symbol: u16) -> u8 {
    match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    }
}

/// The code lengths of a block that brings its own: literals and lengths, distances (RFC 1951 §3.2.7).
fn dynamic_lengths(bits: &mut Bits<'_>) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let (literals, distances, count) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
    if literals > 286 || distances > 30 {
        return Err(Fault::Broken);
    }
    let mut of_lengths = [0; 19];
    for place in &ORDER[..count] {
        of_lengths[*place] = bits.take(3)? as u8;
    }
    if kraft(&of_lengths) != 1 << 15 {
        return Err(Fault::Broken);
    }
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (value, times) = match symbol(bits, &of_lengths)? {
            16 => (*lengths.last().ok_or(Fault::Broken)?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.extend(std::iter::repeat_n(value, times));
    }
    if lengths.len() > literals + distances || lengths[256] == 0 {
        return Err(Fault::Broken);
    }
    let distances = lengths.split_off(literals);
    check_lengths(&lengths)?;
    check_lengths(&distances)?;
    Ok((lengths, distances))
}

/// A complete set of codes, a single code of one bit, or none.
fn check_lengths(lengths: &[u8]) -> Result<(), Fault> {
    let complete = kraft(lengths) == 1 << 15;
    let single = lengths.iter().all(|length| *length <= 1) && kraft(lengths) < 1 << 15;
    (complete || single).then_some(()).ok_or(Fault::Broken)
}

/// How much of the space of codes these lengths take, in parts of 2^15.
fn kraft(lengths: &[u8]) -> u32 {
    lengths
        .iter()
        .filter(|length| **length > 0)
        .map(|length| 1 << (15 - length))
        .sum()
}

/// Codes of one length are consecutive, in the order of their symbols; a longer code comes after (RFC 1951 §3.2.2).
fn symbol(bits: &mut Bits<'_>, lengths: &[u8]) -> Result<usize, Fault> {
    let (mut code, mut first) = (0, 0);
    for length in 1..=15 {
        code = code << 1 | bits.take(1)?;
        first <<= 1;
        let mut symbols = (0..lengths.len()).filter(|symbol| lengths[*symbol] == length);
        let count = symbols.clone().count();
        if code < first + count {
            return symbols.nth(code - first).ok_or(Fault::Broken);
        }
        first += count;
    }
    Err(Fault::Broken)
}

fn with_extra(bits: &mut Bits<'_>, (base, extra): (usize, usize)) -> Result<usize, Fault> {
    Ok(base + bits.take(extra)?)
}

const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// RFC 1951 §3.2.5: the least length, and how many more bits follow.
const LENGTHS: [(usize, usize); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

const DISTANCES: [(usize, usize); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];
