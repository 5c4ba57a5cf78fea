//! The reference inflater, made to be obviously right: bit by bit, one table of code lengths at a
//! time, with the whole history. It shares no code with `ws-frame` or its library.

use std::rc::Rc;

/// One direction of a connection that agreed on permessage-deflate.
#[derive(Clone, Debug)]
pub struct Inflate {
    keeps_context: bool,
    /// Everything inflated so far that a block may refer to.
    history: Vec<u8>,
    message_starts: usize,
    /// The longest distance that any block has used.
    pub longest_distance: usize,
    /// The bytes of the message under way, and the number of their bits that have been read.
    compressed: Vec<u8>,
    position: usize,
    place: Place,
    /// Whether the current or latest block is the last of its stream.
    last: bool,
    /// Number of blocks behind a final block of the message.
    restarts: usize,
}

/// Next part of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// The header of a block.
    Block,
    /// This many literal bytes.
    Stored(usize),
    /// A literal, a length and a distance, or the end of the block, in these codes.
    Coded(Rc<Codes>),
}

/// The codes of one block.
#[derive(Debug, PartialEq, Eq)]
struct Codes {
    literals: Code,
    distances: Code,
}

/// The symbols that have a code of one bit, of two bits, and so on.
#[derive(Debug, PartialEq, Eq)]
struct Code(Vec<Vec<usize>>);

/// The payload is not a compressed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The payload is not DEFLATE, or refers to bytes that do not exist.
    Broken,
    /// The payload continues behind its end.
    Cut,
    /// The payload continues too often behind last blocks.
    Restarted,
}

impl Inflate {
    /// An inflater without history. `keeps_context`: whether a message may refer to earlier ones.
    #[must_use]
    pub const fn new(keeps_context: bool) -> Self {
        Self {
            keeps_context,
            history: Vec::new(),
            message_starts: 0,
            longest_distance: 0,
            compressed: Vec::new(),
            position: 0,
            place: Place::Block,
            last: false,
            restarts: 0,
        }
    }

    /// A whole message (RFC 7692 §7.2.2), from the payloads of all of its frames.
    pub fn message(&mut self, payload: &[u8]) -> Result<Vec<u8>, Fault> {
        self.begin();
        for byte in payload {
            self.byte(*byte)?;
        }
        self.finish()?;
        Ok(self.so_far().to_vec())
    }

    /// Begins a new message.
    pub fn begin(&mut self) {
        if !self.keeps_context {
            self.history.clear();
        }
        self.message_starts = self.history.len();
        self.compressed.clear();
        (self.position, self.place, self.last) = (0, Place::Block, false);
        self.restarts = 0;
    }

    /// The inflated bytes of the current or the last message.
    #[must_use]
    pub fn so_far(&self) -> &[u8] {
        &self.history[self.message_starts..]
    }

    /// Takes one more byte of the message.
    pub fn byte(&mut self, byte: u8) -> Result<(), Fault> {
        let before = self.compressed.len();
        if self.last && self.place == Place::Block && self.position == before * 8 {
            self.last = false;
            self.restarts += 1;
            if self.restarts > 4 + before / 16 {
                return Err(Fault::Restarted);
            }
        }
        self.compressed.push(byte);
        self.advance()
    }

    /// Ends the message. The part that the sender removed must be the end of an empty stored block,
    /// unless the last byte ended a last block.
    pub fn finish(&mut self) -> Result<(), Fault> {
        let is_at_end = |inflate: &Self| {
            inflate.place == Place::Block && inflate.position == inflate.compressed.len() * 8
        };
        if self.last && is_at_end(self) {
            return Ok(());
        }
        let len = self.history.len();
        let taken = [0x00, 0x00, 0xff, 0xff]
            .into_iter()
            .try_for_each(|byte| self.byte(byte));
        let whole = is_at_end(self) && self.history.len() == len;
        self.history.truncate(len);
        taken.and(whole.then_some(()).ok_or(Fault::Cut))
    }

