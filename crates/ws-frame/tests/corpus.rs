//! The corpora of the fuzz targets, replayed.

use ws_fuzz::corpus::replay;

/// Fewer files than this, and the corpus is not the one that was committed.
const FEWEST: usize = 15;

#[test]
fn the_corpus_of_frame_decoder() {
    assert!(replay("frame_decoder", ws_fuzz::frame_decoder::run) >= FEWEST);
}

#[test]
fn the_corpus_of_differential() {
    assert!(replay("differential", ws_fuzz::differential::run) >= FEWEST);
}

#[test]
fn the_corpus_of_connection() {
    assert!(replay("connection", ws_fuzz::connection::run) >= FEWEST);
}

#[test]
fn the_corpus_of_encoder_round_trip() {
    assert!(replay("encoder_round_trip", ws_fuzz::encoder_round_trip::run) >= FEWEST);
}

#[cfg(feature = "deflate")]
#[test]
fn the_corpus_of_inflate_message() {
    assert!(replay("inflate_message", ws_fuzz::inflate_message::run) >= FEWEST);
}
