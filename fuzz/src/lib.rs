//! The bodies of the fuzz targets, one module a target, as plain functions of bytes: `fuzz_targets/` hands them to libFuzzer,
//! the crates' tests hand them the files of `corpus/`.
pub mod handshakes;
