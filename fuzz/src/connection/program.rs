//! Programs as bytes: each operation is one byte that says what and where, and one that says how much.

use crate::random::Random;

/// What one side does, or what the wire does with what that side wrote.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    /// A whole message: text or not, of this length.
    Message(bool, usize),
    /// A fragment: of a text or not, the last or not, of this length.
    Fragment(bool, bool, usize),
    /// A ping of this length, at least one byte: its mark.
    Ping(usize),
    /// A pong of this length that nobody asked for.
    Pong(usize),
    /// A close with this code and a reason of this length.
    Close(u16, usize),
    /// A close without a code.
    CloseWithoutCode,
    /// So many bytes arrive.
    Deliver(usize),
    /// All that was written arrives.
    DeliverAll,
    /// So many bytes arrive, and then the wire is dead.
    Cut(usize),
}

pub(super) struct Program<'a> {
    rest: &'a [u8],
}

impl<'a> Program<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next byte, zero after the last.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *first
    }

    /// The next operation and its side.
    pub(super) fn next(&mut self) -> Option<(usize, Operation)> {
        if self.rest.is_empty() {
            return None;
        }
        let (what, amount) = (self.byte(), usize::from(self.byte()));
        let is_text = what & 0x20 != 0;
        // Up to 254 as it is; 255 is a length beyond 16 bits, or beyond what a control frame may have.
        let len = if amount == 255 {
            70_000
        } else {
            amount * if what & 0x40 == 0 { 1 } else { 17 }
        };
        let operation = match what & 0x0f {
            0 | 1 => Operation::Message(is_text, len),
            2 | 3 => Operation::Fragment(is_text, false, len),
            4 => Operation::Fragment(is_text, true, len),
            5 | 6 => Operation::Ping(1 + amount % 140),
            7 => Operation::Pong(amount % 140),
            8 => Operation::Close(CODES[amount % CODES.len()], amount % 130),
            9 => Operation::CloseWithoutCode,
            10 if amount < 8 => Operation::Cut(amount * 5),
            10..=12 => Operation::Deliver(amount),
            _ => Operation::DeliverAll,
        };
        Some((usize::from(what >> 7), operation))
    }
}

const CODES: [u16; 7] = [1000, 1001, 1007, 1010, 1014, 3000, 4999];

/// A program of a number of operations, from a seed; closes and cuts come late, or never.
#[must_use]
pub fn random(operations: usize, random: &mut Random) -> Vec<u8> {
    let mut program = vec![random.byte()];
    for position in 0..operations {
        let mut what = random.byte();
        let ends_it = matches!(what & 0x0f, 8..=10);
        if ends_it && (position * 4 < operations * 3 || random.one_in(2)) {
            what = what & 0xf0 | 12;
        }
        program.extend([what, random.byte()]);
    }
    program
}
