//! Nothing waits for ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ws_server::{Cause, Config, Delivery, Event, SendError, Server};

use crate::{
    inside::Inside,
    wire::{ALL, End, Far, Wire},
    world::{KIB, Seen, World, request},
};

fn turns(server: &mut Server<Inside>, times: usize) -> Vec<Seen> {
    let mut buffer = vec![0; 64 * KIB];
    let mut all = Vec::new();
    for _ in 0..times {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::ZERO))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Request(upgrade) = &event {
                server.accept(id, upgrade.accept()).expect("it waits");
            }
            all.push(Seen::new(&event));
        }
    }
    all
}

fn inside(config: Config, change: impl FnOnce(&mut Inside)) -> (Server<Inside>, Far) {
    let (wire, far) = Wire::new(vec![ALL]);
    let mut server = Server::new(config).expect("it can work");
    let mut stream = Inside::new(wire);
    change(&mut stream);
    server.adopt(stream, None).expect("there is room");
    (server, far)
}

#[test]
fn r01_the_end_of_a_large_message_does_not_stay_inside_the_transport() {
    let (mut server, far) = inside(Config::default(), |_| {});
    far.send(request("/").as_bytes());
    let mut buffer = vec![0; 64 * KIB];
    let mut turn = server.poll(&mut buffer, None).expect("polling works");
    let (id, event) = server.next(&mut turn).expect("a request");
    let Event::Request(upgrade) = event else {
        panic!("{event:?}")
    };
    server.accept(id, upgrade.accept()).expect("it waits");
    drop(turn);
    turns(&mut server, 3);
    far.take();
    far.set_room(1000);
    let sent = server.send_binary(id, &vec![1; 40 * KIB]);
    assert!(sent.is_ok(), "{sent:?}");
    turns(&mut server, 5);
    // The client reads all, as fast as it can.
    far.set_room(ALL);
    turns(&mut server, 20);
    assert_eq!(far.take_len(), 40 * KIB + 4, "the whole message has come");
}

#[test]
fn r06_bytes_that_a_read_leaves_inside_the_transport_are_flushed_when_there_is_room() {
    let (mut server, far) = inside(Config::default(), |stream| stream.hello = b"server hello");
    far.set_room(0);
    far.send(b"client hello");
    turns(&mut server, 3);
    far.set_room(ALL);
    turns(&mut server, 20);
    assert_eq!(far.take(), b"server hello");
}

/// Also those that were there before: the end of a handshake that the program made itself.
#[test]
fn r06_bytes_inside_a_stream_that_is_adopted_are_flushed() {
    let (mut server, far) = inside(Config::default(), |stream| stream.keep(b"server hello"));
    turns(&mut server, 1);
    assert_eq!(far.take(), b"server hello");
}

#[test]
fn r07_bytes_buffered_in_an_adopted_stream_are_read() {
    let (mut server, _far) = inside(Config::default(), |stream| {
        stream.early = request("/").into_bytes();
    });
    let seen = turns(&mut server, 20);
    assert_eq!(seen, [Seen::Request("/".into())]);
}

#[test]
fn r04a_queued_is_followed_by_writable() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(0);
    let mut last = Ok(Delivery::Queued);
    for _ in 0..10 {
        last = world.server.send_binary(id, &vec![1; 5 * KIB]);
        world.turn();
    }
    assert!(matches!(last, Ok(Delivery::Backlogged { .. })), "{last:?}");
    client.far.set_room(ALL);
    let seen = world.settle();
    assert_eq!(world.server.queued_bytes(id), 0);
    assert_eq!(seen, [(id, Seen::Writable)]);
}

#[test]
fn r04b_full_for_all_is_followed_by_writable() {
    let config = Config::default()
        .max_message_len(64 * KIB)
        .max_queued(256 * KIB)
        .max_queued_total(256 * KIB);
    let mut world = World::new(config);
    let slow: Vec<_> = (0..10).map(|_| world.open()).collect();
    let (id, client) = world.open();
    for (id, far) in &slow {
        far.far.set_room(0);
        let sent = world.server.send_binary(*id, &vec![1; 22 * KIB]);
        sent.expect("there is room");
    }
    // None of them has as much queued as this connection would have.
    assert_eq!(
        world.server.send_binary(id, &vec![1; 60 * KIB]),
        Err(SendError::Full)
    );
    for (_, far) in &slow {
        far.far.set_room(ALL);
    }
    let seen = world.settle();
    world
        .server
        .send_binary(id, &vec![1; 60 * KIB])
        .expect("there is room again, but who tells?");
    drop(client);
    assert!(seen.contains(&(id, Seen::Writable)), "{seen:?}");
}

