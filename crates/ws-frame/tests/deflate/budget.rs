//! The budget of inflated bytes, and the progress of an unfinished message.

use proptest::prelude::*;
use ws_frame::deflate::{Decompressor, Options, Parameters, SharedContexts};
use ws_frame::{Config, Connection, Event};
use ws_testkit::random::Random;

fn client() -> Connection {
    Connection::client(Config::new(), || [1, 2, 3, 4])
        .with_deflate(Parameters::default(), &Options::default())
}

fn server(streaming: bool, options: &Options) -> Connection {
    let config = Config::new().streaming(streaming);
    Connection::server(config).with_deflate(Parameters::default(), options)
}

/// Receives with a budget of `budget` bytes in each turn. Returns the payload bytes of each turn,
/// with `true` if the message ended in it.
fn turns(connection: &mut Connection, bytes: &mut [u8], budget: usize) -> Vec<Vec<(usize, bool)>> {
    let (mut input, mut turns) = (bytes, Vec::new());
    loop {
        connection.set_inflate_budget(budget);
        let mut came = Vec::new();
        while let Some(event) = connection.receive(&mut input, &mut Vec::new()) {
            came.push(match event {
                Event::Text(text) => (text.len(), true),
                Event::Binary(payload) => (payload.len(), true),
                Event::TextPart(part) => (part.data.len(), part.last),
                Event::BinaryPart(part) => (part.data.len(), part.last),
                Event::Ping(_) => (0, true),
                other => unreachable!("{other:?}"),
            });
        }
        turns.push(came);
        if !connection.awaits_inflate_budget() {
            assert!(input.is_empty());
            return turns;
        }
        assert!(turns.len() < 100_000, "it gets on");
    }
}

fn bomb(text: bool) -> Vec<u8> {
    let (mut output, payload) = (Vec::new(), "x".repeat(LEN));
    let sent = if text {
        client().send_text(&payload, &mut output)
    } else {
        client().send_binary(payload.as_bytes(), &mut output)
    };
    sent.expect("the client is open");
    output
}

const LEN: usize = 4 << 20;

#[test]
fn r40_no_turn_inflates_more_than_its_budget() {
    for (text, streaming) in [(true, false), (false, false), (true, true), (false, true)] {
        for budget in [1000, 100_000, LEN, usize::MAX] {
            let mut connection = server(streaming, &Options::default());
            let came = turns(&mut connection, &mut bomb(text), budget);
            let needed = LEN.div_ceil(budget.min(LEN));
            assert!(
                (needed..=needed + 1).contains(&came.len()),
                "{} turns",
                came.len()
            );
            let total: usize = came.iter().flatten().map(|(len, _)| len).sum();
            assert_eq!(total, LEN);
            assert!(
                came.last()
                    .and_then(|came| came.last())
                    .is_some_and(|(_, last)| *last)
            );
        }
    }
}

/// Between turns a connection holds the inflated bytes, a copy of the lent bytes, and at most as
/// much again while the buffer grows.
#[test]
fn r41_a_message_that_waits_for_its_budget_says_what_it_holds() {
    let mut connection = server(false, &Options::default());
    let mut bytes = bomb(false);
    let len = bytes.len();
    let mut input = &mut bytes[..];
    for turn in 1..=10 {
        connection.set_inflate_budget(100_000);
        assert_eq!(connection.receive(&mut input, &mut Vec::new()), None);
        let message = connection.partial_message().expect("it is under way");
        assert!(message.received <= len as u64 && message.received + 20 > len as u64);
        assert!(message.held >= turn * 100_000 && message.held <= turn * 200_000 + len + 1024);
    }
    connection.set_inflate_budget(usize::MAX);
    let event = connection.receive(&mut input, &mut Vec::new());
    assert!(matches!(event, Some(Event::Binary(payload)) if payload.len() == LEN));
    assert_eq!(connection.partial_message(), None);
}

#[test]
fn r41_a_decompressor_that_a_message_borrows_is_held_for_it() {
    let options = Options::default().decompressor(Decompressor::Shared(SharedContexts::default()));
    let mut connection = server(false, &options);
    let mut bytes = bomb(true);
    connection.receive(&mut &mut bytes[..20], &mut Vec::new());
    let message = connection.partial_message().expect("it is under way");
    assert!((47 << 10..100 << 10).contains(&message.held), "{message:?}");
}

#[test]
fn r41_a_plain_message_holds_what_came_of_it_and_not_what_was_claimed() {
    let mut connection = Connection::server(Config::new());
    assert_eq!(connection.partial_message(), None);
    let mut bytes = b"\x82\xff\0\0\0\0\x01\0\0\0keys".to_vec();
    bytes.resize(14 + 100_000, 7);
    connection.receive(&mut &mut bytes[..], &mut Vec::new());
    let message = connection.partial_message().expect("it is under way");
    assert_eq!(message.received, 100_000);
    assert!(
        (100_000..=4 * 100_000 + 4096).contains(&message.held),
        "{message:?}"
    );
}

proptest! {
    /// A budget changes when messages arrive, and nothing else.
    #[test]
    fn r40_a_budget_changes_no_message(
        seed: u64, lens in prop::collection::vec(0_usize..40_000, 1..8), budget in 1_usize..50_000, streaming: bool,
    ) {
        let (mut client, mut random, mut bytes) = (client(), Random::new(seed), Vec::new());
        for (at, len) in lens.iter().enumerate() {
            let payload = random.bytes(*len / 3 + 1).repeat(3);
            let sent = match at % 3 {
                0 => client.send_binary(&payload, &mut bytes),
                1 => client.send_text(&"häß".repeat(*len / 5), &mut bytes),
                _ => client.send_binary_fragment(&payload, true, &mut bytes),
            };
            sent.expect("the client is open");
            client.send_ping(b"", &mut bytes).expect("the client is open");
        }
        let messages = |came: Vec<Vec<(usize, bool)>>| {
            let (mut messages, mut len) = (Vec::new(), 0);
            for (more, last) in came.into_iter().flatten() {
                len += more;
                if last {
                    messages.push(std::mem::take(&mut len));
                }
            }
            messages
        };
        let options = Options::default();
        let all = turns(&mut server(streaming, &options), &mut bytes.clone(), usize::MAX);
        let some = turns(&mut server(streaming, &options), &mut bytes, budget);
        prop_assert_eq!(messages(all), messages(some));
    }
}
