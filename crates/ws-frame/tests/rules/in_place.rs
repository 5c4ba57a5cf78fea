//! Messages that a read has cut and the next read completes in the caller's buffer.

use std::borrow::Cow;

use ws_frame::{Config, Connection, Event, Part, ProtocolError, Role};

use crate::common::{connection, feed, masked, plain, server};

const ROLES: [Role; 2] = [Role::Server, Role::Client];

/// The view of a driver that keeps the rest of its input in a buffer of `room` bytes.
#[derive(Debug, Default)]
struct Seen {
    events: Vec<Event<'static>>,
    output: Vec<u8>,
    /// The number of messages that were moved out, not borrowed from the buffer.
    owned: usize,
}

/// Reads `wire` in reads of at most `read` bytes. Each fits behind what was left.
fn drive(connection: &mut Connection, wire: &[u8], read: usize, room: usize) -> Seen {
    let mut seen = Seen::default();
    let mut buffer = vec![0; room.max(1)];
    let (mut left, mut rest) = (0, wire);
    while !rest.is_empty() {
        let len = read.min(buffer.len() - left).min(rest.len());
        assert!(len > 0, "{left} bytes are left of a buffer of {room}");
        let (front, after) = rest.split_at(len);
        buffer[left..left + len].copy_from_slice(front);
        rest = after;
        let end = left + len;
        let mut input = &mut buffer[..end];
        while let Some(event) = connection.receive_in_place(&mut input, &mut seen.output, room) {
            seen.owned += usize::from(is_owned(&event));
            seen.events.push(event.into_owned());
        }
        left = input.len();
        buffer.copy_within(end - left..end, 0);
    }
    assert_eq!(left, 0, "nothing is left of a whole stream");
    seen
}

fn is_owned(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Text(Cow::Owned(_)) | Event::Binary(Cow::Owned(_))
    )
}

/// A frame as `role` receives it.
fn frame(role: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    match role {
        Role::Server => masked(first, payload),
        Role::Client => plain(first, payload),
    }
}

/// Messages of many lengths, fragments, control frames, and a Close.
fn stream(role: Role) -> Vec<u8> {
    let text = "naïve \u{1f980} ".repeat(20);
    let frames = [
        frame(role, 0x81, "\u{20ac}uro".as_bytes()),
        frame(role, 0x82, b""),
        frame(role, 0x89, b"?"),
        frame(role, 0x82, &[7; 125]),
        frame(role, 0x81, text.as_bytes()),
        frame(role, 0x01, b"in two "),
        frame(role, 0x8A, b"between"),
        frame(role, 0x80, b"fragments"),
        frame(role, 0x82, &[9; 300]),
        frame(role, 0x81, b"a"),
        frame(role, 0x88, b"\x03\xe8bye"),
    ];
    frames.concat()
}

#[test]
fn r160_the_same_events_and_replies_come_however_reads_and_room_cut() {
    for role in ROLES {
        for streaming in [false, true] {
            let config = Config::new().streaming(streaming);
            let wire = stream(role);
            let (events, output) = feed(&mut connection(role, config), &wire);
            for room in [0, 1, 2, 3, 4, 5, 8, 20, 131, 400, 2000] {
                for read in (1..40).chain([100, 131, 1000, 2000]) {
                    let mut connection = connection(role, config);
                    let seen = drive(&mut connection, &wire, read, room);
                    assert_eq!(seen.output, output, "{role:?}, {read}, {room}");
                    assert_eq!(
                        joined(seen.events),
                        joined(events.clone()),
                        "{read}, {room}"
                    );
                }
            }
        }
    }
}

