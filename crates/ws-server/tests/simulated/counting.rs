//! Counters.

use std::time::Duration;

use ws_server::{CloseCode, Closes, Config, Response, Stats};

use crate::{
    wire::End,
    world::{Answer, Client, World},
};

/// The counts that a scenario added.
fn counted(config: Config, scenario: impl FnOnce(&mut World)) -> Stats {
    let mut world = World::new(config);
    scenario(&mut world);
    world.settle();
    world.server.stats()
}

fn asking(world: &mut World, request: &str) -> Client {
    let client = world.connect();
    client.far.send(request.as_bytes());
    world.settle();
    client
}

#[test]
fn requests_are_counted_by_what_became_of_them() {
    let stats = counted(Config::default().http(true), |world| {
        world.open();
        world.open();
        // Gone before a whole request, without a word and with half of one.
        world.connect().end();
        asking(world, "GET / HTTP/1.1\r\n").far.end(End::Reset);
        world.settle();
        // Late.
        world.connect();
        asking(world, "GET / HTTP/1.1\r\n");
        world.pass(Duration::from_secs(10));
        world.settle();
        // Not in order, and from elsewhere.
        asking(world, "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let elsewhere = "\r\nOrigin: https://evil.example\r\n\r\n";
        asking(
            world,
            &crate::world::request("/").replace("\r\n\r\n", elsewhere),
        );
        // A page.
        asking(world, "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
    });
    let wanted = [
        ("accepted", stats.accepted, 9),
        ("upgraded", stats.upgraded, 2),
        ("abandoned", stats.abandoned, 2),
        ("head_timeouts", stats.head_timeouts, 2),
        ("refused_requests", stats.refused_requests, 2),
        ("refused_origins", stats.refused_origins, 1),
        ("http_requests", stats.http_requests, 1),
    ];
    for (name, is, shall) in wanted {
        assert_eq!(is, shall, "{name} of {stats:?}");
    }
    assert_eq!((stats.pending, stats.undecided, stats.open), (0, 1, 2));
}

#[test]
fn undecided_requests_are_counted_when_refused_or_given_up() {
    let stats = counted(Config::default().max_undecided(1), |world| {
        world.answer = Answer::Later;
        for _ in 0..3 {
            asking(world, &crate::world::request("/"));
        }
        world.pass(Duration::from_secs(10));
    });
    assert_eq!(
        (stats.refused_undecided, stats.upgraded, stats.undecided),
        (3, 0, 0)
    );
}

#[test]
fn messages_are_counted_and_control_frames_are_not() {
    let stats = counted(Config::default(), |world| {
        let (id, mut client) = world.open();
        for len in [0, 10, 100_000] {
            client.binary(len);
            client.text("text");
            client.ping();
        }
        world.settle();
        world.server.send_text(id, "one").expect("there is room");
        world
            .server
            .send_binary(id, &vec![2; 50_000])
            .expect("there is room");
        world.server.send_ping(id, b"none").expect("there is room");
        let message = ws_server::Prepared::new(ws_server::Message::Binary(&[3; 5000]));
        assert_eq!(world.server.broadcast(&message).queued, 1);
    });
    assert_eq!((stats.messages_in, stats.messages_out), (6, 3));
    assert_eq!((stats.dropped_messages, stats.queued_bytes), (0, 0));
}

/// Counters of closes with one of them at 1.
fn one(change: fn(&mut Closes) -> &mut u64) -> Closes {
    let mut closes = Closes::default();
    *change(&mut closes) = 1;
    closes
}

#[test]
fn closing_handshakes_are_counted_by_code() {
    fn closed_with(code: u16) -> Closes {
        counted(Config::default(), |world| world.open().1.close(code)).closes
    }
    assert_eq!(closed_with(1000), one(|closes| &mut closes.normal));
    assert_eq!(closed_with(1001), one(|closes| &mut closes.going_away));
    assert_eq!(closed_with(3000), one(|closes| &mut closes.application));
    assert_eq!(closed_with(4999), one(|closes| &mut closes.application));
    assert_eq!(closed_with(1011), one(|closes| &mut closes.other));
}

#[test]
fn other_ends_of_connections_are_counted_by_cause() {
    type Ending = fn(&mut World);
    let ends: [(Ending, Closes); 5] = [
        (
            |world| {
                world.open().1.far.send(b"\x88\x80keys");
            },
            one(|closes| &mut closes.no_status),
        ),
        (
            |world| {
                world.open().1.far.send(b"\x83\x80keys");
            },
            one(|closes| &mut closes.protocol),
        ),
        (
            |world| {
                world.open().1.far.end(End::Reset);
            },
            one(|closes| &mut closes.abnormal),
        ),
        (
            |world| {
                let (id, _client) = world.open();
                world
                    .server
                    .close(id, CloseCode::NORMAL, "")
                    .expect("it is open");
                world.turn();
                world.pass(Duration::from_secs(10));
            },
            one(|closes| &mut closes.timed_out),
        ),
        (
            |world| {
                let (id, _client) = world.open();
                world.server.abort(id).expect("it is open");
            },
            one(|closes| &mut closes.aborted),
        ),
    ];
    for (end, closes) in ends {
        assert_eq!(counted(Config::default(), end).closes, closes);
    }
}

#[test]
fn a_refused_request_is_no_end_of_an_open_connection() {
    let stats = counted(Config::default(), |world| {
        world.answer = Answer::Refuse(404);
        asking(world, &crate::world::request("/"));
    });
    assert_eq!(stats.closes, Closes::default());
}

#[test]
fn messages_refused_for_lack_of_room_are_counted() {
    let stats = counted(
        Config::default().max_message_len(1000).max_queued(70_000),
        |world| {
            let (id, client) = world.open();
            client.far.set_room(0);
            while world.server.send_binary(id, &[0; 1000]).is_ok() {}
            let message = ws_server::Prepared::new(ws_server::Message::Binary(&[3; 1000]));
            assert_eq!(world.server.broadcast(&message).dropped, 1);
            assert!(world.server.respond(id, &Response::new(200)).is_err());
        },
    );
    assert_eq!(stats.dropped_messages, 2);
    assert!((69_000..70_000).contains(&stats.queued_bytes), "{stats:?}");
}
