//! Single frames and their order: RFC 6455 §5.1, §5.2, §5.4.

use ws_frame::{Decoder, Opcode, ProtocolError, Role};

use crate::common::{binary, feed, hex, masked, plain, refused, server, text, trickle};

#[test]
fn f1_reserved_bits_are_refused_at_the_first_byte() {
    for bits in 1..8u8 {
        for opcode in [0x1, 0x2, 0x8, 0x9, 0xA] {
            let frame = masked(0x80 | bits << 4 | opcode, b"");
            assert_eq!(
                refused(Role::Server, &frame),
                (ProtocolError::ReservedBits, 1)
            );
        }
        let begun = masked(0x01, b"a");
        let frames = [&begun[..], &masked(0x80 | bits << 4, b"b")].concat();
        assert_eq!(
            refused(Role::Server, &frames),
            (ProtocolError::ReservedBits, begun.len() + 1)
        );
    }
}

#[test]
fn f1_rsv1_is_let_through_where_it_is_allowed() {
    let decode = |first: u8| {
        let mut frame = masked(first, b"");
        Decoder::new(Role::Server)
            .allow_rsv1(true)
            .decode(&mut &mut frame[..])
            .map(|chunk| chunk.unwrap().header)
    };
    assert!(decode(0xC1).unwrap().rsv1);
    assert!(decode(0x42).unwrap().rsv1);
    assert!(!decode(0x81).unwrap().rsv1);
    for first in [0xC8, 0xC9, 0xCA, 0xE1, 0xD1, 0xA1, 0xC0] {
        assert_eq!(decode(first), Err(ProtocolError::ReservedBits), "{first:x}");
    }
}

#[test]
fn f2_reserved_opcodes_are_refused_at_the_first_byte() {
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        for fin in [0x00, 0x80] {
            let frame = masked(fin | opcode, b"");
            assert_eq!(
                refused(Role::Server, &frame),
                (ProtocolError::ReservedOpcode, 1)
            );
        }
    }
}

#[test]
fn f3_longer_lengths_than_needed_are_refused_once_known() {
    for (frame, known_at) in [
        ("81 fe 00 05", 4),
        ("81 fe 00 7d", 4),
        ("81 fe 00 00", 4),
        ("81 ff 00 00 00 00 00 00 00 05", 10),
        ("82 ff 00 00 00 00 00 00 ff ff", 10),
        ("82 ff 00 00 00 00 00 00 00 00", 10),
    ] {
        let frame = hex(frame);
        assert_eq!(
            refused(Role::Server, &frame),
            (ProtocolError::NonMinimalLength, known_at)
        );
        let whole = [&frame[..], &hex("00 00 00 00"), &vec![0; 70_000]].concat();
        assert_eq!(
            refused(Role::Server, &whole),
            (ProtocolError::NonMinimalLength, known_at)
        );
    }
}

#[test]
fn f3_shortest_lengths_are_read() {
    for len in [0, 1, 125, 126, 127, 65_535, 65_536] {
        let payload = vec![7; len];
        assert_eq!(
            feed(&mut server(), &masked(0x82, &payload)).0,
            [binary(&payload)]
        );
        assert_eq!(
            trickle(&mut server(), &masked(0x82, &payload)).0,
            [binary(&payload)]
        );
    }
}

#[test]
fn f4_top_bit_of_a_64_bit_length_is_refused_at_its_first_byte() {
    for frame in [
        "82 ff 80 00 00 00 00 00 00 00",
        "82 ff ff ff ff ff ff ff ff ff",
    ] {
        assert_eq!(
            refused(Role::Server, &hex(frame)),
            (ProtocolError::LengthOutOfRange, 3)
        );
    }
}

#[test]
fn f5_server_refuses_unmasked_at_the_second_byte() {
    for first in [0x81, 0x82, 0x88, 0x89, 0x8A] {
        assert_eq!(
            refused(Role::Server, &plain(first, b"Hello")),
            (ProtocolError::Unmasked, 2)
        );
        assert_eq!(
            refused(Role::Server, &plain(first, b"")),
            (ProtocolError::Unmasked, 2)
        );
    }
}

#[test]
fn f6_client_refuses_masked_at_the_second_byte() {
    for first in [0x81, 0x82, 0x88, 0x89, 0x8A] {
        assert_eq!(
            refused(Role::Client, &masked(first, b"Hello")),
            (ProtocolError::Masked, 2)
        );
        assert_eq!(
            refused(Role::Client, &masked(first, b"")),
            (ProtocolError::Masked, 2)
        );
    }
}

#[test]
fn f7_control_frames_are_neither_fragments_nor_long() {
    for opcode in [0x8, 0x9, 0xA] {
        assert_eq!(
            refused(Role::Server, &masked(opcode, b"")),
            (ProtocolError::FragmentedControl, 1)
        );
        for second in [126, 127] {
            let header = [0x80 | opcode, 0x80 | second, 0, 126];
            assert_eq!(
                refused(Role::Server, &header),
                (ProtocolError::ControlTooLong, 2)
            );
        }
    }
    assert_eq!(feed(&mut server(), &masked(0x8A, &[7; 125])).0.len(), 1);
}

