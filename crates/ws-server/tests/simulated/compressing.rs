//! permessage-deflate, agreed on and used.

use std::time::Duration;

use ws_server::{
    Cause, CloseCode, Compression, Config, ConfigError, ConnId, Message, Prepared, SendError,
    ws_frame::{
        self, Connection, Event,
        deflate::{Compressor, Level, MemoryLevel, Options, Parameters, SharedContexts, Tuning},
    },
};

use crate::{
    wire::{ALL, Far},
    world::{Client, Seen, World, request},
};

struct Squeezed {
    far: Far,
    connection: Connection,
}

/// A client that offers an extension: its end of the wire, what the program saw, and the head of
/// the answer.
fn offer(world: &mut World, extension: &str) -> (Far, Vec<(ConnId, Seen)>, String) {
    let Client { far, .. } = world.connect();
    let field = format!("\r\nSec-WebSocket-Extensions: {extension}\r\n\r\n");
    far.send(request("/").replace("\r\n\r\n", &field).as_bytes());
    let seen = world.settle();
    let head = String::from_utf8(far.take()).expect("heads are ASCII");
    (far, seen, head)
}

/// A client whose connection is open, and compressed.
fn open(world: &mut World) -> (ConnId, Squeezed) {
    let (far, seen, head) = offer(world, "permessage-deflate; client_max_window_bits");
    let [(id, Seen::Request(_))] = seen[..] else {
        panic!("{seen:?}")
    };
    assert!(
        head.contains(
            "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"
        ),
        "{head}"
    );
    let connection = Connection::client(ws_frame::Config::new(), || [1, 2, 3, 4])
        .with_deflate(Parameters::default(), &Options::default());
    (id, Squeezed { far, connection })
}

impl Squeezed {
    fn send(&mut self, text: &str) -> usize {
        let mut output = Vec::new();
        self.connection
            .send_text(text, &mut output)
            .expect("the client is open");
        self.far.send(&output);
        output.len()
    }

    /// Every message that came, and in how many bytes.
    fn read(&mut self) -> (Vec<String>, usize) {
        let mut bytes = self.far.take();
        let (len, mut input, mut texts) = (bytes.len(), &mut bytes[..], Vec::new());
        while let Some(event) = self.connection.receive(&mut input, &mut Vec::new()) {
            match event {
                Event::Text(text) => texts.push(text.into_owned()),
                other => panic!("{other:?}"),
            }
        }
        (texts, len)
    }
}

fn world() -> World {
    World::new(Config::default().compression(Compression::default()))
}

#[test]
fn x1_messages_are_compressed_both_ways_with_those_who_offer_it() {
    let mut world = world();
    let (id, mut client) = open(&mut world);
    for len in [1, 1000, 100_000] {
        let text = "x".repeat(len);
        assert!(client.send(&text) < 200);
        assert_eq!(world.settle(), [(id, Seen::Text(text.clone()))]);
        world.server.send_text(id, &text).expect("there is room");
        world.settle();
        let (texts, bytes) = client.read();
        assert_eq!(texts, [text]);
        assert!(bytes < 200, "{bytes}");
    }
    let (_, mut plain) = world.open();
    world
        .server
        .broadcast(&Prepared::new(Message::Text("to all")));
    world.settle();
    assert_eq!(client.read().0, ["to all"]);
    assert_eq!(plain.read(), ["to all"]);
}

/// The context that a connection keeps between compressed messages is no message under way.
#[test]
fn c79_a_compressed_connection_that_is_idle_is_not_late_with_a_message() {
    let deadline = Duration::from_secs(100);
    let config = Config::default()
        .compression(Compression::default())
        .message_timeout(deadline)
        .idle_timeout(None);
    let mut world = World::new(config);
    let (id, mut client) = open(&mut world);
    let sent = "again and again ".repeat(100);
    client.send(&sent);
    assert_eq!(world.settle(), [(id, Seen::Text(sent))]);
    world.pass(deadline);
    assert_eq!(world.settle(), []);
    assert_eq!(client.far.take(), b"");
}

/// Only a compressor of its own remembers.
#[test]
fn x3_a_client_is_told_whether_the_server_remembers() {
    for (compressor, answer) in [
        (
            Compressor::Shared(SharedContexts::default()),
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            Compressor::Dedicated(Tuning::default()),
            "permessage-deflate",
        ),
    ] {
        let mut compression = Compression::default();
        let options = compression.get_options().clone().compressor(compressor);
        compression = compression.options(options);
        let mut world = World::new(Config::default().compression(compression));
        let (_, _, head) = offer(&mut world, "permessage-deflate");
        assert!(
            head.contains(&format!("Extensions: {answer}\r\n")),
            "{head}"
        );
    }
}

#[test]
fn without_the_setting_offers_are_declined() {
    let mut world = World::new(Config::default());
    let (_, _, head) = offer(&mut world, "permessage-deflate");
    assert!(
        head.starts_with("HTTP/1.1 101 ") && !head.contains("Extensions"),
        "{head}"
    );
}

