//! Validation of text, and the byte at which it fails, against `core::str::from_utf8` (RFC 6455
//! §8.1, RFC 3629).

use proptest::prelude::*;
use ws_frame::Utf8;

/// The position of the first byte that no continuation could make valid, from `from_utf8` over
/// every prefix.
fn first_impossible(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|end| {
        core::str::from_utf8(&bytes[..=*end]).is_err_and(|error| error.error_len().is_some())
    })
}

/// Pushes the pieces. Returns the text, the index of the piece that was refused, and whether the
/// text may end.
fn push<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Option<usize>, bool) {
    let mut utf8 = Utf8::new();
    let mut text = String::new();
    for (index, piece) in pieces.into_iter().enumerate() {
        let checked = utf8.push(piece);
        text.extend(checked.first);
        text.push_str(checked.rest);
        if !checked.valid {
            return (text, Some(index), false);
        }
    }
    (text, None, utf8.is_complete())
}

/// Checks `bytes` at every cut in two, and byte by byte.
fn check(bytes: &[u8]) {
    let impossible = first_impossible(bytes);
    let valid_up_to =
        core::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let valid = String::from_utf8_lossy(&bytes[..valid_up_to]);
    let complete = impossible.is_none() && valid_up_to == bytes.len();

    let (text, refused, may_end) = push(bytes.iter().map(core::slice::from_ref));
    assert_eq!(
        (&*text, refused, may_end),
        (&*valid, impossible, complete),
        "{bytes:02x?}, byte by byte"
    );
    for cut in 0..=bytes.len() {
        let (text, refused, may_end) = push([&bytes[..cut], &bytes[cut..]]);
        let piece = impossible.map(|at| usize::from(at >= cut));
        assert_eq!(
            (&*text, refused, may_end),
            (&*valid, piece, complete),
            "{bytes:02x?}, cut at {cut}"
        );
    }
}

/// The bytes at the edges of every range in the table of well-formed sequences, and one inside each
/// range.
const EDGES: [u8; 30] = [
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
    0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfd, 0xff,
];

#[test]
fn f13_every_pair_of_bytes() {
    for first in 0..=255 {
        check(&[first]);
        for second in 0..=255 {
            check(&[first, second]);
        }
    }
}

#[test]
fn f13_every_three_and_four_bytes_at_the_edges() {
    for first in EDGES.into_iter().filter(|byte| *byte >= 0xc0) {
        for second in EDGES {
            for third in EDGES {
                check(&[first, second, third]);
                for fourth in [0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xff] {
                    check(&[first, second, third, fourth]);
                }
            }
        }
    }
}

#[test]
fn c63_every_character_at_every_cut() {
    let mut buffer = [0; 4];
    for character in '\0'..=char::MAX {
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        for cut in 0..bytes.len() {
            let (text, refused, may_end) = push([&bytes[..cut], &bytes[cut..]]);
            assert_eq!(
                (text.chars().next(), refused, may_end),
                (Some(character), None, true),
                "cut at {cut}"
            );
        }
    }
}

/// Around the length at which vector instructions take over, with text before and behind.
#[test]
fn t21_every_edge_of_a_block() {
    let cases: [&[u8]; 12] = [
        b"\xc3\xa9",
        b"\xe2\x82\xac",
        b"\xf0\x9f\xa6\x80",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xe2\x82",
        b"\xf0\x9f\xa6",
        b"\x80",
        b"\xff",
        b"\xe0\x80\x80",
    ];
    for case in cases {
        for before in 0..70 {
            for behind in [0, 1, 5, 64] {
                check(&[&vec![b'a'; before], case, &vec![b'b'; behind]].concat());
            }
        }
    }
}

/// Each byte of a text that spans several vectors, at each alignment.
#[test]
fn t21_any_byte_of_a_long_text() {
    let text = "naïve Größe Привет κόσμος नमस्ते 你好世界 🎉🚀 €100 and plain words between them, until several vectors are full; ".repeat(2);
    for at in 0..text.len() {
        for byte in EDGES {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            for start in [0, 6, 13] {
                let bytes = &bytes[start..];
                let (out, refused, may_end) = push([bytes]);
                let expected = core::str::from_utf8(bytes);
                let valid_up_to = expected.map_or_else(|error| error.valid_up_to(), str::len);
                let impossible = expected.is_err_and(|error| error.error_len().is_some());
                assert_eq!(
                    out.as_bytes(),
                    &bytes[..valid_up_to],
                    "{byte:02x} at {at} from {start}"
                );
                assert_eq!(
                    refused.is_some(),
                    impossible,
                    "{byte:02x} at {at} from {start}"
                );
                assert_eq!(may_end, expected.is_ok(), "{byte:02x} at {at} from {start}");
            }
        }
    }
}

proptest! {
    #[test]
    fn text_in_any_pieces(text: String, pieces in prop::collection::vec(0usize..20, 0..40)) {
        let (out, refused, may_end) = push(cut(text.as_bytes(), &pieces));
        prop_assert_eq!((out, refused, may_end), (text, None, true));
    }

    #[test]
    fn text_with_a_fault(text: String, at: prop::sample::Index, byte: u8) {
        let mut bytes = text.into_bytes();
        bytes.insert(at.index(bytes.len() + 1), byte);
        check(&bytes);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(prop::sample::select(EDGES.to_vec()), 0..20)) {
        check(&bytes);
    }
}

fn cut<'a>(mut bytes: &'a [u8], pieces: &[usize]) -> Vec<&'a [u8]> {
    let mut cut = Vec::new();
    for piece in pieces {
        let (front, back) = bytes.split_at((*piece).min(bytes.len()));
        cut.push(front);
        bytes = back;
    }
    cut.push(bytes);
    cut
}
