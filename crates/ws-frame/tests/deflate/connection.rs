//! `Connection` with permessage-deflate: sending, and receiving in parts. The rows of
//! `vectors/frames.txt` hold the events for given bytes.

use std::sync::Arc;

use allocation_counter::measure;
use proptest::prelude::*;
use ws_frame::deflate::{Deflater, Options, Parameters};
use ws_frame::{CloseCode, Config, Connection, Event, Message, Prepared, ProtocolError, SendError};
use ws_testkit::cuts;
use ws_testkit::random::Random;

use super::inflating::bomb;
use super::{dedicated, shared, window};

const KEY: [u8; 4] = [1, 2, 3, 4];
const RSV1: u8 = 0x40;

/// Server and client of one connection.
fn pair(agreed: Parameters, options: &Options) -> (Connection, Connection) {
    (
        Connection::server(Config::new()).with_deflate(agreed, options),
        Connection::client(Config::new(), || KEY).with_deflate(agreed, options),
    )
}

fn with_context() -> Options {
    Options::default().compressor(dedicated(6, 8, 15))
}

fn parameters(
    server_forgets: bool,
    client_forgets: bool,
    server_bits: u8,
    client_bits: u8,
) -> Parameters {
    Parameters::new(server_forgets, client_forgets, server_bits, client_bits).expect("8 to 15")
}

/// The message that the other end receives. Fails unless all bytes are read.
fn receive(connection: &mut Connection, bytes: &mut [u8]) -> Vec<Event<'static>> {
    let mut input = bytes;
    let events = std::iter::from_fn(|| {
        connection
            .receive(&mut input, &mut Vec::new())
            .map(Event::into_owned)
    });
    events.collect()
}

fn text(text: &str) -> Event<'static> {
    Event::Text(text.to_owned().into())
}

/// Compressible text of `len` bytes.
fn words(len: usize) -> String {
    "the same words again and again, "
        .chars()
        .cycle()
        .take(len)
        .collect()
}

#[test]
fn x9_x11_messages_go_compressed_both_ways() {
    for options in [Options::default(), with_context()] {
        let (mut server, mut client) = pair(Parameters::default(), &options);
        for len in [200, 300, 100_000, 200] {
            let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
            server.send_text(&words(len), &mut to_client).expect("open");
            client
                .send_binary(words(len).as_bytes(), &mut to_server)
                .expect("open");
            assert_eq!((to_client[0], to_server[0]), (0x81 | RSV1, 0x82 | RSV1));
            assert!(to_client.len() < len / 2 && to_server.len() < len / 2);
            assert_eq!(receive(&mut client, &mut to_client), [text(&words(len))]);
            let binary = Event::Binary(words(len).into_bytes().into());
            assert_eq!(receive(&mut server, &mut to_server), [binary]);
        }
    }
}

#[test]
fn short_messages_go_as_they_are() {
    let (mut server, _) = pair(Parameters::default(), &Options::default());
    for (len, first) in [
        (0, 0x81),
        (Options::DEFAULT_MIN_LEN - 1, 0x81),
        (Options::DEFAULT_MIN_LEN, 0x81 | RSV1),
    ] {
        let mut output = Vec::new();
        server.send_text(&words(len), &mut output).expect("open");
        assert_eq!(output[0], first, "{len} bytes");
    }
    server
        .send_ping(words(125).as_bytes(), &mut Vec::new())
        .expect("open");
}

/// Neither this end's compressor nor the peer's context sees the uncompressed message.
#[test]
fn c114_x21_a_message_can_go_uncompressed() {
    let (mut server, mut client) = pair(Parameters::default(), &with_context());
    let (public, secret) = (words(200), "s".repeat(200));
    let mut output = Vec::new();
    server.send_text(&public, &mut output).expect("open");
    let secret_at = output.len();
    server
        .send_uncompressed(Message::Text(&secret), &mut output)
        .expect("open");
    assert_eq!(output[secret_at], 0x81);
    let after = output.len();
    server.send_text(&secret, &mut output).expect("open");
    server.send_text(&public, &mut output).expect("open");
    assert_eq!(output[after], 0x81 | RSV1);
    let events = [&public, &secret, &secret, &public].map(|message| text(message));
    assert_eq!(receive(&mut client, &mut output), events);
}