#[test]
fn a_broadcast_has_the_right_form_for_each_and_is_held_once_in_each() {
    let mut world = world();
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push((world.open(), open(&mut world)));
    }
    for ((_, plain), (_, squeezed)) in &all {
        plain.far.set_room(0);
        squeezed.far.set_room(0);
    }
    // Hardly to be compressed, so that both forms are long enough to be shared.
    let text: String = (0_u32..20_000)
        .map(|n| char::from(b' ' + u8::try_from(n * n / 7 % 91).unwrap_or(0)))
        .collect();
    let message = Prepared::deflated(Message::Text(&text), &Options::default());
    assert_eq!(world.server.broadcast(&message).dropped, 0);
    assert!(
        world.server.stats().queued_bytes < 2 * 20_100 + 10 * 200,
        "{}",
        world.server.stats().queued_bytes
    );
    for ((_, plain), (_, squeezed)) in &all {
        plain.far.set_room(ALL);
        squeezed.far.set_room(ALL);
    }
    world.settle();
    for ((_, plain), (_, squeezed)) in &mut all {
        assert_eq!(plain.read(), [text.as_str()]);
        let (texts, bytes) = squeezed.read();
        assert_eq!(texts, [text.as_str()]);
        assert!(bytes < 20_000, "{bytes}");
    }
    assert_eq!(world.server.stats().queued_bytes, 0);
}

/// Z06, S6, N15: what does not shrink grows, and even so nothing is beyond a bound, and the Close
/// has room.
#[test]
fn z06_s6_n15_messages_that_grow_when_compressed_stay_within_the_bounds() {
    const BOUND: usize = 300_000;
    for (total, tuning) in [(BOUND, Tuning::default()), (2 * BOUND, growing())] {
        let mut compression = Compression::default();
        let options = compression
            .get_options()
            .clone()
            .compressor(Compressor::Dedicated(tuning));
        compression = compression.options(options);
        let config = Config::default()
            .max_message_len(200_000)
            .max_queued(BOUND)
            .max_queued_total(total)
            .compression(compression);
        let mut world = World::new(config);
        let (far, seen, _) = offer(&mut world, "permessage-deflate");
        let [(id, Seen::Request(_))] = seen[..] else {
            panic!("{seen:?}")
        };
        far.set_room(0);
        let payload = incompressible(200_000);
        let mut full = 0;
        for round in 0..500 {
            // What would fit if it did not grow, less and less.
            let room = BOUND - world.server.queued_bytes(id);
            let len = room.saturating_sub(10 + round / 2).min(150_000);
            let sent = match round % 3 {
                0 => world.server.send_binary_fragment(id, &payload[..len], true),
                _ => world.server.send_binary(id, &payload[..len]),
            };
            full += usize::from(sent == Err(SendError::Full));
            assert!(world.server.queued_bytes(id) <= BOUND, "{len} in {room}");
            assert!(
                world.server.stats().queued_bytes <= total,
                "{len} in {room}"
            );
        }
        assert!(full > 100, "{full}");
        world
            .server
            .close(id, CloseCode::NORMAL, &"x".repeat(123))
            .expect("there is room");
    }
}

#[test]
fn a_bound_has_room_for_the_largest_message_however_it_grows() {
    let config = Config::default()
        .max_message_len(100_000)
        .max_queued(100_010);
    assert_eq!(config.check(), Ok(()));
    let config = config.compression(Compression::default());
    assert_eq!(config.check(), Err(ConfigError::LimitTooLow));
    let config = config.max_queued(115_000);
    assert_eq!(config.check(), Ok(()));
    let mut world = World::new(config);
    let (id, client) = open(&mut world);
    client.far.set_room(0);
    let payload = incompressible(100_000);
    world
        .server
        .send_binary(id, &payload)
        .expect("there is room");
}

/// An echo that ignores what sending answers does not meet `Full` for its messages' growth either.
#[test]
fn the_default_bound_counts_the_growth_of_what_waits() {
    let plain = Config::default();
    let squeezed = Config::default().compression(Compression::default());
    let bound = |config: &Config| {
        let text = format!("{config:?}");
        let (_, bound) = text.split_once("max_queued: ").expect("it is shown");
        bound.split(',').next().and_then(|bound| bound.parse().ok())
    };
    let (plain, squeezed): (usize, usize) = (
        bound(&plain).expect("a number"),
        bound(&squeezed).expect("a number"),
    );
    assert!(squeezed >= plain + 16 * 1024 * 1024 / 8);
}

