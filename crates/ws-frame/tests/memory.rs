//! What a peer can make us hold, counted: a binary of its own, because it counts every allocation.

use allocation_counter::{AllocationInfo, measure};
use ws_frame::{Config, Connection, Event, Phase};
use ws_fuzz::event::Role;
use ws_fuzz::wire;

const ROLES: [Role; 2] = [Role::Server, Role::Client];
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const MIB: usize = 1 << 20;

/// What may be held beside the payload: the state of one unfinished message.
const STATE: u64 = 256;

fn connection(role: Role, config: Config) -> Connection {
    match role {
        Role::Server => Connection::server(config),
        Role::Client => Connection::client(config, || KEY),
    }
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::new();
    change(&mut config);
    config
}

/// A frame as that side reads it.
fn frame(reader: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    wire::frame(first, (reader == Role::Server).then_some(KEY), payload)
}

/// Its header alone.
fn header(reader: Role, first: u8, len: u64) -> Vec<u8> {
    let mut header = wire::header(first, reader == Role::Server, len);
    if reader == Role::Server {
        header.extend(KEY);
    }
    header
}

/// Feeds the stream in pieces of a size, drains the output after each, and counts the events.
fn feed(connection: &mut Connection, stream: &mut [u8], piece: usize) -> usize {
    let mut output = Vec::with_capacity(256);
    let mut events = 0;
    for piece in stream.chunks_mut(piece) {
        let mut input = piece;
        while connection.receive(&mut input, &mut output).is_some() {
            events += 1;
        }
        output.clear();
    }
    events
}

/// What `feed` allocates, less its own output buffer.
fn count(connection: &mut Connection, stream: &mut [u8], piece: usize, events: usize) -> AllocationInfo {
    let mut seen = 0;
    let mut info = measure(|| seen = feed(connection, stream, piece));
    assert_eq!(seen, events, "events");
    info.count_total -= 1;
    info.bytes_total -= 256;
    info.bytes_max -= 256;
    info
}

#[test]
fn whole_messages_cost_no_allocation() {
    for role in ROLES {
        for len in [0, 1, 7, 64, 125, 126, 1000, 65_535, 65_536, 100_000] {
            let messages = 20;
            for first in [0x81, 0x82, 0x8a] {
                if first == 0x8a && len > 125 {
                    continue;
                }
                let mut stream = frame(role, first, &vec![b'x'; len]).repeat(messages);
                let mut connection = connection(role, Config::new());
                let whole = stream.len();
                let info = count(&mut connection, &mut stream, whole, messages);
                assert_eq!(
                    info.count_total, 0,
                    "{role:?}, {len} bytes, first byte {first:02x}"
                );
            }
        }
    }
}

#[test]
fn pings_and_their_answers_cost_no_allocation() {
    for role in ROLES {
        let mut stream = frame(role, 0x89, &[7; 60]).repeat(2);
        let mut connection = connection(role, Config::new());
        let whole = stream.len();
        assert_eq!(
            count(&mut connection, &mut stream, whole, 2).count_total,
            0,
            "{role:?}"
        );
    }
}

#[test]
fn whole_messages_behind_a_cut_cost_none_either() {
    // One message is cut by every read; the others in it are whole.
    let mut stream = frame(Role::Server, 0x82, &[7; 100]).repeat(1000);
    let mut connection = connection(Role::Server, Config::new());
    let info = count(&mut connection, &mut stream, 10_000, 1000);
    assert!(info.count_total <= 3 * 11, "{info:?}");
}

#[test]
fn sending_costs_no_allocation_beyond_the_output() {
    for role in ROLES {
        let mut connection = connection(role, Config::new());
        let mut output = Vec::with_capacity(MIB);
        let payload = vec![7; 10_000];
        let info = measure(|| {
            connection.send_text("hello", &mut output).unwrap();
            connection.send_binary(&payload, &mut output).unwrap();
            connection.send_text_fragment("a", false, &mut output).unwrap();
            connection.send_ping(b"p", &mut output).unwrap();
            connection.send_text_fragment("b", true, &mut output).unwrap();
            connection
                .close(ws_frame::CloseCode::NORMAL, "bye", &mut output)
                .unwrap();
        });
        assert_eq!(info.count_total, 0, "{role:?}");
    }
}

#[test]
fn nothing_is_held_between_messages_or_after_the_end() {
    for role in ROLES {
        let pieces = [
            frame(role, 0x01, &[b'a'; 5000]),
            frame(role, 0x80, &[b'b'; 5000]),
            frame(role, 0x89, &[7; 125]),
        ];
        for end in [frame(role, 0x88, b"\x03\xe8"), frame(role, 0x83, b"")] {
            let mut stream = [pieces.concat(), frame(role, 0x01, &[b'a'; 5000]), end].concat();
            let mut connection = connection(role, Config::new());
            let info = count(&mut connection, &mut stream, 100, 3);
            assert_eq!(info.bytes_current, 0, "{role:?}");
            assert!(info.bytes_max <= 3 * 10_000 + STATE, "{info:?}");
            assert_ne!(connection.phase(), Phase::Open);
        }
    }
}

