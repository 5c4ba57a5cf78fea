//! The corpora and the vectors, with `ws-frame` as this build has it.
//!
//! The tests of `ws-frame` itself always have `deflate` and `std`, because this crate turns them on
//! there. With `cargo test -p ws-testkit --no-default-features`, these run over `alloc` alone,
//! without vector instructions and deflate.

use ws_testkit::{connection, corpus, differential, encoder_round_trip, frame_decoder};

/// Lower bound on the number of inputs: with fewer, the committed corpus was not found.
const FEWEST: usize = 15;

#[test]
fn corpora_hold_in_this_form() {
    assert!(corpus::replay("frame_decoder", frame_decoder::run) >= FEWEST);
    assert!(corpus::replay("differential", differential::run) >= FEWEST);
    assert!(corpus::replay("connection", connection::run) >= FEWEST);
    assert!(corpus::replay("encoder_round_trip", encoder_round_trip::run) >= FEWEST);
}

#[test]
fn vectors_hold_in_this_form() {
    for (target, run) in [
        ("frame_decoder", frame_decoder::run as fn(&[u8])),
        ("differential", differential::run),
    ] {
        let seeds = corpus::seeds(target);
        assert!(seeds.len() >= FEWEST, "{target}: {} seeds", seeds.len());
        for (_, data) in seeds {
            run(&data);
        }
    }
}
