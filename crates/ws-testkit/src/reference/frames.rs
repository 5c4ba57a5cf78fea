//! Frames, one byte at a time.

use crate::event::{Role, Rule};

/// A whole frame, unmasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The first byte's top bit.
    pub fin: bool,
    /// The first byte's second bit.
    pub rsv1: bool,
    /// The first byte's low half.
    pub opcode: u8,
    /// The payload.
    pub payload: Vec<u8>,
}

/// Effect of one byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The rules that the byte violated.
    pub broken: Vec<Rule>,
    /// The unmasked payload byte, if it was one.
    pub unmasked: Option<u8>,
    /// The frame that the byte completed.
    pub frame: Option<Frame>,
}

/// Reads frames. Checks the rules that a header alone, or its place in the order of frames, can
/// violate.
#[derive(Clone, Debug)]
pub struct FrameReader {
    role: Role,
    allow_rsv1: bool,
    /// Whether a data message has begun and has not ended.
    in_message: bool,
    /// The bytes of the header so far.
    header: Vec<u8>,
    /// The payload so far, unmasked.
    payload: Vec<u8>,
}

/// Header of a frame whose length is known.
#[derive(Clone, Copy, Debug)]
pub struct KnownLength {
    /// The first byte's top bit.
    pub fin: bool,
    /// The first byte's second bit.
    pub rsv1: bool,
    opcode: u8,
    /// The payload's length.
    pub len: u64,
}

impl KnownLength {
    /// Returns whether the frame is a control frame.
    #[must_use]
    pub const fn is_control(&self) -> bool {
        self.opcode >= 8
    }
}

impl FrameReader {
    /// A reader before its first frame.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            role,
            allow_rsv1: false,
            in_message: false,
            header: Vec::new(),
            payload: Vec::new(),
        }
    }

    /// Allows RSV1 on the first frame of a message (RFC 7692 §6).
    #[must_use]
    pub const fn with_rsv1(mut self) -> Self {
        self.allow_rsv1 = true;
        self
    }

    /// Takes one byte. Must not be called again after a violation.
    pub fn byte(&mut self, byte: u8) -> Step {
        if self.frame_is_whole() {
            self.header.clear();
            self.payload.clear();
        }
        let mut step = Step::default();
        if self.header_is_whole() {
            let unmasked = byte ^ self.key()[self.payload.len() % 4];
            self.payload.push(unmasked);
            step.unmasked = Some(unmasked);
        } else {
            self.header.push(byte);
            step.broken = self.broken();
        }
        if step.broken.is_empty() && self.frame_is_whole() {
            step.frame = Some(self.frame());
        }
        step
    }

    /// Opcode of the current frame.
    #[must_use]
    pub fn opcode(&self) -> Option<u8> {
        self.header.first().map(|first| first & 0x0f)
    }

    /// The opcode, if the last byte made it known.
    #[must_use]
    pub fn opcode_known(&self) -> Option<u8> {
        if self.header.len() == 1 {
            self.opcode()
        } else {
            None
        }
    }

    /// The header, if the last byte completed the length.
    #[must_use]
    pub fn length_known(&self) -> Option<KnownLength> {
        let &[first, second, ..] = self.header.as_slice() else {
            return None;
        };
        let len = self.len()?;
        (self.header.len() == 2 + extended(second)).then_some(KnownLength {
            fin: first & 0x80 != 0,
            rsv1: first & 0x40 != 0,
            opcode: first & 0x0f,
            len,
        })
    }

    /// Every rule that the header violates with its newest byte.
    fn broken(&self) -> Vec<Rule> {
        match *self.header.as_slice() {
            [first] => self.broken_by_first(first),
            [first, second] => self.broken_by_second(first, second),
            [_, second, top] if second & 0x7f == 127 && top & 0x80 != 0 => vec![Rule::F4],
            [_, second, ..] if self.header.len() == 2 + extended(second) => {
                self.broken_by_length(second)
            }
            _ => Vec::new(),
        }
    }

    fn broken_by_first(&self, first: u8) -> Vec<Rule> {
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        let starts_message = matches!(opcode, 1 | 2);
        let allowed_bits = if self.allow_rsv1 && starts_message {
            0x40
        } else {
            0
        };
        let checks = [
            (Rule::F1, first & 0x70 & !allowed_bits != 0),
            (Rule::F2, matches!(opcode, 3..=7 | 11..=15)),
            (Rule::F7, opcode >= 8 && !fin),
            (Rule::F8, opcode == 0 && !self.in_message),
            (Rule::F8, starts_message && self.in_message),
        ];
        those(&checks)
    }

    fn broken_by_second(&self, first: u8, second: u8) -> Vec<Rule> {
        let (opcode, masked, short) = (first & 0x0f, second & 0x80 != 0, second & 0x7f);
        let checks = [
            (Rule::F5, self.role == Role::Server && !masked),
            (Rule::F6, self.role == Role::Client && masked),
            (Rule::F7, opcode >= 8 && short > 125),
            (Rule::F14, opcode == 8 && short == 1),
        ];
        those(&checks)
    }

    fn broken_by_length(&self, second: u8) -> Vec<Rule> {
        let shortest = match second & 0x7f {
            126 => 126,
            127 => 65536,
            _ => 0,
        };
        those(&[(Rule::F3, self.len().is_some_and(|len| len < shortest))])
    }

    /// The payload's length, once all its bytes are there.
    fn len(&self) -> Option<u64> {
        let second = *self.header.get(1)?;
        let field = self.header.get(2..2 + extended(second))?;
        if field.is_empty() {
            return Some(u64::from(second & 0x7f));
        }
        Some(
            field
                .iter()
                .fold(0, |len, byte| len << 8 | u64::from(*byte)),
        )
    }

    fn header_is_whole(&self) -> bool {
        self.header
            .get(1)
            .is_some_and(|&second| self.header.len() == 2 + extended(second) + key_len(second))
    }

    fn frame_is_whole(&self) -> bool {
        self.header_is_whole() && self.len() == Some(self.payload.len() as u64)
    }

    fn key(&self) -> [u8; 4] {
        match self.header.last_chunk() {
            Some(key) if self.header[1] & 0x80 != 0 => *key,
            _ => [0; 4],
        }
    }

    fn frame(&mut self) -> Frame {
        let first = self.header[0];
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        if opcode < 8 {
            self.in_message = !fin;
        }
        Frame {
            fin,
            rsv1: first & 0x40 != 0,
            opcode,
            payload: self.payload.clone(),
        }
    }
}

/// Number of length bytes behind the second byte.
const fn extended(second: u8) -> usize {
    match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    }
}

const fn key_len(second: u8) -> usize {
    if second & 0x80 == 0 { 0 } else { 4 }
}

fn those(checks: &[(Rule, bool)]) -> Vec<Rule> {
    checks
        .iter()
        .filter(|(_, broken)| *broken)
        .map(|(rule, _)| *rule)
        .collect()
}
