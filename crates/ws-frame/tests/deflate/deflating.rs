//! The sending rules. Both inflaters, ours and the reference, inflate what the deflater writes.

use proptest::prelude::*;
use ws_frame::deflate::{Compressor, Deflater, SharedContexts};
use ws_testkit::inflate_message::{Case, ROOMS};
use ws_testkit::random::Random;
use ws_testkit::reference::inflate::Inflate;

use super::{cut, dedicated, deflate, shared, tuning, window};

#[test]
fn x11_a_message_ends_with_the_header_of_an_empty_stored_block() {
    let mut deflater = Deflater::new(dedicated(6, 8, 15), true, window(15));
    assert_eq!(
        deflate(&mut deflater, b"Hello"),
        b"\xf2\x48\xcd\xc9\xc9\x07\x00"
    );
    assert_eq!(deflate(&mut deflater, b"Hello"), b"\xf2\x00\x11\x00\x00");
    for len in 1..2000 {
        let payload = deflate(&mut deflater, &Random::new(len as u64).bytes(len));
        assert_eq!(payload.last(), Some(&0));
        assert!(!payload.ends_with(&[0, 0, 0xff, 0xff]));
    }
}

/// Z06: incompressible input grows by a known share at most, in one piece and in fragments.
#[test]
fn z06_incompressible_input_grows_within_the_documented_bound() {
    let mut most = 0;
    for (level, memory_level) in
        (1..=9).flat_map(|level| (1..=9).map(move |memory| (level, memory)))
    {
        for bits in [8, 9, 12, 15] {
            let mut deflater =
                Deflater::new(dedicated(level, memory_level, bits), true, window(15));
            let mut random = Random::new(u64::from(bits));
            for len in [0, 1, 2, 100, 127, 128, 1000, 20_000] {
                // The bytes with the longest fixed codes, and all bytes.
                for least in [144, 0] {
                    let mut payload = random.bytes(len);
                    for byte in &mut payload {
                        *byte |= least;
                    }
                    for last in [false, true] {
                        let mut output = Vec::new();
                        deflater.deflate(&payload, last, &mut output);
                        assert!(
                            output.len() <= Deflater::longest(len),
                            "{} of {len} bytes",
                            output.len()
                        );
                        most = most.max(output.len().saturating_sub(len) * 100 / len.max(100));
                    }
                }
            }
        }
    }
    assert!(most >= 5, "the bound is far from what happens: {most} %");
    assert_eq!(Deflater::longest(6400), 6400 + 800 + 100 + 16);
    assert_eq!(Deflater::longest(usize::MAX), usize::MAX);
}

#[test]
fn x13_an_empty_message_is_one_zero_byte() {
    for compressor in [dedicated(1, 8, 15), shared(1, 8, 15)] {
        let mut deflater = Deflater::new(compressor, true, window(15));
        for message in [&b""[..], b"", b"Hello", b"", b""] {
            let payload = deflate(&mut deflater, message);
            assert_eq!(payload == [0], message.is_empty());
        }
    }
}

/// A peer with a window of 8 bits can inflate the output of a compressor that uses 9 bits.
#[test]
fn c110_x16_x18_a_window_of_8_bits_is_kept() {
    for (level, bits) in
        (1..=9).flat_map(|level| [(level, 8), (level, 9), (level, 10), (level, 11)])
    {
        let mut reference = Inflate::new(true);
        let mut deflater = Deflater::new(dedicated(level, 8, 15), true, window(bits));
        for seed in 0..8 {
            let message = repetitive(seed, 3000);
            let payload = deflate(&mut deflater, &message);
            assert_eq!(reference.message(&payload), Ok(message));
        }
        let (longest, window) = (reference.longest_distance, 1_usize << bits);
        let reach = window.max(512) - 262;
        assert!(
            (reach * 3 / 4..=reach).contains(&longest),
            "{longest} at level {level}"
        );
    }
}

#[test]
fn x15_no_message_refers_to_earlier_ones_when_they_are_forgotten() {
    for (compressor, keeps_context) in [(dedicated(6, 8, 15), false), (shared(6, 8, 15), true)] {
        let mut deflater = Deflater::new(compressor, keeps_context, window(15));
        assert!(!deflater.keeps_context());
        let message = repetitive(15, 5000);
        let first = deflate(&mut deflater, &message);
        let second = deflate(&mut deflater, &message);
        assert_eq!(first, second);
        assert_eq!(Inflate::new(false).message(&second), Ok(message));
    }
}

#[test]
fn z06_a_message_that_does_not_shrink_stays_in_step() {
    let mut deflater = Deflater::new(dedicated(6, 8, 15), true, window(15));
    let mut reference = Inflate::new(true);
    let random = Random::new(6).bytes(1000);
    for message in [&random[..], &random, b"text", &random[..500]] {
        let payload = deflate(&mut deflater, message);
        assert!(
            payload.len() <= message.len() + 11,
            "{} bytes",
            payload.len()
        );
        assert_eq!(reference.message(&payload).as_deref(), Ok(message));
    }
}