#[test]
fn f8_continuations_only_inside_a_message_and_messages_only_outside() {
    for first in [0x00, 0x80] {
        assert_eq!(
            refused(Role::Server, &masked(first, b"a")),
            (ProtocolError::UnexpectedContinuation, 1)
        );
    }
    let begun = masked(0x01, b"a");
    for first in [0x01, 0x02, 0x81, 0x82] {
        let frames = [&begun[..], &masked(first, b"b")].concat();
        assert_eq!(
            refused(Role::Server, &frames),
            (ProtocolError::ExpectedContinuation, begun.len() + 1)
        );
    }
    let ended = [&begun[..], &masked(0x80, b"b")].concat();
    let frames = [&ended[..], &masked(0x80, b"c")].concat();
    assert_eq!(
        refused(Role::Server, &frames),
        (ProtocolError::UnexpectedContinuation, ended.len() + 1)
    );
}

#[test]
fn f11_empty_frames_are_legal_anywhere() {
    for bytes in [
        [masked(0x81, b"")].concat(),
        [masked(0x01, b""), masked(0x80, b"")].concat(),
        [masked(0x01, b""), masked(0x00, b""), masked(0x80, b"")].concat(),
    ] {
        assert_eq!(feed(&mut server(), &bytes).0, [text("")]);
        assert_eq!(trickle(&mut server(), &bytes).0, [text("")]);
    }
    let bytes = [
        masked(0x02, b""),
        masked(0x00, b"a"),
        masked(0x00, b""),
        masked(0x80, b"b"),
    ]
    .concat();
    assert_eq!(feed(&mut server(), &bytes).0, [binary(b"ab")]);
}

#[test]
fn f12_fragments_make_one_message() {
    let bytes = [
        masked(0x01, b"Hel"),
        masked(0x00, b"l"),
        masked(0x80, b"o"),
        masked(0x82, b"!"),
    ]
    .concat();
    assert_eq!(feed(&mut server(), &bytes).0, [text("Hello"), binary(b"!")]);
}

#[test]
fn f23_pieces_do_not_matter() {
    let bytes = [
        masked(0x01, "Grüße".as_bytes()),
        masked(0x89, b"ping"),
        masked(0x80, &[b'!'; 200]),
        masked(0x82, &vec![9; 70_000]),
        masked(0x88, b"\x03\xe8bye"),
    ]
    .concat();
    let whole = feed(&mut server(), &bytes);
    assert_eq!(trickle(&mut server(), &bytes), whole);
    for cut in (0..300).chain(70_000..bytes.len()) {
        let mut connection = server();
        let (mut events, mut output) = feed(&mut connection, &bytes[..cut]);
        let rest = feed(&mut connection, &bytes[cut..]);
        events.extend(rest.0);
        output.extend(rest.1);
        assert_eq!((events, output), whole);
    }
}

#[test]
fn f24_a_decoder_gives_its_error_once_and_then_nothing() {
    let mut decoder = Decoder::new(Role::Server);
    let mut bytes = [masked(0x83, b""), masked(0x81, b"Hello")].concat();
    let mut input = &mut bytes[..];
    assert_eq!(
        decoder.decode(&mut input).unwrap_err(),
        ProtocolError::ReservedOpcode
    );
    assert!(decoder.decode(&mut input).unwrap().is_none());
    let mut more = masked(0x81, b"Hello");
    let mut input = &mut more[..];
    assert!(decoder.decode(&mut input).unwrap().is_none());
    assert!(input.is_empty());
}

#[test]
fn f10_n5_a_decoder_looks_at_nothing_after_a_close() {
    let mut decoder = Decoder::new(Role::Server);
    let mut bytes = [masked(0x88, b"\x03\xe8"), masked(0x83, b"")].concat();
    let mut input = &mut bytes[..];
    assert_eq!(
        decoder.decode(&mut input).unwrap().unwrap().header.opcode,
        Opcode::Close
    );
    assert!(decoder.decode(&mut input).unwrap().is_none());
    assert!(input.is_empty());
}

#[test]
fn chunks_tell_where_they_stand() {
    let mut decoder = Decoder::new(Role::Client);
    let mut places = Vec::new();
    let mut bytes = [plain(0x02, b"abcd"), plain(0x80, b"")].concat();
    for bytes in bytes.chunks_mut(3) {
        let mut input = bytes;
        while let Some(chunk) = decoder.decode(&mut input).unwrap() {
            let place = (chunk.is_first(), chunk.is_last(), chunk.ends_message());
            places.push((chunk.payload.to_vec(), chunk.remaining, place));
        }
    }
    assert_eq!(
        places,
        [
            (b"a".to_vec(), 3, (true, false, false)),
            (b"bcd".to_vec(), 0, (false, true, false)),
            (b"".to_vec(), 0, (true, true, true)),
        ]
    );
}
