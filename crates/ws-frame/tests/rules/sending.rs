//! Sending: RFC 6455 §5, §6, §7.4.

use std::cell::Cell;

use ws_frame::{
    CloseCode, Config, Connection, Encoder, Event, Message, Opcode, Prepared, ProtocolError,
    SendError,
};

use crate::common::{binary, feed, masked, plain, server, text};

fn client() -> Connection {
    Connection::client(Config::new(), || [1, 2, 3, 4])
}

fn written(send: impl FnOnce(&mut Vec<u8>) -> Result<(), SendError>) -> Vec<u8> {
    let mut output = Vec::new();
    assert_eq!(send(&mut output), Ok(()));
    output
}

#[test]
fn f17_each_frame_has_a_key_of_its_own() {
    thread_local!(static DRAWN: Cell<u8> = const { Cell::new(0) });
    let keys = || {
        DRAWN.set(DRAWN.get() + 1);
        [DRAWN.get(); 4]
    };
    let mut connection = Connection::client(Config::new(), keys);
    let output = written(|output| {
        connection.send_text("\0\0", output)?;
        connection.send_ping(b"\0", output)
    });
    assert_eq!(
        output,
        [0x81, 0x82, 1, 1, 1, 1, 1, 1, 0x89, 0x81, 2, 2, 2, 2, 2]
    );
}

#[test]
fn f18_a_payload_masked_in_pieces_or_copied_is_the_same() {
    let payload: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let whole = masked(0x82, &payload);
    for piece in 1..40 {
        let mut encoder = Encoder::client(|| [1, 2, 3, 4]);
        let mut header = encoder.frame(Opcode::Binary, true, 1000).unwrap();
        let mut copying = header;
        let mut in_place = payload.clone();
        in_place
            .chunks_mut(piece)
            .for_each(|piece| header.mask(piece));
        let mut copied = vec![0; 1000];
        for (from, to) in payload.chunks(piece).zip(copied.chunks_mut(piece)) {
            assert_eq!(copying.mask_copy(from, to), from.len());
        }
        assert_eq!([copying.as_bytes(), &in_place].concat(), whole);
        assert_eq!(copied, in_place);
    }
}

/// The output buffer begins at any place, with ample spare capacity, exactly enough, or a few bytes
/// too little.
#[test]
fn f18_messages_of_all_lengths_to_400_are_written_alike() {
    let bytes: Vec<u8> = (0..=255).cycle().take(400).collect();
    for len in 0..=400 {
        let payload = &bytes[..len];
        for (mut connection, frame) in [
            (client(), masked(0x82, payload)),
            (server(), plain(0x82, payload)),
        ] {
            for before in 0..64 {
                let end = before + frame.len();
                for room in (end.saturating_sub(9).max(before)..=end).chain([4096]) {
                    let mut output = Vec::with_capacity(room);
                    output.resize(before, 0xee);
                    assert_eq!(connection.send_binary(payload, &mut output), Ok(()));
                    assert!(
                        output[before..] == frame,
                        "{len} bytes after {before} in {room}"
                    );
                    let has_grown = output.capacity() != room;
                    assert_eq!(
                        has_grown,
                        room < end,
                        "{len} bytes after {before} in {room}"
                    );
                }
            }
        }
    }
}

