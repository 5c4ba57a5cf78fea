//! Compression of a short message that refers to no other.
//!
//! `zlib-rs` clears a table of 128 KiB for each such message, whatever its settings: half of the
//! time that it takes for one of 256 bytes at the fastest level. This has a table of 2 KiB on the
//! stack, and gives results of the same size: one block with the fixed codes (RFC 1951 §3.2.6).

use alloc::vec::Vec;
use core::mem;

use super::WindowSize;

/// Compresses `payload`, and flushes to a byte boundary with an empty stored block. No match
/// reaches farther back than `window`.
pub(super) fn compress(payload: &[u8], window: WindowSize, output: &mut Vec<u8>) {
    let mut matches = Matches {
        payload,
        heads: [0; HEADS],
        farthest: 1 << window.bits(),
    };
    let mut bits = Bits {
        output,
        pending: 0,
        count: 0,
    };
    bits.put(FIXED_BLOCK);
    let mut at = 0;
    while let Some(&byte) = payload.get(at) {
        if let Some((len, distance)) = matches.find(at) {
            bits.put(LENGTHS[len - SHORTEST]);
            bits.put(of_distance(distance));
            // Later matches may begin inside.
            for inside in at + 1..at + len {
                matches.note(inside);
            }
            at += len;
        } else {
            bits.put(LITERALS[usize::from(byte)]);
            at += 1;
        }
    }
    bits.put(END_OF_BLOCK);
    bits.put(STORED_BLOCK);
    bits.align();
    bits.output.extend_from_slice(&[0x00, 0x00, 0xff, 0xff]);
}

/// Finds earlier bytes that are the same.
struct Matches<'p> {
    payload: &'p [u8],
    /// The position after the last one of each hash; 0 for none.
    heads: [u16; HEADS],
    farthest: usize,
}

impl Matches<'_> {
    fn four(&self, at: usize) -> Option<u32> {
        let bytes = self.payload.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// Notes a position. Returns its bytes, and the position after the last one of the same hash.
    #[inline]
    fn note(&mut self, at: usize) -> Option<(u32, usize)> {
        let bytes = self.four(at)?;
        let hash = bytes.wrapping_mul(GOLDEN) >> (u32::BITS - HEAD_BITS);
        let head = &mut self.heads[hash as usize];
        let before = mem::replace(head, u16::try_from(at + 1).unwrap_or_default());
        Some((bytes, before.into()))
    }

    /// The length of a match at this position, which it notes, and its distance.
    #[inline]
    fn find(&mut self, at: usize) -> Option<(usize, usize)> {
        let (bytes, before) = self.note(at)?;
        let from = before.checked_sub(1)?;
        let distance = at - from;
        if distance > self.farthest || self.four(from) != Some(bytes) {
            return None;
        }
        let (rest, earlier) = (self.payload.get(at + 4..)?, self.payload.get(from + 4..)?);
        let same = rest.iter().zip(earlier).take(LONGEST - 4);
        let more = same.take_while(|(byte, earlier)| byte == earlier);
        Some((4 + more.count(), distance))
    }
}

/// Writes bits, the lowest first.
struct Bits<'o> {
    output: &'o mut Vec<u8>,
    pending: u64,
    /// Bits that are pending: fewer than 32.
    count: u32,
}

impl Bits<'_> {
    #[inline]
    fn put(&mut self, code: Code) {
        self.pending |= u64::from(code.bits) << self.count;
        self.count += code.count;
        if self.count >= u32::BITS {
            let [a, b, c, d, ..] = self.pending.to_le_bytes();
            self.output.extend_from_slice(&[a, b, c, d]);
            self.pending >>= u32::BITS;
            self.count -= u32::BITS;
        }
    }

    /// Fills the last byte with zeros.
    fn align(&mut self) {
        let bytes = self.pending.to_le_bytes();
        let begun = self.count.div_ceil(u8::BITS) as usize;
        self.output.extend(bytes.iter().take(begun));
    }
}

/// Some bits, at most 32, to be written together.
#[derive(Clone, Copy)]
struct Code {
    bits: u32,
    count: u32,
}

/// The code of a distance with its extra bits (RFC 1951 §3.2.5). It has five bits.
#[inline]
fn of_distance(distance: usize) -> Code {
    let back = u32::try_from(distance - 1).unwrap_or_default();
    let extra = back.checked_ilog2().unwrap_or_default().saturating_sub(1);
    let symbol = 2 * extra + (back >> extra);
    let more = back & ((1 << extra) - 1);
    Code {
        bits: symbol.reverse_bits() >> (u32::BITS - 5) | more << 5,
        count: 5 + extra,
    }
}

/// The fixed code of a literal or length (RFC 1951 §3.2.6), its first bit lowest.
const fn fixed(symbol: u32) -> Code {
    let (code, count) = match symbol {
        0..=143 => (0x30 + symbol, 8),
        144..=255 => (0x190 + symbol - 144, 9),
        256..=279 => (symbol - 256, 7),
        _ => (0xc0 + symbol - 280, 8),
    };
    Code {
        bits: code.reverse_bits() >> (u32::BITS - count),
        count,
    }
}