/// The parts of a streamed message depend on the reads: they are joined.
fn joined(events: Vec<Event<'static>>) -> Vec<Event<'static>> {
    let mut all = Vec::new();
    let (mut text, mut binary) = (String::new(), Vec::new());
    for event in events {
        match event {
            Event::TextPart(Part { data, last, .. }) => {
                text.push_str(&data);
                if last {
                    all.push(Event::Text(std::mem::take(&mut text).into()));
                }
            }
            Event::BinaryPart(Part { data, last, .. }) => {
                binary.extend_from_slice(&data);
                if last {
                    all.push(Event::Binary(std::mem::take(&mut binary).into()));
                }
            }
            other => all.push(other),
        }
    }
    all
}

#[test]
fn r161_a_cut_message_whose_frame_has_room_is_borrowed_and_a_longer_one_is_not() {
    for role in ROLES {
        for first in [0x81, 0x82] {
            for len in [0, 1, 60, 125, 126, 300] {
                let frame = frame(role, first, &vec![b'a'; len]);
                let wire = frame.repeat(5);
                for read in 1..=2 * frame.len() {
                    let room = frame.len().max(4);
                    let seen = drive(&mut connection(role, Config::new()), &wire, read, room);
                    assert_eq!((seen.events.len(), seen.owned), (5, 0), "{len}, {read}");
                }
                if len > 1 {
                    let read = frame.len() - 1;
                    let seen = drive(&mut connection(role, Config::new()), &wire, read, read);
                    assert!(seen.owned > 0, "{len}: less room than the frame");
                }
            }
        }
    }
}

#[test]
fn r162_only_the_front_of_an_unfragmented_message_is_left() {
    let left_of = |connection: &mut Connection, bytes: &[u8], room| {
        let mut bytes = bytes.to_vec();
        let mut input = &mut bytes[..];
        let event = connection.receive_in_place(&mut input, &mut Vec::new(), room);
        assert_eq!(event, None);
        input.len()
    };
    let cut = |first, len: usize| masked(first, &vec![b'a'; len])[..8].to_vec();
    for (first, len, room, left) in [
        (0x81, 100, 106, 8),
        (0x81, 100, 105, 0),
        (0x82, 1000, 1008, 8),
        (0x82, 1000, 1007, 0),
        (0x82, 65_535, usize::MAX, 8),
        (0x82, 65_536, usize::MAX, 0),
        (0x81, 100, 0, 0),
        (0x01, 100, 200, 0),
        (0x89, 100, 200, 0),
        (0x88, 100, 200, 0),
    ] {
        let mut server = server();
        assert_eq!(
            left_of(&mut server, &cut(first, len), room),
            left,
            "{first:x}, {len}"
        );
        assert_eq!(
            server.is_midway(),
            left == 0,
            "what is left has not been received"
        );
    }
    let mut streaming = Connection::server(Config::new().streaming(true));
    assert_eq!(left_of(&mut streaming, &masked(0x81, b"abc")[..6], 100), 0);
    let mut between_fragments = server();
    assert_eq!(
        left_of(&mut between_fragments, &masked(0x01, b"abc"), 100),
        0
    );
    assert_eq!(
        left_of(&mut between_fragments, &masked(0x80, b"abc")[..8], 100),
        0
    );
}

#[test]
fn r163_a_fault_in_the_header_of_a_cut_message_is_refused_at_its_byte() {
    let config = Config::new().max_message_len(1000);
    for (header, error, at) in [
        (&[0x91, 0x85][..], ProtocolError::ReservedBits, 1),
        (&[0x83, 0x85], ProtocolError::ReservedOpcode, 1),
        (&[0x80, 0x85], ProtocolError::UnexpectedContinuation, 1),
        (&[0x81, 0x05], ProtocolError::Unmasked, 2),
        (&[0x81, 0x7E], ProtocolError::Unmasked, 2),
        (&[0x82, 0xFE, 0, 125], ProtocolError::NonMinimalLength, 4),
        (&[0x82, 0xFE, 0x03, 0xE9], ProtocolError::FrameTooBig, 4),
    ] {
        let mut connection = Connection::server(config.max_frame_len(1000));
        let mut buffer = header.to_vec();
        for end in 1..=header.len() {
            let mut input = &mut buffer[..end];
            let event = connection.receive_in_place(&mut input, &mut Vec::new(), 2000);
            assert_eq!(
                event,
                (end == at).then_some(Event::Failed(error)),
                "{header:x?}"
            );
            if event.is_some() {
                break;
            }
            assert_eq!(input.len(), end, "{header:x?} is left");
        }
    }
    let mut text = masked(0x81, b"a\xffb");
    let len = text.len();
    let mut connection = server();
    let mut receive = |end: usize| {
        let event = connection.receive_in_place(&mut &mut text[..end], &mut Vec::new(), 100);
        event.map(Event::into_owned)
    };
    assert_eq!(
        receive(len - 1),
        None,
        "text is checked when its frame is whole"
    );
    assert_eq!(
        receive(len),
        Some(Event::Failed(ProtocolError::InvalidUtf8))
    );
}

/// Compressed messages are never left, and those behind them are completed in place.
#[cfg(feature = "deflate")]
#[test]
fn r160_compressed_messages_between_others() {
    use ws_frame::deflate::{Options, Parameters};

    let compressed = masked(0xC1, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    let wire = [
        &masked(0x82, &[7; 50])[..],
        &compressed,
        &masked(0x81, b"plain"),
    ]
    .concat();
    let open = || server().with_deflate(Parameters::default(), &Options::new());
    let (events, _) = feed(&mut open(), &wire);
    assert_eq!(events.len(), 3);
    for room in [0, 5, 60, 100] {
        for read in 1..=100 {
            let seen = drive(&mut open(), &wire, read, room);
            assert_eq!(seen.events, events, "{read}, {room}");
        }
    }
}
