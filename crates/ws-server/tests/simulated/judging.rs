//! Timeouts of requests, writes, closes and lifetimes, by a clock that the tests turn.

use std::time::Duration;

use ws_server::{Cause, Config};

use crate::{
    wire::{End, INTERRUPT},
    world::{Answer, Seen, World, request, secs},
};

#[test]
fn s1_a_peer_that_sends_nothing_is_closed_without_a_word() {
    let mut world = World::new(Config::default());
    let client = world.connect();
    world.pass(Duration::from_millis(9999));
    assert_eq!(world.settle(), []);
    assert!(!client.far.is_gone());
    world.pass(Duration::from_millis(1));
    assert_eq!(world.settle(), []);
    assert!(client.far.is_gone());
    assert_eq!(client.far.take(), b"");
    assert_eq!(world.server.stats().head_timeouts, 1);
}

#[test]
fn h1_c1_half_a_head_gets_a_408_at_the_deadline_however_it_trickles() {
    let mut world = World::new(Config::default());
    let mut client = world.connect();
    for byte in request("/").bytes().take(99) {
        client.far.send(&[byte]);
        world.pass(Duration::from_millis(100));
        assert_eq!(world.turn(), []);
    }
    assert_eq!(client.far.take(), b"");
    world.pass(Duration::from_millis(100));
    assert_eq!(world.settle(), []);
    world.expect_end(&mut client, 408);
}

#[test]
fn v04_a_slow_head_within_the_deadline_is_served() {
    let mut world = World::new(Config::default());
    let mut client = world.connect();
    let head = request("/");
    for byte in head.bytes() {
        client.far.send(&[byte]);
        world.pass(Duration::from_millis(9000 / head.len() as u64));
        world.turn();
    }
    world.settle();
    client.read();
    assert_eq!(client.status, Some(101));
}

/// A turn that ends for want of buffer is followed by one that judges first.
#[test]
fn s1_s4_peers_that_never_pause_put_off_no_deadline() {
    for flooders in [1, 2, 5] {
        let mut world = World::new(Config::default());
        let silent = world.connect();
        let flooders: Vec<_> = (0..flooders).map(|_| world.open()).collect();
        let message: Vec<_> = b"\x82\xfe\x03\xe8\0\0\0\0"
            .iter()
            .copied()
            .chain([0; 1000])
            .collect();
        for (_, flooder) in &flooders {
            flooder.far.send(&message.repeat(3000));
        }
        world.pass(secs(10));
        for _ in 0..20 {
            assert_ne!(world.turn(), []);
        }
        assert!(flooders.iter().any(|(_, flooder)| flooder.far.unread() > 0));
        assert!(silent.far.is_gone());
        assert_eq!(world.server.stats().head_timeouts, 1);
    }
}

#[test]
fn s10_a_peer_that_takes_nothing_is_cut_and_one_that_takes_little_is_not() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(10);
    world
        .server
        .send_binary(id, &[1; 1000])
        .expect("there is room");
    assert_eq!(world.settle(), []);
    for _ in 0..20 {
        world.pass(secs(29));
        client.far.set_room(1);
        assert_eq!(world.settle(), []);
    }
    world.pass(secs(30));
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::WriteTimeout, 1006))]
    );
    assert!(client.far.is_gone());
}

#[test]
fn n14_c81_a_close_that_is_not_answered_is_cut() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world
        .server
        .close(id, ws_server::CloseCode::NORMAL, "bye")
        .expect("it is open");
    world.turn();
    world.pass(Duration::from_millis(9999));
    assert_eq!(world.settle(), []);
    assert!(!client.far.is_gone());
    world.pass(Duration::from_millis(1));
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::CloseTimeout, 1006))]
    );
    assert!(client.far.is_gone());
    assert_eq!(client.read(), ["close 1000"]);
}

#[test]
fn n7_a_peer_that_never_ends_its_stream_is_not_waited_for_for_ever() {
    let mut world = World::new(Config::default());
    let (_, mut client) = world.open();
    client.close(1000);
    world.settle();
    assert!(client.far.is_shut());
    for _ in 0..9 {
        world.pass(secs(1));
        client.far.send(&[0; 1000]);
        assert_eq!(world.settle(), []);
    }
    assert!(!client.far.is_gone());
    world.pass(secs(1));
    world.settle();
    assert!(client.far.is_gone());
}

#[test]
fn c36_a_request_that_nobody_answers_gets_a_503() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/");
    let seen = world.settle();
    let [(id, Seen::Request(_))] = seen[..] else {
        panic!("{seen:?}")
    };
    world.pass(secs(10));
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Undecided, 1006))]);
    client.read();
    assert_eq!(client.status, Some(503));
    client.end();
    world.settle();
    assert_eq!(world.server.stats().connections, 0);
}