/// The code of a length with its extra bits (RFC 1951 §3.2.5): `more` than the shortest.
const fn of_length(more: u32) -> Code {
    let extra = match more {
        0..8 => 0,
        _ => more.ilog2() - 2,
    };
    let code = fixed(257 + 4 * extra + (more >> extra));
    Code {
        bits: code.bits | (more & ((1 << extra) - 1)) << code.count,
        count: code.count + extra,
    }
}

const LITERALS: [Code; 256] = {
    let mut codes = [END_OF_BLOCK; 256];
    let mut literal = 0;
    while literal < 256 {
        codes[literal as usize] = fixed(literal);
        literal += 1;
    }
    codes
};

const LENGTHS: [Code; LONGEST - SHORTEST + 1] = {
    let mut codes = [fixed(285); LONGEST - SHORTEST + 1];
    let mut more = 0;
    while more < 255 {
        codes[more as usize] = of_length(more);
        more += 1;
    }
    codes
};

/// The header of a block with the fixed codes that is not the last.
const FIXED_BLOCK: Code = Code {
    bits: 0b010,
    count: 3,
};
/// The header of a stored block that is not the last.
const STORED_BLOCK: Code = Code { bits: 0, count: 3 };
const END_OF_BLOCK: Code = fixed(256);

/// The lengths of matches that have codes.
const SHORTEST: usize = 3;
const LONGEST: usize = 258;

/// The longest payload for which the table is large enough. Longer ones are compressed better with
/// more memory, and take longer than it takes to clear that.
pub(super) const MOST: usize = 2048;
const HEAD_BITS: u32 = 10;
const HEADS: usize = 1 << HEAD_BITS;
/// 2^32 over the golden ratio, which spreads what it is multiplied with.
const GOLDEN: u32 = 0x9e37_79b1;

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};

    use super::*;
    use crate::deflate::{Compressor, Decompressor, Deflater, Inflater, Level, Tuning};

    fn inflated(compressed: &[u8]) -> Vec<u8> {
        let mut inflater = Inflater::new(Decompressor::Dedicated, false);
        let (mut input, mut output) = (compressed, Vec::new());
        let _ = inflater
            .inflate(&mut input, &mut output, usize::MAX, u64::MAX)
            .expect("it is in order");
        inflater.finish().expect("it ends at a byte");
        output
    }

    fn deflated(level: Level, window: WindowSize, payload: &[u8]) -> Vec<u8> {
        let compressor = Compressor::Dedicated(Tuning::new().level(level));
        let mut output = Vec::new();
        Deflater::new(compressor, false, window).deflate(payload, true, &mut output);
        output
    }

    /// Runs, noise, and bytes that come again after a distance of their own.
    fn payloads() -> impl Iterator<Item = Vec<u8>> {
        let mut state = 1_u32;
        let noise = core::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        let noise: Vec<u8> = noise.take(MOST).collect();
        (0..=MOST).flat_map(move |len| {
            let distance = 1 + len % 1500;
            let (first, _) = noise.split_at(distance);
            let again = first.iter().cycle().take(len).copied().collect();
            [alloc::vec![7; len], noise[..len].to_vec(), again]
        })
    }

    #[test]
    fn what_is_compressed_is_inflated_again_whatever_its_length_and_distances() {
        for payload in payloads() {
            let mut compressed = Vec::new();
            compress(&payload, WindowSize::MAX, &mut compressed);
            assert!(compressed.ends_with(&[0x00, 0x00, 0xff, 0xff]));
            assert!(compressed.len() <= Deflater::longest(payload.len()));
            compressed.truncate(compressed.len() - 4);
            assert_eq!(inflated(&compressed), payload);
        }
    }

    /// A match at exactly the window's length, and none beyond.
    #[test]
    fn x16_no_match_reaches_beyond_the_window() {
        let window = WindowSize::MIN;
        let noise = payloads().nth(3 * 300 + 1).expect("there are more");
        for (distance, is_found) in [(256, true), (257, false)] {
            let first: Vec<u8> = noise.iter().take(distance).copied().collect();
            let payload = [&first[..], &first[..40]].concat();
            let compressed = deflated(Level::FASTEST, window, &payload);
            assert_eq!(inflated(&compressed), payload);
            let alone = deflated(Level::FASTEST, window, &first);
            assert_eq!(compressed.len() < alone.len() + 10, is_found, "{distance}");
        }
    }

    /// The results of the fastest level keep the size that `zlib-rs` gives them.
    #[test]
    fn a_short_text_is_as_small_as_before() {
        let words = [
            "{\"user\":\"",
            "\",\"text\":\"",
            "hello",
            " of ",
            "the ",
            "message",
            "\"}",
        ];
        for len in [150, 256, 500, 1000, MOST] {
            let mut text = String::new();
            for n in 0_usize.. {
                text.push_str(words[n * n % 11 % words.len()]);
                text.push_str(&(n * 7919 % 1000).to_string());
                if text.len() >= len {
                    break;
                }
            }
            text.truncate(len);
            let short = deflated(Level::FASTEST, WindowSize::MAX, text.as_bytes());
            let mut before = Vec::new();
            let compressor = Compressor::Dedicated(Tuning::new().level(Level::FASTEST));
            Deflater::new(compressor, true, WindowSize::MAX).deflate(
                text.as_bytes(),
                true,
                &mut before,
            );
            assert!(
                short.len() <= before.len() + before.len() / 50 + 1,
                "{} bytes for {len}, {} before",
                short.len(),
                before.len()
            );
        }
    }
}
