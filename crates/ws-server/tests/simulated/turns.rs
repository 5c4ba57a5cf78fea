//! Turns and events that are held, left and lost.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use ws_server::{Config, Event, Server};

use crate::{
    wire::Wire,
    world::{Seen, World, request},
};

fn number(n: usize) -> Seen {
    Seen::Text(n.to_string())
}

#[test]
fn v09_text_is_text_and_binary_is_binary() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.text("four");
    client.binary(4);
    assert_eq!(
        world.settle(),
        [(id, Seen::Text("four".into())), (id, Seen::Binary(4))]
    );
    world.server.send_text(id, "four").expect("there is room");
    world
        .server
        .send_binary(id, b"four")
        .expect("there is room");
    world.settle();
    assert_eq!(client.read(), ["four", "binary 4"]);
}

#[test]
fn a_buffer_that_is_too_small_is_refused() {
    let mut server: Server<Wire> = Server::new(Config::default()).expect("the default works");
    let error = server
        .poll(&mut vec![0; Config::MIN_BUFFER - 1], None)
        .expect_err("it is too small");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(
        server
            .poll(&mut vec![0; Config::MIN_BUFFER], Some(Duration::ZERO))
            .is_ok()
    );
}

#[test]
fn events_are_held_while_others_are_sent_to() {
    let mut world = World::new(Config::default());
    let mut clients: Vec<_> = (0..3).map(|_| world.open()).collect();
    for (n, (_, client)) in clients.iter_mut().enumerate() {
        client.text(&format!("from {n}"));
    }
    let mut held = Vec::new();
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    while let Some((_, event)) = world.server.next(&mut turn) {
        if let Event::Text(text) = event {
            held.push(text);
        }
    }
    held.sort();
    assert_eq!(held, ["from 0", "from 1", "from 2"]);
    for text in &held {
        for (id, _) in &clients {
            world.server.send_text(*id, text).expect("there is room");
        }
    }
    drop((held, turn));
    world.settle();
    for (_, client) in &mut clients {
        assert_eq!(client.read(), ["from 0", "from 1", "from 2"]);
    }
}

#[test]
fn leaving_a_turn_early_loses_nothing() {
    for leave_after in 1..7 {
        let mut world = World::new(Config::default());
        let (id, mut client) = world.open();
        let mut bytes = Vec::new();
        for n in 0..100 {
            bytes.extend(client.encode_text(&n.to_string()));
        }
        client.far.send(&bytes);
        let mut seen = Vec::new();
        while seen.len() < 100 {
            let mut turn = world
                .server
                .poll(&mut world.buffer, Some(Duration::ZERO))
                .expect("polling works");
            for _ in 0..leave_after {
                seen.extend(
                    world
                        .server
                        .next(&mut turn)
                        .map(|(id, event)| (id, Seen::new(&event))),
                );
            }
            drop(turn);
            world.buffer.fill(0);
        }
        let expected: Vec<_> = (0..100).map(|n| (id, number(n))).collect();
        assert_eq!(seen, expected);
        assert_eq!(world.settle(), []);
    }
}

#[test]
fn leaving_a_turn_before_a_request_loses_nothing() {
    let mut world = World::new(Config::default());
    let (closed, _) = world.open();
    let mut clients: Vec<_> = (0..3).map(|_| world.connect()).collect();
    for client in &mut clients {
        let mut bytes = request("/").into_bytes();
        bytes.extend(client.encode_text("glued"));
        client.far.send(&bytes);
    }
    world.server.abort(closed).expect("it is open");
    let mut seen = Vec::new();
    for _ in 0..50 {
        let mut turn = world
            .server
            .poll(&mut world.buffer, Some(Duration::ZERO))
            .expect("polling works");
        if let Some((id, event)) = world.server.next(&mut turn) {
            if let Event::Request(upgrade) = &event {
                world.server.accept(id, upgrade.accept()).expect("it waits");
            }
            seen.push(Seen::new(&event));
        }
    }
    let count = |wanted: &Seen| seen.iter().filter(|seen| *seen == wanted).count();
    assert_eq!(count(&Seen::Request("/".into())), 3);
    assert_eq!(count(&Seen::Text("glued".into())), 3);
    assert_eq!(seen.len(), 7);
}

#[test]
fn a_failure_behind_a_streamed_part_comes_though_the_turn_was_left() {
    let mut world = World::new(Config::default().streaming(true));
    let (_, client) = world.open();
    client.far.send(b"\x81\x83\0\0\0\0ab\xff");
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    let (_, event) = world.server.next(&mut turn).expect("a part");
    assert_eq!(Seen::new(&event), Seen::Part(2, false));
    drop(turn);
    assert!(matches!(
        world.settle()[..],
        [(_, Seen::Closed(ws_server::Cause::Protocol(_), 1006))]
    ));
}

#[test]
fn turns_may_overlap() {
    let mut world = World::new(Config::default());
    let (one, mut first) = world.open();
    let (two, mut second) = world.open();
    let mut bytes = first.encode_text("a");
    bytes.extend(first.encode_text("b"));
    first.far.send(&bytes);
    let mut other_buffer = vec![0; 64 * 1024];
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    let (_, event) = world.server.next(&mut turn).expect("a message");
    assert_eq!(Seen::new(&event), Seen::Text("a".into()));
    second.text("c");
    first.text("d");
    let mut inner = world
        .server
        .poll(&mut other_buffer, None)
        .expect("polling works");
    let mut seen = Vec::new();
    while let Some((id, event)) = world.server.next(&mut inner) {
        seen.push((id, Seen::new(&event)));
    }
    assert_eq!(
        seen,
        [(two, Seen::Text("c".into()))],
        "what is in the other turn comes first"
    );
    drop(inner);
    while let Some((id, event)) = world.server.next(&mut turn) {
        seen.push((id, Seen::new(&event)));
    }
    drop(turn);
    seen.extend(world.settle());
    assert_eq!(
        seen[1..],
        [(one, Seen::Text("b".into())), (one, Seen::Text("d".into()))]
    );
}

