//! Frames of a `Decoder`.

use std::ops::Range;

use ws_frame::{Chunk, Decoder};

use super::rule;
use crate::cuts;
use crate::event::Rule;
use crate::reference::frames::Frame;

/// The frames that a `Decoder` reads from a stream, and the rule that it reports as violated.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The whole frames, in order.
    pub frames: Vec<Frame>,
    /// The failure, and the piece that caused it.
    pub failed: Option<(Rule, Range<usize>)>,
}

/// Runs a `Decoder` over a stream, and checks the properties that hold for any input.
#[must_use]
pub fn decode(decoder: &mut Decoder, stream: &[u8], cuts: &[usize]) -> Decoded {
    let mut decoded = Decoded::default();
    let mut open: Option<Frame> = None;
    for piece in cuts::ranges(stream.len(), cuts) {
        let mut buffer = stream[piece.clone()].to_vec();
        let mut input = &mut buffer[..];
        loop {
            match decoder.decode(&mut input) {
                Ok(Some(chunk)) => {
                    assert!(decoded.failed.is_none(), "a chunk after the failure");
                    add(&chunk, &mut open, &mut decoded.frames);
                }
                Ok(None) => break,
                Err(error) => {
                    assert!(decoded.failed.is_none(), "a second failure");
                    decoded.failed = Some((rule(error), piece.clone()));
                }
            }
        }
        assert!(
            input.is_empty(),
            "no chunk, and {} bytes are left",
            input.len()
        );
    }
    decoded
}

/// Adds one more chunk of the open frame, or of a new one.
fn add(chunk: &Chunk<'_>, open: &mut Option<Frame>, frames: &mut Vec<Frame>) {
    let header = chunk.header;
    assert_eq!(chunk.is_first(), open.is_none(), "is_first");
    assert!(
        header.len == 0 || !chunk.payload.is_empty(),
        "an empty chunk of a frame that is not empty"
    );
    let (fin, rsv1, opcode) = (header.fin, header.rsv1, header.opcode.bits());
    let frame = open.get_or_insert_with(|| Frame {
        fin,
        rsv1,
        opcode,
        payload: Vec::new(),
    });
    assert_eq!(
        (frame.fin, frame.rsv1, frame.opcode),
        (fin, rsv1, opcode),
        "chunks of one frame"
    );
    frame.payload.extend_from_slice(chunk.payload);
    assert_eq!(
        frame.payload.len() as u64 + chunk.remaining,
        header.len,
        "remaining"
    );
    assert_eq!(chunk.is_last(), chunk.remaining == 0, "is_last");
    if chunk.is_last() {
        frames.extend(open.take());
    }
}
