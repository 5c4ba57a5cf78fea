//! Peers that are slower than what they are sent, and programs that are slower than their peers.

use std::time::Duration;

use ws_server::{Cause, CloseCode, Config, Delivery, SendError, SlowPeers, ws_frame};

use crate::{
    wire::{ALL, End},
    world::{KIB, Seen, World},
};

/// Bytes of the header of a message of 126 to 65,535 bytes.
const HEADER: usize = 4;

#[test]
fn c75_queued_bytes_are_bounded_and_full_queues_nothing() {
    let mut world = World::new(
        Config::default()
            .max_message_len(64 * KIB)
            .max_queued(256 * KIB),
    );
    let (id, client) = world.open();
    client.far.set_room(0);
    let message = vec![1; 1000];
    let (mut taken, mut full) = (0, 0);
    for n in 0..100_000 {
        match world.server.send_binary(id, &message) {
            Ok(Delivery::Queued) => taken += 1,
            Ok(Delivery::Backlogged { bytes }) => {
                taken += 1;
                assert_eq!(bytes, taken * (1000 + HEADER));
            }
            Err(error) => {
                assert_eq!(error, SendError::Full);
                full += 1;
            }
        }
        let waiting = world.server.queued_bytes(id);
        assert!(waiting <= 256 * KIB && waiting == taken * (1000 + HEADER));
        if n % 1000 == 0 {
            world.turn();
        }
    }
    assert_eq!(taken, 256 * KIB / (1000 + HEADER));
    assert_eq!(world.server.stats().dropped_messages, full);
    let small = world.server.send_binary(id, &[1; 10]);
    assert!(
        matches!(small, Ok(Delivery::Backlogged { .. })),
        "what still fits is taken"
    );
    assert_eq!(
        world.server.send_binary(id, &vec![1; 256 * KIB]),
        Err(SendError::TooLong)
    );
}

#[test]
fn c76_a_peer_that_does_not_keep_up_is_closed_behind_whole_frames() {
    let config = Config::default()
        .max_message_len(16 * KIB)
        .max_queued(128 * KIB)
        .slow_peers(SlowPeers::Close);
    let mut world = World::new(config);
    let (id, mut client) = world.open();
    client.far.set_room(1500);
    let mut taken = 0;
    let error = loop {
        match world.server.send_text(id, &format!("{taken:0>1000}")) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, SendError::Full);
    assert_eq!(world.server.send_text(id, "x"), Err(SendError::NotOpen));
    world.turn();
    let mut read = client.read();
    while read.last().is_none_or(|last| !last.starts_with("close")) {
        client.far.set_room(777);
        world.settle();
        read.extend(client.read());
    }
    let expected: Vec<_> = (0..taken)
        .map(|n| format!("{n:0>1000}"))
        .chain(["close 1013".to_owned()])
        .collect();
    assert_eq!(read, expected);
    client.far.set_room(ALL);
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Local, 1013))]);
}

#[test]
fn n15_c77_a_close_always_has_room() {
    let mut world = World::new(
        Config::default()
            .max_message_len(64 * KIB)
            .max_queued(64 * KIB + 10),
    );
    let (id, mut client) = world.open();
    client.far.set_room(0);
    while world.server.send_binary(id, &[1; 100]).is_ok() {}
    let reason = "x".repeat(123);
    world
        .server
        .close(id, CloseCode::NORMAL, &reason)
        .expect("there is room");
    world.settle();
    client.far.set_room(ALL);
    world.settle();
    assert_eq!(client.read().last().map(String::as_str), Some("close 1000"));
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Local, 1000))]);
}

#[test]
fn c77_a_close_behind_a_backlog_that_nobody_reads_is_cut_at_the_deadline() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &vec![1; 200 * KIB])
        .expect("there is room");
    world
        .server
        .close(id, CloseCode::NORMAL, "")
        .expect("it is open");
    assert_eq!(world.settle(), []);
    world.pass(Duration::from_secs(10));
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::CloseTimeout, 1006))]
    );
    assert_eq!(world.server.stats().queued_bytes, 0);
}

