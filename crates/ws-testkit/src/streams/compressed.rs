//! Streams with compressed messages.

use ws_frame::deflate::{Compressor, Deflater, Level, Tuning, WindowSize};

use super::{damaged, payload, push_message};
use crate::event::Role;
use crate::random::Random;

/// Messages in a legal order, most of them compressed, by one compressor that keeps its context.
#[must_use]
pub fn valid(reader: Role, random: &mut Random) -> Vec<u8> {
    let tuning = Tuning::new().level(Level::new(1 + random.below(9) as u8).unwrap_or_default());
    let mut deflater = Deflater::new(Compressor::Dedicated(tuning), true, WindowSize::MAX);
    let mut stream = Vec::new();
    for _ in 0..random.below(8) {
        let (opcode, plain) = payload(random);
        if random.one_in(4) {
            push_message(&mut stream, reader, opcode, &plain, random);
            continue;
        }
        let mut compressed = Vec::new();
        let half = random.below(plain.len() + 1);
        if random.one_in(4) {
            deflater.deflate(&plain[..half], false, &mut compressed);
            deflater.deflate(&plain[half..], true, &mut compressed);
        } else {
            deflater.deflate(&plain, true, &mut compressed);
        }
        push_message(&mut stream, reader, opcode | RSV1, &compressed, random);
    }
    stream
}

/// The same, with a few bytes, or a few frames, changed.
#[must_use]
pub fn almost_valid(reader: Role, random: &mut Random) -> Vec<u8> {
    let stream = valid(reader, random);
    damaged(stream, reader, random)
}

const RSV1: u8 = 0x40;
