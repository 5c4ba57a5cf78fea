//! One message to many.

use std::thread;

use ws_server::{
    Config, ConnectionError, Handle, HandleError, Message, Prepared, SendError, ws_frame,
};

use crate::{
    wire::ALL,
    world::{Answer, Seen, World},
};

#[test]
fn c78_one_slow_among_many_keeps_nobody_waiting_and_the_bytes_are_held_once() {
    let mut world = World::new(Config::default());
    let mut clients: Vec<_> = (0..100).map(|_| world.open()).collect();
    for (id, _) in &clients {
        assert_eq!(world.server.subscribe(*id, "news"), Ok(true));
    }
    let slow = clients.pop().expect("there are many");
    slow.1.far.set_room(0);
    let large = Prepared::new(Message::Binary(&vec![7; 50_000]));
    for _ in 0..20 {
        let tally = world.server.publish("news", &large);
        assert_eq!((tally.queued + tally.backlogged, tally.dropped), (100, 0));
        assert!(world.server.stats().queued_bytes < 20 * 51_000 + 100 * 5000);
        world.turn();
    }
    assert_eq!(world.server.queued_bytes(slow.0), 20 * 50_004);
    for (_, client) in &mut clients {
        assert_eq!(client.read(), ["binary 50000"; 20]);
    }
    slow.1.far.set_room(ALL);
    assert_eq!(world.settle(), [(slow.0, Seen::Writable)]);
    assert_eq!(world.server.stats().queued_bytes, 0);
}

/// However many get it: to all together it is one message more.
#[test]
fn s6_bytes_that_are_held_once_count_once_against_the_bound_of_all() {
    let mut world = World::new(
        Config::default()
            .max_message_len(64 * 1024)
            .max_queued_total(100 * 1024),
    );
    let clients: Vec<_> = (0..3).map(|_| world.open()).collect();
    for (_, client) in &clients {
        client.far.set_room(0);
    }
    let message = Prepared::new(Message::Binary(&vec![7; 60 * 1024]));
    let tally = world.server.broadcast(&message);
    assert_eq!((tally.queued + tally.backlogged, tally.dropped), (3, 0));
    assert!(world.server.stats().queued_bytes < 61 * 1024);
    let other = Prepared::new(Message::Binary(&vec![8; 60 * 1024]));
    let tally = world.server.broadcast(&other);
    assert_eq!((tally.queued + tally.backlogged, tally.dropped), (0, 3));
}

/// A program with a list of its own sends to one connection after the other.
#[test]
fn s6_c78_a_message_sent_to_one_after_the_other_counts_once_as_well() {
    let mut world = World::new(
        Config::default()
            .max_message_len(64 * 1024)
            .max_queued_total(130 * 1024),
    );
    let clients: Vec<_> = (0..20).map(|_| world.open()).collect();
    let messages = [7, 8].map(|byte| Prepared::new(Message::Binary(&vec![byte; 60 * 1024])));
    for (id, client) in &clients {
        client.far.set_room(0);
        for message in &messages {
            let sent = world.server.send_prepared(*id, message);
            sent.expect("there is room");
        }
    }
    assert!(world.server.stats().queued_bytes < 2 * 61 * 1024);
    let third = Prepared::new(Message::Binary(&vec![9; 60 * 1024]));
    assert_eq!(
        world.server.send_prepared(clients[0].0, &third),
        Err(SendError::Full)
    );
    for (_, client) in &clients {
        client.far.set_room(ALL);
    }
    world.settle();
    assert_eq!(world.server.stats().queued_bytes, 0);
    let sent = world.server.send_prepared(clients[0].0, &third);
    sent.expect("there is room again");
}

#[test]
fn many_publishes_of_a_turn_are_one_write_per_peer() {
    for len in [10, 5000] {
        let mut world = World::new(Config::default());
        let mut clients: Vec<_> = (0..10).map(|_| world.open()).collect();
        let message = "m".repeat(len);
        let message = Prepared::new(Message::Text(&message));
        let before: Vec<_> = clients
            .iter()
            .map(|(_, client)| client.far.writes())
            .collect();
        for (id, _) in &clients {
            world.server.subscribe(*id, "a").expect("there is room");
            world.server.subscribe(*id, "b").expect("there is room");
        }
        for _ in 0..5 {
            assert_eq!(world.server.publish("a", &message).queued, 10);
            assert_eq!(world.server.publish("b", &message).queued, 10);
        }
        world.turn();
        for ((_, client), before) in clients.iter_mut().zip(before) {
            assert_eq!(client.far.writes(), before + 1);
            assert_eq!(client.read().len(), 10);
        }
    }
}