#[test]
fn r02_poll_does_not_wait_once_the_server_is_stopped() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world.server.subscribe(id, "room").expect("it is open");
    world.server.stop();
    world.turn();
    assert_eq!(client.read(), ["close 1001"]); // and `read` has answered it
    assert_eq!(world.turn(), [(id, Seen::Closed(Cause::Local, 1001))]);
    // Now the client resets the connection: `shutdown` says ENOTCONN.
    client.far.break_shutdown();
    // It would wait for ever: somebody else wakes it then, so that the test ends.
    let (handle, woken) = (world.server.handle(), Arc::new(AtomicBool::new(false)));
    let wakes = Arc::clone(&woken);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(60));
        wakes.store(true, Ordering::Relaxed);
        handle.wake();
    });
    let turn = world.server.poll(&mut world.buffer, None);
    drop(turn.expect("polling works"));
    assert!(world.server.is_stopped() && !woken.load(Ordering::Relaxed));
}

/// A server over `Inside`, with one open connection.
fn opened(
    config: Config,
    change: impl FnOnce(&mut Inside),
) -> (Server<Inside>, Far, ws_server::ConnId) {
    let (mut server, far) = inside(config, change);
    far.send(request("/").as_bytes());
    let mut buffer = vec![0; 64 * KIB];
    let mut turn = server
        .poll(&mut buffer, Some(Duration::ZERO))
        .expect("polling works");
    let (id, event) = server.next(&mut turn).expect("a request");
    let Event::Request(upgrade) = event else {
        panic!("{event:?}")
    };
    server.accept(id, upgrade.accept()).expect("it waits");
    drop(turn);
    turns(&mut server, 3);
    far.take();
    (server, far, id)
}

/// A layer that does its work in portions gets each of them, one a turn, though no readiness is
/// reported.
#[test]
fn r23_a_transport_with_work_left_is_called_again_in_the_next_turn() {
    let (mut server, _far) = inside(Config::default(), |stream| {
        stream.chores.store(100, Ordering::Relaxed);
        stream.early = request("/").into_bytes();
    });
    let mut buffer = vec![0; 64 * KIB];
    for _ in 0..100 {
        // It does not wait either.
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_secs(600)))
            .expect("polling works");
        assert!(server.next(&mut turn).is_none());
    }
    assert_eq!(turns(&mut server, 1), [Seen::Request("/".into())]);
}

#[test]
fn r23_the_same_for_an_open_connection_and_one_that_is_over() {
    let chores = Arc::default();
    let (mut server, far, id) = opened(Config::default(), |stream| {
        stream.chores = Arc::clone(&chores);
    });
    let mut buffer = vec![0; 64 * KIB];
    let mut poll = |server: &mut Server<Inside>, times: usize| {
        for _ in 0..times {
            // It does not wait.
            let mut turn = server
                .poll(&mut buffer, Some(Duration::from_secs(600)))
                .expect("polling works");
            assert!(server.next(&mut turn).is_none());
        }
    };
    chores.store(10, Ordering::Relaxed);
    far.send(b"\x82\x80\0\0\0\0");
    poll(&mut server, 10);
    assert_eq!(turns(&mut server, 1), [Seen::Binary(0)]);
    server
        .close(id, ws_server::CloseCode::NORMAL, "")
        .expect("it is open");
    far.send(b"\x88\x80\0\0\0\0");
    assert_eq!(turns(&mut server, 2), [Seen::Closed(Cause::Local, 1005)]);
    chores.store(10, Ordering::Relaxed);
    far.end(End::Eof);
    poll(&mut server, 10);
    assert!(!far.is_gone());
    turns(&mut server, 2);
    assert!(far.is_gone());
}

/// Above the high watermark the server does not read. Bytes that stay inside do not keep it from
/// noticing the end.
#[test]
fn r180_a_connection_whose_writes_fail_is_told_of_whatever_stays_inside() {
    let config = Config::default().write_timeout(None).idle_timeout(None);
    let (mut server, far, id) = opened(config, |_| {});
    far.set_room(0);
    let sent = server.send_binary(id, &vec![1; 200 * KIB]);
    assert!(matches!(sent, Ok(Delivery::Backlogged { .. })), "{sent:?}");
    turns(&mut server, 2);
    far.break_writes();
    assert_eq!(turns(&mut server, 3), [Seen::Closed(Cause::Vanished, 1006)]);
    assert_eq!(server.stats().queued_bytes, 0);
    assert!(far.is_gone());
}