/// C-87, C-98, C-127: the program sleeps, or the machine does. Whoever has done their part
/// meanwhile is not punished.
#[test]
fn c87_c98_c127_nobody_is_judged_before_what_waits_is_read() {
    rlimit::increase_nofile_limit(8192).expect("the soft limit can be raised");
    for sleep in [secs(60), secs(3600), secs(1_000_000)] {
        let mut world = World::new(Config::default());
        // More than the system reports at a time.
        let mut clients: Vec<_> = (0..1100).map(|_| world.open()).collect();
        let (closing, mut closer) = world.open();
        world.pass(secs(45));
        world.settle();
        assert_eq!(closer.read(), ["ping"]);
        world
            .server
            .close(closing, ws_server::CloseCode::NORMAL, "")
            .expect("it is open");
        let mut late = world.connect();
        let early = world.settle().len();
        for (_, client) in &mut clients {
            assert_eq!(client.read(), ["ping"]);
        }
        assert_eq!(closer.read(), ["close 1000"]);
        late.request("/");
        world.pass(sleep);
        let seen = world.settle();
        let lost = seen
            .iter()
            .filter(|(_, seen)| matches!(seen, Seen::Closed(cause, _) if *cause != Cause::Local));
        assert_eq!(lost.count(), 0);
        let pongs = seen.iter().filter(|(_, seen)| *seen == Seen::Pong).count() + early;
        assert_eq!(pongs, 1101);
        assert!(seen.contains(&(closing, Seen::Closed(Cause::Local, 1000))));
        assert!(
            seen.iter()
                .any(|(_, seen)| matches!(seen, Seen::Request(_))),
            "the late head counts"
        );
    }
}

#[test]
fn c98_a_stalled_peer_that_caught_up_during_the_sleep_is_kept() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &[1; 1000])
        .expect("there is room");
    world.settle();
    client.far.set_room(500);
    world.pass(secs(3600));
    assert_eq!(world.settle(), []);
    assert_eq!(client.far.take().len(), 500);
    client.far.set_room(usize::MAX);
    assert_eq!(world.settle(), []);
    assert_eq!(client.far.take().len(), 504);
}

/// More waits for it than one turn writes, and it takes all of that.
#[test]
fn s10_c98_a_stalled_peer_that_takes_a_turn_s_worth_is_kept() {
    let mut world = World::new(Config::default());
    let mut client = world.connect_in_steps(vec![600 * 1024]);
    client.request("/");
    let (id, _) = world.settle()[0].clone();
    client.far.set_room(0);
    world
        .server
        .send_binary(id, &vec![1; 5 * 1024 * 1024])
        .expect("there is room");
    assert_eq!(world.settle(), []);
    client.far.set_room(usize::MAX);
    world.pass(secs(30));
    world.patience = 8;
    assert_eq!(world.settle(), [(id, Seen::Writable)]);
    assert_eq!(world.server.queued_bytes(id), 0);
}

#[test]
fn a_stalled_stream_is_judged_by_bytes_and_not_by_interrupts() {
    let mut world = World::new(Config::default());
    world.patience = 200;
    let mut client = world.connect_in_steps(vec![INTERRUPT, 3]);
    client.request("/");
    let seen = world.settle();
    let [(id, Seen::Request(_))] = seen[..] else {
        panic!("{seen:?}")
    };
    client.far.set_room(0);
    world.server.send_text(id, "hello").expect("there is room");
    world.settle();
    world.pass(secs(30));
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::WriteTimeout, 1006))]
    );
}

#[test]
fn each_deadline_can_be_turned_off() {
    let config = Config::default()
        .head_timeout(None)
        .accept_timeout(None)
        .idle_timeout(None)
        .pong_timeout(None)
        .write_timeout(None)
        .close_timeout(None);
    let mut world = World::new(config);
    let silent = world.connect();
    let (_, idle) = world.open();
    let (stalled, slow) = world.open();
    slow.far.set_room(0);
    world.server.send_text(stalled, "x").expect("there is room");
    let (closed, closing) = world.open();
    world
        .server
        .close(closed, ws_server::CloseCode::NORMAL, "")
        .expect("it is open");
    world.answer = Answer::Later;
    let mut undecided = world.connect();
    undecided.request("/");
    world.settle();
    world.pass(secs(1_000_000));
    assert_eq!(world.settle(), []);
    let fars = [
        &silent.far,
        &idle.far,
        &slow.far,
        &closing.far,
        &undecided.far,
    ];
    assert!(fars.iter().all(|far| !far.is_gone()));
}

#[test]
fn a_lifetime_ends_with_going_away() {
    let mut world = World::new(Config::default().lifetime(secs(160)).idle_timeout(None));
    let mut clients: Vec<_> = (0..64).map(|_| world.open()).collect();
    world.pass(secs(149));
    assert_eq!(world.settle(), []);
    assert!(
        clients
            .iter_mut()
            .all(|(_, client)| client.read().is_empty())
    );
    world.pass(secs(6));
    world.settle();
    let told = clients
        .iter_mut()
        .filter(|(_, client)| client.far.take() == b"\x88\x02\x03\xe9")
        .count();
    assert!((16..48).contains(&told), "{told}");
    world.pass(secs(6));
    world.settle();
    let told = told
        + clients
            .iter_mut()
            .map(|(_, client)| client.read())
            .filter(|seen| *seen == ["close 1001"])
            .count();
    assert_eq!(told, 64);
}

#[test]
fn a_reset_during_the_sleep_is_a_reset() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.end(End::Reset);
    world.pass(secs(3600));
    assert_eq!(
        world.settle(),
        [(
            id,
            Seen::Closed(Cause::Io(std::io::ErrorKind::ConnectionReset), 1006)
        )]
    );
}
