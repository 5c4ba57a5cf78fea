//! The receiving rules, X9 to X22, and the rows of the fault list that concern sequences of
//! messages.

use proptest::prelude::*;
use ws_frame::ProtocolError;
use ws_frame::deflate::{Decompressor, Inflater, SharedContexts};
use ws_testkit::inflate_message::{Case, ROOMS};
use ws_testkit::random::Random;

use super::{cut, dedicated, deflate, inflate, messages, refused, window};
use ws_frame::deflate::Deflater;

pub(crate) const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const HELLO_AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

#[test]
fn c102_x19_the_limit_is_inclusive() {
    let message: Vec<u8> = Random::new(102).text(3000).into_bytes();
    let payload = deflate(
        &mut Deflater::new(dedicated(6, 8, 15), true, window(15)),
        &message,
    );
    let len = message.len() as u64;
    assert_eq!(inflate(true, len, &[&payload]), [Ok(message)]);
    assert_eq!(
        inflate(true, len - 1, &[&payload]),
        [Err(ProtocolError::MessageTooBig)]
    );
    assert_eq!(
        inflate(true, 0, &[HELLO]),
        [Err(ProtocolError::MessageTooBig)]
    );
    assert_eq!(inflate(true, 0, &[b"\x00"]), [Ok(vec![])]);
}

#[test]
fn c103_x12_malformed_deflate_is_refused() {
    refused(&[b"\x07"]);
    refused(&[b"\x00\x05\x00\xfb\xffHello\x00"]);
    refused(&[HELLO, b"\x07"]);
    refused(&[b"\xff\xff\xff\xff"]);
}

#[test]
fn c104_x15_a_message_refers_to_earlier_ones_if_there_are_any() {
    refused(&[HELLO_AGAIN]);
    assert_eq!(
        messages(true, &[HELLO, HELLO_AGAIN, HELLO_AGAIN]),
        [b"Hello"; 3]
    );
    let outcome = inflate(false, u64::MAX, &[HELLO, HELLO_AGAIN]);
    assert_eq!(
        outcome,
        [Ok(b"Hello".to_vec()), Err(ProtocolError::InvalidDeflate)]
    );
}

#[test]
fn c104_z03_the_window_outlives_messages_of_any_size() {
    let mut deflater = Deflater::new(dedicated(6, 8, 15), true, window(15));
    let texts: Vec<Vec<u8>> = [10_000, 10, 0, 2000, 30_000, 10]
        .map(|chars| Random::new(7).text(chars).into_bytes())
        .into();
    let payloads: Vec<Vec<u8>> = texts
        .iter()
        .map(|text| deflate(&mut deflater, text))
        .collect();
    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    assert!(
        payloads[1].len() < 10 && payloads[3].len() < 200,
        "they refer back"
    );
    assert_eq!(messages(true, &payloads), texts);
}

/// A distance may reach back over all bytes that there are, at most 32 KiB, whatever window was
/// agreed and however the output is cut.
#[test]
fn c105_x17_a_distance_beyond_the_agreed_window_is_good() {
    let mut far = Random::new(105).bytes(2000);
    far.extend_from_within(..1900);
    let payload = deflate(
        &mut Deflater::new(dedicated(9, 8, 15), true, window(15)),
        &far,
    );
    assert!(payload.len() < 2300);
    assert_eq!(messages(true, &[&payload]), [far]);
}

#[test]
fn c105_x17_the_window_ends_at_32_kib() {
    let stored = |bytes: &[u8]| {
        let len = u16::try_from(bytes.len()).expect("one block");
        [
            &[0][..],
            &len.to_le_bytes(),
            &(!len).to_le_bytes(),
            bytes,
            &[0],
        ]
        .concat()
    };
    let history = Random::new(7).bytes(32_767);
    // A block of fixed codes that copies 3 bytes from 32,768 bytes back, and the header of an empty
    // stored block.
    let copy = b"\x02\xde\xff\x0f\x00";
    let fill = |more: &[u8]| stored(&[more, &history].concat());
    assert_eq!(
        messages(true, &[&fill(b"x"), copy])[1],
        [&b"x"[..], &history[..2]].concat()
    );
    refused(&[&fill(b""), copy]);
}

