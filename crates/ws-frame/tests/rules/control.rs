//! Received Ping, Pong and Close frames: RFC 6455 §5.5.

use std::borrow::Cow;

use ws_frame::{
    CloseCode, Config, Connection, Event, Message, Phase, Prepared, ProtocolError, Role, SendError,
};

use crate::common::{close_frame, feed, masked, plain, refused, server, text, trickle};

#[test]
fn f9_control_frames_between_fragments_are_handled_at_once() {
    let mut connection = server();
    assert_eq!(feed(&mut connection, &masked(0x01, b"a")).0, []);
    let (events, output) = feed(&mut connection, &masked(0x89, b"ping"));
    assert_eq!(events, [Event::Ping(Cow::Borrowed(b"ping"))]);
    assert_eq!(output, b"\x8a\x04ping");
    assert_eq!(
        trickle(&mut connection, &masked(0x8A, b"pong")).0,
        [Event::Pong(Cow::Borrowed(b"pong"))]
    );
    assert_eq!(feed(&mut connection, &masked(0x80, b"b")).0, [text("ab")]);
}

#[test]
fn f10_close_between_fragments_abandons_the_message() {
    let bytes = [
        masked(0x01, b"abc"),
        masked(0x88, b"\x03\xe8"),
        masked(0x80, b"d"),
    ]
    .concat();
    let (events, output) = feed(&mut server(), &bytes);
    assert!(matches!(&events[..], [Event::Close(Some(close))] if close.code == CloseCode::NORMAL));
    assert_eq!(output, close_frame(Role::Server, CloseCode::NORMAL));
}

#[test]
fn f14_a_close_of_one_byte_is_refused_at_its_length() {
    assert_eq!(
        refused(Role::Server, &masked(0x88, b"\x03")),
        (ProtocolError::TruncatedCloseCode, 2)
    );
}

#[test]
fn f15_close_codes_that_may_travel_are_echoed() {
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999,
    ] {
        let code = CloseCode::new(code).unwrap();
        for role in [Role::Server, Role::Client] {
            let payload = code.get().to_be_bytes();
            let (mut connection, bytes) = match role {
                Role::Server => (server(), masked(0x88, &payload)),
                Role::Client => (
                    Connection::client(Config::new(), || [0; 4]),
                    plain(0x88, &payload),
                ),
            };
            let (events, output) = feed(&mut connection, &bytes);
            assert!(matches!(&events[..], [Event::Close(Some(close))] if close.code == code));
            assert_eq!(output, close_frame(role, code));
        }
    }
}

#[test]
fn f15_other_close_codes_are_refused() {
    for code in [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535u16,
    ] {
        let frame = masked(0x88, &code.to_be_bytes());
        assert_eq!(
            refused(Role::Server, &frame),
            (ProtocolError::InvalidCloseCode, frame.len()),
            "{code}"
        );
    }
}

#[test]
fn f16_a_close_reason_is_text() {
    let reason = "Grüße, ".repeat(13) + "okay";
    assert_eq!(reason.len(), 121);
    let frame = masked(0x88, &[b"\x03\xe8", reason.as_bytes()].concat());
    for (events, _) in [feed(&mut server(), &frame), trickle(&mut server(), &frame)] {
        assert!(matches!(&events[..], [Event::Close(Some(close))] if close.reason == reason));
    }
    let frame = masked(0x88, b"\x03\xe8\xce\xba\xed\xa0\x80");
    assert_eq!(
        refused(Role::Server, &frame),
        (ProtocolError::InvalidCloseReason, frame.len())
    );
}

#[test]
fn n8_pings_are_answered_with_the_same_payload() {
    for payload in [&b""[..], b"hello", &[0xFF; 125]] {
        let expected = plain(0x8A, payload);
        assert_eq!(feed(&mut server(), &masked(0x89, payload)).1, expected);
        assert_eq!(trickle(&mut server(), &masked(0x89, payload)).1, expected);
    }
}

