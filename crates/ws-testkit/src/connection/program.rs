//! Programs as bytes. Each operation has one byte for its kind and side, and one for its size.

use crate::random::Random;

/// An operation of one side, or of the wire on the bytes of that side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    /// A whole message: text or not, of this length.
    Message(bool, usize),
    /// A fragment: of a text or not, the last or not, of this length.
    Fragment(bool, bool, usize),
    /// A ping of this length, at least one byte: its mark.
    Ping(usize),
    /// An unsolicited pong of this length.
    Pong(usize),
    /// A close with this code and a reason of this length.
    Close(u16, usize),
    /// A close without a code.
    CloseWithoutCode,
    /// Delivery of this many bytes.
    Deliver(usize),
    /// Delivery of everything written.
    DeliverAll,
    /// Delivery of this many bytes, after which the wire is dead.
    Cut(usize),
}

pub(super) struct Program<'a> {
    rest: &'a [u8],
    /// Remaining bytes of long payloads. Many operations on short payloads find more than few on
    /// long ones.
    room: usize,
}

impl<'a> Program<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            room: 150_000,
        }
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
        let len = self.len(amount, what & 0x40 != 0);
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

    /// Lengths up to 254 directly, or in steps of 17; 255 is a length beyond 16 bits.
    fn len(&mut self, amount: usize, in_steps: bool) -> usize {
        let len = match amount {
            255 => LONGEST,
            _ if in_steps => amount * 17,
            _ => amount,
        };
        match self.room.checked_sub(len) {
            Some(room) => {
                self.room = room;
                len
            }
            None => len % 100,
        }
    }
}

/// The only length that needs 64 bits.
const LONGEST: usize = 70_000;

const CODES: [u16; 7] = [1000, 1001, 1007, 1010, 1014, 3000, 4999];

/// A random program. Closes and cuts come late, or never.
#[must_use]
pub fn random(operations: usize, random: &mut Random) -> Vec<u8> {
    let mut program = vec![random.byte()];
    for position in 0..operations {
        let mut what = random.byte();
        let ends_it = matches!(what & 0x0f, 8..=10);
        if ends_it && (position * 4 < operations * 3 || random.one_in(2)) {
            what = what & 0xf0 | 0x0c;
        }
        program.extend([what, random.byte()]);
    }
    program
}
