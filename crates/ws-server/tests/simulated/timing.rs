//! No timeout is early, whatever the program did in between.

use std::{sync::atomic::Ordering, time::Duration};

use ws_server::{Cause, CloseCode, Config, Delivery, Event, Response};

use crate::{
    wire::ALL,
    world::{Answer, Client, KIB, Seen, World, secs},
};

/// One turn in which the program takes `time` for each text.
fn slow_turn(world: &mut World, time: Duration) -> Vec<Seen> {
    let mut seen = Vec::new();
    let answer = world.answer;
    let mut turn = world
        .server
        .poll(&mut world.buffer, Some(Duration::ZERO))
        .expect("polling works");
    while let Some((id, event)) = world.server.next(&mut turn) {
        if let Event::Text(_) = event {
            world.clock.fetch_add(
                u64::try_from(time.as_micros()).expect("it is short"),
                Ordering::Relaxed,
            );
        }
        if let (Event::Request(upgrade), Answer::Accept) = (&event, answer) {
            world.server.accept(id, upgrade.accept()).expect("it waits");
        }
        seen.push(Seen::new(&event));
    }
    seen
}

#[test]
fn r03a_a_peer_has_time_to_answer_a_ping() {
    let mut world = World::new(Config::default());
    let (_, mut talker) = world.open();
    let (idle, _quiet) = world.open();
    world.pass(secs(45));
    talker.text("work that takes 21 s");
    slow_turn(&mut world, secs(21));
    // The ping is written by this poll, and no time passes.
    let seen = world.turn();
    assert!(
        !seen.contains(&(idle, Seen::Closed(Cause::PongTimeout, 1006))),
        "{seen:?}"
    );
}

#[test]
fn r03b_the_program_has_time_to_answer_a_request() {
    let mut world = World::new(Config::default());
    let (_, mut talker) = world.open();
    let mut asking = world.connect();
    world.turn();
    talker.text("work that takes 11 s");
    asking.request("/");
    world.answer = Answer::Later;
    let seen = slow_turn(&mut world, secs(11));
    assert_eq!(seen.last(), Some(&Seen::Request("/".into())));
    // The program has had the request for no time at all.
    let seen = world.turn();
    assert_eq!(seen, [], "503 at once");
}

#[test]
fn r03c_a_peer_has_time_to_take_what_it_is_sent() {
    let mut world = World::new(Config::default());
    let (_, mut talker) = world.open();
    let (id, client) = world.open();
    client.far.set_room(200 * KIB);
    talker.text("work that takes 31 s");
    let mut turn = world
        .server
        .poll(&mut world.buffer, Some(Duration::ZERO))
        .expect("polling works");
    while let Some((_, event)) = world.server.next(&mut turn) {
        assert!(matches!(event, Event::Text(_)));
        world.clock.fetch_add(31_000_000, Ordering::Relaxed);
        // The result: a healthy client takes 200 KiB of it at once, and the rest some milliseconds
        // later.
        world
            .server
            .send_binary(id, &vec![1; 300 * KIB])
            .expect("there is room");
    }
    drop(turn);
    let seen = world.turn();
    assert_eq!(seen, [], "no time has passed since the bytes were written");
}

#[test]
fn r03d_a_peer_has_time_for_the_rest_of_its_message() {
    let mut world = World::new(Config::default().message_timeout(secs(5)));
    let (_, mut talker) = world.open();
    let (_, mut client) = world.open();
    world.settle();
    talker.text("work that takes 6 s");
    let message = client.encode_text("in two halves");
    client.far.send(&message[..8]);
    slow_turn(&mut world, secs(6));
    world.turn();
    world.turn();
    assert_eq!(client.far.take(), b"", "closed with 1008 at once");
}

/// Nothing but the rate of the message is timed, so nothing else reads the clock.
#[test]
fn r03d_a_message_that_grows_has_its_time_from_there() {
    let mut world = World::new(Config::default().idle_timeout(None));
    let (_, mut talker) = world.open();
    let (_, client) = world.open();
    // A fragment that is too short to be timed, and the beginning of a long one.
    client.far.send(b"\x02\x83\0\0\0\0abc");
    world.settle();
    talker.text("work that takes 60 s");
    client.far.send(b"\x80\xFF\0\0\0\0\0\x10\0\0\0\0\0\0");
    client.far.send(&vec![0; 8 * KIB]);
    slow_turn(&mut world, secs(60));
    world.settle();
    assert_eq!(client.far.take(), b"", "closed with 1008 at once");
    world.pass(secs(29));
    world.settle();
    // All that the system buffers waits while the program is busy: that is no slow peer either.
    talker.text("work that takes 300 s");
    client.far.send(&vec![0; 128 * KIB]);
    slow_turn(&mut world, secs(300));
    world.settle();
    assert_eq!(client.far.take(), b"", "closed with 1008 at once");
}

#[test]
fn r03e_a_peer_has_time_to_take_what_poll_writes() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(20 * KIB);
    for _ in 0..10 {
        let sent = world.server.send_binary(id, &vec![1; 6 * KIB]);
        assert_eq!(sent, Ok(Delivery::Queued));
    }
    assert_eq!(client.far.take_len(), 0, "nothing is written yet");
    world.pass(secs(31)); // the program computes
    let seen = world.turn();
    assert_eq!(seen, [], "no time has passed since the bytes were written");
}

#[test]
fn r03f_a_client_has_time_to_take_a_page_that_poll_writes() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/");
    let (id, _) = world.settle()[0].clone();
    client.far.set_room(20 * KIB);
    let body = vec![b'x'; 100 * KIB];
    let page = Response::new(200).body("text/plain", &body);
    world.server.respond(id, &page).expect("it waits");
    world.pass(secs(11)); // the program computes
    world.turn();
    assert!(
        !client.far.is_gone(),
        "cut with {} bytes on their way",
        client.far.take_len()
    );
}