#[test]
fn n8_not_after_a_close_has_come() {
    let bytes = [masked(0x88, b""), masked(0x89, b"late")].concat();
    let (events, output) = feed(&mut server(), &bytes);
    assert_eq!(events, [Event::Close(None)]);
    assert_eq!(output, [0x88, 0]);
}

#[test]
fn n8_answering_can_be_left_to_the_caller() {
    let config = Config::new().auto_pong(false);
    let mut connection = Connection::server(config);
    let (events, mut output) = feed(&mut connection, &masked(0x89, b"by hand"));
    assert_eq!(output, b"");
    let [Event::Ping(payload)] = &events[..] else {
        panic!("{events:?}")
    };
    connection.send_pong(payload, &mut output).unwrap();
    assert_eq!(output, b"\x8a\x07by hand");
    let (_, output) = feed(&mut connection, &masked(0x88, b""));
    assert_eq!(output, [0x88, 0], "a Close is still answered");
}

#[test]
fn n9_ten_pings_in_one_read_get_ten_pongs() {
    let pings: Vec<u8> = (0..10).flat_map(|n| masked(0x89, &[n; 125])).collect();
    let answers: Vec<u8> = (0..10).flat_map(|n| plain(0x8A, &[n; 125])).collect();
    assert_eq!(feed(&mut server(), &pings).1, answers);
}

#[test]
fn n9_pong_debt_is_bounded_and_the_newest_is_paid() {
    let mut connection = server();
    let mut output = Vec::new();
    for number in 0..100_000u32 {
        let mut ping = masked(0x89, &number.to_be_bytes());
        let event = connection.receive(&mut &mut ping[..], &mut output);
        assert!(matches!(event, Some(Event::Ping(_))));
    }
    assert!(
        (4096..4096 + 127).contains(&output.len()),
        "{}",
        output.len()
    );
    output.clear();
    connection.flush_pong(&mut output);
    assert_eq!(output, plain(0x8A, &99_999u32.to_be_bytes()));
    connection.flush_pong(&mut output);
    assert_eq!(output.len(), 6, "paid once");
}

#[test]
fn n9_a_pong_that_waits_goes_out_before_the_next_frame_or_event() {
    let full = vec![0; 4096];
    let ping = masked(0x89, b"?");
    let owing = || {
        let (mut connection, mut output) = (server(), full.clone());
        connection.receive(&mut &mut ping.clone()[..], &mut output);
        assert_eq!(output, full);
        connection
    };
    let mut output = Vec::new();
    owing().send_text("hi", &mut output).unwrap();
    assert_eq!(output, b"\x8a\x01?\x81\x02hi");
    let mut output = Vec::new();
    assert_eq!(owing().receive(&mut &mut [][..], &mut output), None);
    assert_eq!(output, b"\x8a\x01?");
}

/// Nothing may follow a Close, and the Ping came first, so the Pong is sent before the Close, even
/// if there was no room for it before.
#[test]
fn r74_n8_n9_a_pong_that_waits_goes_out_before_our_close() {
    let full = vec![0; 4096];
    for drained in [true, false] {
        for code in [Some(CloseCode::NORMAL), None] {
            let (mut connection, mut output) = (server(), full.clone());
            connection.receive(&mut &mut masked(0x89, b"?")[..], &mut output);
            if drained {
                output.clear();
            }
            let before = output.len();
            let refused = connection.close(CloseCode::EXTENSION_REQUIRED, "", &mut output);
            assert_eq!(
                (refused, output.len()),
                (Err(SendError::ClientCloseCode), before)
            );
            let too_long = connection.close(CloseCode::NORMAL, &"r".repeat(124), &mut output);
            assert_eq!(
                (too_long, output.len()),
                (Err(SendError::ControlTooLong), before)
            );
            let close = if let Some(code) = code {
                connection.close(code, "", &mut output).unwrap();
                close_frame(Role::Server, code)
            } else {
                connection.close_without_code(&mut output).unwrap();
                vec![0x88, 0]
            };
            assert_eq!(output[before..], [&b"\x8a\x01?"[..], &close].concat());
            output.clear();
            connection.flush_pong(&mut output);
            assert_eq!(output, b"", "paid once");
        }
    }
}