#[test]
fn z06_a_message_that_does_not_shrink_goes_plain_or_stays_in_step() {
    let random = Random::new(6).bytes(1000);
    for (options, first) in [(Options::default(), 0x82), (with_context(), 0x82 | RSV1)] {
        let (mut server, mut client) = pair(Parameters::default(), &options);
        let mut output = Vec::new();
        server.send_binary(&random, &mut output).expect("open");
        assert_eq!(output[0], first);
        assert!(
            output.len() <= 4 + random.len() + 11,
            "{} bytes",
            output.len()
        );
        let once = output.len();
        server.send_binary(&random, &mut output).expect("open");
        assert_eq!(
            output.len() - once < 100,
            first & RSV1 != 0,
            "a reference to the first"
        );
        let message = Event::Binary(random.clone().into());
        assert_eq!(
            receive(&mut client, &mut output),
            [message.clone(), message]
        );
    }
}

/// Not by a single byte.
#[test]
fn z06_no_message_grows_unless_a_context_wants_it() {
    let (mut server, _) = pair(Parameters::default(), &Options::default());
    for len in 128..1000 {
        let mut message = Random::new(len as u64).bytes(len);
        message[..len / 20].fill(b'a');
        let mut output = Vec::new();
        server.send_binary(&message, &mut output).expect("open");
        assert!(output.len() <= 4 + len);
        assert_eq!(output[0] & RSV1 != 0, output.len() < 4 + len, "{len} bytes");
    }
}

#[test]
fn x9_x12_only_the_first_fragment_says_that_it_is_compressed() {
    for options in [Options::default(), with_context()] {
        let (mut server, mut client) = pair(Parameters::default(), &options);
        for fragments in [
            &["one, ", "two, ", "three"][..],
            &["", "one", ""],
            &["", "", ""],
        ] {
            let mut output = Vec::new();
            let mut firsts = Vec::new();
            for (i, fragment) in fragments.iter().enumerate() {
                let at = output.len();
                server
                    .send_text_fragment(fragment, i == 2, &mut output)
                    .expect("in order");
                firsts.push(output[at]);
                server
                    .send_ping(b"", &mut output)
                    .expect("between fragments");
            }
            assert_eq!(firsts, [0x01 | RSV1, 0x00, 0x80]);
            let mut events = receive(&mut client, &mut output);
            events.retain(|event| !matches!(event, Event::Ping(_)));
            assert_eq!(events, [text(&fragments.concat())]);
        }
    }
}

/// The agreement on compression comes in the middle of a message.
#[test]
fn x9_a_message_that_began_plain_goes_on_plain() {
    let (_, mut client) = pair(Parameters::default(), &Options::default());
    let mut output = Vec::new();
    let mut server = Connection::server(Config::new());
    server
        .send_text_fragment("a", false, &mut output)
        .expect("a first fragment");
    let mut server = server.with_deflate(Parameters::default(), &Options::default());
    for (fragment, last) in [("b", false), ("c", true)] {
        server
            .send_text_fragment(fragment, last, &mut output)
            .expect("the next fragment");
    }
    assert_eq!(output, b"\x01\x01a\x00\x01b\x80\x01c");
    assert_eq!(receive(&mut client, &mut output), [text("abc")]);
}

#[test]
fn a_refused_message_leaves_no_trace() {
    let (mut server, mut client) = pair(Parameters::default(), &with_context());
    let mut output = Vec::new();
    server
        .send_text_fragment(&words(200), false, &mut output)
        .expect("open");
    let len = output.len();
    assert_eq!(
        server.send_text(&words(300), &mut output),
        Err(SendError::MessageUnfinished)
    );
    assert_eq!(
        server.send_binary_fragment(b"", true, &mut output),
        Err(SendError::MessageUnfinished)
    );
    assert_eq!(output.len(), len);
    server
        .send_text_fragment("", true, &mut output)
        .expect("its own kind");
    server.send_text(&words(300), &mut output).expect("open");
    assert_eq!(
        receive(&mut client, &mut output),
        [text(&words(200)), text(&words(300))]
    );
    server
        .close(CloseCode::NORMAL, "", &mut output)
        .expect("open");
    assert_eq!(
        server.send_text(&words(300), &mut Vec::new()),
        Err(SendError::Closed)
    );
}