#[test]
fn above_high_the_peer_is_not_read_and_below_low_it_is_and_the_program_is_told_once() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &vec![1; 63 * KIB])
        .expect("there is room");
    client.text("read");
    assert_eq!(world.settle(), [(id, Seen::Text("read".into()))]);
    world
        .server
        .send_binary(id, &vec![1; 2 * KIB])
        .expect("there is room");
    client.text("not read yet");
    assert_eq!(world.settle(), []);
    assert_ne!(client.far.unread(), 0);
    client.far.set_room(40 * KIB);
    assert_eq!(world.settle(), [], "between the marks nothing changes");
    client.far.set_room(10 * KIB);
    assert_eq!(
        world.settle(),
        [
            (id, Seen::Writable),
            (id, Seen::Text("not read yet".into()))
        ]
    );
    client.far.set_room(ALL);
    assert_eq!(world.settle(), []);
    assert_eq!(world.server.queued_bytes(id), 0);
}

#[test]
fn a_full_peer_is_told_of_though_it_was_never_above_high() {
    let mut world = World::new(
        Config::default()
            .max_message_len(70 * KIB)
            .max_queued(70 * KIB + 10),
    );
    let (id, client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &vec![1; 20 * KIB])
        .expect("there is room");
    assert_eq!(
        world.server.send_binary(id, &vec![1; 60 * KIB]),
        Err(SendError::Full)
    );
    assert_eq!(world.settle(), []);
    client.far.set_room(10 * KIB);
    assert_eq!(world.settle(), [(id, Seen::Writable)]);
    world
        .server
        .send_binary(id, &vec![1; 59 * KIB])
        .expect("now there is room");
}

#[test]
fn s6_all_peers_together_are_bounded() {
    let mut world = World::new(
        Config::default()
            .max_message_len(64 * KIB)
            .max_queued(1024 * KIB)
            .max_queued_total(256 * KIB),
    );
    let clients: Vec<_> = (0..10).map(|_| world.open()).collect();
    for (_, client) in &clients {
        client.far.set_room(0);
    }
    let mut full = 0;
    for _ in 0..100 {
        // In turn: one that has more than another would have to make room.
        for (id, _) in &clients {
            full += usize::from(world.server.send_binary(*id, &[1; 1000]) == Err(SendError::Full));
            assert!(world.server.stats().queued_bytes <= 256 * KIB);
        }
    }
    assert!(full > 700);
    for (_, client) in &clients {
        client.far.set_room(ALL);
    }
    world.settle();
    assert_eq!(world.server.stats().queued_bytes, 0);
    world
        .server
        .send_binary(clients[0].0, &[1; 1000])
        .expect("there is room again");
}

#[test]
fn v05_a_peer_that_stops_reading_keeps_nobody_busy() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &vec![1; 100 * KIB])
        .expect("there is room");
    world.settle();
    let (writes, reads) = (client.far.writes(), client.far.reads());
    for _ in 0..100 {
        assert_eq!(world.turn(), []);
    }
    assert_eq!((client.far.writes(), client.far.reads()), (writes, reads));
}

/// C-64, T23: pings without end from a peer that reads nothing.
#[test]
fn c64_t23_pings_of_a_peer_that_does_not_read_cost_no_memory() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.far.set_room(0);
    let mut pings = 0;
    for _ in 0..1000 {
        for _ in 0..300 {
            client.ping();
        }
        pings += world.settle().len();
        assert!(
            world.server.queued_bytes(id) <= 5 * KIB,
            "{}",
            world.server.queued_bytes(id)
        );
    }
    assert_eq!(pings, 300_000);
    client.far.set_room(ALL);
    world.settle();
    let answers = client.read().len();
    assert!((1..50).contains(&answers), "{answers}");
}