/// RFC 6455 §5.5.2: a Ping is answered unless a Close has come.
#[test]
fn r74_n8_a_pong_that_waits_is_dropped_when_the_peer_closes() {
    let (mut connection, mut output) = (server(), vec![0; 4096]);
    connection.receive(&mut &mut masked(0x89, b"?")[..], &mut output);
    connection.receive(&mut &mut masked(0x88, b"")[..], &mut output);
    assert_eq!(output[4096..], [0x88, 0]);
}

/// F22 keeps a server from choosing 1010. N3 makes it echo a received code, and a peer may send any
/// valid code (F15).
#[test]
fn r75_n3_f22_a_server_echoes_1010_and_does_not_choose_it() {
    let mut connection = server();
    let mut output = Vec::new();
    let refused = connection.close(CloseCode::EXTENSION_REQUIRED, "", &mut output);
    assert_eq!(
        (refused, &output[..]),
        (Err(SendError::ClientCloseCode), &b""[..])
    );
    let (_, output) = feed(&mut connection, &masked(0x88, &1010_u16.to_be_bytes()));
    assert_eq!(
        output,
        close_frame(Role::Server, CloseCode::EXTENSION_REQUIRED)
    );
}

#[test]
fn r76_n9_a_pong_that_waits_goes_out_before_every_other_frame() {
    type Send = fn(&mut Connection, &mut Vec<u8>);
    let sends: [(Send, &[u8]); 7] = [
        (|c, o| c.send_ping(b"!", o).unwrap(), b"\x89\x01!"),
        (|c, o| c.send_pong(b"!", o).unwrap(), b"\x8a\x01!"),
        (|c, o| c.send_text("!", o).unwrap(), b"\x81\x01!"),
        (|c, o| c.send_binary(b"!", o).unwrap(), b"\x82\x01!"),
        (
            |c, o| c.send_text_fragment("!", false, o).unwrap(),
            b"\x01\x01!",
        ),
        (
            |c, o| c.send_binary_fragment(b"!", false, o).unwrap(),
            b"\x02\x01!",
        ),
        (
            |c, o| {
                c.send_prepared(&Prepared::new(Message::Text("!")), o)
                    .unwrap();
            },
            b"\x81\x01!",
        ),
    ];
    for (send, frame) in sends {
        let (mut connection, mut output) = (server(), vec![0; 4096]);
        connection.receive(&mut &mut masked(0x89, b"?")[..], &mut output);
        assert_eq!(output.len(), 4096);
        let mut blocked = output.clone();
        let mut output = Vec::new();
        send(&mut connection, &mut output);
        assert_eq!(output, [b"\x8a\x01?", frame].concat());
        // Without room, the Pong waits.
        let mut connection = server();
        connection.receive(&mut &mut masked(0x89, b"?")[..], &mut blocked);
        send(&mut connection, &mut blocked);
        assert_eq!(blocked[4096..], *frame);
        let mut output = Vec::new();
        connection.flush_pong(&mut output);
        assert_eq!(output, b"\x8a\x01?");
    }
}

#[test]
fn n10_unsolicited_pongs_are_legal_and_unanswered() {
    let (events, output) = feed(&mut server(), &masked(0x8A, b"alive"));
    assert_eq!(events, [Event::Pong(Cow::Borrowed(b"alive"))]);
    assert_eq!(output, b"");
}

#[test]
fn n11_a_close_without_a_code_is_none() {
    let mut connection = server();
    let (events, output) = feed(&mut connection, &masked(0x88, b""));
    assert_eq!(events, [Event::Close(None)]);
    assert_eq!(output, [0x88, 0]);
    assert_eq!(connection.phase(), Phase::Closed);
    assert_eq!((CloseCode::NO_STATUS, CloseCode::ABNORMAL), (1005, 1006));
}
