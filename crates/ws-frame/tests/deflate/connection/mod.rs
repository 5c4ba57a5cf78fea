//! `Connection` with permessage-deflate: sending, and receiving in parts. The rows of
//! `vectors/frames.txt` hold the events for given bytes.

mod receiving;
mod sending;

use allocation_counter::measure;
use proptest::prelude::*;
use ws_frame::deflate::{Options, Parameters};
use ws_frame::{Config, Connection, Event, Message, Prepared};
use ws_testkit::cuts;
use ws_testkit::random::Random;

use crate::{dedicated, shared};

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

fn receive_into(connection: &mut Connection, bytes: &mut [u8], output: &mut Vec<u8>) {
    let mut input = bytes;
    while connection.receive(&mut input, output).is_some() {}
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