#[test]
fn c65_ten_pings_are_ten_pongs() {
    let mut world = World::new(Config::default());
    let (_, mut client) = world.open();
    for _ in 0..10 {
        client.ping();
    }
    world.settle();
    assert_eq!(client.read(), ["pong"; 10]);
}

#[test]
fn t34_a_pong_that_was_blocked_goes_out_later() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &[1; 5000])
        .expect("there is room");
    world.settle();
    client.ping();
    assert_eq!(world.settle(), [(id, Seen::Ping)]);
    client.far.set_room(ALL);
    assert_eq!(world.settle(), []);
    assert_eq!(client.read(), ["binary 5000", "pong"]);
}

/// An echo that ignores what sending answers, at sizes up to the limit, never meets `Full`.
#[test]
fn an_echo_never_sees_full_with_the_default_bound() {
    let mut world = World::new(Config::default().max_message_len(200 * KIB));
    let (id, mut client) = world.open();
    client.far.set_room(0);
    let mut back = 0;
    for round in 0..400 {
        client.binary(if round % 7 == 0 {
            200 * KIB
        } else {
            round * 97 % 9000
        });
    }
    for round in 0..4000 {
        for (_, seen) in world.turn() {
            if let Seen::Binary(len) = seen {
                world
                    .server
                    .send_binary(id, &vec![1; len])
                    .expect("never full");
                back += 1;
            }
        }
        client.far.set_room(round * 31 % 40_000);
    }
    client.far.set_room(ALL);
    world.patience = 20;
    while back < 400 {
        for (_, seen) in world.turn() {
            if let Seen::Binary(len) = seen {
                world
                    .server
                    .send_binary(id, &vec![1; len])
                    .expect("never full");
                back += 1;
            }
        }
    }
}

#[test]
fn a_paused_peer_is_not_read_and_the_rest_of_what_was_read_waits() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let mut bytes = client.encode_text("first");
    bytes.extend(client.encode_text("second"));
    bytes.extend(client.encode_text("third"));
    client.far.send(&bytes);
    let mut seen = Vec::new();
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    while let Some((id, event)) = world.server.next(&mut turn) {
        seen.push(Seen::new(&event));
        world.server.pause(id).expect("it is open");
    }
    drop(turn);
    assert_eq!(seen, [Seen::Text("first".into())]);
    assert_eq!(world.settle(), []);
    client.text("fourth");
    client.far.end(End::Eof);
    assert_eq!(world.settle(), []);
    world.server.resume(id).expect("it is open");
    let texts = ["second", "third", "fourth"].map(|text| (id, Seen::Text(text.into())));
    let seen = world.settle();
    assert_eq!(seen[..3], texts);
    assert_eq!(seen[3..], [(id, Seen::Closed(Cause::Vanished, 1006))]);
}

#[test]
fn many_small_messages_of_a_turn_are_one_write() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    let before = client.far.writes();
    for _ in 0..1000 {
        world.server.send_text(id, "small").expect("there is room");
    }
    assert_eq!(client.far.writes(), before);
    world.turn();
    assert_eq!(client.far.writes(), before + 1);
}

#[test]
fn s5_a_short_read_is_the_last_one_of_a_turn() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world.settle();
    let before = client.far.reads();
    client.text("one read");
    assert_eq!(world.settle(), [(id, Seen::Text("one read".into()))]);
    assert_eq!(client.far.reads(), before + 1);
}

#[test]
fn limits_can_be_raised_for_one_connection() {
    let mut world = World::new(Config::default().max_message_len(100));
    let (id, mut client) = world.open();
    let limits = ws_frame::Config::new().streaming(true);
    world.server.set_limits(id, limits).expect("it is open");
    client.binary(1000);
    let seen = world.settle();
    assert_eq!(seen, [(id, Seen::Part(1000, true))]);
    let (_, mut other) = world.open();
    other.binary(1000);
    assert!(matches!(
        world.settle()[..],
        [(_, Seen::Closed(Cause::Protocol(_), _))]
    ));
}