#[test]
fn c106_x22_a_message_cut_inside_a_block_is_refused() {
    refused(&[b"\x00\x40\x00\xbf\xff"]);
    refused(&[b"\xf2\x48\xcd"]);
    refused(&[b""]);
    refused(&[HELLO, b""]);
    refused(&[b"\xf3\x48\xcd\xc9\xc9\x07\x00", b""]);
    // The payload ends with a block that is not the last; the header of the empty stored block is
    // missing.
    refused(&[b"\xf2\x48\xcd\xc9\xc9\x07"]);
    // The payload ends inside the header of a stored block, or inside a stored block that the tail
    // fills exactly.
    refused(&[b"\x00\x00"]);
    refused(&[b"\x00\x04\x00\xfb\xff"]);
    // The sender did not remove the tail.
    refused(&[b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"]);
}

#[test]
fn c106_x22_every_cut_of_a_message_is_refused() {
    let message = "the same words again and again, ".repeat(10);
    for level in [1, 6] {
        let payload = deflate(
            &mut Deflater::new(dedicated(level, 8, 15), true, window(15)),
            message.as_bytes(),
        );
        let case = Case {
            keeps_context: true,
            shared: false,
            room: usize::MAX,
            limit: u64::MAX,
        };
        for len in 0..payload.len() {
            let outcome = case.inflate(&mut case.inflater(), &payload[..len], &[]);
            assert_eq!(outcome, Err(ProtocolError::InvalidDeflate), "{len} bytes");
        }
    }
}

/// The tail completes the codes of a block and its end: at the edge of a byte, or up to seven bits
/// before it.
#[test]
fn x22_a_tail_that_ends_a_block_must_end_it_at_the_edge_of_a_byte() {
    assert_eq!(messages(true, &[&ended_by_the_tail(0), HELLO])[1], b"Hello");
    for left in 1..=4 {
        refused(&[&ended_by_the_tail(left)]);
    }
}

/// A block whose codes have three bits: eight literals, the end among them, and eight distances.
/// The code lengths take one bit each: 0 for none, 1 for three bits. The ones in the tail are the
/// last lengths of the literals, all lengths of the distances, and the end of the block; `left`
/// ones are over.
fn ended_by_the_tail(left: usize) -> Vec<u8> {
    let in_tail = 16 - 8 - 3 - left;
    let mut bits = Bits::default();
    // Blocks of fixed codes in front, so that the payload ends with a whole byte: one of 19 bits
    // with a literal, the others empty and of 10 bits.
    if in_tail % 2 == 1 {
        bits.push("010 110010000 0000000");
    }
    let len = 3 + 14 + 14 * 3 + (257 - in_tail - 16);
    while !(bits.len + len).is_multiple_of(8) {
        bits.push("010 0000000");
    }
    // 257 literals, 8 distances, 14 lengths of lengths: only those for "none" and "three bits" are
    // set, to one bit.
    bits.push("001 00000 11100 0101");
    bits.push("000 000 000 100 000 000 000 000 000 000 000 000 000 100");
    let early = 8 - in_tail;
    bits.push(&"1".repeat(early));
    bits.push(&"0".repeat(257 - early - in_tail - 16));
    assert_eq!(bits.len % 8, 0);
    bits.bytes
}

/// Bits in the order in which DEFLATE sends them, the lowest of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bits: &str) {
        for bit in bits.chars().filter(|bit| *bit != ' ') {
            if self.len.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let byte = self.bytes.last_mut().expect("one was pushed");
            *byte |= u8::from(bit == '1') << (self.len % 8);
            self.len += 1;
        }
    }
}

#[test]
fn c107_x14_every_form_of_hello() {
    let forms: [&[u8]; 8] = [
        HELLO,
        b"\x00\x05\x00\xfa\xffHello\x00",
        b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
        // Stored blocks, of which one is the last.
        b"\x00\x02\x00\xfd\xffHe\x01\x03\x00\xfc\xffllo\x00",
        // The empty stored block, whose end the sender removed, is the last.
        b"\x00\x05\x00\xfa\xffHello\x01",
        // The last block ends the payload.
        b"\xf3\x48\xcd\xc9\xc9\x07\x00",
        // Empty blocks, last and not last, before and behind.
        b"\x03\x00\x00\x00\x00\xff\xff\x03\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x03\x00\x00",
    ];
    for form in forms {
        assert_eq!(
            messages(true, &[form, HELLO_AGAIN]),
            [b"Hello"; 2],
            "{form:x?}"
        );
        assert_eq!(
            messages(false, &[form, HELLO, form]),
            [b"Hello"; 3],
            "{form:x?}"
        );
    }
}

/// `RUNS=10000000` runs as many as the fault list asks for.
#[test]
fn c115_random_bytes_do_no_harm() {
    let runs = std::env::var("RUNS").map_or(20_000, |runs| runs.parse().expect("a number"));
    let mut random = Random::new(115);
    for _ in 0..runs {
        let messages: Vec<Vec<u8>> = (0..3)
            .map(|_| {
                let len = random.below(60);
                random.bytes(len)
            })
            .collect();
        let case = case(random.below(20), 1 << random.below(16));
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        case.check(&messages, |len| cut(len, len % 40));
    }
}