#[test]
fn c73_f19_a_message_of_the_limit() {
    let limit = 4 * MIB;
    for role in ROLES {
        let mut stream = frame(role, 0x82, &vec![7; limit]);
        let mut connection = connection(role, config(|config| config.max_message_len = limit as u64));
        let info = count(&mut connection, &mut stream, 64 * 1024, 1);
        // Doubling, never over what is still to come: at the last step the old and the new.
        assert!(info.bytes_max <= limit as u64 * 2 + STATE, "{info:?}");
        assert!(info.count_total <= 10, "{info:?}");
    }
}

#[test]
fn c73_f19_one_byte_over_the_limit_is_refused_at_the_header() {
    let limit = 4 * MIB;
    for role in ROLES {
        let config = config(|config| config.max_message_len = limit as u64);
        let mut stream = header(role, 0x82, limit as u64 + 1);
        assert_eq!(
            count(&mut connection(role, config), &mut stream, 1, 1).count_total,
            0,
            "in one frame"
        );

        let mut stream = [
            frame(role, 0x02, &[7; 1000]),
            header(role, 0x80, limit as u64 - 999),
        ]
        .concat();
        let mut connection = connection(role, config);
        let info = count(&mut connection, &mut stream, 500, 1);
        assert!(info.bytes_max <= 3 * 1000 + STATE, "{info:?}");
        assert_eq!(info.bytes_current, 0, "what had come is let go");
    }
}

#[test]
fn c72_a_header_that_claims_a_gigabyte() {
    for role in ROLES {
        for first in [0x81, 0x82, 0x01, 0x02] {
            for streaming in [false, true] {
                let config = config(|config| {
                    (config.max_frame_len, config.max_message_len) = (2 << 30, 2 << 30);
                    config.streaming = streaming;
                });
                let mut connection = connection(role, config);
                let mut stream = header(role, first, 1 << 30);
                assert_eq!(
                    count(&mut connection, &mut stream, 3, 0).count_total,
                    0,
                    "the header alone"
                );
                let whole = frame(role, first, &[b'a'; 1000]);
                let mut stream = whole[header(role, first, 1000).len()..].to_vec();
                let info = measure(|| assert_eq!(feed(&mut connection, &mut stream, 100) > 0, streaming));
                assert!(info.bytes_max <= 3 * 1000 + 256 + STATE, "{info:?}");
            }
        }
    }
}

#[test]
fn rustsec_2022_0035_a_header_that_claims_a_terabyte() {
    let mut stream = header(Role::Server, 0x82, 1 << 40);
    let mut connection = connection(Role::Server, Config::new());
    assert_eq!(count(&mut connection, &mut stream, 100, 1).count_total, 0);
}

#[test]
fn c70_f20_131_000_fragments_of_one_byte() {
    for role in ROLES {
        let fragments = 131_000;
        let mut stream = frame(role, 0x02, b"a");
        stream.extend(frame(role, 0x00, b"a").repeat(fragments - 2));
        stream.extend(frame(role, 0x80, b"a"));
        let mut connection = connection(role, Config::new());
        let info = count(&mut connection, &mut stream, 64 * 1024, 1);
        // Doubling: at the last step the old and the new, which is at most twice the message.
        assert!(info.bytes_max <= 3 * fragments as u64 + STATE, "{info:?}");
        assert!(info.count_total <= 24, "{info:?}");
        assert_eq!(info.bytes_current, 0);
    }
}

#[test]
fn c71_f20_empty_fragments_without_end() {
    for first in [0x01, 0x02] {
        let mut stream = frame(Role::Server, first, b"");
        stream.extend(frame(Role::Server, 0x00, b"").repeat(2_000_000));
        let mut connection = connection(Role::Server, Config::new());
        let info = count(&mut connection, &mut stream, 64 * 1024, 1);
        assert!(info.bytes_max <= STATE, "{info:?}");
        assert_eq!(connection.phase(), Phase::Closed);
    }
}

#[test]
fn t24_large_fragments_without_end() {
    let mut stream = header(Role::Client, 0x02, 65_536);
    let mut connection = connection(Role::Client, config(|config| config.max_message_len = 4 << 20));
    let mut fragment = vec![0; 65_536];
    let info = measure(|| {
        let mut events = feed(&mut connection, &mut stream, 100);
        for _ in 0..1600 {
            events += feed(&mut connection, &mut fragment, 65_536);
            events += feed(&mut connection, &mut header(Role::Client, 0x00, 65_536), 100);
        }
        assert_eq!(events, 1);
    });
    assert!(info.bytes_max <= 3 * (4 << 20) + 4096, "{info:?}");
}