#[test]
fn r24_bytes_inside_count_as_queued() {
    let config = Config::default()
        .max_message_len(10 * KIB)
        .low_watermark(KIB)
        .high_watermark(4 * KIB)
        .max_queued(16 * KIB)
        .max_queued_total(32 * KIB);
    let (mut server, far, id) = opened(config, |_| {});
    let idle = server.stats().queued_bytes;
    assert_eq!((idle, server.queued_bytes(id)), (0, 0));
    far.set_room(0);
    server
        .send_binary(id, &[1; 5 * KIB])
        .expect("there is room");
    turns(&mut server, 1);
    assert_eq!(server.queued_bytes(id), 5 * KIB + 4);
    assert_eq!(server.stats().queued_bytes, 5 * KIB + 4);
    // It is above the watermark: what comes is not read.
    far.send(b"\x82\x80\0\0\0\0");
    assert_eq!(turns(&mut server, 3), []);
    assert!(matches!(
        server.send_binary(id, &[1; 5 * KIB]),
        Ok(Delivery::Backlogged { .. })
    ));
    assert_eq!(server.send_binary(id, &[1; 8 * KIB]), Err(SendError::Full));
    far.set_room(ALL);
    assert_eq!(turns(&mut server, 4), [Seen::Writable, Seen::Binary(0)]);
    assert_eq!(
        (server.queued_bytes(id), server.stats().queued_bytes),
        (0, 0)
    );
    assert_eq!(far.take_len(), 2 * (5 * KIB + 4));
}

/// Those that are dropped are not counted any more.
#[test]
fn r24_bytes_inside_are_not_counted_when_the_connection_is_gone() {
    let (mut server, far, id) = opened(Config::default(), |_| {});
    far.set_room(0);
    server
        .send_binary(id, &[1; 5 * KIB])
        .expect("there is room");
    turns(&mut server, 1);
    server.abort(id).expect("it is open");
    assert_eq!(turns(&mut server, 1), [Seen::Closed(Cause::Aborted, 1006)]);
    assert_eq!(server.stats().queued_bytes, 0);
}

/// A layer that takes bytes in and passes none on has not got on: the peer takes nothing.
#[test]
fn r24_taking_bytes_inside_is_no_progress() {
    let config = Config::default().write_timeout(Duration::from_secs(30));
    let clock = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let (start, seconds) = (Instant::now(), Arc::clone(&clock));
    let config = config.clock(move || start + Duration::from_secs(seconds.load(Ordering::Relaxed)));
    let (mut server, far, id) = opened(config, |_| {});
    far.set_room(0);
    for _ in 0..3 {
        server
            .send_binary(id, &[1; 5 * KIB])
            .expect("there is room");
        turns(&mut server, 1);
        far.ring();
        turns(&mut server, 1);
        clock.fetch_add(14, Ordering::Relaxed);
    }
    assert_eq!(
        turns(&mut server, 2),
        [Seen::Closed(Cause::WriteTimeout, 1006)]
    );
}

#[test]
fn r25_a_stream_that_ended_is_ended_in_order() {
    let (mut server, far, _) = opened(Config::default(), |_| {});
    far.end(End::Eof);
    assert_eq!(turns(&mut server, 2), [Seen::Closed(Cause::Vanished, 1006)]);
    assert!(far.is_shut() && far.is_gone());
}

#[test]
fn r25_a_read_that_fails_says_its_alert() {
    let (mut server, far) = inside(Config::default(), |stream| stream.alert = b"alert");
    far.send(b"garbage");
    assert_eq!(turns(&mut server, 2), []);
    assert_eq!(far.take(), b"alert");
    assert!(far.is_shut() && far.is_gone());
    assert_eq!(server.stats().queued_bytes, 0);
}

/// A connection that the program cuts ends without a word.
#[test]
fn r25_a_connection_that_is_cut_says_nothing_more() {
    let (mut server, far, id) = opened(Config::default(), |_| {});
    server.send_text(id, "not sent").expect("there is room");
    server.abort(id).expect("it is open");
    assert_eq!(turns(&mut server, 1), [Seen::Closed(Cause::Aborted, 1006)]);
    assert!(far.is_gone() && !far.is_shut());
    assert_eq!(far.take(), b"");
}

#[test]
fn r26_a_large_message_that_trickles_costs_no_large_reads() {
    let longest = Arc::default();
    let (mut server, far, _) = opened(Config::default(), |stream| {
        stream.longest = Arc::clone(&longest);
    });
    far.send(
        &[
            &b"\x82\xff\0\0\0\0\0\x80\0\0\0\0\0\0"[..],
            &vec![0; 2 * 1024 * KIB],
        ]
        .concat(),
    );
    let mut buffer = vec![0; 20 * KIB];
    while far.unread() > 0 {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::ZERO))
            .expect("polling works");
        assert!(server.next(&mut turn).is_none());
    }
    for _ in 0..100 {
        far.send(&[0]);
        let mut turn = server
            .poll(&mut buffer, Some(Duration::ZERO))
            .expect("polling works");
        assert!(server.next(&mut turn).is_none());
    }
    let longest = longest.load(Ordering::Relaxed);
    assert!(
        (20 * KIB..=64 * KIB).contains(&longest),
        "a read of {longest} bytes"
    );
}
