//! `Decoder` against the reference decoder's frames: any bytes, any cuts.

use ws_frame::Decoder;

use crate::cuts::Cuts;
use crate::event::{Role, Rule};
use crate::observe;
use crate::random::Random;
use crate::reference::frames::{Frame, FrameReader};

/// The first byte selects the role, whether RSV1 is allowed, and the cuts; the rest is the stream.
pub fn run(data: &[u8]) {
    let Some((&options, stream)) = data.split_first() else {
        return;
    };
    let role = if options & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    check(
        role,
        options & 2 != 0,
        stream,
        &ways(stream.len(), options >> 2),
    );
}

/// Whole, byte by byte, and at random places.
#[must_use]
pub fn ways(len: usize, seed: u8) -> [Cuts; 3] {
    let mut random = Random::new(u64::from(seed) << 32 | len as u64);
    [
        Vec::new(),
        (1..len).collect(),
        crate::cuts::in_many(len, &mut random),
    ]
}

/// Panics if the two disagree, or if `Decoder` gives different results for different cuts.
pub fn check(role: Role, rsv1: bool, stream: &[u8], ways: &[Cuts]) {
    let (frames, broken) = expected(role, rsv1, stream);
    for cuts in ways {
        let mut decoder = Decoder::new(observe::role(role)).allow_rsv1(rsv1);
        let decoded = observe::decode(&mut decoder, stream, cuts);
        assert_eq!(decoded.frames, frames, "frames, cut at {cuts:?}");
        let Some((rules, at)) = &broken else {
            assert_eq!(decoded.failed, None, "cut at {cuts:?}");
            continue;
        };
        let (rule, piece) = decoded
            .failed
            .unwrap_or_else(|| panic!("{rules:?} not seen, cut at {cuts:?}"));
        assert!(
            rules.contains(&rule),
            "{rule}, and not one of {rules:?}, cut at {cuts:?}"
        );
        assert!(
            piece.contains(at),
            "{rule} in {piece:?}, and not at byte {at}, cut at {cuts:?}"
        );
    }
}

/// The frames up to the first violation or the first Close, the violated rules, and the byte that
/// violated them. Bytes behind are not read.
fn expected(role: Role, rsv1: bool, stream: &[u8]) -> (Vec<Frame>, Option<(Vec<Rule>, usize)>) {
    let mut reader = FrameReader::new(role);
    if rsv1 {
        reader = reader.with_rsv1();
    }
    let mut frames = Vec::new();
    for (position, byte) in stream.iter().enumerate() {
        let step = reader.byte(*byte);
        if !step.broken.is_empty() {
            return (frames, Some((step.broken, position)));
        }
        let Some(frame) = step.frame else { continue };
        let is_close = frame.opcode == 8;
        frames.push(frame);
        if is_close {
            break;
        }
    }
    (frames, None)
}
