//! Replays the corpora of the fuzz targets.

use ws_testkit::corpus::replay;

/// Lower bound on the number of files: with fewer, the committed corpus was not found.
const FEWEST: usize = 15;

#[test]
fn the_corpus_of_frame_decoder() {
    assert!(replay("frame_decoder", ws_testkit::frame_decoder::run) >= FEWEST);
}

#[test]
fn the_corpus_of_differential() {
    assert!(replay("differential", ws_testkit::differential::run) >= FEWEST);
}

#[test]
fn the_corpus_of_connection() {
    assert!(replay("connection", ws_testkit::connection::run) >= FEWEST);
}

#[test]
fn the_corpus_of_encoder_round_trip() {
    assert!(replay("encoder_round_trip", ws_testkit::encoder_round_trip::run) >= FEWEST);
}

#[cfg(feature = "deflate")]
#[test]
fn the_corpus_of_inflate_message() {
    assert!(replay("inflate_message", ws_testkit::inflate_message::run) >= FEWEST);
}
