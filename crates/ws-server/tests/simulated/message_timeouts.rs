//! Timeouts of messages.

use ws_server::{Config, ConnId, Event};

use crate::world::{Client, Seen, World, secs};

/// A server with a message timeout of 100 s, and a message of a client's that is not sent yet.
fn with_a_message() -> (World, ConnId, Client, Vec<u8>) {
    let mut world = World::new(Config::default().message_timeout(secs(100)));
    let (id, mut client) = world.open();
    let message = client.encode_text(&"x".repeat(100));
    (world, id, client, message)
}

#[test]
fn c79_a_message_that_trickles_is_cut_where_there_is_a_deadline_for_it() {
    // The header is a part of it.
    let (mut world, _, client, message) = with_a_message();
    for byte in &message[..10] {
        client.far.send(&[*byte]);
        assert_eq!(world.settle(), []);
        world.pass(secs(10));
    }
    world.settle();
    assert_eq!(client.far.take(), b"\x88\x0a\x03\xf0too slow");
}

#[test]
fn c79_a_message_that_trickles_while_the_connection_is_closed_is_no_reason_to_close_it_again() {
    let config = Config::default()
        .message_timeout(secs(100))
        .close_timeout(None);
    let mut world = World::new(config);
    let (id, mut client) = world.open();
    world
        .server
        .close(id, ws_server::CloseCode::NORMAL, "")
        .expect("it is open");
    let message = client.encode_text("never whole");
    client.far.send(&message[..10]);
    assert_eq!(world.settle(), []);
    world.pass(secs(100));
    assert_eq!(world.settle(), []);
    client.far.send(&message[10..]);
    assert_eq!(world.settle(), [(id, Seen::Text("never whole".into()))]);
}

#[test]
fn c79_a_message_is_not_late_because_the_program_paused_its_peer() {
    let config = Config::default().streaming(true).message_timeout(secs(100));
    let mut world = World::new(config);
    let (id, mut client) = world.open();
    let message = client.encode_text("in parts");
    client.far.send(&message[..10]);
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    while let Some((id, Event::TextPart(_))) = world.server.next(&mut turn) {
        world.server.pause(id).expect("it is open");
    }
    drop(turn);
    world.pass(secs(1000));
    assert_eq!(world.settle(), []);
    client.far.send(&message[10..]);
    world.server.resume(id).expect("it is open");
    assert_eq!(world.settle(), [(id, Seen::Part(4, true))]);
    assert_eq!(client.far.take(), b"");
}

#[test]
fn c79_a_message_in_time_is_a_message_and_the_silence_after_it_is_silence() {
    let (mut world, id, mut client, message) = with_a_message();
    for _ in 0..3 {
        client.far.send(&message[..50]);
        world.settle();
        world.pass(secs(99));
        client.far.send(&message[50..]);
        assert_eq!(world.settle(), [(id, Seen::Text("x".repeat(100)))]);
    }
    assert_eq!(client.far.take(), b"");
    world.pass(secs(45));
    world.settle();
    assert_eq!(client.read(), ["ping"]);
}

/// The end of one message and the beginning of the next may come in one read.
#[test]
fn r15_each_message_has_its_own_time() {
    let (mut world, _, client, message) = with_a_message();
    client.far.send(&message[..50]);
    world.settle();
    for _ in 0..5 {
        world.pass(secs(60));
        client.far.send(&message[50..]);
        client.far.send(&message[..50]);
        let seen = world.settle();
        assert!(matches!(&seen[..], [(_, Seen::Text(_))]), "{seen:?}");
    }
    world.pass(secs(100));
    world.settle();
    assert_eq!(client.far.take(), b"\x88\x0a\x03\xf0too slow");
}

/// The same, in a turn that is left between the two.
#[test]
fn r15_each_message_has_its_own_time_in_turns_that_are_left_early() {
    let (mut world, _, client, message) = with_a_message();
    client.far.send(&message[..50]);
    world.settle();
    for _ in 0..5 {
        world.pass(secs(60));
        client.far.send(&message[50..]);
        client.far.send(&message[..50]);
        let mut turn = world
            .server
            .poll(&mut world.buffer, None)
            .expect("polling works");
        let event = world.server.next(&mut turn);
        assert!(matches!(event, Some((_, Event::Text(_)))), "{event:?}");
        drop(turn);
        assert_eq!(world.settle(), []);
    }
    assert_eq!(client.far.take(), b"");
}

/// Pausing does not give a message more time than it had.
#[test]
fn r16_a_pause_stops_the_time_of_a_message_and_does_not_begin_it_anew() {
    let (mut world, id, client, message) = with_a_message();
    client.far.send(&message[..20]);
    world.settle();
    for _ in 0..9 {
        world.pass(secs(11));
        assert_eq!(world.settle(), []);
        world.server.pause(id).expect("it is open");
        world.pass(secs(1000));
        assert_eq!(world.settle(), []);
        world.server.resume(id).expect("it is open");
    }
    assert_eq!(client.far.take(), b"", "99 s of it are over");
    world.pass(secs(1));
    world.settle();
    assert_eq!(client.far.take(), b"\x88\x0a\x03\xf0too slow");
}
