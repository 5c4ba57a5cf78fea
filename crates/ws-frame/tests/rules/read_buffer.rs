//! Messages that a read has cut and the next read completes in the driver's buffer.

use std::borrow::Cow;
use std::io::Read as _;

use ws_frame::{Config, Connection, Event, Part, ProtocolError, ReadBuffer, Role};

use crate::common::{connection, feed, masked, plain, server};

const ROLES: [Role; 2] = [Role::Server, Role::Client];

/// The view of a driver with a buffer.
#[derive(Debug, Default)]
struct Seen {
    events: Vec<Event<'static>>,
    output: Vec<u8>,
    /// The number of messages that were moved out, not borrowed from the buffer.
    owned: usize,
}

/// Reads `wire` in reads of at most `read` bytes into a buffer of `len` bytes at first.
fn drive(connection: &mut Connection, wire: &[u8], read: usize, len: usize) -> Seen {
    let mut seen = Seen::default();
    let (mut buffer, mut rest) = (ReadBuffer::with_len(len), wire);
    while !rest.is_empty() {
        let space = buffer.space();
        assert!(!space.is_empty());
        let most = read.min(space.len());
        let len = rest.read(&mut space[..most]).expect("a slice is read");
        let mut unread = buffer.filled(len);
        while let Some(event) = connection.receive_from(&mut unread, &mut seen.output) {
            seen.owned += usize::from(is_owned(&event));
            seen.events.push(event.into_owned());
        }
    }
    assert!(buffer.is_empty(), "nothing is left of a whole stream");
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
fn r160_the_same_events_and_replies_come_however_reads_and_buffer_cut() {
    for role in ROLES {
        for streaming in [false, true] {
            let config = Config::new().streaming(streaming);
            let wire = stream(role);
            let (events, output) = feed(&mut connection(role, config), &wire);
            for len in [0, 1, 2, 3, 4, 5, 8, 20, 131, 400, 2000, 16_384] {
                for read in (1..40).chain([100, 131, 1000, 2000]) {
                    let seen = drive(&mut connection(role, config), &wire, read, len);
                    assert_eq!(seen.output, output, "{role:?}, {read}, {len}");
                    assert_eq!(joined(seen.events), joined(events.clone()), "{read}, {len}");
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
fn r161_a_cut_message_is_borrowed_whatever_its_length_and_that_of_the_buffer() {
    for role in ROLES {
        for (first, lens) in [
            (
                0x82,
                &[0, 1, 60, 125, 126, 300, 65_535, 65_536, 200_000][..],
            ),
            (0x81, &[512, 1000, 65_535, 65_536, 200_000]),
        ] {
            for len in lens {
                let wire = frame(role, first, &vec![b'a'; *len]).repeat(3);
                let reads = [1, 2, 7, len / 3 + 1, len + 1, wire.len()];
                for read in reads.into_iter().filter(|read| read * 1000 > *len) {
                    for buffer in [1, 100, len + 14, 3 * len] {
                        let mut connection = connection(role, Config::new());
                        let seen = drive(&mut connection, &wire, read, buffer);
                        let expected = match first {
                            0x81 => Event::Text("a".repeat(*len).into()),
                            _ => Event::Binary(vec![b'a'; *len].into()),
                        };
                        assert!(seen.events.iter().all(|event| *event == expected));
                        assert_eq!((seen.events.len(), seen.owned), (3, 0), "{len}, {read}");
                    }
                }
            }
        }
    }
}

/// Lends one read. Returns the event, and the number of bytes that stay in the buffer.
fn receive(
    connection: &mut Connection,
    buffer: &mut ReadBuffer,
    bytes: &[u8],
) -> (Option<Event<'static>>, usize) {
    let mut unread = buffer.extend_from_slice(bytes);
    let event = connection.receive_from(&mut unread, &mut Vec::new());
    let event = event.map(Event::into_owned);
    drop(unread);
    (event, buffer.unread_len())
}

#[test]
fn r162_only_the_front_of_a_plain_message_waits_and_no_short_text() {
    let cut = |first, len: usize| {
        let mut frame = masked(first, &vec![b'a'; len]);
        frame.truncate(20);
        frame
    };
    for (first, len, waits) in [
        (0x82, 100, true),
        (0x82, 65_535, true),
        (0x82, 65_536, true),
        (0x81, 512, true),
        (0x81, 65_536, true),
        (0x81, 511, false),
        (0x02, 100, true),
        (0x01, 512, true),
        (0x01, 511, false),
        (0x02, 20_000, false),
        (0x89, 100, false),
        (0x88, 100, false),
    ] {
        let (mut server, mut buffer) = (server(), ReadBuffer::new());
        let (event, left) = receive(&mut server, &mut buffer, &cut(first, len));
        let expected = if waits { 20 } else { 0 };
        assert_eq!((event, left), (None, expected), "{first:x}, {len}");
        assert_eq!(server.is_midway(), !waits, "what waits is not received");
    }
    let mut streaming = Connection::server(Config::new().streaming(true));
    let (_, left) = receive(&mut streaming, &mut ReadBuffer::new(), &cut(0x82, 100));
    assert_eq!(left, 0, "parts are returned as they come");
}

/// With more than eight fragments, an empty one, or a frame between them, it is assembled.
#[test]
fn r162_few_fragments_wait_and_no_frame_between_them_does() {
    let (first, next) = (masked(0x02, b"one"), masked(0x00, b"next"));
    for (after, waits) in [
        (next.repeat(6), true),
        (next.repeat(7), false),
        ([&next[..], &masked(0x00, b"")].concat(), false),
        ([&next[..], &[0x80]].concat(), true),
    ] {
        let (mut server, mut buffer) = (server(), ReadBuffer::new());
        let bytes = [&first[..], &after].concat();
        let (event, left) = receive(&mut server, &mut buffer, &bytes);
        assert_eq!(event, None);
        assert_eq!(left > 0, waits, "{after:x?}");
    }
    let (mut server, mut buffer) = (server(), ReadBuffer::new());
    let (event, _) = receive(&mut server, &mut buffer, &first);
    assert_eq!(event, None);
    let (event, left) = receive(&mut server, &mut buffer, &masked(0x89, b"?"));
    assert_eq!((event, left), (Some(Event::Ping(b"?"[..].into())), 0));
    let (event, _) = receive(&mut server, &mut buffer, &masked(0x80, b"two"));
    assert_eq!(event, Some(Event::Binary(b"onetwo"[..].into())));
}

#[test]
fn r163_a_fault_in_the_header_of_a_cut_message_is_refused_at_its_byte() {
    let config = Config::new().max_message_len(70_000).max_frame_len(70_000);
    for (header, error, at) in [
        (&[0x91, 0x85][..], ProtocolError::ReservedBits, 1),
        (&[0x83, 0x85], ProtocolError::ReservedOpcode, 1),
        (&[0x80, 0x85], ProtocolError::UnexpectedContinuation, 1),
        (&[0x81, 0x05], ProtocolError::Unmasked, 2),
        (&[0x81, 0x7E], ProtocolError::Unmasked, 2),
        (&[0x01, 0x7E], ProtocolError::Unmasked, 2),
        (&[0x82, 0x7F], ProtocolError::Unmasked, 2),
        (&[0x82, 0xFE, 0, 125], ProtocolError::NonMinimalLength, 4),
        (&[0x02, 0xFE, 0, 125], ProtocolError::NonMinimalLength, 4),
        (&[0x82, 0xFF, 0x80], ProtocolError::LengthOutOfRange, 3),
        (
            &[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
            ProtocolError::NonMinimalLength,
            10,
        ),
        (
            &[0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0x11, 0x71],
            ProtocolError::FrameTooBig,
            10,
        ),
    ] {
        let (mut connection, mut buffer) = (Connection::server(config), ReadBuffer::new());
        for (index, byte) in header.iter().enumerate() {
            let (event, left) = receive(&mut connection, &mut buffer, &[*byte]);
            let expected = (index + 1 == at).then_some(Event::Failed(error));
            assert_eq!(event, expected, "{header:x?}");
            if event.is_some() {
                break;
            }
            assert!(left <= index + 1);
        }
        assert_eq!(connection.phase(), ws_frame::Phase::Closed, "{header:x?}");
    }
}

#[test]
fn r166_a_long_text_that_waits_is_checked_when_it_is_whole_and_a_short_one_as_it_comes() {
    let invalid = Some(Event::Failed(ProtocolError::InvalidUtf8));
    for (len, at_once) in [(100, true), (512, false), (100_000, false)] {
        let mut text = vec![b'a'; len];
        text[10] = 0xFF;
        let frame = masked(0x81, &text);
        let (mut server, mut buffer) = (server(), ReadBuffer::new());
        let (event, _) = receive(&mut server, &mut buffer, &frame[..frame.len() - 1]);
        assert_eq!(event == invalid, at_once, "{len}");
        if !at_once {
            let (event, _) = receive(&mut server, &mut buffer, &frame[frame.len() - 1..]);
            assert_eq!(event, invalid, "{len}");
        }
    }
}

/// A driver that calls in another order than it should loses nothing either.
#[test]
fn r160_reads_before_events_are_taken_and_lengths_that_no_read_can_have() {
    let wire = stream(Role::Server);
    let (events, _) = feed(&mut server(), &wire);
    for len in [1, 10, 1000] {
        let (mut server, mut buffer) = (server(), ReadBuffer::with_len(len));
        buffer.extend_from_slice(&wire);
        assert_eq!(buffer.unread_len(), wire.len());
        let mut output = Vec::new();
        for event in events.iter().map(Some).chain([None]) {
            let mut unread = buffer.filled(0);
            let received = server.receive_from(&mut unread, &mut output);
            assert_eq!(received.as_ref(), event);
        }
    }
    assert_eq!(ReadBuffer::with_len(usize::MAX).capacity(), 0);
    let mut buffer = ReadBuffer::with_len(10);
    buffer.filled(1);
    assert!(buffer.is_empty(), "there was no place yet");
    assert_eq!(buffer.space().len(), 10);
    buffer.filled(usize::MAX);
    assert_eq!(buffer.unread_len(), 10);
}

/// Compressed messages never wait, and those behind them do.
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
    for len in [0, 5, 60, 100] {
        for read in 1..=100 {
            let seen = drive(&mut open(), &wire, read, len);
            assert_eq!(seen.events, events, "{read}, {len}");
        }
    }
}
