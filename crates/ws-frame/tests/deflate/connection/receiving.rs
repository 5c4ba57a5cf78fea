//! Receiving of compressed messages, whole and in parts.

use allocation_counter::measure;
use ws_frame::deflate::{Deflater, Options, Parameters};
use ws_frame::{Config, Connection, Event, Message, ProtocolError};
use ws_testkit::random::Random;

use super::{KEY, RSV1, receive, with_context, words};
use crate::bombs::bomb;
use crate::{dedicated, window};

fn streaming() -> Config {
    Config::new().streaming(true).max_message_len(u64::MAX)
}

/// A masked frame, as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    ws_testkit::wire::frame(first, Some([0; 4]), payload)
}

#[test]
fn c100_a_streamed_bomb_costs_one_part_at_a_time() {
    let zeros = 64 << 20;
    let mut bytes = frame(0x82 | RSV1, &bomb(zeros));
    let mut connection =
        Connection::server(streaming()).with_deflate(Parameters::default(), &Options::default());
    let (mut len, mut largest, mut ended) = (0, 0, false);
    let cost = measure(|| {
        let mut input = &mut bytes[..];
        while let Some(event) = connection.receive(&mut input, &mut Vec::new()) {
            let Event::BinaryPart(part) = event else {
                panic!("{event:?}");
            };
            len += part.data.len();
            largest = largest.max(part.data.len());
            assert!(!ended);
            ended = part.last;
        }
    });
    assert_eq!((len, ended), (zeros, true));
    assert!(!connection.is_midway());
    assert!(largest <= 64 << 10, "{largest} bytes in a part");
    // The decompressor, its history, the part, and the rest of the input, twice.
    assert!(cost.bytes_max < 300 << 10, "{cost:?}");
}

/// Parts that are still owed come first in the next call, whatever the new configuration says. The
/// buffer of a text doubles up to the limit, so at the last step the old and the new buffer exist
/// together.
#[test]
fn c100_a_bomb_of_text_costs_the_limit_and_a_constant() {
    let mut payload = Vec::new();
    Deflater::new(dedicated(9, 9, 15), false, window(15)).deflate(
        &vec![b'a'; 64 << 20],
        true,
        &mut payload,
    );
    let mut bytes = frame(0x81 | RSV1, &payload);
    let limit = (1 << 20) + (100 << 10);
    let config = Config::new().max_message_len(limit);
    let mut connection =
        Connection::server(config).with_deflate(Parameters::default(), &Options::default());
    let cost = measure(|| {
        let event = connection.receive(&mut &mut bytes[..], &mut Vec::new());
        assert_eq!(event, Some(Event::Failed(ProtocolError::MessageTooBig)));
    });
    assert!(cost.bytes_max <= 2 * limit + (120 << 10), "{cost:?}");
}

#[test]
fn parts_that_are_pending_are_not_lost() {
    let message = words(100_000);
    let mut source = Connection::client(Config::new(), || KEY)
        .with_deflate(Parameters::default(), &with_context());
    let mut bytes = Vec::new();
    source.send_text(&message, &mut bytes).expect("open");
    source
        .send_uncompressed(Message::Text("after"), &mut bytes)
        .expect("open");
    for quits_after in 0..8 {
        let mut connection = Connection::server(streaming())
            .with_deflate(Parameters::default(), &Options::default());
        let mut copy = bytes.clone();
        let mut input = &mut copy[..];
        let mut received = String::new();
        for _ in 0..quits_after {
            received += &part(connection.receive(&mut input, &mut Vec::new()));
        }
        connection.set_config(Config::new());
        let mut rest = input.to_vec();
        let mut input = &mut rest[..];
        let after = loop {
            match connection.receive(&mut input, &mut Vec::new()) {
                Some(Event::Text(after)) => break after,
                event => received += &part(event),
            }
        };
        // No part had been handed over when the configuration changed, so the message comes whole.
        let whole = if quits_after == 0 {
            received.is_empty() && after == message
        } else {
            received == message
        };
        assert!(
            whole && (quits_after == 0 || after == "after"),
            "{quits_after}"
        );
    }
}

fn part(event: Option<Event<'_>>) -> String {
    assert!(matches!(event, Some(Event::TextPart(_))), "{event:?}");
    match event {
        Some(Event::TextPart(part)) => part.data.into_owned(),
        _ => String::new(),
    }
}