/// The connection that is answered first may get more in the same turn.
#[test]
fn publishes_between_the_events_of_a_turn_are_one_write_as_well() {
    // One of them comes first.
    for reader in 0..5 {
        let mut world = World::new(Config::default());
        let mut clients: Vec<_> = (0..5).map(|_| world.open()).collect();
        world
            .server
            .subscribe(clients[reader].0, "news")
            .expect("there is room");
        let before = clients[reader].1.far.writes();
        for (_, client) in &mut clients {
            client.text("news");
        }
        let mut turn = world
            .server
            .poll(&mut world.buffer, None)
            .expect("polling works");
        while let Some((_, event)) = world.server.next(&mut turn) {
            if let ws_server::Event::Text(text) = event {
                let tally = world
                    .server
                    .publish("news", &Prepared::new(Message::Text(&text)));
                assert_eq!(tally.queued, 1);
            }
        }
        drop(turn);
        world.turn();
        assert_eq!(clients[reader].1.far.writes(), before + 1);
        assert_eq!(clients[reader].1.read(), ["news"; 5]);
    }
}

#[test]
fn a_broadcast_goes_to_those_who_are_open() {
    let mut world = World::new(Config::default());
    let (_, mut open) = world.open();
    let (closing, mut leaving) = world.open();
    world
        .server
        .close(closing, ws_server::CloseCode::NORMAL, "")
        .expect("it is open");
    world.answer = Answer::Later;
    let mut undecided = world.connect();
    undecided.request("/");
    world.settle();
    let tally = world
        .server
        .broadcast(&Prepared::new(Message::Text("to all")));
    assert_eq!((tally.queued, tally.backlogged, tally.dropped), (1, 0, 0));
    world.settle();
    assert_eq!(open.read(), ["to all"]);
    assert_eq!(leaving.read(), ["close 1000"]);
    assert_eq!(undecided.far.take(), b"");
}

#[test]
fn c121_a_message_in_fragments_is_not_broken_into() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world
        .server
        .send_text_fragment(id, "begun", false)
        .expect("there is room");
    let error = world.server.send_text(id, "between");
    assert_eq!(
        error,
        Err(SendError::Frame(ws_frame::SendError::MessageUnfinished))
    );
    assert_eq!(
        world
            .server
            .broadcast(&Prepared::new(Message::Text("between")))
            .dropped,
        1
    );
    world
        .server
        .send_ping(id, b"")
        .expect("pings may come between");
    world
        .server
        .send_text_fragment(id, " and ended", true)
        .expect("there is room");
    world.settle();
    assert_eq!(client.read(), ["ping", "begun and ended"]);
}

#[test]
fn a_subscription_ends_with_its_connection() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let (other, _stays) = world.open();
    for id in [id, other] {
        world.server.subscribe(id, "news").expect("there is room");
    }
    assert_eq!(world.server.subscribers("news"), 2);
    client.close(1000);
    world.settle();
    assert_eq!(world.server.subscribers("news"), 1);
    assert_eq!(
        world.server.subscribe(id, "news"),
        Err(ConnectionError::Unknown)
    );
    world.server.abort(other).expect("it is open");
    assert_eq!(world.server.subscribers("news"), 0);
    assert_eq!(
        world
            .server
            .publish("news", &Prepared::new(Message::Text("x")))
            .queued,
        0
    );
}

#[test]
fn v03_a_handle_that_is_full_says_so_and_the_server_goes_on() {
    let mut world = World::new(
        Config::default()
            .max_commands(10)
            .max_command_bytes(1_000_000),
    );
    let (id, mut client) = world.open();
    let handle = world.server.handle();
    let sent = (0..100)
        .take_while(|n| handle.send_text(id, &n.to_string()).is_ok())
        .count();
    assert_eq!(sent, 10);
    assert_eq!(handle.send_binary(id, b"x"), Err(HandleError::Full));
    handle.wake();
    world.settle();
    assert_eq!(client.read().len(), 10);
    handle.send_text(id, "again").expect("there is room again");
    assert_eq!(
        handle.send_binary(id, &vec![0; 1_000_001]),
        Err(HandleError::TooLong)
    );
    world.settle();
    assert_eq!(client.read(), ["again"]);
    while handle.send_text(id, "full").is_ok() {}
    handle.stop();
    world.settle();
    assert_eq!(client.read().last().map(String::as_str), Some("close 1001"));
}

#[test]
fn a_full_handle_tells_when_its_server_is_gone() {
    let world = World::new(Config::default().max_commands(1000).max_command_bytes(1000));
    let handle = world.server.handle();
    let message = Prepared::new(Message::Text("never sent"));
    while handle.broadcast(&message).is_ok() {}
    assert_eq!(handle.broadcast(&message), Err(HandleError::Full));
    drop(world);
    assert_eq!(handle.broadcast(&message), Err(HandleError::Gone));
}