#[test]
fn x13_z11_an_empty_message_is_one_zero_byte() {
    assert_eq!(
        messages(true, &[b"\x00", b"\x00", HELLO]),
        [&b""[..], b"", b"Hello"]
    );
    // An empty payload is not DEFLATE (C-106), and the tail alone is not either.
    refused(&[b"\x00\x00\xff\xff"]);
}

#[test]
fn x14_a_block_behind_the_last_one_refers_to_what_was_before() {
    let restarted = b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00";
    assert_eq!(
        messages(true, &[restarted, HELLO_AGAIN]),
        [&b"HelloHello"[..], b"Hello"]
    );
    assert_eq!(messages(false, &[restarted]), [b"HelloHello"]);
    // Also beyond a whole window, and after parts were handed over.
    let text = Random::new(14).text(30_000).into_bytes();
    let mut payload = deflate(
        &mut Deflater::new(dedicated(6, 8, 15), true, window(15)),
        &text,
    );
    payload.extend_from_slice(b"\x00\x00\xff\xff\x03\x00\x02\xde\xff\x0f\x00");
    let window = &text[text.len() - 32_768..];
    assert_eq!(
        messages(false, &[&payload]),
        [[&text, &window[..3]].concat()]
    );
}

#[test]
fn z01_a_last_block_that_ends_inside_a_byte() {
    assert_eq!(messages(true, &[b"\x03\x80", HELLO]), [&b""[..], b"Hello"]);
}

#[test]
fn z08_two_streams_in_one_message() {
    let twice = b"\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
    assert_eq!(messages(true, &[twice]), [b"HelloHello"]);
    // Bytes behind the last block that are not a DEFLATE stream.
    refused(&[b"\xf3\x48\xcd\xc9\xc9\x07\x00\x07"]);
}

/// C-125: a decompressor holds nothing of one connection when the next one uses it.
#[test]
fn c125_a_shared_decompressor_tells_nothing_of_others() {
    let contexts = SharedContexts::default();
    let mut one = Inflater::new(Decompressor::Shared(contexts.clone()), true);
    let mut other = Inflater::new(Decompressor::Shared(contexts), true);
    let case = Case {
        keeps_context: true,
        shared: true,
        room: 64,
        limit: 100,
    };
    assert_eq!(case.inflate(&mut one, HELLO, &[]), Ok(b"Hello".to_vec()));
    assert_eq!(
        case.inflate(&mut other, b"\x00\x05\x00\xfa\xffHoops\x00", &[]),
        Ok(b"Hoops".to_vec())
    );
    assert_eq!(
        case.inflate(&mut one, HELLO_AGAIN, &[]),
        Ok(b"Hello".to_vec())
    );
    assert_eq!(
        case.inflate(&mut other, HELLO_AGAIN, &[]),
        Ok(b"Hoops".to_vec())
    );
}

/// A shared decompressor belongs to one message until the message ends.
#[test]
fn messages_on_shared_decompressors_may_overlap() {
    let contexts = SharedContexts::default();
    let mut inflaters: Vec<_> = (0..40)
        .map(|_| {
            (
                Inflater::new(Decompressor::Shared(contexts.clone()), true),
                Vec::new(),
            )
        })
        .collect();
    for byte in HELLO {
        for (inflater, message) in &mut inflaters {
            let _ = inflater
                .inflate(&mut &[*byte][..], message, usize::MAX, 5)
                .expect("not yet over");
        }
    }
    for (mut inflater, message) in inflaters {
        inflater.finish().expect("a whole message");
        assert_eq!(message, b"Hello");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f23_broken_payloads_break_the_same_everywhere(
        text in ".{0,300}",
        at: prop::sample::Index,
        flip: u8,
        way in 0_usize..40,
        kind in 0_usize..20,
        limit in 0_u64..400,
    ) {
        let mut deflater = Deflater::new(dedicated(6, 8, 15), true, window(15));
        let first = deflate(&mut deflater, text.as_bytes());
        let mut second = deflate(&mut deflater, text.as_bytes());
        let at = at.index(second.len());
        second[at] ^= flip;
        case(kind, limit).check(&[&first, &second, &second], |len| cut(len, way));
    }
}

fn case(kind: usize, limit: u64) -> Case {
    Case {
        keeps_context: kind & 1 != 0,
        shared: kind & 2 != 0,
        room: ROOMS[kind / 4],
        limit,
    }
}
