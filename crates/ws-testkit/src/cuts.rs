//! Ways to cut a stream: whole, byte by byte, in two at every place, and in many pieces at seeded
//! places.

use std::ops::Range;

use crate::random::Random;
use crate::wire::frame_ends;

/// Length up to which a stream is cut in two at every place.
pub const EVERY_PLACE: usize = 4096;

/// Bound on the bytes that all two-way cuts of one stream feed together.
const BUDGET: usize = 32 << 20;

/// A bound above every limit of a head in the vectors.
const BEYOND_EVERY_HEAD: usize = 40 << 10;

/// Offsets at which a stream is cut, ascending, each inside it.
pub type Cuts = Vec<usize>;

/// Every way to cut this stream.
///
/// Streams longer than [`EVERY_PLACE`] are cut in two in their first and last 64 bytes, at every
/// frame's edge and one byte beside it, and at 1,000 seeded places; fewer if that would feed more
/// bytes than a fixed bound.
#[must_use]
pub fn all(stream: &[u8]) -> Vec<Cuts> {
    ways(stream.len(), &frame_ends(stream), BUDGET)
}

/// Every way to cut a stream that begins with the head of an HTTP message, whose edges are its line
/// ends.
///
/// The bytes beyond every limit of a head stay in one piece.
#[must_use]
pub fn all_of_head(stream: &[u8]) -> Vec<Cuts> {
    let len = stream.len().min(BEYOND_EVERY_HEAD);
    let is_line_end = |end: &usize| stream[end - 1] == b'\n';
    let line_ends: Vec<usize> = (1..=len).filter(is_line_end).collect();
    ways(len, &line_ends, usize::MAX)
}

fn ways(len: usize, edges: &[usize], budget: usize) -> Vec<Cuts> {
    let mut all = vec![Vec::new(), (1..len).collect()];
    all.extend(in_two(len, edges, budget).into_iter().map(|at| vec![at]));
    let mut random = Random::new(len as u64);
    let times = if len <= EVERY_PLACE { 50 } else { 5 };
    all.extend((0..times).map(|_| in_many(len, &mut random)));
    all
}

/// Cuts at random places, with pieces of any size and now and then an empty one.
#[must_use]
pub fn in_many(len: usize, random: &mut Random) -> Cuts {
    let largest = 1 + random.below(len.max(1));
    let mut cuts = Vec::new();
    let mut at = 0;
    loop {
        at += random.below(largest + 1);
        if at >= len {
            return cuts;
        }
        cuts.push(at);
        at += usize::from(largest == 1);
    }
}

/// The pieces between the cuts.
pub fn pieces<'a>(stream: &'a [u8], cuts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    ranges(stream.len(), cuts).map(|range| &stream[range])
}

/// Ranges of the pieces.
pub fn ranges(len: usize, cuts: &[usize]) -> impl Iterator<Item = Range<usize>> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(len));
    starts.zip(ends).map(|(start, end)| start..end)
}

fn in_two(len: usize, edges: &[usize], budget: usize) -> Vec<usize> {
    if len <= EVERY_PLACE {
        return (1..len).collect();
    }
    let mut random = Random::new(len as u64);
    let mut places: Vec<usize> = (1..=64).chain(len - 64..len).collect();
    places.extend(edges.iter().flat_map(|end| [end - 1, *end, end + 1]));
    places.extend((0..1000).map(|_| 1 + random.below(len - 1)));
    places.retain(|&place| 0 < place && place < len);
    places.sort_unstable();
    places.dedup();
    let most = budget / len;
    if places.len() > most {
        let step = places.len().div_ceil(most);
        places = places.into_iter().step_by(step).collect();
    }
    places
}
