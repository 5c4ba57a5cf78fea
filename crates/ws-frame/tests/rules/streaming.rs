//! Messages in parts, and messages that the driver reads itself.

use std::borrow::Cow;

use ws_frame::{Config, Connection, Event, ProtocolError};

use crate::common::{binary, feed, masked, plain, server, text, trickle};

fn streaming() -> Config {
    Config::new().streaming(true)
}

/// A text message joined from its parts: the text, the number of first and of last parts, and the
/// events behind it.
fn joined(events: &[Event<'_>]) -> (String, usize, usize, Vec<Event<'static>>) {
    let (mut text, mut firsts, mut lasts, mut others) = (String::new(), 0, 0, Vec::new());
    for event in events {
        match event {
            Event::TextPart(part) => {
                assert!(part.last || !part.data.is_empty());
                assert_eq!(part.first, text.is_empty());
                text.push_str(&part.data);
                firsts += usize::from(part.first);
                lasts += usize::from(part.last);
            }
            other => others.push(other.clone().into_owned()),
        }
    }
    (text, firsts, lasts, others)
}

#[test]
fn parts_come_as_the_bytes_do() {
    let mut connection = Connection::server(streaming());
    let frame = masked(0x82, &[7; 1000]);
    let (events, _) = feed(&mut connection, &frame[..508]);
    assert!(
        matches!(&events[..], [Event::BinaryPart(part)] if part.first && !part.last && part.data.len() == 500)
    );
    let (events, _) = feed(&mut connection, &frame[508..]);
    assert!(
        matches!(&events[..], [Event::BinaryPart(part)] if !part.first && part.last && part.data.len() == 500)
    );
    let (events, _) = feed(&mut connection, &masked(0x81, b"whole"));
    assert!(matches!(
        &events[..],
        [Event::TextPart(part)] if part.first && part.last && part.data == "whole"
    ));
}

#[test]
fn f13_text_parts_end_on_whole_characters() {
    let message = "aß€😀".repeat(5);
    let bytes = masked(0x81, message.as_bytes());
    for cut in 0..=bytes.len() {
        let mut connection = Connection::server(streaming());
        let mut events = feed(&mut connection, &bytes[..cut]).0;
        events.extend(feed(&mut connection, &bytes[cut..]).0);
        assert_eq!(joined(&events), (message.clone(), 1, 1, vec![]));
    }
    let events = trickle(&mut Connection::server(streaming()), &bytes).0;
    assert_eq!(joined(&events), (message, 1, 1, vec![]));
}

#[test]
fn f23_broken_text_gives_the_same_characters_however_it_is_cut() {
    for (bytes, valid) in [
        (masked(0x81, b"good\xffbad"), "good"),
        (masked(0x81, b"end\xe2\x82"), "end"),
        (
            [masked(0x01, b"go\xc3"), masked(0x80, b"\xb6d\x80")].concat(),
            "goöd",
        ),
        (masked(0x81, b"\xff"), ""),
    ] {
        let failed = vec![Event::Failed(ProtocolError::InvalidUtf8)];
        let expected = (valid.to_owned(), usize::from(!valid.is_empty()), 0, failed);
        for cut in 0..=bytes.len() {
            let mut connection = Connection::server(streaming());
            let (mut events, mut output) = feed(&mut connection, &bytes[..cut]);
            let rest = feed(&mut connection, &bytes[cut..]);
            events.extend(rest.0);
            output.extend(rest.1);
            assert_eq!(joined(&events), expected);
            assert_eq!(output, b"\x88\x02\x03\xef");
        }
        assert_eq!(
            joined(&trickle(&mut Connection::server(streaming()), &bytes).0),
            expected
        );
    }
}

#[test]
fn f9_control_frames_come_between_parts() {
    let bytes = [
        masked(0x01, b"a"),
        masked(0x89, b"?"),
        masked(0x00, b""),
        masked(0x80, b""),
    ]
    .concat();
    let (events, output) = feed(&mut Connection::server(streaming()), &bytes);
    let (text, firsts, lasts, others) = joined(&events);
    assert_eq!((text.as_str(), firsts, lasts), ("a", 1, 1));
    assert_eq!(others, [Event::Ping(Cow::Borrowed(b"?"))]);
    assert_eq!(output, b"\x8a\x01?");
}

#[test]
fn a_frame_of_a_terabyte_passes_in_slices() {
    let config = streaming()
        .max_frame_len(u64::MAX)
        .max_message_len(u64::MAX);
    let mut connection = Connection::client(config, || [0; 4]);
    let mut output = Vec::new();
    let mut header = [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0];
    assert_eq!(connection.receive(&mut &mut header[..], &mut output), None);
    let (mut bytes, mut received, mut ended) = (vec![0; 1 << 26], 0, false);
    while !ended {
        let event = connection.receive(&mut &mut bytes[..], &mut output);
        let Some(Event::BinaryPart(part)) = event else {
            panic!("{event:?}")
        };
        received += part.data.len() as u64;
        ended = part.last;
        assert_eq!(part.first, received == 1 << 26);
    }
    assert_eq!(received, 1 << 40);
    assert_eq!(feed(&mut connection, &plain(0x81, b"next")).0.len(), 1);
}

#[test]
fn the_way_messages_are_handed_over_changes_between_messages() {
    let mut connection = server();
    assert_eq!(feed(&mut connection, &masked(0x01, b"who")).0, []);
    connection.set_config(streaming());
    assert_eq!(
        feed(&mut connection, &masked(0x80, b"le")).0,
        [text("whole")]
    );
    let (events, _) = feed(&mut connection, &masked(0x81, b"part"));
    assert!(matches!(&events[..], [Event::TextPart(_)]));
}

#[test]
fn a_message_that_is_streamed_stays_so() {
    for at in 7..11 {
        let mut connection = Connection::server(streaming());
        let frame = masked(0x82, b"whole");
        let mut parts = feed(&mut connection, &frame[..at]).0;
        connection.set_config(Config::new());
        parts.extend(feed(&mut connection, &frame[at..]).0);
        let data: Vec<_> = parts
            .iter()
            .flat_map(|part| match part {
                Event::BinaryPart(part) => part.data.to_vec(),
                other => panic!("{at}: {other:?}"),
            })
            .collect();
        assert_eq!(data, b"whole");
        assert_eq!(
            feed(&mut connection, &masked(0x82, b"next")).0,
            [binary(b"next")]
        );
    }
}

#[test]
fn a_driver_may_append_to_the_message_itself() {
    let payload: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let frame = masked(0x82, &payload);
    let mut connection = server();
    assert!(connection.assembly().is_none());
    assert_eq!(feed(&mut connection, &frame[..1000]).0, []);
    let mut at = 1000;
    while let Some((message, wanted)) = connection.assembly() {
        assert_eq!(wanted, frame.len() - at);
        let more = wanted.min(33_333);
        message.extend_from_slice(&frame[at..at + more]);
        at += more;
        let (events, _) = feed(&mut connection, b"");
        assert_eq!(events.is_empty(), at < frame.len());
        if let [event] = &events[..] {
            assert_eq!(*event, binary(&payload));
        }
    }
    assert_eq!(at, frame.len());
    assert_eq!(
        feed(&mut connection, &masked(0x81, b"next")).0,
        [text("next")]
    );
}

#[test]
fn bytes_of_the_driver_count_towards_their_fragment() {
    let mut connection = server();
    let (first, last) = (masked(0x02, b"abcdef"), masked(0x80, b"gh"));
    assert_eq!(feed(&mut connection, &first[..8]).0, []);
    let (message, wanted) = connection.assembly().unwrap();
    assert_eq!(wanted, 4);
    message.extend_from_slice(&first[8..]);
    let (events, output) = feed(&mut connection, &[masked(0x89, b""), last].concat());
    assert_eq!(
        events,
        [Event::Ping(Cow::Borrowed(b"")), binary(b"abcdefgh")]
    );
    assert_eq!(output, [0x8A, 0]);
}

#[test]
fn text_parts_and_control_frames_have_no_assembly() {
    let mut connection = server();
    feed(&mut connection, &masked(0x01, b"text")[..8]);
    assert!(connection.assembly().is_none());
    let mut connection = Connection::server(streaming());
    feed(&mut connection, &masked(0x02, b"part")[..8]);
    assert!(connection.assembly().is_none());
    let mut connection = server();
    feed(&mut connection, &masked(0x02, b"binary"));
    assert!(connection.assembly().is_none());
    feed(&mut connection, &masked(0x89, b"ping")[..8]);
    assert!(connection.assembly().is_none());
}

#[test]
fn bytes_appended_beyond_the_frame_are_cut_off() {
    let mut connection = server();
    let frame = masked(0x82, b"abcdef");
    feed(&mut connection, &frame[..8]);
    let (message, _) = connection.assembly().unwrap();
    message.extend_from_slice(&[&frame[8..], b"too much"].concat());
    assert_eq!(feed(&mut connection, b"").0, [binary(b"abcdef")]);
}

/// The full limit applies to the next message, whatever came before it.
#[test]
fn r79_f19_a_streamed_message_leaves_the_next_its_whole_limit() {
    let config = streaming().max_message_len(10);
    let first = [
        masked(0x02, &[7; 4]),
        masked(0x00, &[7; 4]),
        masked(0x80, &[7; 2]),
    ]
    .concat();
    for feed in [feed, trickle] {
        let mut connection = Connection::server(config);
        for _ in 0..3 {
            assert!(!feed(&mut connection, &first).0.is_empty());
            let (events, _) = feed(&mut connection, &masked(0x82, &[7; 10]));
            assert!(matches!(events.last(), Some(Event::BinaryPart(part)) if part.last));
        }
        let (events, _) = feed(&mut connection, &masked(0x82, &[7; 11]));
        assert_eq!(events, [Event::Failed(ProtocolError::MessageTooBig)]);
    }
}
