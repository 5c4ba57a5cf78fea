//! Text and whole messages: RFC 6455 §5.6, §8.1.

use std::borrow::Cow;

use ws_frame::{Config, Connection, Event, Message, ProtocolError, Role, Utf8};

use crate::common::{connection, feed, masked, plain, refused, server, text, trickle};

#[test]
fn f13_text_fails_at_the_first_impossible_byte() {
    for (bytes, at) in [
        (&b"\xc0\xaf"[..], 1),
        (b"\xed\xa0\x80", 2),
        (b"\xf4\x90\x80\x80", 2),
        (b"\x80", 1),
        (b"\xff", 1),
        (b"\xe0\x80\x80", 2),
        (b"\xf0\x80\x80\x80", 2),
        (b"\xf5", 1),
        (b"\xfb\xbf\xbf\xbf\xbf", 1),
        (b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90", 13),
        (b"\xe2\x41", 2),
    ] {
        let frame = masked(0x81, bytes);
        let header = frame.len() - bytes.len();
        assert_eq!(
            refused(Role::Server, &frame),
            (ProtocolError::InvalidUtf8, header + at),
            "{bytes:x?}"
        );
        let mut begun = masked(0x81, &[b'a'; 100]);
        begun.truncate(6);
        let mut long = [
            begun,
            bytes
                .iter()
                .zip([1, 2, 3, 4].iter().cycle())
                .map(|(a, b)| a ^ b)
                .collect(),
        ]
        .concat();
        assert_eq!(
            refused(Role::Server, &long),
            (ProtocolError::InvalidUtf8, header + at),
            "{bytes:x?}"
        );
        long.truncate(header + at);
        assert_eq!(
            refused(Role::Server, &long),
            (ProtocolError::InvalidUtf8, header + at),
            "{bytes:x?}"
        );
    }
}

#[test]
fn f13_text_fails_in_the_fragment_that_breaks_it() {
    let begun = masked(0x01, b"\xce\xba\xf4");
    let frames = [&begun[..], &masked(0x00, b"\x90")].concat();
    assert_eq!(
        refused(Role::Server, &frames),
        (ProtocolError::InvalidUtf8, frames.len())
    );
}

#[test]
fn f13_a_message_cannot_end_inside_a_character() {
    for frames in [
        masked(0x81, b"\xe2\x82"),
        [masked(0x01, b"\xce"), masked(0x80, b"")].concat(),
        [
            masked(0x01, b"a\xf0\x9f"),
            masked(0x00, b""),
            masked(0x80, b"\x98"),
        ]
        .concat(),
    ] {
        assert_eq!(
            refused(Role::Server, &frames),
            (ProtocolError::InvalidUtf8, frames.len())
        );
    }
}

#[test]
fn f13_characters_may_be_cut_anywhere() {
    let message = "\u{FEFF}a\0ß\u{FFFF}\u{10FFFF}€\u{7FF}\u{800}\u{D7FF}\u{E000}\u{10000}";
    for cut in 0..=message.len() {
        let (front, back) = message.as_bytes().split_at(cut);
        let bytes = [masked(0x01, front), masked(0x80, back)].concat();
        assert_eq!(feed(&mut server(), &bytes).0, [text(message)]);
        assert_eq!(trickle(&mut server(), &bytes).0, [text(message)]);
    }
}

#[test]
fn f13_the_verdict_on_pieces_is_that_on_the_whole() {
    let mut utf8 = Utf8::new();
    assert!(utf8.push(b"\xf0").valid && !utf8.is_complete());
    assert!(utf8.push(b"\x9f\x98").valid && !utf8.is_complete());
    let checked = utf8.push(b"\x80\xc3");
    assert_eq!(
        (checked.first, checked.rest, checked.valid),
        (Some('😀'), "", true)
    );
    let checked = utf8.push(b"\xa9ab\xffcd");
    assert_eq!(
        (checked.first, checked.rest, checked.valid),
        (Some('é'), "ab", false)
    );
}

#[test]
fn f13_binary_is_not_text() {
    assert!(matches!(
        &feed(&mut server(), &masked(0x82, b"\xff")).0[..],
        [Event::Binary(_)]
    ));
}

#[test]
fn r164_messages_whole_in_one_input_are_borrowed_and_others_moved_out() {
    let mut connection = Connection::server(Config::new());
    let mut output = Vec::new();
    let mut bytes = [
        masked(0x81, b"whole"),
        masked(0x01, b"in "),
        masked(0x00, b"three "),
        masked(0x80, b"parts"),
        masked(0x01, b"around "),
        masked(0x89, b"a Ping"),
        masked(0x80, b"!"),
    ]
    .concat();
    let mut input = &mut bytes[..];
    let mut next = || connection.receive(&mut input, &mut output);
    assert!(matches!(next(), Some(Event::Text(Cow::Borrowed("whole")))));
    assert!(matches!(
        next(),
        Some(Event::Text(Cow::Borrowed("in three parts")))
    ));
    assert!(matches!(next(), Some(Event::Ping(_))));
    assert!(matches!(next(), Some(Event::Text(Cow::Owned(text))) if text == "around !"));
    assert_eq!(next(), None);
}

#[test]
fn the_fast_path_gives_the_events_of_the_slow_path() {
    let frames = [
        masked(0x81, b"text"),
        masked(0x89, b"ping"),
        masked(0x82, b"\xff"),
        masked(0x01, b"in "),
        masked(0x80, b"parts"),
        masked(0x82, &[7; 300]),
        masked(0x81, b"\xff"),
        masked(0x82, b"too late"),
    ];
    let mut connection = server();
    let (mut output, mut events) = (Vec::new(), Vec::new());
    let mut bytes = frames.concat();
    let mut input = &mut bytes[..];
    loop {
        let before = input.len();
        events.push(match connection.receive_message(&mut input) {
            Some(Message::Text(text)) => Event::Text(text.into()),
            Some(Message::Binary(payload)) => Event::Binary(payload.into()),
            None => match connection.receive(&mut input, &mut output) {
                Some(event) => event,
                None => break,
            },
        });
        assert!(input.len() < before || matches!(events.last(), Some(Event::Failed(_))));
    }
    let mut bytes = frames.concat();
    let (expected, replies) = feed(&mut server(), &bytes);
    assert_eq!((events, output), (expected, replies));
    let config = Config::new().streaming(true);
    let mut streaming = Connection::server(config);
    assert_eq!(streaming.receive_message(&mut &mut bytes[..]), None);
}

/// Fragments that one input holds are joined there: the same events come as from one byte at a
/// time, also at the limits and after errors.
#[test]
fn r165_fragments_in_one_input_make_the_events_of_cut_ones() {
    let configs = [
        Config::new(),
        Config::new().max_fragments(3),
        Config::new().max_message_len(700),
        Config::new().max_frame_len(130),
    ];
    let lens = [
        &[1, 1][..],
        &[63, 64, 65],
        &[5, 300, 2, 129],
        &[130, 131, 400],
        &[0, 4],
        &[4, 0],
        &[1000, 600, 900],
    ];
    for role in [Role::Server, Role::Client] {
        for (lens, end) in lens.iter().flat_map(|lens| [(lens, ""), (lens, "\u{ff}")]) {
            let wire = fragments_and_a_fault(role, lens, end);
            for config in configs {
                let events = |piece| pieces(&mut connection(role, config), &wire, piece);
                let once = events(wire.len());
                assert_eq!(once, events(1), "{role:?}, {lens:?}, {config:?}");
            }
        }
    }
}

/// A text in fragments, then one that is not UTF-8: `end` follows the front of a character.
fn fragments_and_a_fault(role: Role, lens: &[usize], end: &str) -> Vec<u8> {
    let frame = match role {
        Role::Server => masked,
        Role::Client => plain,
    };
    let text = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ".repeat(40);
    let (mut first, mut rest, mut wire) = (0x01, text.as_bytes(), Vec::new());
    for (at, len) in lens.iter().enumerate() {
        let (fragment, after) = rest.split_at(*len);
        let fin = if at + 1 == lens.len() { 0x80 } else { 0 };
        wire.extend(frame(first | fin, fragment));
        (first, rest) = (0x00, after);
    }
    wire.extend(frame(0x01, &text.as_bytes()[..3]));
    wire.extend(frame(0x80, end.as_bytes()));
    wire
}

/// Events of a stream that comes in pieces.
fn pieces(connection: &mut Connection, wire: &[u8], piece: usize) -> Vec<Event<'static>> {
    let mut bytes = wire.to_vec();
    let (mut events, mut output) = (Vec::new(), Vec::new());
    for mut input in bytes.chunks_mut(piece) {
        while let Some(event) = connection.receive(&mut input, &mut output) {
            events.push(event.into_owned());
        }
    }
    events
}
