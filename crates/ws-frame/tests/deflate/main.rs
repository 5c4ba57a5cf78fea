//! permessage-deflate by itself: `Inflater` and `Deflater`, without frames.
#![cfg(feature = "deflate")]

mod bombs;
mod budget;
mod connection;
mod deflating;
mod inflating;
mod memory;
mod words;
mod zlib;

use ws_frame::ProtocolError;
use ws_frame::deflate::{
    Compressor, Deflater, Inflater, Level, MemoryLevel, Options, SharedContexts, Tuning, WindowSize,
};
use ws_testkit::cuts;
use ws_testkit::inflate_message::{Case, ROOMS};
use ws_testkit::random::Random;

/// Inflates these payloads, one a message, and checks that every cut, room and decompressor gives
/// the same result.
fn inflate(
    keeps_context: bool,
    limit: u64,
    payloads: &[&[u8]],
) -> Vec<Result<Vec<u8>, ProtocolError>> {
    let mut outcomes = Vec::new();
    for case in cases(keeps_context, limit) {
        for way in 0..40 {
            let mut inflater = case.inflater();
            let mut outcome = Vec::new();
            for payload in payloads {
                outcome.push(case.inflate(&mut inflater, payload, &cut(payload.len(), way)));
                if outcome.last().is_some_and(Result::is_err) {
                    break;
                }
            }
            outcomes.push(outcome);
        }
    }
    outcomes.dedup();
    assert_eq!(outcomes.len(), 1, "one outcome");
    outcomes.remove(0)
}

/// Every spare capacity of the output, with a dedicated and with a shared decompressor.
fn cases(keeps_context: bool, limit: u64) -> impl Iterator<Item = Case> {
    ROOMS
        .into_iter()
        .flat_map(|room| [(room, false), (room, true)])
        .map(move |(room, shared)| Case {
            keeps_context,
            shared,
            room,
            limit,
        })
}

/// Asserts that both inflaters refuse the last of these payloads.
fn refused(payloads: &[&[u8]]) {
    let mut outcome = inflate(true, u64::MAX, payloads);
    assert_eq!(outcome.len(), payloads.len(), "{outcome:?}");
    assert_eq!(outcome.pop(), Some(Err(ProtocolError::InvalidDeflate)));
}

/// The messages in these payloads.
fn messages(keeps_context: bool, payloads: &[&[u8]]) -> Vec<Vec<u8>> {
    inflate(keeps_context, u64::MAX, payloads)
        .into_iter()
        .map(|outcome| outcome.expect("a message"))
        .collect()
}

fn cut(len: usize, way: usize) -> cuts::Cuts {
    match way {
        0 => Vec::new(),
        1 => (1..len).collect(),
        2..32 if way - 1 < len => vec![way - 1],
        _ => cuts::in_many(len, &mut Random::new(way as u64)),
    }
}

#[test]
fn every_type_can_go_to_another_thread() {
    fn check<T: Send + Sync>() {}
    check::<Options>();
    check::<SharedContexts>();
    check::<Compressor>();
    check::<Inflater>();
    check::<Deflater>();
}

/// Compresses one message.
fn deflate(deflater: &mut Deflater, message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    deflater.deflate(message, true, &mut payload);
    payload
}

fn dedicated(level: u8, memory_level: u8, window_bits: u8) -> Compressor {
    Compressor::Dedicated(tuning(level, memory_level, window_bits))
}

fn shared(level: u8, memory_level: u8, window_bits: u8) -> Compressor {
    Compressor::Shared(SharedContexts::new(tuning(
        level,
        memory_level,
        window_bits,
    )))
}

fn tuning(level: u8, memory_level: u8, bits: u8) -> Tuning {
    Tuning::new()
        .level(Level::new(level).expect("1 to 9"))
        .memory_level(MemoryLevel::new(memory_level).expect("1 to 9"))
        .window(window(bits))
}

fn window(bits: u8) -> WindowSize {
    WindowSize::new(bits).expect("8 to 15")
}
