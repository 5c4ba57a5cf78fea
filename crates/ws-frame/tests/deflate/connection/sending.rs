//! Sending of compressed messages.

use std::sync::Arc;

use ws_frame::deflate::{Options, Parameters};
use ws_frame::{CloseCode, Config, Connection, Event, Message, Prepared, SendError};
use ws_testkit::random::Random;

use super::{RSV1, pair, parameters, receive, receive_into, text, with_context, words};
use crate::{dedicated, shared};

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
