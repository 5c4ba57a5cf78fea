//! Connections that are over for the program, and whose last bytes are still on their way.

use ws_server::{Cause, Config, ConnId, ConnectionError, Response};

use crate::{
    wire::ALL,
    world::{Answer, Client, Seen, World, secs},
};

/// A request that waits for its answer.
fn asked(world: &mut World) -> (ConnId, Client) {
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/page");
    let seen = world.settle();
    let [(id, _)] = seen[..] else {
        panic!("{seen:?}")
    };
    (id, client)
}

/// A server that has just answered with a page of a megabyte, to a client that takes `room` bytes
/// of it.
fn page(room: usize) -> (World, ConnId, Client) {
    let mut world = World::new(Config::default());
    let (id, client) = asked(&mut world);
    client.far.set_room(room);
    let body = vec![b'x'; PAGE];
    let answer = Response::new(200).body("text/plain", &body);
    world.server.respond(id, &answer).expect("it waits");
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::Answered(200), 1006))]
    );
    (world, id, client)
}

/// S10: who takes a large answer slowly gets all of it.
#[test]
fn s10_n7_an_answer_is_sent_for_as_long_as_the_client_takes_of_it() {
    let (mut world, _, client) = page(1000);
    while !client.far.is_shut() {
        assert!(
            !client.far.is_gone(),
            "{} bytes came",
            client.far.take_len()
        );
        world.pass(secs(9));
        client.far.set_room(100_000);
        world.settle();
    }
    assert!(client.far.take_len() > PAGE);
    // The end of the client's stream has a term of its own, from here on.
    world.pass(secs(9));
    world.settle();
    assert!(!client.far.is_gone());
    world.pass(secs(1));
    world.settle();
    assert!(client.far.is_gone());
}

#[test]
fn s10_a_client_that_takes_no_more_of_its_answer_is_cut() {
    let (mut world, _, client) = page(1000);
    world.pass(secs(9));
    client.far.set_room(1);
    world.settle();
    world.pass(secs(9));
    world.settle();
    assert!(!client.far.is_gone());
    world.pass(secs(1));
    world.settle();
    assert!(client.far.is_gone());
    assert_eq!(world.server.stats().queued_bytes, 0);
}

/// A server ends within the time that [`stop`](ws_server::Server::stop) promises.
#[test]
fn s11_a_slow_client_does_not_put_off_the_end_of_the_server() {
    let (mut world, _, client) = page(1000);
    world.server.stop();
    for _ in 0..2 {
        assert!(!world.server.is_stopped());
        world.pass(secs(5));
        client.far.set_room(1000);
        world.settle();
    }
    assert!(world.server.is_stopped());
}

/// A peer whose Close was answered while much was queued for it gets all of it.
#[test]
fn c77_c93_bytes_queued_when_the_close_comes_are_sent_while_the_peer_takes_some() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.far.set_room(0);
    let sent = world.server.send_binary(id, &vec![1; 60_000]);
    sent.expect("there is room");
    client.close(1000);
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Peer, 1000))]);
    for _ in 0..6 {
        world.pass(secs(9));
        client.far.set_room(10_000);
        world.settle();
    }
    client.far.set_room(ALL);
    world.settle();
    assert_eq!(client.read(), ["binary 60000", "close 1000"]);
}

/// Bytes of answers count for all peers together, and another answer can be given.
#[test]
fn s6_an_answer_that_is_too_much_for_all_together_is_not_taken() {
    // Whoever has more than the high mark queued would have to make room.
    let config = Config::default()
        .max_message_len(1000)
        .low_watermark(1000)
        .high_watermark(95_000);
    let mut world = World::new(config.max_queued_total(100_000));
    let body = vec![b'x'; 90_000];
    let (first, slow) = asked(&mut world);
    slow.far.set_room(0);
    let answer = Response::new(200).body("text/plain", &body);
    world.server.respond(first, &answer).expect("there is room");
    let (second, mut client) = asked_beside(&mut world);
    assert_eq!(
        world.server.respond(second, &answer),
        Err(ConnectionError::Full)
    );
    assert!(world.server.stats().queued_bytes < 100_000);
    world
        .server
        .respond(second, &Response::new(503))
        .expect("a short one has room");
    world.settle();
    client.read();
    assert_eq!(client.status, Some(503));
}

fn asked_beside(world: &mut World) -> (ConnId, Client) {
    world.settle();
    asked(world)
}

const PAGE: usize = 1024 * 1024;