/// Every byte is moved a bounded number of times, however the text comes.
#[test]
fn t22_4_mib_of_text_in_fragments_of_64_bytes() {
    let text = "\u{20ac}uro \u{1f980} ".repeat(4 * MIB / 12);
    let mut fragments: Vec<_> = text.as_bytes().chunks(64).collect();
    let last = fragments.pop().unwrap();
    let mut stream = frame(Role::Server, 0x01, fragments[0]);
    for fragment in &fragments[1..] {
        stream.extend(frame(Role::Server, 0x00, fragment));
    }
    stream.extend(frame(Role::Server, 0x80, last));
    let mut connection = connection(Role::Server, Config::new());
    let info = count(&mut connection, &mut stream, 1000, 1);
    assert!(info.count_total <= 24, "{info:?}");
    assert!(info.bytes_total <= 4 * text.len() as u64, "{info:?}");
    assert!(info.bytes_max <= 3 * text.len() as u64 + STATE, "{info:?}");
}

/// One frame of 2^40 bytes, a read at a time: constant memory, and every byte is handed over.
#[test]
fn a_terabyte_in_one_frame_is_streamed() {
    stream_one_frame(Role::Client, 0x82, 1 << 40);
}

#[test]
fn a_masked_frame_of_4_gib_is_streamed() {
    stream_one_frame(Role::Server, 0x82, 1 << 32);
}

#[test]
fn a_text_of_4_gib_is_streamed() {
    stream_one_frame(Role::Client, 0x81, 1 << 32);
}

fn stream_one_frame(role: Role, first: u8, len: u64) {
    let config = config(|config| {
        (config.max_frame_len, config.max_message_len) = (u64::MAX, u64::MAX);
        config.streaming = true;
    });
    let mut connection = connection(role, config);
    let mut buffer = vec![b'a'; 64 * 1024];
    let (mut handed_over, mut parts, mut ended) = (0, 0, false);
    let info = measure(|| {
        assert_eq!(feed(&mut connection, &mut header(role, first, len), 100), 0);
        let mut output = Vec::new();
        while handed_over < len {
            let mut input = &mut buffer[..];
            while let Some(event) = connection.receive(&mut input, &mut output) {
                let (bytes, is_first, is_last) = match &event {
                    Event::BinaryPart(part) => (part.data.len(), part.first, part.last),
                    Event::TextPart(part) => (part.data.len(), part.first, part.last),
                    event => unreachable!("no part of the message: {event:?}"),
                };
                assert_eq!(is_first, parts == 0);
                handed_over += bytes as u64;
                ended = is_last;
                parts += 1;
            }
        }
    });
    assert!(ended);
    assert_eq!(handed_over, len);
    assert!(info.bytes_max <= 1024, "{info:?}");
    assert!(info.count_total <= 10, "{info:?}");
}

/// A peer that pings and never reads: the output stays short, and the newest ping is answered when there is room.
#[test]
fn c64_t23_n9_a_flood_of_pings_that_are_never_read() {
    for role in ROLES {
        let pings = 300_000_u32;
        let mut connection = connection(role, Config::new());
        let mut output = Vec::new();
        let mut ping = |number: u32, output: &mut Vec<u8>| {
            let mut payload = [7; 125];
            payload[..4].copy_from_slice(&number.to_be_bytes());
            let mut stream = frame(role, 0x89, &payload);
            let mut input = &mut stream[..];
            assert!(matches!(
                connection.receive(&mut input, output),
                Some(Event::Ping(_))
            ));
            assert!(connection.receive(&mut input, output).is_none());
        };
        for number in 0..pings {
            ping(number, &mut output);
            assert!(
                output.len() <= 4096 + 131,
                "{} bytes after {number} pings",
                output.len()
            );
        }
        assert!(output.capacity() <= 3 * 4096);
        output.clear();
        connection.flush_pong(&mut output);
        let mut newest = [7; 125];
        newest[..4].copy_from_slice(&(pings - 1).to_be_bytes());
        let key = (role == Role::Client).then_some(KEY);
        assert_eq!(
            output,
            wire::frame(0x8a, key, &newest),
            "the newest, and no other"
        );
        connection.flush_pong(&mut output);
        assert_eq!(output.len(), wire::frame(0x8a, key, &newest).len(), "once");
    }
}

#[test]
fn c67_n10_a_million_pongs_that_nobody_asked_for() {
    let mut stream = frame(Role::Server, 0x8a, &[7; 5]).repeat(1_000_000);
    let mut connection = connection(Role::Server, Config::new());
    let mut output = Vec::new();
    let mut pongs = 0;
    let info = measure(|| {
        let mut input = &mut stream[..];
        while let Some(event) = connection.receive(&mut input, &mut output) {
            assert!(matches!(event, Event::Pong(_)));
            pongs += 1;
        }
    });
    assert_eq!((pongs, info.count_total, output.len()), (1_000_000, 0, 0));
}

/// After a failure the input costs nothing but being thrown away.
#[test]
fn t26_f24_what_follows_a_failure_is_eaten() {
    let mut stream = [
        frame(Role::Server, 0x83, b""),
        frame(Role::Server, 0x81, &[b'a'; 100]).repeat(10_000),
    ]
    .concat();
    let mut connection = connection(Role::Server, Config::new());
    let info = count(&mut connection, &mut stream, 1000, 1);
    assert_eq!(info.count_total, 0);
}
