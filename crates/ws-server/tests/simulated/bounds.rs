//! Memory and time that all connections take together.

use std::time::Duration;

use ws_server::{Cause, Config, ConnId, ConnectionError, Delivery, Response, SendError};

use crate::{
    wire::ALL,
    world::{Answer, Client, KIB, Seen, World},
};

const SECOND: Duration = Duration::from_secs(1);

/// A binary message of `len` bytes without its end.
fn begin(client: &Client, len: usize, missing: usize) {
    let mut frame = match u16::try_from(len) {
        Ok(len @ 0..126) => vec![0x82, 0x80 | len.to_be_bytes()[1]],
        Ok(len) => [&[0x82, 0xFE][..], &len.to_be_bytes()].concat(),
        Err(_) => [&[0x82, 0xFF][..], &(len as u64).to_be_bytes()].concat(),
    };
    frame.extend([0; 4]);
    frame.resize(frame.len() + len - missing, 7);
    client.far.send(&frame);
}

fn overloaded(seen: &[(ConnId, Seen)]) -> Vec<ConnId> {
    seen.iter()
        .map(|(id, seen)| {
            assert_eq!(*seen, Seen::Closed(Cause::Overloaded, 1006));
            *id
        })
        .collect()
}

fn open_many(world: &mut World, count: usize) -> Vec<(ConnId, Client)> {
    (0..count).map(|_| world.open_beside(&[])).collect()
}

#[test]
fn r44_unfinished_messages_of_all_hold_no_more_than_their_bound() {
    const TOTAL: usize = 1024 * KIB;
    let config = Config::default()
        .max_message_len(64 * KIB)
        .max_assembling_total(TOTAL);
    let mut world = World::new(config);
    let mut clients = open_many(&mut world, 61);
    let (small, honest) = clients.pop().expect("there are some");
    begin(&honest, 1000, 1);
    let (mut ended, mut most) = (Vec::new(), 0);
    for (_, client) in &clients {
        begin(client, 64 * KIB, 1);
        ended.extend(overloaded(&world.settle()));
        let held = world.server.stats().assembling_bytes;
        assert!(held <= TOTAL, "{held} bytes");
        most = most.max(held);
    }
    assert!(most > TOTAL / 2);
    assert!((40..=50).contains(&ended.len()), "{} ended", ended.len());
    assert!(!ended.contains(&small), "the largest pay");
    assert_eq!(world.server.stats().closes.overloaded, ended.len() as u64);
    for (id, client) in &mut clients {
        let told = client.read();
        assert_eq!(told == ["close 1013"], ended.contains(id), "{told:?}");
    }
    // Whoever was not ended gets its message through, and then nothing is held.
    honest.far.send(&[7]);
    for (id, client) in &clients {
        if !ended.contains(id) {
            client.far.send(&[7]);
        }
    }
    let seen = world.settle();
    assert_eq!(seen.len(), 61 - ended.len());
    assert!(seen.contains(&(small, Seen::Binary(1000))));
    assert_eq!(world.server.stats().assembling_bytes, 0);
}

#[test]
fn r44_a_message_alone_is_never_refused_for_the_bound_of_all() {
    let config = Config::default()
        .max_message_len(64 * KIB)
        .max_assembling_total(64 * KIB);
    let mut world = World::new(config);
    let (id, client) = world.open();
    // In two fragments: nobody knows how long it will be.
    let mut bytes = vec![0x02, 0xFE, 0xE0, 0x00, 0, 0, 0, 0];
    bytes.resize(bytes.len() + 0xE000, 7);
    bytes.extend([0x80, 0xFE, 0x10, 0x00, 0, 0, 0, 0]);
    bytes.resize(bytes.len() + 0x1000, 7);
    for piece in bytes.chunks(1000) {
        client.far.send(piece);
        world.turn();
    }
    assert_eq!(world.server.stats().messages_in, 1);
    assert_eq!(world.server.stats().assembling_bytes, 0);
    world.server.send_text(id, "thanks").expect("it is open");
}