/// Messages that take little room on the way in, and much on the way out: a peer that does not read
/// is asked no more, in the midst of what was read as well.
#[test]
fn c101_s6_an_echo_that_grows_never_sees_full_with_the_default_bound() {
    let config = Config::default()
        .max_message_len(1000)
        .compression(Compression::default());
    let mut world = World::new(config);
    let (_, mut client) = open(&mut world);
    let options = Options::new().min_len(0);
    client.connection = Connection::client(ws_frame::Config::new(), || [1, 2, 3, 4])
        .with_deflate(Parameters::default(), &options);
    client.far.set_room(0);
    let (text, mut all) = ("x".repeat(127), Vec::new());
    for _ in 0..20_000 {
        let sent = client.connection.send_text(&text, &mut all);
        sent.expect("the client is open");
    }
    client.far.send(&all);
    let (mut back, mut came, mut turns) = (0, 0, 0);
    while came < 20_000 {
        let mut turn = world
            .server
            .poll(&mut world.buffer, Some(Duration::ZERO))
            .expect("polling works");
        while let Some((id, event)) = world.server.next(&mut turn) {
            if let ws_server::Event::Text(text) = event {
                world.server.send_text(id, &text).expect("never full");
                back += 1;
            }
        }
        drop(turn);
        client.far.set_room(20_000);
        came += client.read().0.len();
        turns += 1;
        assert!(turns < 1000, "{back} went back, {came} came");
    }
    assert_eq!(back, 20_000);
}

/// The settings with which that is the most.
fn growing() -> Tuning {
    Tuning::new()
        .level(Level::FASTEST)
        .memory_level(MemoryLevel::LEAST)
}

fn incompressible(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0] | 0x90
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn c100_a_bomb_stops_at_the_limit() {
    let mut world = World::new(
        Config::default()
            .max_message_len(100_000)
            .compression(Compression::default()),
    );
    let (id, mut client) = open(&mut world);
    client.send(&"x".repeat(100_000));
    assert_eq!(world.settle(), [(id, Seen::Text("x".repeat(100_000)))]);
    assert!(client.send(&"x".repeat(100_001)) < 500);
    let seen = world.settle();
    let [(_, Seen::Closed(Cause::Protocol(error), 1006))] = seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(error.close_code(), CloseCode::TOO_BIG);
}

/// 16 KiB that stand for 16 MiB: another client is served in each turn, and no turn inflates more
/// than a read budget.
#[test]
fn r40_inflated_bytes_count_in_the_read_budget() {
    const BUDGET: usize = 128 * 1024;
    let mut world = world();
    let (bomber, mut bomb) = open(&mut world);
    let (other, mut client) = world.open();
    let text = "x".repeat(16 << 20);
    let len = bomb.send(&text);
    assert!(len < 20_000, "{len}");
    let (mut turns, mut held) = (0, 0);
    loop {
        client.text("are you there?");
        let seen = world.turn();
        let now = world.server.stats().assembling_bytes;
        turns += 1;
        assert!(
            seen.contains(&(other, Seen::Text("are you there?".into()))),
            "{turns}"
        );
        if seen.contains(&(bomber, Seen::Text(text.clone()))) {
            break;
        }
        // Memory doubles now and then.
        assert!(
            now <= (held + 2 * BUDGET).max(turns * 2 * BUDGET) + len,
            "{now} after {held}"
        );
        held = now;
        assert!(turns <= 200, "it gets on");
    }
    assert!(turns >= 128, "{turns}");
    assert_eq!(world.server.stats().assembling_bytes, 0);
}

/// A pause, a close by the peer and the end of the stream find what was taken and not inflated yet.
#[test]
fn r40_bytes_that_wait_for_their_budget_come_before_all_that_follow() {
    for paused in [false, true] {
        let mut world = world();
        let (id, mut client) = open(&mut world);
        let text = "x".repeat(1 << 20);
        client.send(&text);
        client.send("next");
        let mut close = Vec::new();
        let sent = client.connection.close(CloseCode::NORMAL, "", &mut close);
        sent.expect("it is open");
        client.far.send(&close);
        client.far.end(crate::wire::End::Eof);
        if paused {
            world.turn();
            world.server.pause(id).expect("it is open");
            assert_eq!(world.settle(), []);
            world.server.resume(id).expect("it is open");
        }
        world.patience = 20;
        let seen = world.settle();
        let expected = [
            (id, Seen::Text(text)),
            (id, Seen::Text("next".into())),
            (id, Seen::Closed(Cause::Peer, 1000)),
        ];
        assert!(seen == expected, "{} events", seen.len());
    }
}

/// Many who each have sent little that stands for much.
#[test]
fn r44_r40_inflated_messages_count_in_the_bound_of_all() {
    const TOTAL: usize = 4 << 20;
    let config = Config::default()
        .max_message_len(1 << 20)
        .max_assembling_total(TOTAL)
        .compression(Compression::default());
    let mut world = World::new(config);
    let mut clients: Vec<_> = (0..20).map(|_| open(&mut world)).collect();
    for (_, client) in &mut clients {
        let mut output = Vec::new();
        let sent = client
            .connection
            .send_text_fragment(&"x".repeat(1 << 20), false, &mut output);
        sent.expect("it is open");
        client.far.send(&output);
    }
    let mut ended = 0;
    for _ in 0..50 {
        let seen = world.turn();
        assert!(
            seen.iter()
                .all(|(_, seen)| *seen == Seen::Closed(Cause::Overloaded, 1006))
        );
        ended += seen.len();
        let held = world.server.stats().assembling_bytes;
        assert!(held <= TOTAL, "{held} bytes");
    }
    assert!((12..=18).contains(&ended), "{ended}");
}