#[test]
fn n9_a_pong_waits_for_room_beside_compression() {
    let (mut server, mut client) = pair(Parameters::default(), &with_context());
    let mut full = vec![0; 5000];
    let mut ping = *b"\x89\x81\0\0\0\0p";
    receive_into(&mut server, &mut ping, &mut full);
    assert_eq!(full.len(), 5000, "no room");
    let mut output = Vec::new();
    server.send_text(&words(200), &mut output).expect("open");
    server.send_text(&words(200), &mut output).expect("open");
    let answer = Event::Pong(b"p".as_slice().into());
    assert_eq!(
        receive(&mut client, &mut output),
        [answer, text(&words(200)), text(&words(200))]
    );
}

fn receive_into(connection: &mut Connection, bytes: &mut [u8], output: &mut Vec<u8>) {
    let mut input = bytes;
    while connection.receive(&mut input, output).is_some() {}
}

#[test]
fn x15_each_end_forgets_what_it_agreed_to_forget() {
    for (server_forgets, client_forgets) in [(true, false), (false, true)] {
        let agreed = parameters(server_forgets, client_forgets, 15, 15);
        let (mut server, mut client) = pair(agreed, &with_context());
        let mut lens = [Vec::new(), Vec::new()];
        for _ in 0..2 {
            let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
            server.send_text(&words(200), &mut to_client).expect("open");
            client.send_text(&words(200), &mut to_server).expect("open");
            lens[0].push(to_client.len());
            lens[1].push(to_server.len());
            assert_eq!(receive(&mut client, &mut to_client), [text(&words(200))]);
            assert_eq!(receive(&mut server, &mut to_server), [text(&words(200))]);
        }
        assert_eq!(
            lens.map(|lens| lens[0] == lens[1]),
            [server_forgets, client_forgets]
        );
    }
}

#[test]
fn a_prepared_message_goes_compressed_where_no_context_is_kept() {
    let options = Options::default();
    let message = words(1000);
    let prepared = Prepared::deflated(Message::Text(&message), &options);
    let forgets = parameters(true, false, 15, 15);
    let narrow = |bits| parameters(false, false, bits, 15);
    let peers = [
        (pair(Parameters::default(), &options), true),
        (pair(forgets, &with_context()), true),
        (pair(narrow(10), &options), true),
        // The message's references would reach beyond the peer's window.
        (pair(narrow(9), &options), false),
        // The context would lack the uncompressed message.
        (pair(Parameters::default(), &with_context()), false),
    ];
    for ((mut server, mut client), compressed) in peers {
        let mut output = Vec::new();
        server.send_prepared(&prepared, &mut output).expect("open");
        assert_eq!(output[0] & RSV1 != 0, compressed);
        assert_eq!(output, *server.share(&prepared).expect("open"));
        server.send_text(&message, &mut output).expect("open");
        assert_eq!(
            receive(&mut client, &mut output),
            [text(&message), text(&message)]
        );
        let mut masked = Vec::new();
        client.send_prepared(&prepared, &mut masked).expect("open");
        assert_eq!(receive(&mut server, &mut masked), [text(&message)]);
    }
    let mut plain = Connection::server(Config::new());
    assert_eq!(plain.share(&prepared).expect("open")[0], 0x81);
}