#[test]
fn r44_the_memory_of_a_connection_is_freed_with_it() {
    let mut world = World::new(Config::default());
    let clients = open_many(&mut world, 3);
    for (_, client) in &clients {
        begin(client, 50 * KIB, 1);
    }
    world.settle();
    assert!(world.server.stats().assembling_bytes >= 150 * KIB);
    clients[0].1.end();
    world.server.abort(clients[1].0).expect("it is open");
    // A Close in the midst of a message: the rest of it never comes.
    clients[2].1.far.send(&[7]);
    world.settle();
    assert_eq!(world.server.stats().assembling_bytes, 0);
}

/// The bytes of the message itself are the only sign of life.
#[test]
fn r45_a_message_that_trickles_is_closed_after_the_grace() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    begin(&client, 1024 * KIB, 1016 * KIB);
    assert_eq!(world.settle(), []);
    for _ in 0..29 {
        world.pass(SECOND);
        client.far.send(&[7]);
        assert_eq!(world.settle(), []);
    }
    world.pass(Duration::from_millis(999));
    world.settle();
    assert_eq!(client.read(), [""; 0], "not early");
    world.pass(SECOND);
    assert_eq!(world.settle(), []);
    assert_eq!(client.read(), ["close 1008"]);
    assert_eq!(world.server.stats().slow_messages, 1);
    // In the midst of its message, the client cannot answer.
    world.pass(10 * SECOND);
    assert_eq!(
        world.settle(),
        [(id, Seen::Closed(Cause::CloseTimeout, 1006))]
    );
    assert_eq!(world.server.stats().assembling_bytes, 0);
}

#[test]
fn r45_sixteen_mebibytes_at_fifty_kilobytes_a_second_come_through() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let len = 16 * KIB * KIB;
    begin(&client, len, len);
    let (mut sent, mut seen) = (0, Vec::new());
    while sent < len {
        let piece = (len - sent).min(50_000);
        client.far.send(&vec![7; piece]);
        sent += piece;
        seen.extend(world.settle());
        world.pass(SECOND);
    }
    assert_eq!(seen, [(id, Seen::Binary(len))]);
    // Any number of short ones after it, one after the other, is no slow one.
    for _ in 0..100 {
        begin(&client, 10, 1);
        world.settle();
        world.pass(SECOND);
        client.far.send(&[7]);
        assert_eq!(world.settle(), [(id, Seen::Binary(10))]);
    }
    assert_eq!(client.read(), [""; 0]);
}

/// Each message has its own time, also when one begins in the read that ends another.
#[test]
fn r45_the_end_of_a_message_ends_its_time() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    begin(&client, 10_000, 5_000);
    world.settle();
    for _ in 0..10 {
        world.pass(20 * SECOND);
        let mut bytes = vec![7; 5_000];
        bytes.extend([0x82, 0xFE, 0x27, 0x10, 0, 0, 0, 0]);
        bytes.extend([7; 5_000]);
        client.far.send(&bytes);
        assert_eq!(world.settle(), [(id, Seen::Binary(10_000))]);
    }
    assert_eq!(client.read(), [""; 0]);
}

#[test]
fn r45_the_minimum_rate_can_be_set_and_turned_off() {
    for (rate, closed) in [(Some(100), false), (Some(1000), true), (None, false)] {
        let config = Config::default()
            .min_message_rate(rate)
            .message_grace(5 * SECOND)
            .idle_timeout(None);
        let mut world = World::new(config);
        let (_, mut client) = world.open();
        begin(&client, 1024 * KIB, 1024 * KIB);
        for _ in 0..20 {
            client.far.send(&[7; 500]);
            world.settle();
            world.pass(SECOND);
        }
        assert_eq!(client.read() == ["close 1008"], closed, "{rate:?}");
    }
}