    /// Reads as far as the bits allow.
    fn advance(&mut self) -> Result<(), Fault> {
        loop {
            let compressed = std::mem::take(&mut self.compressed);
            let mut bits = Bits {
                bytes: &compressed,
                position: self.position,
            };
            let unit = self.unit(&mut bits);
            if unit.is_ok() {
                self.position = bits.position;
            }
            self.compressed = compressed;
            match unit {
                Ok(()) => {}
                Err(Fault::Cut) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Reads a header, a byte, or a code with its extra bits: all of it or nothing.
    fn unit(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        match self.place.clone() {
            Place::Block => self.block(bits)?,
            Place::Stored(0) => self.place = Place::Block,
            Place::Stored(left) => {
                self.history.push(bits.take(8)? as u8);
                self.place = Place::Stored(left - 1);
            }
            Place::Coded(codes) => self.code(bits, &codes)?,
        }
        if self.place == Place::Block && self.last {
            bits.skip_to_byte();
        }
        Ok(())
    }

    fn block(&mut self, bits: &mut Bits<'_>) -> Result<(), Fault> {
        let last = bits.take(1)? == 1;
        self.place = match bits.take(2)? {
            0 => stored(bits)?,
            1 => {
                let literals: Vec<u8> = (0..288).map(fixed_length).collect();
                Place::coded(&literals, &[5; 30])
            }
            2 => dynamic_lengths(bits)?,
            _ => return Err(Fault::Broken),
        };
        self.last = last;
        Ok(())
    }

    fn code(&mut self, bits: &mut Bits<'_>, codes: &Codes) -> Result<(), Fault> {
        match codes.literals.symbol(bits)? {
            literal @ 0..256 => self.history.push(literal as u8),
            256 => self.place = Place::Block,
            code @ 257..286 => {
                let len = with_extra(bits, LENGTHS[code - 257])?;
                let code = codes.distances.symbol(bits)?;
                let distance = with_extra(bits, *DISTANCES.get(code).ok_or(Fault::Broken)?)?;
                self.copy(len, distance)?;
            }
            _ => return Err(Fault::Broken),
        }
        Ok(())
    }

    fn copy(&mut self, len: usize, distance: usize) -> Result<(), Fault> {
        let from = self
            .history
            .len()
            .checked_sub(distance)
            .ok_or(Fault::Broken)?;
        self.longest_distance = self.longest_distance.max(distance);
        for at in from..from + len {
            self.history.push(self.history[at]);
        }
        Ok(())
    }
}

impl Place {
    fn coded(literals: &[u8], distances: &[u8]) -> Self {
        Self::Coded(Rc::new(Codes {
            literals: Code::new(literals),
            distances: Code::new(distances),
        }))
    }
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let longest = lengths.iter().copied().max().unwrap_or_default();
        let of_length = |length| {
            (0..lengths.len())
                .filter(|symbol| lengths[*symbol] == length)
                .collect()
        };
        Self((1..=longest.max(1)).map(of_length).collect())
    }

    /// Codes of one length are consecutive, in the order of their symbols; a longer code comes
    /// after (RFC 1951 §3.2.2).
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize, Fault> {
        let (mut code, mut first) = (0, 0);
        for symbols in &self.0 {
            code = code << 1 | bits.take(1)?;
            first <<= 1;
            if let Some(symbol) = symbols.get(code - first) {
                return Ok(*symbol);
            }
            first += symbols.len();
        }
        Err(Fault::Broken)
    }
}

fn stored(bits: &mut Bits<'_>) -> Result<Place, Fault> {
    bits.skip_to_byte();
    let (len, inverted) = (bits.take(16)?, bits.take(16)?);
    if len == !inverted & 0xffff {
        Ok(Place::Stored(len))
    } else {
        Err(Fault::Broken)
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    /// Takes bits, the lowest first.
    fn take(&mut self, count: usize) -> Result<usize, Fault> {
        let mut value = 0;
        for i in 0..count {
            let byte = self.bytes.get(self.position / 8).ok_or(Fault::Cut)?;
            value |= usize::from(byte >> (self.position % 8) & 1) << i;
            self.position += 1;
        }
        Ok(value)
    }

    fn skip_to_byte(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }
}

fn fixed_length(symbol: u16) -> u8 {
    match symbol {
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    }
}

/// The header of a block that brings its own codes (RFC 1951 §3.2.7).
fn dynamic_lengths(bits: &mut Bits<'_>) -> Result<Place, Fault> {
    let (literals, distances, count) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
    if literals > 286 || distances > 30 {
        return Err(Fault::Broken);
    }
    let mut of_lengths = [0; 19];
    for place in &ORDER[..count] {
        of_lengths[*place] = bits.take(3)? as u8;
    }
    let code = match kraft(&of_lengths) {
        0x8000 => Code::new(&of_lengths),
        // Every inflater of zlib's family continues without any code, reads each bit as a length of
        // zero, and refuses the lengths at their end, because the end of the block then has no
        // code.
        0 => Code(vec![vec![0, 0]]),
        _ => return Err(Fault::Broken),
    };
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (value, times) = match code.symbol(bits)? {
            16 => {
                let times = 3 + bits.take(2)?;
                (*lengths.last().ok_or(Fault::Broken)?, times)
            }
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
    Ok(Place::coded(&lengths, &distances))
}

/// A complete set of codes, a single code of one bit, or none.
fn check_lengths(lengths: &[u8]) -> Result<(), Fault> {
    let complete = kraft(lengths) == 1 << 15;
    let single = lengths.iter().all(|length| *length <= 1) && kraft(lengths) < 1 << 15;
    (complete || single).then_some(()).ok_or(Fault::Broken)
}

/// Share of the code space that these lengths take, in parts of 2^15.
fn kraft(lengths: &[u8]) -> u32 {
    lengths
        .iter()
        .filter(|length| **length > 0)
        .map(|length| 1 << (15 - length))
        .sum()
}

fn with_extra(bits: &mut Bits<'_>, (base, extra): (usize, usize)) -> Result<usize, Fault> {
    Ok(base + bits.take(extra)?)
}

const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

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
