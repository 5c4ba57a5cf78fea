//! Idle pings, and peers that do not answer them.

use std::time::Duration;

use ws_server::{Cause, Config, ws_handshake::Request};

use crate::world::{Answer, Seen, World, request, secs};

#[test]
fn s9_c80_a_silent_peer_is_pinged_and_then_counts_as_gone() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world.pass(secs(45));
    assert_eq!(world.settle(), []);
    assert_eq!(client.far.writes(), 2);
    world.pass(secs(20));
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::PongTimeout, 1006))]
    );
    assert!(client.far.is_gone());
    assert_eq!(client.read(), ["ping"]);
}

#[test]
fn s9_a_peer_is_pinged_without_a_read_that_finds_nothing() {
    let mut world = World::new(Config::default());
    let (_, mut client) = world.open();
    world.settle();
    let before = client.far.reads();
    world.pass(secs(45));
    world.settle();
    assert_eq!(
        (client.read(), client.far.reads()),
        (vec!["ping".to_owned()], before)
    );
}

#[test]
fn s9_a_pong_keeps_a_peer_for_ever() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    for _ in 0..100 {
        world.pass(secs(45));
        assert_eq!(world.settle(), []);
        assert_eq!(client.read(), ["ping"]);
        world.pass(secs(19));
        assert_eq!(world.settle(), [(id, Seen::Pong)]);
    }
}

#[test]
fn s9_any_byte_is_a_sign_of_life() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let message = client.encode_text(&"x".repeat(100));
    let (last, bytes) = message.split_last().expect("it is not empty");
    for byte in bytes {
        world.pass(secs(44));
        client.far.send(&[*byte]);
        assert_eq!(world.settle(), []);
    }
    assert_eq!(client.far.take(), b"");
    world.pass(secs(45));
    world.settle();
    assert_eq!(
        client.far.take(),
        b"\x89\0",
        "now it was silent for too long"
    );
    world.pass(secs(19));
    client.far.send(&[*last]);
    assert_eq!(world.settle(), [(id, Seen::Text("x".repeat(100)))]);
    world.pass(secs(44));
    assert_eq!(world.settle(), []);
}

#[test]
fn s9_c80_a_ping_for_which_there_was_no_room_is_tried_again() {
    let config = Config::default()
        .max_message_len(64 * 1024)
        // Whoever has more than the high mark queued would have to make room.
        .low_watermark(16 * 1024)
        .high_watermark(65 * 1024)
        .max_queued_total(64 * 1024 + 64)
        .write_timeout(None);
    let mut world = World::new(config);
    let (slow, reader) = world.open();
    let (idle, _client) = world.open();
    reader.far.set_room(0);
    world
        .server
        .send_binary(slow, &vec![1; 64 * 1024])
        .expect("there is room for one");
    world.pass(secs(45));
    assert_eq!(world.settle(), []);
    reader.far.set_room(usize::MAX);
    world.settle();
    reader.far.send(b"\x8a\x80\0\0\0\0");
    world.settle();
    world.pass(secs(45));
    world.settle();
    reader.far.send(b"\x8a\x80\0\0\0\0");
    world.pass(secs(20));
    let seen = world.settle();
    assert!(
        seen.contains(&(idle, Seen::Closed(Cause::PongTimeout, 1006))),
        "{seen:?}"
    );
}

#[test]
fn c133_the_default_ping_comes_before_proxies_cut() {
    assert!(idle_timeout() < secs(60));
}

#[test]
fn s9_a_peer_that_caught_up_is_pinged_when_idle_though_none_counts_as_stalled() {
    let mut world = World::new(Config::default().write_timeout(None));
    let (id, mut client) = world.open();
    client.far.set_room(0);
    world.server.send_text(id, "x").expect("there is room");
    world.settle();
    client.far.set_room(usize::MAX);
    world.settle();
    world.pass(secs(45));
    world.settle();
    assert_eq!(client.read(), ["x", "ping"]);
}

#[test]
fn a_paused_peer_is_not_judged_for_its_silence() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world.server.pause(id).expect("it is open");
    client.text("kept");
    for _ in 0..10 {
        world.pass(secs(3600));
        assert_eq!(world.settle(), []);
    }
    world.server.resume(id).expect("it is open");
    assert_eq!(world.settle(), [(id, Seen::Text("kept".into()))]);
    world.pass(secs(45));
    world.settle();
    assert_eq!(client.read(), ["ping"]);
}

#[test]
fn a_paused_peer_that_takes_what_was_queued_is_not_judged_for_its_silence() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    world.server.pause(id).expect("it is open");
    client.far.set_room(0);
    world.server.send_text(id, "x").expect("there is room");
    assert_eq!(world.settle(), []);
    client.far.set_room(usize::MAX);
    for _ in 0..10 {
        assert_eq!(world.settle(), []);
        world.pass(secs(3600));
    }
    assert_eq!(client.far.take(), b"\x81\x01x");
}

#[test]
fn a_peer_that_was_paused_before_it_was_accepted_is_not_judged_for_its_silence() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/");
    let (id, _) = world.settle()[0];
    world.server.pause(id).expect("it waits");
    let head = request("/");
    let upgrade = Request::parse(head.as_bytes()).and_then(|request| request.upgrade());
    world
        .server
        .accept(id, upgrade.expect("it is in order").accept())
        .expect("it waits");
    client.text("kept");
    for _ in 0..10 {
        assert_eq!(world.settle(), []);
        world.pass(secs(3600));
    }
    world.server.resume(id).expect("it is open");
    assert_eq!(world.settle(), [(id, Seen::Text("kept".into()))]);
}

#[test]
fn s9_a_peer_that_need_not_answer_is_asked_again_and_again() {
    let idle = Duration::from_secs(10);
    let mut world = World::new(Config::default().idle_timeout(idle).pong_timeout(None));
    let (_, client) = world.open();
    for asked in 1..4 {
        let before = client.far.writes();
        world.pass(idle);
        assert_eq!(world.settle(), [], "it is asked, and lives on");
        assert_eq!(client.far.writes(), before + 1, "time {asked}");
    }
}

fn idle_timeout() -> Duration {
    Config::new().get_idle_timeout().expect("it is on")
}