/// Time in which the server does not read: the program paused the connection, or was busy.
#[test]
fn r45_time_that_the_program_takes_does_not_count_against_the_sender() {
    let mut world = World::new(Config::default().idle_timeout(None));
    let (id, mut client) = world.open();
    begin(&client, 10_000, 5_000);
    world.settle();
    world.server.pause(id).expect("it is open");
    for _ in 0..10 {
        world.pass(100 * SECOND);
        world.settle();
    }
    world.server.resume(id).expect("it is open");
    for _ in 0..29 {
        world.pass(SECOND);
        assert_eq!(world.settle(), []);
    }
    assert_eq!(client.read(), [""; 0]);
    client.far.send(&[7; 5_000]);
    assert_eq!(world.settle(), [(id, Seen::Binary(10_000))]);
    begin(&client, 1024 * KIB, 1000 * KIB);
    world.settle();
    // All that the system buffers comes while the program is busy for five minutes, and then
    // nothing for a while.
    client.far.send(&vec![7; 200 * KIB]);
    world.pass(300 * SECOND);
    world.settle();
    world.pass(29 * SECOND);
    world.settle();
    assert_eq!(client.read(), [""; 0]);
    world.pass(2 * SECOND);
    world.settle();
    assert_eq!(client.read(), ["close 1008"]);
}

#[test]
fn r46_when_the_total_is_full_those_who_have_most_queued_pay() {
    const LARGEST: usize = 1024 * KIB;
    let config = Config::default()
        .max_message_len(LARGEST)
        .max_queued_total(8 * LARGEST);
    let mut world = World::new(config);
    let clients = open_many(&mut world, 12);
    let (deaf, rest) = clients.split_at(10);
    for (id, client) in deaf {
        client.far.set_room(0);
        while world.server.queued_bytes(*id) < 800 * KIB {
            let sent = world.server.send_binary(*id, &vec![1; 100 * KIB]);
            assert!(matches!(sent, Ok(Delivery::Backlogged { .. })), "{sent:?}");
        }
        world.settle();
    }
    let (healthy, far) = &rest[0];
    far.far.set_room(10);
    world
        .server
        .send_binary(*healthy, &vec![2; LARGEST])
        .expect("those who take nothing make room");
    let mut seen = Vec::new();
    while world.server.queued_bytes(*healthy) > 0 {
        far.far.set_room(100_000);
        seen.extend(world.settle());
    }
    seen.retain(|(_, seen)| *seen != Seen::Writable);
    let ended = overloaded(&seen);
    assert!((1..=4).contains(&ended.len()), "{ended:?}");
    assert!(deaf.iter().filter(|(id, _)| ended.contains(id)).count() == ended.len());
    assert!(world.server.stats().queued_bytes <= 8 * LARGEST);
    assert_eq!(world.server.stats().closes.overloaded, ended.len() as u64);
    let (other, _) = &rest[1];
    world
        .server
        .send_text(*other, "still here")
        .expect("it is open");
}

/// The connection that holds most gets no more, and no other connection pays for it.
#[test]
fn r46_the_connection_that_has_most_queued_is_refused_itself() {
    let config = Config::default()
        .max_message_len(200 * KIB)
        .max_queued(600 * KIB)
        .max_queued_total(1000 * KIB);
    let mut world = World::new(config);
    let clients = open_many(&mut world, 2);
    for ((id, client), len) in clients.iter().zip([350, 550]) {
        client.far.set_room(0);
        for _ in 0..len / 50 {
            world
                .server
                .send_binary(*id, &vec![1; 50 * KIB])
                .expect("there is room");
        }
    }
    world.settle();
    assert!(
        world
            .server
            .send_binary(clients[1].0, &vec![1; 40 * KIB])
            .is_ok()
    );
    assert_eq!(
        world.server.send_binary(clients[1].0, &vec![1; 100 * KIB]),
        Err(SendError::Full)
    );
    assert_eq!(world.settle(), []);
    assert_eq!(world.server.stats().closes.overloaded, 0);
}