#[test]
fn turns_may_overlap_before_a_request() {
    let mut world = World::new(Config::default());
    let (cut, _) = world.open();
    let mut client = world.connect();
    client.request("/");
    world.server.abort(cut).expect("it is open");
    let mut other_buffer = vec![0; 64 * 1024];
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    let mut seen = vec![];
    for _ in 0..2 {
        // One event of this turn, and a whole turn beside it.
        seen.extend(
            world
                .server
                .next(&mut turn)
                .map(|(_, event)| Seen::new(&event)),
        );
        client.text("glued");
        let mut inner = world
            .server
            .poll(&mut other_buffer, None)
            .expect("polling works");
        while let Some((_, event)) = world.server.next(&mut inner) {
            seen.push(Seen::new(&event));
        }
    }
    assert_eq!(
        seen,
        [
            Seen::Closed(ws_server::Cause::Aborted, 1006),
            Seen::Request("/".into())
        ]
    );
}

#[test]
fn a_turn_of_another_server_has_no_events() {
    let (mut here, mut there) = (World::new(Config::default()), World::new(Config::default()));
    let (_, mut client) = here.open();
    client.text("x");
    let mut turn = here
        .server
        .poll(&mut here.buffer, None)
        .expect("polling works");
    assert!(there.server.next(&mut turn).is_none());
    assert!(here.server.next(&mut turn).is_some());
}

#[test]
fn a_turn_that_is_forgotten_costs_one_connection_its_end() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let (_, mut other) = world.open();
    let mut bytes = client.encode_text("a");
    bytes.extend(client.encode_text("b"));
    client.far.send(&bytes);
    let mut turn = world
        .server
        .poll(&mut world.buffer, None)
        .expect("polling works");
    assert!(world.server.next(&mut turn).is_some());
    std::mem::forget(turn);
    client.text("c");
    other.text("d");
    let seen = world.settle();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_ne!(seen[0].0, id);
    world.pass(Duration::from_secs(45));
    world.settle();
    other.read();
    world.pass(Duration::from_secs(20));
    assert!(
        world
            .settle()
            .contains(&(id, Seen::Closed(ws_server::Cause::PongTimeout, 1006)))
    );
}

/// C-74, S4: a burst of small messages of one peer, and another peer with one.
#[test]
fn s4_c74_a_burst_of_one_peer_does_not_keep_another_waiting() {
    let mut world = World::new(Config::default());
    let (burst, client) = world.open();
    let (id, mut patient) = world.open();
    client.far.send(&b"\x81\x81\0\0\0\0a".repeat(150_000));
    patient.text("me too");
    let mut turns = 0;
    let mut seen = Vec::new();
    while !seen.contains(&(id, Seen::Text("me too".into()))) {
        seen = world.turn();
        turns += 1;
    }
    assert!(turns <= 2, "{turns}");
    assert!(seen.iter().filter(|(id, _)| *id == burst).count() <= 64 * 1024 / 7 + 1);
    patient.text("and again");
    seen = world.turn();
    seen.extend(world.turn());
    assert!(seen.contains(&(id, Seen::Text("and again".into()))));
}

#[test]
fn s4_peers_that_never_pause_are_read_in_turn() {
    let mut world = World::new(Config::default());
    let clients: Vec<_> = (0..5).map(|_| world.open()).collect();
    for (_, client) in &clients {
        client.far.send(
            &b"\x82\xfe\x03\xe8\0\0\0\0"
                .iter()
                .copied()
                .chain([0; 1000])
                .collect::<Vec<_>>()
                .repeat(1000),
        );
    }
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..50 {
        for (id, _) in world.turn() {
            *counts.entry(id).or_insert(0) += 1;
        }
    }
    let (least, most) = (counts.values().min(), counts.values().max());
    assert_eq!(counts.len(), 5);
    assert!(
        most.zip(least)
            .is_some_and(|(most, least)| most - least <= 66),
        "{counts:?}"
    );
}

#[test]
fn c67_unasked_pongs_count_against_the_budget_and_do_nothing_else() {
    let mut world = World::new(Config::default());
    let (_, client) = world.open();
    client.far.send(&b"\x8a\x80\0\0\0\0".repeat(100_000));
    let mut pongs = 0;
    while pongs < 100_000 {
        let seen = world.turn();
        assert!(seen.len() <= 64 * 1024 / 6 + 1);
        pongs += seen.len();
    }
    assert_eq!(client.far.take(), b"");
}

#[test]
fn s16_a_panic_of_the_program_s_does_not_harm_the_server() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let mut bytes = Vec::new();
    for n in 0..10 {
        bytes.extend(client.encode_text(&n.to_string()));
    }
    client.far.send(&bytes);
    let mut seen = Vec::new();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut turn = world
            .server
            .poll(&mut world.buffer, None)
            .expect("polling works");
        while let Some((_, event)) = world.server.next(&mut turn) {
            seen.push(Seen::new(&event));
            assert!(seen.len() < 5, "the program has a fault");
        }
    }));
    std::panic::set_hook(hook);
    assert!(outcome.is_err());
    seen.extend(world.settle().into_iter().map(|(_, seen)| seen));
    assert_eq!(seen, (0..10).map(number).collect::<Vec<_>>());
    world
        .server
        .send_text(id, "still here")
        .expect("it is open");
    world.settle();
    assert_eq!(client.read(), ["still here"]);
}
