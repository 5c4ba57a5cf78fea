//! Ids, and calls that must mean the same everywhere.

use std::time::Duration;

use ws_server::{CloseCode, Config, ConnectionError, Message, Prepared, SendError, ws_frame};

use crate::world::{Seen, World, secs};

#[test]
fn r09_publish_and_broadcast_count_alike() {
    let mut world = World::new(Config::default());
    let (id, _client) = world.open();
    world.server.subscribe(id, "news").expect("it is open");
    world
        .server
        .close(id, CloseCode::NORMAL, "")
        .expect("it is open");
    let news = Prepared::new(Message::Text("news"));
    let broadcast = world.server.broadcast(&news);
    let published = world.server.publish("news", &news);
    assert_eq!(
        (published, world.server.stats().dropped_messages),
        (broadcast, 0)
    );
}

#[test]
fn r10_a_ping_is_answered_whatever_the_limits() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let limits = ws_frame::Config::default().auto_pong(false);
    world.server.set_limits(id, limits).expect("it is open");
    client.ping();
    assert_eq!(world.settle(), [(id, Seen::Ping)]);
    assert_eq!(
        client.read(),
        ["pong"],
        "`Event::Ping` says: it has been answered"
    );
}

#[test]
fn r12_an_id_of_another_server_is_no_client_of_ours() {
    let (mut here, mut there) = (World::new(Config::default()), World::new(Config::default()));
    let (mine, _client) = here.open();
    let (_theirs, mut other) = there.open();
    let sent = there
        .server
        .send_text(mine, "a secret for another client of another server");
    there.settle();
    assert_eq!(
        sent,
        Err(SendError::Unknown),
        "delivered: {:?}",
        other.read()
    );
}

#[test]
fn r11_a_staggered_stop_spreads_over_those_who_are_there() {
    rlimit::increase_nofile_limit(8192).expect("the soft limit can be raised");
    let mut world = World::new(Config::default());
    let mut clients: Vec<_> = (0..1000).map(|_| world.open()).collect();
    let mut left: Vec<_> = clients.drain(..10).collect();
    for (id, _) in clients.drain(..) {
        world.server.abort(id).expect("it is open");
    }
    world.settle();
    world.server.stop_over(secs(100));
    world.settle();
    world.pass(secs(1));
    world.settle();
    let told = left
        .iter_mut()
        .map(|(_, client)| client.read())
        .filter(|seen| *seen == ["close 1001"])
        .count();
    assert!(told <= 2, "{told} of 10 in the first of 100 s");
}

/// Every call with an id says `Unknown`, or nothing.
#[test]
fn r12_no_call_takes_an_id_of_another_server() {
    let (mut here, mut there) = (World::new(Config::default()), World::new(Config::default()));
    let (mine, _client) = here.open();
    let (theirs, mut other) = there.open();
    assert_ne!(mine, theirs);
    there.server.subscribe(theirs, "news").expect("it is open");
    let server = &mut there.server;
    let unknown = Err(SendError::Unknown);
    let gone = Err(ConnectionError::Unknown);
    assert_eq!(server.close(mine, CloseCode::NORMAL, ""), unknown);
    assert_eq!(server.abort(mine), gone);
    assert_eq!(server.pause(mine), gone);
    assert_eq!(server.resume(mine), gone);
    assert_eq!(server.respond(mine, &ws_server::Response::new(404)), gone);
    assert_eq!(server.set_limits(mine, ws_frame::Config::default()), gone);
    assert_eq!(server.subscribe(mine, "news").map(drop), gone);
    assert_eq!(server.send_ping(mine, b"").map(drop), unknown);
    assert_eq!(
        server.send_binary_fragment(mine, b"", true).map(drop),
        unknown
    );
    assert_eq!(
        server
            .send_prepared(mine, &Prepared::new(Message::Text("x")))
            .map(drop),
        unknown
    );
    assert!(!server.unsubscribe(mine, "news"));
    assert_eq!(
        (server.queued_bytes(mine), server.peer_addr(mine)),
        (0, None)
    );
    let handle = server.handle();
    handle.send_text(mine, "x").expect("it is queued");
    handle
        .close(mine, CloseCode::NORMAL, "")
        .expect("it is queued");
    assert_eq!(there.settle(), []);
    assert_eq!(other.read(), [""; 0]);
    assert_eq!(there.server.stats().dropped_messages, 1);
}

#[test]
fn r22_the_close_code_of_a_stop_is_the_programs() {
    let stops: [fn(&mut World); 3] = [
        |world| {
            world
                .server
                .stop_with(CloseCode::SERVICE_RESTART, Duration::ZERO);
        },
        |world| world.server.handle().stop_with(CloseCode::SERVICE_RESTART),
        |world| {
            world.server.stop_over(secs(100));
            world.turn();
            world
                .server
                .stop_with(CloseCode::SERVICE_RESTART, Duration::ZERO);
        },
    ];
    for (n, stop) in stops.into_iter().enumerate() {
        let mut world = World::new(Config::default());
        let clients: Vec<_> = (0..2).map(|_| world.open()).collect();
        stop(&mut world);
        world.settle();
        let mut told: Vec<_> = clients
            .into_iter()
            .map(|(_, mut client)| client.read())
            .collect();
        assert_eq!(told.pop(), Some(vec!["close 1012".to_owned()]), "stop {n}");
        let first = if n == 2 { "close 1001" } else { "close 1012" };
        assert_eq!(told.pop(), Some(vec![first.to_owned()]), "stop {n}");
    }
}

/// A code that only a client may choose is no reason never to stop.
#[test]
fn r22_a_code_that_a_server_may_not_send_does_not_keep_it_from_stopping() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let code = CloseCode::EXTENSION_REQUIRED;
    world.server.stop_with(code, Duration::ZERO);
    world.settle();
    assert_eq!(client.read(), ["close 1001"]);
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(ws_server::Cause::Local, 1001))]
    );
}
