//! What the proofs share: the vectors, a second decoder, and the bodies of the fuzz targets.
//!
//! `fuzz_targets/` hands the bodies, one module a target, to libFuzzer; the crates' tests hand them the files of `corpus/`.
//! Vectors and second decoder live here as well, since the tests of several crates, the targets and the comparison with other
//! implementations all read them, and this is the one library that all of these may depend on.

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

/// The whole of a fuzz target: hands the module's `run` to libFuzzer. Without libFuzzer, it replays the target's corpus.
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