#[test]
fn f21_lengths_are_written_in_their_shortest_form() {
    for (len, header) in [
        (0, &b"\x82\x00"[..]),
        (125, b"\x82\x7d"),
        (126, b"\x82\x7e\x00\x7e"),
        (65_535, b"\x82\x7e\xff\xff"),
        (65_536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        (u64::MAX >> 1, b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"),
    ] {
        let encoded = Encoder::server().frame(Opcode::Binary, true, len).unwrap();
        assert_eq!(encoded.as_bytes(), header);
        let encoded = Encoder::client(|| [9; 4])
            .frame(Opcode::Binary, true, len)
            .unwrap();
        let mut expected = [header, &[9; 4]].concat();
        expected[1] |= 0x80;
        assert_eq!(encoded.as_bytes(), expected);
    }
    assert_eq!(
        Encoder::server()
            .frame(Opcode::Binary, true, 1 << 63)
            .unwrap_err(),
        SendError::TooLong
    );
}

#[test]
fn f21_the_mask_bit_is_that_of_the_role() {
    let payload: Vec<u8> = (0..=255).cycle().take(300).collect();
    assert_eq!(
        written(|output| server().send_binary(&payload, output)),
        plain(0x82, &payload)
    );
    assert_eq!(
        written(|output| client().send_binary(&payload, output)),
        masked(0x82, &payload)
    );
    assert_eq!(
        written(|output| client().send_text("", output)),
        masked(0x81, b"")
    );
}

#[test]
fn f22_control_frames_are_short_and_whole() {
    let long = [0; 126];
    for mut connection in [server(), client()] {
        let mut output = Vec::new();
        assert_eq!(
            connection.send_ping(&long, &mut output),
            Err(SendError::ControlTooLong)
        );
        assert_eq!(
            connection.send_pong(&long, &mut output),
            Err(SendError::ControlTooLong)
        );
        let reason = "r".repeat(124);
        let refused = connection.close(CloseCode::NORMAL, &reason, &mut output);
        assert_eq!(refused, Err(SendError::ControlTooLong));
        assert_eq!(output, b"");
        connection.send_ping(&long[..125], &mut output).unwrap();
    }
    for opcode in [Opcode::Close, Opcode::Ping, Opcode::Pong] {
        let mut encoder = Encoder::server();
        assert_eq!(
            encoder.frame(opcode, false, 0).unwrap_err(),
            SendError::FragmentedControl
        );
        assert_eq!(
            encoder.frame(opcode, true, 126).unwrap_err(),
            SendError::ControlTooLong
        );
        assert!(!encoder.is_closed());
    }
}

#[test]
fn f22_codes_that_may_not_travel_cannot_be_made() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        assert_eq!(CloseCode::new(code), None);
    }
    let wanted = CloseCode::EXTENSION_REQUIRED;
    let mut output = Vec::new();
    assert_eq!(
        server().close(wanted, "", &mut output),
        Err(SendError::ClientCloseCode)
    );
    assert_eq!(output, b"");
    client().close(wanted, "", &mut output).unwrap();
    for mut connection in [server(), client()] {
        connection
            .close(CloseCode::INTERNAL_ERROR, "", &mut output)
            .unwrap();
    }
}

#[test]
fn f22_fragments_follow_the_order_that_is_asked_of_peers() {
    let mut encoder = Encoder::server();
    assert_eq!(
        encoder.frame(Opcode::Continuation, true, 0).unwrap_err(),
        SendError::NoMessage
    );
    encoder.frame(Opcode::Text, false, 0).unwrap();
    assert_eq!(
        encoder.frame(Opcode::Text, true, 0).unwrap_err(),
        SendError::MessageUnfinished
    );
    encoder.frame(Opcode::Ping, true, 0).unwrap();
    encoder.frame(Opcode::Continuation, false, 0).unwrap();
    encoder.frame(Opcode::Continuation, true, 0).unwrap();
    assert_eq!(
        encoder.frame(Opcode::Continuation, true, 0).unwrap_err(),
        SendError::NoMessage
    );
    encoder.frame(Opcode::Binary, true, 0).unwrap();
}

#[test]
fn n17_control_frames_go_between_fragments_and_nothing_else_does() {
    let mut connection = server();
    let mut output = Vec::new();
    connection
        .send_text_fragment("a", false, &mut output)
        .unwrap();
    assert_eq!(
        connection.send_text("b", &mut output),
        Err(SendError::MessageUnfinished)
    );
    assert_eq!(
        connection.send_binary_fragment(b"b", true, &mut output),
        Err(SendError::MessageUnfinished)
    );
    let prepared = Prepared::new(Message::Text("b"));
    assert_eq!(
        connection.send_prepared(&prepared, &mut output),
        Err(SendError::MessageUnfinished)
    );
    assert_eq!(
        connection.share(&prepared).unwrap_err(),
        SendError::MessageUnfinished
    );
    assert_eq!(
        connection.header(Message::Text("b")).unwrap_err(),
        SendError::MessageUnfinished
    );
    connection.send_ping(b"", &mut output).unwrap();
    connection
        .send_text_fragment("b", false, &mut output)
        .unwrap();
    connection
        .send_text_fragment("", true, &mut output)
        .unwrap();
    connection
        .send_binary_fragment(b"c", true, &mut output)
        .unwrap();
    assert_eq!(output, b"\x01\x01a\x89\x00\x00\x01b\x80\x00\x82\x01c");
}

