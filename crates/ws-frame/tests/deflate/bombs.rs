//! Messages that inflate to many times their length.

use ws_frame::ProtocolError;
use ws_frame::deflate::{Decompressor, Deflater, Inflater};
use ws_testkit::inflate_message::Case;
use ws_testkit::random::Random;

use super::inflating::HELLO;
use super::{dedicated, deflate, inflate, messages, window};

#[test]
fn c100_a_bomb_stops_at_the_limit() {
    let bomb = bomb(64 << 20);
    let mut inflater = Inflater::new(Decompressor::Dedicated, true);
    let mut message = Vec::new();
    let outcome = inflater.inflate(&mut &bomb[..], &mut message, usize::MAX, 1 << 20);
    assert_eq!(outcome, Err(ProtocolError::MessageTooBig));
    assert_eq!(message.len(), 1 << 20);
}

#[test]
fn c101_z02_the_limit_is_for_the_message_over_all_its_fragments() {
    let bomb = bomb(64 << 20);
    let mut inflater = Inflater::new(Decompressor::Dedicated, true);
    let mut message = Vec::new();
    let outcomes: Vec<_> = bomb
        .chunks(bomb.len() / 100)
        .map_while(|mut piece| {
            inflater
                .inflate(&mut piece, &mut message, usize::MAX, 1 << 20)
                .ok()
        })
        .collect();
    assert!(outcomes.len() < 3, "{} pieces of a hundred", outcomes.len());
    assert_eq!(message.len(), 1 << 20);
}

#[test]
fn c101_many_small_bombs_are_small() {
    let bomb = bomb(1 << 20);
    let case = Case {
        keeps_context: true,
        shared: false,
        room: usize::MAX,
        limit: 1 << 20,
    };
    let mut inflater = case.inflater();
    for _ in 0..20 {
        let message = case
            .inflate(&mut inflater, &bomb, &[])
            .expect("within the limit");
        assert_eq!(message.len(), 1 << 20);
    }
}

/// After each last block the decompressor must be given its history again. A message cannot cause
/// that work with a few bytes each time.
#[test]
fn r70_last_blocks_in_one_message_are_bounded() {
    let refused = |payload: &[u8]| {
        inflate(true, u64::MAX, &[HELLO, payload]).pop()
            == Some(Err(ProtocolError::TooManyFinalBlocks))
    };
    let empty = |count| b"\x03\x00".repeat(count);
    assert!(!refused(&empty(5)), "four times behind a last block");
    assert!(refused(&empty(6)));
    // Blocks with one letter each.
    let letter = |count| b"\x4b\x04\x00".repeat(count);
    assert_eq!(messages(true, &[&letter(5)]), [b"aaaaa"]);
    assert!(refused(&letter(6)));
    // One more for each sixteen bytes.
    let long = b"\x01\x0b\x00\xf4\xffeleven, and".repeat(40);
    assert_eq!(messages(true, &[&long])[0].len(), 11 * 40);
    let short = b"\x01\x08\x00\xf7\xfftoo many".repeat(40);
    assert!(refused(&short));
    // The bound holds for each message by itself.
    for messages in [&[&empty(5)[..]; 9], &[&letter(5)[..]; 9]] {
        assert!(inflate(true, u64::MAX, messages).iter().all(Result::is_ok));
    }
}

/// A MiB of empty last blocks behind a full window: refused at the bound, with the code for a
/// violation of policy.
#[test]
fn r70_a_mib_of_empty_last_blocks_is_refused_at_once() {
    let mut inflater = Inflater::new(Decompressor::Dedicated, true);
    let mut window = Random::new(70).bytes(32_768);
    window.splice(..0, [0x00, 0x00, 0x80, 0xff, 0x7f]);
    window.push(0x00);
    let _ = inflater
        .inflate(&mut &window[..], &mut Vec::new(), usize::MAX, u64::MAX)
        .expect("good");
    inflater.finish().expect("whole");
    let flood = b"\x03\x00".repeat(1 << 19);
    let mut left = &flood[..];
    let outcome = inflater.inflate(&mut left, &mut Vec::new(), usize::MAX, u64::MAX);
    assert_eq!(outcome, Err(ProtocolError::TooManyFinalBlocks));
    assert!(
        flood.len() - left.len() <= 20,
        "{} bytes taken",
        flood.len() - left.len()
    );
    assert_eq!(ProtocolError::TooManyFinalBlocks.close_code().get(), 1008);
}

/// The smallest payload that inflates to `zeros` zeros.
pub(crate) fn bomb(zeros: usize) -> Vec<u8> {
    let payload = deflate(
        &mut Deflater::new(dedicated(9, 9, 15), false, window(15)),
        &vec![0; zeros],
    );
    assert!(payload.len() < zeros / 1000, "{} bytes", payload.len());
    payload
}