#[test]
fn x20_good_parts_come_before_the_failure() {
    // "good", then a byte that is not UTF-8; the input behind it is not DEFLATE.
    let payload = [&b"\x00\x05\x00\xfa\xffgood\xff"[..], b"\x07"].concat();
    let mut bytes = frame(0x81 | RSV1, &payload);
    let mut connection =
        Connection::server(streaming()).with_deflate(Parameters::default(), &Options::default());
    let events = receive(&mut connection, &mut bytes);
    assert!(
        matches!(&events[..], [Event::TextPart(part), Event::Failed(ProtocolError::InvalidUtf8)] if part.data == "good"),
        "{events:?}"
    );
    let mut bytes = frame(0x82 | RSV1, &payload);
    let mut connection =
        Connection::server(streaming()).with_deflate(Parameters::default(), &Options::default());
    let events = receive(&mut connection, &mut bytes);
    assert!(
        matches!(&events[..], [Event::BinaryPart(part), Event::Failed(ProtocolError::InvalidDeflate)] if *part.data == *b"good\xff"),
        "{events:?}"
    );
}

#[test]
fn x19_incompressible_input_may_be_longer_on_the_wire_than_the_limit() {
    let random = Random::new(19).bytes(1000);
    let mut client = Connection::client(Config::new(), || KEY)
        .with_deflate(Parameters::default(), &with_context());
    let mut bytes = Vec::new();
    client
        .send_binary_fragment(&random[..500], false, &mut bytes)
        .expect("open");
    client
        .send_binary_fragment(&random[500..], true, &mut bytes)
        .expect("open");
    for (limit, event) in [
        (1000, Event::Binary(random.into())),
        (999, Event::Failed(ProtocolError::MessageTooBig)),
    ] {
        let config = Config::new().max_message_len(limit);
        let mut server =
            Connection::server(config).with_deflate(Parameters::default(), &Options::default());
        assert_eq!(receive(&mut server, &mut bytes.clone()), [event]);
    }
}

/// The inflated size bounds a compressed message, not the lengths of its frames. These bound the
/// next message again.
#[test]
fn r79_f19_a_compressed_message_leaves_the_next_its_limit() {
    for streaming in [false, true] {
        let config = Config::new().max_message_len(10).streaming(streaming);
        let mut connection =
            Connection::server(config).with_deflate(Parameters::default(), &Options::default());
        let stored = b"\x00\x05\x00\xfa\xffHello\x00\x00\x00\xff\xff\x00";
        let mut compressed = [
            frame(0x02 | RSV1, &stored[..12]),
            frame(0x80, &stored[12..]),
        ]
        .concat();
        assert!(
            !receive(&mut connection, &mut compressed).is_empty(),
            "16 bytes stand for 5"
        );
        assert_eq!(
            receive(&mut connection, &mut frame(0x82, &[7; 10])).len(),
            1
        );
        assert_eq!(
            receive(&mut connection, &mut frame(0x82, &[7; 11])),
            [Event::Failed(ProtocolError::MessageTooBig)]
        );
    }
}

/// An input that stands for several parts is copied once, not once for each part.
#[test]
fn r72_streaming_a_compressed_message_copies_its_input_once() {
    let cost = |len: usize| {
        let mut payload = Vec::new();
        for block in Random::new(72).bytes(len).chunks(65_535) {
            let len = u16::try_from(block.len()).expect("one block");
            payload.extend([0]);
            payload.extend(len.to_le_bytes());
            payload.extend((!len).to_le_bytes());
            payload.extend(block);
        }
        payload.push(0);
        let config = streaming()
            .max_message_len(u64::MAX)
            .max_frame_len(u64::MAX);
        let mut connection =
            Connection::server(config).with_deflate(Parameters::default(), &Options::default());
        let mut bytes = frame(0x82 | RSV1, &payload);
        let (mut input, mut output, mut received) = (&mut bytes[..], Vec::new(), 0);
        let info = measure(|| {
            while let Some(event) = connection.receive(&mut input, &mut output) {
                match event {
                    Event::BinaryPart(part) => received += part.data.len(),
                    event => unreachable!("no part of the message: {event:?}"),
                }
            }
        });
        assert_eq!(received, len);
        info.bytes_total
    };
    for len in [1 << 20, 4 << 20] {
        let (cost, len) = (cost(len), len as u64);
        assert!(cost < 4 * len, "{cost} bytes for {len}");
    }
}