#[test]
fn r05_a_stall_does_not_prolong_a_message() {
    let mut world = World::new(Config::default().message_timeout(secs(100)));
    let (id, mut client) = world.open();
    let message = client.encode_text(&"x".repeat(100));
    let mut passed = 0;
    for byte in &message[..60] {
        client.far.send(&[*byte]);
        world.settle();
        // It reads nothing for a moment while the server has something for it.
        client.far.set_room(0);
        world.server.send_text(id, "news").expect("there is room");
        world.settle();
        client.far.set_room(ALL);
        world.settle();
        world.pass(secs(20));
        passed += 20;
        let seen = world.settle();
        assert_eq!(seen, []);
        let bytes = client.far.take();
        if bytes.windows(8).any(|window| window == b"too slow") {
            return;
        }
    }
    panic!("after {passed} s the message is still under way");
}

/// Each kind of timeout, begun late in a millisecond. A tenth of a millisecond before its end,
/// nothing has happened; soon behind it, something has.
#[test]
fn r08_no_timeout_of_any_kind_is_early() {
    for (kind, configure, begin) in KINDS {
        let config = Config::default()
            .head_timeout(None)
            .accept_timeout(None)
            .idle_timeout(None)
            .pong_timeout(None)
            .write_timeout(None)
            .close_timeout(None)
            .min_message_rate(None);
        let mut world = World::new(configure(config));
        world.pass(Duration::from_micros(900));
        let client = begin(&mut world);
        client.far.take();
        let has_expired = |world: &mut World| {
            let is_told = !world.settle().is_empty();
            is_told || client.far.take_len() > 0 || client.far.is_gone()
        };
        world.pass(Duration::from_micros(9_900));
        assert!(!has_expired(&mut world), "{kind}: early");
        world.pass(Duration::from_micros(1100));
        assert!(
            has_expired(&mut world),
            "{kind}: more than a millisecond late"
        );
    }
}

type Kind = (&'static str, fn(Config) -> Config, fn(&mut World) -> Client);

/// Each kind of timeout: its name, its configuration, and what begins it.
const KINDS: [Kind; 9] = [
    ("head", |config| config.head_timeout(TIME), World::connect),
    (
        "accept",
        |config| config.accept_timeout(TIME),
        |world| {
            world.answer = Answer::Later;
            let mut client = world.connect();
            client.request("/");
            world.settle();
            client
        },
    ),
    (
        "idle",
        |config| config.idle_timeout(TIME),
        |world| world.open().1,
    ),
    (
        "pong",
        |config| config.idle_timeout(TIME).pong_timeout(TIME),
        |world| {
            let (_, client) = world.open();
            world.pass(TIME + Duration::from_millis(1));
            world.settle();
            client
        },
    ),
    (
        "message",
        |config| config.message_timeout(TIME),
        |world| {
            let (_, client) = world.open();
            client.far.send(b"\x81\x85\0\0\0\0x");
            world.settle();
            client
        },
    ),
    (
        "rate",
        |config| config.min_message_rate(1).message_grace(TIME),
        |world| {
            let (_, client) = world.open();
            client.far.send(b"\x82\xfe\x20\0\0\0\0\0");
            client.far.send(&[7; 5000]);
            world.settle();
            client
        },
    ),
    (
        "write",
        |config| config.write_timeout(TIME),
        |world| {
            let (id, client) = world.open();
            client.far.set_room(0);
            world.server.send_text(id, "hello").expect("it is open");
            world.settle();
            client
        },
    ),
    (
        "close",
        |config| config.close_timeout(TIME),
        |world| {
            let (id, client) = world.open();
            world
                .server
                .close(id, CloseCode::NORMAL, "")
                .expect("it is open");
            world.settle();
            client
        },
    ),
    (
        "lifetime",
        |config| config.lifetime(TIME),
        |world| world.open().1,
    ),
];

/// The length of each of them.
const TIME: Duration = Duration::from_millis(10);

/// A timeout that passed in the last turn is judged first: the ping goes out before the program
/// works on.
#[test]
fn r13_a_ping_is_written_before_the_program_works_on() {
    let mut world = World::new(Config::default());
    let (_, mut talker) = world.open();
    let (idle, mut quiet) = world.open();
    world.pass(secs(45));
    talker.text("work that takes 21 s");
    // This turn ends before the timeout is judged.
    let turn = world
        .server
        .poll(&mut world.buffer, Some(Duration::ZERO))
        .expect("polling works");
    drop(turn);
    let seen = slow_turn(&mut world, secs(21));
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(quiet.read(), ["ping"]);
    let seen = world.turn();
    assert_eq!(seen, [(idle, Seen::Pong)]);
}

#[test]
fn r14_a_peer_has_time_to_answer_a_close() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world
        .server
        .close(id, CloseCode::NORMAL, "")
        .expect("it is open");
    world.pass(secs(11)); // the program computes
    assert_eq!(
        world.turn(),
        [],
        "no time has passed since the Close was written"
    );
    assert_eq!(client.read(), ["close 1000"]);
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Local, 1000))]);
}

/// Also when the server stops, which prolongs nothing.
#[test]
fn r14_a_client_has_time_to_take_its_answer_from_a_server_that_stops() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/");
    let (id, _) = world.settle()[0].clone();
    client.far.set_room(10);
    world.server.stop();
    world.pass(secs(11)); // the program computes
    assert_eq!(world.turn(), [(id, Seen::Closed(Cause::Undecided, 1006))]);
    assert!(!client.far.is_gone());
    client.far.set_room(ALL);
    world.settle();
    client.read();
    assert_eq!(client.status, Some(503));
}
