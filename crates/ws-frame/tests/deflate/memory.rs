//! Memory of each choice of parameters, counted. The table in the documentation of `deflate` has
//! these numbers.

use allocation_counter::measure;
use ws_frame::ProtocolError;
use ws_frame::deflate::{Compressor, Decompressor, Deflater, Inflater, SharedContexts, Tuning};
use ws_testkit::random::Random;

use super::{bombs::bomb, dedicated, deflate, shared, window};

/// The limit and a constant. While a vector grows, the counter sees the old and the new allocation.
#[test]
fn c100_c101_a_bomb_costs_the_limit_and_a_constant() {
    let bomb = bomb(64 << 20);
    let limit = 1 << 20;
    for pieces in [1, 100] {
        let (mut inflater, mut message) =
            (Inflater::new(Decompressor::Dedicated, true), Vec::new());
        let cost = measure(|| {
            let outcome = bomb.chunks(bomb.len() / pieces).find_map(|mut piece| {
                inflater
                    .inflate(&mut piece, &mut message, usize::MAX, limit)
                    .err()
            });
            assert_eq!(outcome, Some(ProtocolError::MessageTooBig));
        });
        let constant = 80 << 10;
        assert!(
            cost.bytes_current.unsigned_abs() <= limit + constant,
            "{cost:?}"
        );
        assert!(cost.bytes_max <= 2 * limit + constant, "{cost:?}");
    }
}

#[test]
fn c113_contexts_are_made_at_first_use() {
    let contexts = SharedContexts::default();
    for compressor in [dedicated(1, 8, 15), Compressor::Shared(contexts.clone())] {
        let cost = measure(|| std::mem::forget(Deflater::new(compressor, true, window(15))));
        assert_eq!(cost.bytes_total, 0);
    }
    for decompressor in [Decompressor::Dedicated, Decompressor::Shared(contexts)] {
        let cost = measure(|| std::mem::forget(Inflater::new(decompressor, true)));
        assert_eq!(cost.bytes_total, 0);
    }
}

#[test]
fn c113_a_dedicated_compressor_costs_by_its_tuning() {
    let cost = |compressor, bits| {
        let mut deflater = Deflater::new(compressor, true, window(bits));
        let mut payload = Vec::with_capacity(100);
        held(|| deflater.deflate(b"text", true, &mut payload))
    };
    for (memory_level, bits, kib) in COMPRESSORS {
        assert_eq!(
            cost(dedicated(1, memory_level, 15), bits).div_ceil(1024),
            kib,
            "{memory_level}, {bits}"
        );
        assert_eq!(
            cost(dedicated(1, memory_level, bits), 15).div_ceil(1024),
            kib,
            "{memory_level}, {bits}"
        );
    }
}

/// Memory level, window bits, KiB.
const COMPRESSORS: [(u8, u8, u64); 5] = [
    (1, 9, 134),
    (1, 12, 148),
    (5, 12, 162),
    (5, 15, 274),
    (8, 15, 372),
];

#[test]
fn c113_a_shared_compressor_costs_a_connection_nothing() {
    let compressor = shared(1, 8, 15);
    let connect = || Deflater::new(compressor.clone(), true, window(15));
    deflate(&mut connect(), b"text");
    let mut deflater = connect();
    let mut payload = Vec::with_capacity(100);
    assert_eq!(held(|| deflater.deflate(b"text", true, &mut payload)), 0);
}

#[test]
fn c113_a_decompressor_costs_by_what_it_remembers() {
    let contexts = SharedContexts::new(Tuning::default());
    let shared = Decompressor::Shared(contexts);
    let long = deflate(
        &mut Deflater::new(dedicated(1, 8, 15), false, window(15)),
        &Random::new(1).bytes(100_000),
    );
    let cost = |source: &Decompressor, keeps_context, payload: &[u8]| {
        let mut inflater = Inflater::new(source.clone(), keeps_context);
        let mut message = Vec::with_capacity(200_000);
        held(|| {
            let _ = inflater
                .inflate(&mut &payload[..], &mut message, usize::MAX, u64::MAX)
                .expect("good");
            inflater.finish().expect("whole");
        })
    };
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    cost(&shared, true, hello);
    assert_eq!(cost(&shared, true, hello), 5);
    assert_eq!(cost(&shared, true, &long), 32 << 10);
    assert_eq!(cost(&shared, false, &long), 0);
    assert_eq!(
        cost(&Decompressor::Dedicated, true, hello).div_ceil(1024),
        47
    );
    assert_eq!(
        cost(&Decompressor::Dedicated, true, &long).div_ceil(1024),
        79
    );
    assert_eq!(
        cost(&Decompressor::Dedicated, false, &long).div_ceil(1024),
        47
    );
}

/// Bytes that `work` leaves allocated.
fn held(work: impl FnOnce()) -> u64 {
    u64::try_from(measure(work).bytes_current).expect("no less than before")
}