/// Peers that take nothing, each of which has less queued than its high watermark.
#[test]
fn r46_many_small_backlogs_do_not_keep_a_healthy_connection_out() {
    const TOTAL: usize = 1024 * KIB;
    let config = Config::default()
        .max_message_len(512 * KIB)
        .max_queued_total(TOTAL);
    let mut world = World::new(config);
    let clients = open_many(&mut world, 41);
    let ((healthy, far), deaf) = clients.split_first().expect("there are some");
    for (_, client) in deaf {
        client.far.set_room(0);
    }
    let mut is_full = false;
    while !is_full {
        for (id, _) in deaf {
            is_full |= world.server.send_binary(*id, &vec![1; 4 * KIB]).is_err();
        }
        assert_eq!(world.settle(), [], "none has more than another");
    }
    assert!(
        deaf.iter()
            .all(|(id, _)| world.server.queued_bytes(*id) < 32 * KIB)
    );
    for _ in 0..100 {
        let sent = world.server.send_binary(*healthy, &vec![2; 20 * KIB]);
        assert_eq!(sent, Ok(Delivery::Queued));
        overloaded(&world.settle());
    }
    let ended = world.server.stats().closes.overloaded;
    assert!((1..=2).contains(&ended), "{ended} ended for 20 KiB");
    assert_eq!(far.far.take_len(), 100 * (20 * KIB + 4));
    // A message that is larger than what any of them has: its connection would hold most.
    far.far.set_room(0);
    let sent = world.server.send_binary(*healthy, &vec![2; 512 * KIB]);
    assert_eq!(sent, Err(SendError::Full));
    assert_eq!(world.settle(), []);
}

/// Of a topic's subscribers some end while it is published to: nobody is left in it who is gone.
#[test]
fn r46_a_subscriber_that_ends_while_others_are_published_to_leaves_its_topics() {
    let config = Config::default()
        .max_message_len(100 * KIB)
        .max_queued(800 * KIB)
        .max_queued_total(900 * KIB);
    let mut world = World::new(config);
    let clients = open_many(&mut world, 3);
    for (id, client) in &clients {
        assert_eq!(world.server.subscribe(*id, "news"), Ok(true));
        client.far.set_room(0);
    }
    while world.server.queued_bytes(clients[2].0) < 700 * KIB {
        let sent = world.server.send_binary(clients[2].0, &vec![1; 50 * KIB]);
        sent.expect("there is room");
    }
    let mut tally = None;
    for n in 0..4 {
        let payload = vec![n; 99 * KIB];
        let message = ws_server::Prepared::new(ws_server::Message::Binary(&payload));
        tally = Some(world.server.publish("news", &message));
    }
    let tally = tally.expect("something was published");
    assert_eq!((tally.backlogged, tally.dropped), (2, 0));
    assert_eq!(world.server.subscribers("news"), 2);
    assert_eq!(overloaded(&world.settle()), [clients[2].0]);
}

#[test]
fn r50_an_answer_is_checked_before_it_is_copied() {
    let config = Config::default()
        .max_message_len(64 * KIB)
        .max_queued(256 * KIB);
    let mut world = World::new(config.http(true));
    world.answer = Answer::Later;
    let client = world.connect();
    client.request_page();
    let seen = world.settle();
    let [(id, Seen::Http(_))] = &seen[..] else {
        panic!("{seen:?}")
    };
    let page = vec![b'x'; 256 * KIB + 1];
    let respond = |world: &mut World, body: &[u8], without: bool| {
        let response = Response::new(200)
            .body("text/plain", body)
            .without_body(without);
        world.server.respond(*id, &response)
    };
    assert_eq!(
        respond(&mut world, &page, false),
        Err(ConnectionError::TooLong)
    );
    assert_eq!(world.server.stats().queued_bytes, 0);
    assert_eq!(respond(&mut world, &page[1..], false), Ok(()));
    client.far.set_room(ALL);
    world.settle();
    assert!(client.far.take().len() > 256 * KIB);
}