#[test]
fn c120_messages_of_several_threads_to_one_peer_come_whole_and_in_the_order_of_each() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let send = move |handle: Handle, name: char| {
        // Of every length of header, and more than the queue holds.
        for n in 0..500 {
            let text = format!("{n}{}", String::from(name).repeat(n * 149));
            while handle.send_text(id, &text).is_err() {
                thread::yield_now();
            }
        }
    };
    let threads = ['a', 'b', 'c'].map(|name| {
        let handle = world.server.handle();
        thread::spawn(move || send(handle, name))
    });
    let mut read = Vec::new();
    while read.len() < 3 * 500 {
        world.turn();
        read.extend(client.read());
    }
    let mut next = [0; 3];
    for text in &read {
        let (number, rest) = text.split_at(text.trim_end_matches(['a', 'b', 'c']).len());
        let name = rest.bytes().next();
        assert!(rest.bytes().all(|byte| Some(byte) == name));
        let Some(name) = name else { continue };
        let next = &mut next[usize::from(name - b'a')];
        let number: usize = number.parse().expect("a number");
        assert!(number >= *next && rest.len() == number * 149);
        *next = number + 1;
    }
    assert_eq!(next, [500; 3]);
    for thread in threads {
        thread.join().expect("a thread does not panic");
    }
}

#[test]
fn a_handle_does_what_the_server_does() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world.server.subscribe(id, "news").expect("there is room");
    let handle = world.server.handle();
    let message = Prepared::new(Message::Text("prepared"));
    handle.send_text(id, "text").expect("there is room");
    handle.send_binary(id, b"four").expect("there is room");
    handle.send_prepared(id, &message).expect("there is room");
    handle.broadcast(&message).expect("there is room");
    handle.publish("news", &message).expect("there is room");
    handle
        .close(id, ws_server::CloseCode::NORMAL, "")
        .expect("there is room");
    handle.send_text(id, "too late").expect("there is room");
    world.settle();
    assert_eq!(
        client.read(),
        [
            "text",
            "binary 4",
            "prepared",
            "prepared",
            "prepared",
            "close 1000"
        ]
    );
    assert_eq!(world.server.stats().dropped_messages, 1);
    world.settle();
    handle.stop();
    client.end();
    world.settle();
    assert!(world.server.is_stopped());
    drop(world);
    assert_eq!(handle.send_text(id, "nobody"), Err(HandleError::Gone));
    handle.stop();
    handle.wake();
}

/// The changes since the last time, with their direction as a sign in front.
fn changes(world: &mut World) -> Vec<String> {
    let sign = |has_subscribers| if has_subscribers { '+' } else { '-' };
    world
        .server
        .topic_changes()
        .map(|change| format!("{}{}", sign(change.has_subscribers), change.topic))
        .collect()
}

#[test]
fn k01_the_first_and_the_last_subscriber_of_a_topic_are_told() {
    let mut world = World::new(Config::default());
    let [(a, mut first), (b, mut second)] = [world.open(), world.open()];
    assert!(changes(&mut world).is_empty());
    for (id, topic) in [(a, "sport"), (a, "news"), (b, "news")] {
        assert_eq!(world.server.subscribe(id, topic), Ok(true));
    }
    assert_eq!(changes(&mut world), ["+news", "+sport"]);
    assert!(changes(&mut world).is_empty());
    assert!(world.server.unsubscribe(a, "news"));
    assert!(changes(&mut world).is_empty(), "another subscriber is left");
    // However a connection ends.
    second.close(1000);
    world.settle();
    assert_eq!(changes(&mut world), ["-news"]);
    first.close(1000);
    world.settle();
    assert_eq!(changes(&mut world), ["-sport"]);
}

#[test]
fn k01_a_topic_that_changes_and_changes_back_within_a_turn_is_not_told() {
    let mut world = World::new(Config::default());
    let (id, _client) = world.open();
    for _ in 0..3 {
        world.server.subscribe(id, "news").expect("there is room");
        world.server.unsubscribe(id, "news");
    }
    assert!(changes(&mut world).is_empty());
    world.server.subscribe(id, "news").expect("there is room");
    assert_eq!(changes(&mut world), ["+news"]);
    world.server.unsubscribe(id, "news");
    world.server.subscribe(id, "news").expect("there is room");
    assert!(changes(&mut world).is_empty(), "a bridge stays subscribed");
    world.server.abort(id).expect("it is open");
    assert_eq!(changes(&mut world), ["-news"]);
}

#[test]
fn k02_a_handle_asks_for_the_count_of_a_topic() {
    let mut world = World::new(Config::default());
    let handle = world.server.handle();
    let (id, _client) = world.open();
    let [before, other] =
        ["news", "sport"].map(|topic| handle.subscribers(topic).expect("there is room"));
    world.server.subscribe(id, "news").expect("there is room");
    world.settle();
    assert_eq!((before.try_recv(), other.try_recv()), (Ok(1), Ok(0)));
    let never = handle.subscribers("news").expect("there is room");
    drop(world);
    assert!(
        never.recv().is_err(),
        "nobody waits for a server that is gone"
    );
    assert_eq!(handle.subscribers("news").err(), Some(HandleError::Gone));
}
