//! Limits: RFC 6455 §10.4.

use ws_frame::{Config, Connection, Decoder, Event, ProtocolError, Role};

use crate::common::{binary, feed, hex, masked, refused, refused_with, server};

#[test]
fn f19_frame_limit_is_inclusive_and_decided_on_the_length() {
    let limit = Config::new().max_frame_len(300);
    let at_limit = masked(0x82, &[7; 300]);
    assert_eq!(
        feed(&mut Connection::server(limit), &at_limit).0,
        [binary(&[7; 300])]
    );
    let over = masked(0x82, &[7; 301]);
    assert_eq!(
        refused_with(Role::Server, limit, &over),
        (ProtocolError::FrameTooBig, 4)
    );
    let limit = Config::new().max_frame_len(2);
    assert_eq!(
        refused_with(Role::Server, limit, &masked(0x82, b"abc")),
        (ProtocolError::FrameTooBig, 2)
    );
    let huge = hex("82 ff 7f ff ff ff ff ff ff ff");
    assert_eq!(
        refused(Role::Server, &huge),
        (ProtocolError::FrameTooBig, 10)
    );
}

#[test]
fn f19_message_limit_is_inclusive_and_decided_on_the_length() {
    let limit = Config::new().max_message_len(5);
    let at_limit = [
        masked(0x02, b"abc"),
        masked(0x80, b"de"),
        masked(0x82, b"abcde"),
    ]
    .concat();
    assert_eq!(
        feed(&mut Connection::server(limit), &at_limit).0,
        [binary(b"abcde"), binary(b"abcde")]
    );
    assert_eq!(
        refused_with(Role::Server, limit, &masked(0x82, b"abcdef")),
        (ProtocolError::MessageTooBig, 2)
    );
    let begun = masked(0x02, b"abc");
    let over = [&begun[..], &masked(0x80, b"def")].concat();
    let at = begun.len() + 2;
    assert_eq!(
        refused_with(Role::Server, limit, &over),
        (ProtocolError::MessageTooBig, at)
    );
}

#[test]
fn f19_the_sum_of_lengths_does_not_wrap() {
    let begun = hex("02 81 00 00 00 00 61");
    let frames = [&begun[..], &hex("80 ff 7f ff ff ff ff ff ff ff")].concat();
    let unlimited = Config::new().max_frame_len(u64::MAX);
    let expected = (ProtocolError::MessageTooBig, begun.len() + 10);
    assert_eq!(refused_with(Role::Server, unlimited, &frames), expected);
}

#[test]
fn f19_limits_are_compared_whole_whatever_the_width_of_a_pointer() {
    let frame = hex("82 ff 00 00 00 01 00 00 00 05 00 00 00 00");
    assert_eq!(
        refused(Role::Server, &frame),
        (ProtocolError::FrameTooBig, 10)
    );
}

#[test]
fn f19_control_frames_do_not_count() {
    let limit = Config::new().max_frame_len(1).max_message_len(1);
    let bytes = [
        masked(0x01, b"a"),
        masked(0x89, &[7; 125]),
        masked(0x80, b""),
    ]
    .concat();
    let (events, _) = feed(&mut Connection::server(limit), &bytes);
    assert!(matches!(&events[..], [Event::Ping(_), Event::Text(_)]));
}

#[test]
fn f19_a_decoder_alone_has_the_frame_limit() {
    let mut decoder = Decoder::new(Role::Server).max_frame_len(4);
    let mut bytes = [masked(0x82, b"four"), masked(0x82, b"fives")].concat();
    let mut input = &mut bytes[..];
    assert_eq!(
        decoder.decode(&mut input).unwrap().unwrap().payload,
        b"four"
    );
    assert_eq!(
        decoder.decode(&mut input).unwrap_err(),
        ProtocolError::FrameTooBig
    );
}

#[test]
fn f20_fragment_limit_is_inclusive_and_decided_on_the_first_byte() {
    let limit = Config::new().max_fragments(3);
    let begun = [masked(0x02, b"a"), masked(0x00, b"b")].concat();
    let at_limit = [&begun[..], &masked(0x80, b"c")].concat();
    let mut connection = Connection::server(limit);
    for _ in 0..3 {
        assert_eq!(feed(&mut connection, &at_limit).0, [binary(b"abc")]);
    }
    let full = [&begun[..], &masked(0x00, b"c"), &masked(0x89, b"")].concat();
    let over = [&full[..], &masked(0x80, b"d")].concat();
    let expected = (ProtocolError::TooManyFragments, full.len() + 1);
    let output_free = limit.auto_pong(false);
    assert_eq!(refused_with(Role::Server, output_free, &over), expected);
}

#[test]
fn f20_empty_fragments_in_a_row_are_counted() {
    let limit = Config::new().max_empty_fragments(2);
    let fine = [
        masked(0x02, b""),
        masked(0x00, b""),
        masked(0x00, b"a"),
        masked(0x00, b""),
        masked(0x80, b""),
    ];
    let mut connection = Connection::server(limit);
    for _ in 0..3 {
        assert_eq!(feed(&mut connection, &fine.concat()).0, [binary(b"a")]);
    }
    let full = [masked(0x02, b""), masked(0x00, b"")].concat();
    for first in [0x00, 0x80] {
        let over = [&full[..], &masked(first, b"")].concat();
        let expected = (ProtocolError::TooManyEmptyFragments, full.len() + 2);
        assert_eq!(refused_with(Role::Server, limit, &over), expected);
    }
}

#[test]
fn f20_the_defaults_hold() {
    let config = Config::default();
    assert_eq!(
        (config.get_max_frame_len(), config.get_max_message_len()),
        (16 << 20, 16 << 20)
    );
    assert_eq!(
        (config.get_max_fragments(), config.get_max_empty_fragments()),
        (131_072, 128)
    );
    assert!(!config.get_streaming() && config.get_auto_pong());
    let mut connection = server();
    let empty = masked(0x00, b"");
    let (events, _) = feed(
        &mut connection,
        &[masked(0x01, b""), empty.repeat(127)].concat(),
    );
    assert_eq!(events, []);
    let (events, _) = feed(&mut connection, &empty);
    assert_eq!(
        events,
        [Event::Failed(ProtocolError::TooManyEmptyFragments)]
    );
}

#[test]
fn f19_f20_new_limits_hold_from_the_next_frame_on() {
    let mut connection = Connection::server(Config::new().max_message_len(4));
    assert_eq!(feed(&mut connection, &masked(0x02, b"abcd")).0, []);
    connection.set_config(Config::new().max_message_len(6));
    assert_eq!(feed(&mut connection, &masked(0x00, b"ef")).0, []);
    let (events, _) = feed(&mut connection, &masked(0x80, b"g"));
    assert_eq!(events, [Event::Failed(ProtocolError::MessageTooBig)]);
}

#[test]
fn f20_new_limits_count_what_has_come() {
    let mut connection = server();
    assert_eq!(
        feed(
            &mut connection,
            &[masked(0x02, b"a"), masked(0x00, b"b")].concat()
        )
        .0,
        []
    );
    connection.set_config(Config::new().max_fragments(2));
    let (events, _) = feed(&mut connection, &masked(0x80, b"c"));
    assert_eq!(events, [Event::Failed(ProtocolError::TooManyFragments)]);
}
