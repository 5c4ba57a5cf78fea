//! Replays the corpora of the fuzz targets, without libFuzzer.

use ws_testkit::corpus::replay;
use ws_testkit::{handshake_fields, handshake_request, handshake_response};

/// Lower bound on the number of files: with fewer, the committed corpus was not found.
const AT_LEAST: usize = 20;

#[test]
fn the_corpus_of_handshake_request() {
    assert!(replay("handshake_request", handshake_request::run) >= AT_LEAST);
}

#[test]
fn the_corpus_of_handshake_fields() {
    assert!(replay("handshake_fields", handshake_fields::run) >= AT_LEAST);
}

#[test]
fn the_corpus_of_handshake_response() {
    assert!(replay("handshake_response", handshake_response::run) >= AT_LEAST);
}