#[test]
fn z07_a_large_message_that_does_not_shrink_is_whole() {
    for level in [1, 2, 6, 9] {
        let mut deflater = Deflater::new(dedicated(level, 8, 15), true, window(15));
        let random = Random::new(7).bytes(300_000);
        let payload = deflate(&mut deflater, &random);
        assert!(payload.len() > random.len());
        assert_eq!(Inflate::new(true).message(&payload), Ok(random));
    }
}

/// All lengths around the steps by which the output buffer grows.
#[test]
fn z07_no_length_fills_the_output_to_its_edge() {
    let random = Random::new(70).bytes(40_000);
    let case = Case {
        keeps_context: false,
        shared: false,
        room: usize::MAX,
        limit: u64::MAX,
    };
    let mut inflater = case.inflater();
    let mut deflater = Deflater::new(shared(1, 8, 15), false, window(15));
    for len in (0..700).chain(32_700..32_800) {
        let payload = deflate(&mut deflater, &random[..len]);
        let message = case.inflate(&mut inflater, &payload, &[]);
        assert_eq!(message.as_deref(), Ok(&random[..len]));
    }
}

#[test]
fn each_fragment_can_be_inflated_as_it_comes() {
    for compressor in [dedicated(6, 8, 15), shared(6, 8, 15)] {
        let mut deflater = Deflater::new(compressor, true, window(15));
        let case = Case {
            keeps_context: true,
            shared: false,
            room: usize::MAX,
            limit: 1000,
        };
        let mut inflater = case.inflater();
        for fragments in [
            &["one", "", "two", "three"][..],
            &["", "one", ""],
            &["", ""],
            &["one two three"],
        ] {
            let mut message = Vec::new();
            for (i, fragment) in fragments.iter().enumerate() {
                let (mut payload, before) = (Vec::new(), message.len());
                deflater.deflate(fragment.as_bytes(), i + 1 == fragments.len(), &mut payload);
                let _ = inflater
                    .inflate(&mut &payload[..], &mut message, usize::MAX, 1000)
                    .expect("good");
                assert_eq!(&message[before..], fragment.as_bytes());
            }
            inflater.finish().expect("whole");
        }
    }
}

#[test]
fn shared_compressors_serve_threads_and_windows_at_once() {
    let contexts = SharedContexts::new(tuning(1, 8, 15));
    std::thread::scope(|scope| {
        for bits in 8..=15 {
            let compressor = Compressor::Shared(contexts.clone());
            scope.spawn(move || {
                let mut deflater = Deflater::new(compressor, true, window(bits));
                for seed in 0..50 {
                    let message = repetitive(seed, 2000);
                    let mut reference = Inflate::new(false);
                    let payload = deflate(&mut deflater, &message);
                    assert_eq!(reference.message(&payload), Ok(message));
                    assert!(reference.longest_distance <= 1 << bits);
                }
            });
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every set of parameters, with messages in fragments and payloads in pieces.
    #[test]
    fn x12_compressed_messages_inflate_again(
        settings in (1_u8..=9, 1_u8..=9, 8_u8..=15, 8_u8..=15),
        (is_shared, keeps_context) in any::<(bool, bool)>(),
        texts in prop::collection::vec(prop::collection::vec("[a-d]{0,400}|\\PC{0,40}", 1..4), 1..6),
        way in 0_usize..40,
        room in 0..ROOMS.len(),
    ) {
        let (level, memory_level, ours, agreed) = settings;
        let make = if is_shared { shared } else { dedicated };
        let mut deflater = Deflater::new(make(level, memory_level, ours), keeps_context, window(agreed));
        let case = Case { keeps_context, shared: is_shared, room: ROOMS[room], limit: u64::MAX };
        let (mut inflater, mut reference) = (case.inflater(), Inflate::new(keeps_context));
        for fragments in texts {
            let mut payload = Vec::new();
            for (i, fragment) in fragments.iter().enumerate() {
                deflater.deflate(fragment.as_bytes(), i + 1 == fragments.len(), &mut payload);
            }
            let message = fragments.concat().into_bytes();
            let inflated = case.inflate(&mut inflater, &payload, &cut(payload.len(), way));
            prop_assert_eq!(inflated.as_ref(), Ok(&message));
            prop_assert_eq!(reference.message(&payload), Ok(message));
        }
        prop_assert!(reference.longest_distance <= 1 << ours.min(agreed).max(8));
    }
}

/// Bytes that repeat at every distance.
fn repetitive(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = random.bytes(10);
    while bytes.len() < len {
        if random.one_in(3) {
            let from = random.below(bytes.len());
            let to = bytes.len().min(from + 4 + random.below(10));
            bytes.extend_from_within(from..to);
        } else {
            let len = random.below(8);
            bytes.extend(random.bytes(len));
        }
    }
    bytes
}
