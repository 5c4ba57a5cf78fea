//! Test kit: vectors, reference implementations, judges, and the bodies of the fuzz targets.
//!
//! The tests of the crates, the fuzz targets and the comparison with other implementations share
//! it. `fuzz/fuzz_targets/` hands the bodies, one module a target, to libFuzzer; the tests replay
//! the files of `fuzz/corpus/` through them.

#![expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a judge panics when it finds a fault"
)]
#![expect(
    clippy::similar_names,
    reason = "role and rule, decoder and decoded are the words of the domain"
)]
#![expect(
    clippy::exhaustive_enums,
    reason = "tests match every case of an outcome"
)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "seeded test data is cut to what fits"
)]

pub mod answer;
pub mod connection;
pub mod corpus;
pub mod cuts;
pub mod differential;
pub mod drive;
pub mod encoder_round_trip;
pub mod event;
pub mod frame_decoder;
pub mod handshake_fields;
pub mod handshake_request;
pub mod handshake_response;
pub mod handshakes;
#[cfg(feature = "deflate")]
pub mod inflate_message;
pub mod judge;
pub mod keys;
pub mod observe;
pub mod outcome;
pub mod random;
pub mod reference;
pub mod streams;
pub mod vectors;
pub mod wire;

/// The body of a fuzz target: hands the module's `run` to libFuzzer. Without libFuzzer, it replays
/// the target's corpus.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name::run(data));

        #[cfg(not(fuzzing))]
        fn main() {
            let files = $crate::corpus::replay(stringify!($name), $crate::$name::run);
            println!("{files} files");
        }
    };
}