#[test]
fn a_prepared_message_reaches_no_farther_than_its_compressor() {
    let message = words(2000);
    for compressor in [shared(2, 8, 10), dedicated(2, 8, 10)] {
        let options = Options::default().compressor(compressor);
        let prepared = Prepared::deflated(Message::Text(&message), &options);
        for (bits, compressed) in [(9, false), (10, true)] {
            let agreed = parameters(true, false, bits, 15);
            let (mut server, mut client) = pair(agreed, &options);
            let mut output = Vec::new();
            server.send_prepared(&prepared, &mut output).expect("open");
            assert_eq!(output[0] & RSV1 != 0, compressed, "{bits}");
            assert_eq!(receive(&mut client, &mut output), [text(&message)]);
        }
    }
}

#[test]
fn c78_a_prepared_message_is_compressed_once() {
    let options = Options::default();
    let prepared = Prepared::deflated(Message::Text(&words(1000)), &options);
    let (mut one, mut other) = (
        pair(Parameters::default(), &options).0,
        pair(Parameters::default(), &options).0,
    );
    let (first, second) = (
        one.share(&prepared).expect("open"),
        other.share(&prepared).expect("open"),
    );
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(first[0], 0x81 | RSV1);
}

#[test]
fn a_prepared_message_that_does_not_shrink_goes_plain() {
    let options = Options::default();
    let (mut server, _) = pair(Parameters::default(), &options);
    for message in [Random::new(1).bytes(1000), words(100).into_bytes()] {
        let prepared = Prepared::deflated(Message::Binary(&message), &options);
        assert_eq!(server.share(&prepared).expect("open")[0], 0x82);
        assert_eq!(prepared.payload(), message);
    }
}

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

#[test]
fn c113_an_idle_connection_that_agreed_costs_little() {
    let options = Options::default();
    let cost = measure(|| {
        std::mem::forget(
            Connection::server(Config::new()).with_deflate(Parameters::default(), &options),
        );
    });
    assert!(cost.bytes_current <= 640, "{cost:?}");
    let (mut server, mut client) = pair(Parameters::default(), &options);
    let cost = measure(|| {
        let mut output = Vec::new();
        client.send_text("short", &mut output).expect("open");
        receive(&mut server, &mut output);
    });
    assert_eq!(
        cost.bytes_current, 0,
        "what is not compressed needs no context"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// Messages come back as they were sent, with any fragments, any agreement and any cuts.
    #[test]
    fn messages_are_received_as_they_were_sent(seed: u64) {
        let random = &mut Random::new(seed);
        let agreed = parameters(
            random.one_in(2),
            random.one_in(2),
            8 + random.byte() % 8,
            8 + random.byte() % 8,
        );
        let mut options = Options::default();
        let make = if random.one_in(2) { shared } else { dedicated };
        options = options.compressor(make(1 + random.byte() % 9, 1 + random.byte() % 9, 8 + random.byte() % 8));
        options = options.min_len(random.below(100));
        let (server, client) = pair(agreed, &options);
        let (mut sender, mut receiver) = if random.one_in(2) { (server, client) } else { (client, server) };
        let (mut bytes, mut sent) = (Vec::new(), Vec::new());
        for _ in 0..random.below(12) {
            sent.push(send(&mut sender, &options, random, &mut bytes));
        }
        let cuts = cuts::in_many(bytes.len(), random);
        let mut received = Vec::new();
        for range in cuts::ranges(bytes.len(), &cuts) {
            received.extend(receive(&mut receiver, &mut bytes[range]));
        }
        prop_assert_eq!(received, sent);
    }
}

/// Sends a message in one of the possible ways, chosen at random.
fn send(
    sender: &mut Connection,
    options: &Options,
    random: &mut Random,
    output: &mut Vec<u8>,
) -> Event<'static> {
    let chars = [3, 30, 300, 3000][random.below(4)];
    let mut message = random.text(chars);
    message += &message.clone();
    let sent = match random.below(4) {
        0 => sender.send_text(&message, output),
        1 => sender.send_uncompressed(Message::Text(&message), output),
        2 => sender.send_prepared(
            &Prepared::deflated(Message::Text(&message), options),
            output,
        ),
        _ => {
            let (first, last) = message.split_at(message.len() / 2);
            sender
                .send_text_fragment(first, false, output)
                .and_then(|()| sender.send_text_fragment(last, true, output))
        }
    };
    sent.expect("open");
    text(&message)
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