#[test]
fn n17_a_pong_goes_between_fragments() {
    let mut connection = server();
    let mut output = Vec::new();
    connection
        .send_text_fragment("a", false, &mut output)
        .unwrap();
    connection.receive(&mut &mut masked(0x89, b"")[..], &mut output);
    connection
        .send_text_fragment("b", true, &mut output)
        .unwrap();
    assert_eq!(output, b"\x01\x01a\x8a\x00\x80\x01b");
}

#[test]
fn n18_every_error_has_its_close_code() {
    use ProtocolError as E;
    for (code, errors) in [
        (
            1002,
            &[
                E::ReservedBits,
                E::ReservedOpcode,
                E::FragmentedControl,
                E::ControlTooLong,
                E::UnexpectedContinuation,
                E::ExpectedContinuation,
                E::Unmasked,
                E::Masked,
                E::NonMinimalLength,
                E::LengthOutOfRange,
                E::TruncatedCloseCode,
                E::InvalidCloseCode,
            ][..],
        ),
        (1007, &[E::InvalidCloseReason, E::InvalidUtf8]),
        (1009, &[E::FrameTooBig, E::MessageTooBig]),
        (1008, &[E::TooManyFragments, E::TooManyEmptyFragments]),
    ] {
        for error in errors {
            assert_eq!(error.close_code().get(), code, "{error:?}");
        }
    }
}

#[test]
fn a_header_goes_before_a_payload_that_is_not_copied() {
    let message = Message::Text("Hello");
    assert_eq!(server().header(message).unwrap().as_bytes(), b"\x81\x05");
    let mut payload = message.payload().to_vec();
    let mut header = client().header(message).unwrap();
    header.mask(&mut payload);
    assert_eq!(
        [header.as_bytes(), &payload].concat(),
        masked(0x81, b"Hello")
    );
}

#[test]
fn a_prepared_message_goes_out_from_both_ends() {
    let long = vec![7; 70_000];
    for message in [Message::Text("Grüße"), Message::Binary(&long)] {
        let prepared = Prepared::new(message);
        assert_eq!(prepared.payload(), message.payload());
        let expected = match message {
            Message::Text(message) => text(message),
            Message::Binary(payload) => binary(payload),
        };
        let from_server = written(|output| server().send_prepared(&prepared, output));
        assert_eq!(from_server[..], server().share(&prepared).unwrap()[..]);
        let received = feed(&mut client(), &from_server).0;
        let from_client = written(|output| client().send_prepared(&prepared, output));
        assert_eq!(feed(&mut server(), &from_client).0, received);
        assert_eq!(received, [expected]);
        assert_eq!(client().share(&prepared).unwrap_err(), SendError::MustMask);
    }
}

#[test]
fn each_half_receives_the_messages_of_the_other_end() {
    for (mut from, mut to) in [(server(), client()), (client(), server())] {
        assert_ne!(from.halves().1.role(), to.halves().1.role());
        let output = written(|output| {
            from.send_text("one", output)?;
            from.send_binary_fragment(b"tw", false, output)?;
            from.send_ping(b"?", output)?;
            from.send_binary_fragment(b"o", true, output)?;
            from.close(CloseCode::GOING_AWAY, "bye", output)
        });
        let (events, _) = feed(&mut to, &output);
        assert_eq!(events[0], text("one"));
        assert!(matches!(&events[1], Event::Ping(payload) if **payload == *b"?"));
        assert_eq!(events[2], binary(b"two"));
        assert!(matches!(&events[3], Event::Close(Some(close)) if close.reason == "bye"));
    }
}
