//! Ends of connections and servers.

use std::io::ErrorKind;

use ws_server::{Cause, CloseCode, Config, ConnectionError, SendError, ws_frame};

use crate::{
    wire::End,
    world::{Seen, World, request},
};

#[test]
fn n3_n6_n7_a_close_is_answered_and_our_stream_ends_first() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.close(3333);
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Peer, 3333))]);
    assert!(client.far.is_shut() && !client.far.is_gone());
    assert_eq!(client.read(), ["close 3333"]);
    client.end();
    assert_eq!(world.settle(), []);
    assert!(client.far.is_gone());
    assert_eq!(world.server.stats().closes.application, 1);
}

#[test]
fn n4_our_close_is_answered_and_the_peer_s_code_is_told() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world
        .server
        .close(id, CloseCode::new(4000).expect("a private code"), "enough")
        .expect("it is open");
    client.text("meanwhile");
    assert_eq!(world.settle(), [(id, Seen::Text("meanwhile".into()))]);
    assert_eq!(client.read(), ["close 4000"]);
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Local, 4000))]);
    assert!(client.far.is_shut());
}

#[test]
fn c122_closing_twice_and_inside_an_event_gives_one_closed() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world
        .server
        .close(id, CloseCode::NORMAL, "")
        .expect("it is open");
    assert_eq!(
        world.server.close(id, CloseCode::NORMAL, ""),
        Err(SendError::NotOpen)
    );
    assert_eq!(world.server.send_text(id, "x"), Err(SendError::NotOpen));
    assert_eq!(world.settle(), []);
    client.read();
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Local, 1000))]);
    assert_eq!(
        world.server.close(id, CloseCode::NORMAL, ""),
        Err(SendError::Unknown)
    );
    client.end();
    assert_eq!(world.settle(), []);
}

#[test]
fn c123_a_close_that_may_not_be_sent_sends_nothing() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    for code in [1005, 999, 5000] {
        assert_eq!(CloseCode::new(code), None);
    }
    let long = world.server.close(id, CloseCode::NORMAL, &"x".repeat(124));
    assert_eq!(
        long,
        Err(SendError::Frame(ws_frame::SendError::ControlTooLong))
    );
    let clients = world.server.close(id, CloseCode::EXTENSION_REQUIRED, "");
    assert_eq!(
        clients,
        Err(SendError::Frame(ws_frame::SendError::ClientCloseCode))
    );
    world.settle();
    assert_eq!(client.far.take(), b"");
    world
        .server
        .close(id, CloseCode::NORMAL, &"x".repeat(123))
        .expect("this one may");
    world.settle();
    assert_eq!(client.far.take().len(), 127);
}

#[test]
fn v07_c94_a_last_message_comes_before_the_end() {
    for end in [End::Eof, End::Reset] {
        let mut world = World::new(Config::default());
        let (id, mut client) = world.open();
        client.text("last words");
        client.far.end(end);
        let cause = match end {
            End::Eof => Cause::Vanished,
            End::Reset => Cause::Io(ErrorKind::ConnectionReset),
        };
        assert_eq!(
            world.settle(),
            [
                (id, Seen::Text("last words".into())),
                (id, Seen::Closed(cause, 1006))
            ]
        );
        assert!(client.far.is_gone());
    }
}

#[test]
fn c94_a_last_message_and_close_are_read_though_writing_fails() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    client.text("last words");
    client.close(1000);
    client.far.break_writes();
    world
        .server
        .send_text(id, "never arrives")
        .expect("nobody knows yet");
    assert_eq!(
        world.settle(),
        [
            (id, Seen::Text("last words".into())),
            (id, Seen::Closed(Cause::Peer, 1000))
        ]
    );
    assert_eq!(world.server.stats().connections, 0);
    assert_eq!(world.server.stats().queued_bytes, 0);
}

#[test]
fn a_peer_to_whom_writing_fails_and_who_sends_nothing_is_gone() {
    for paused in [false, true] {
        let mut world = World::new(Config::default());
        let (id, client) = world.open();
        if paused {
            world.server.pause(id).expect("it is open");
        }
        client.far.break_writes();
        world.server.send_text(id, "x").expect("nobody knows yet");
        assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Vanished, 1006))]);
        assert!(client.far.is_gone());
    }
}

#[test]
fn c93_an_end_in_mid_frame_is_an_end_without_a_close() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    let message = client.encode_text("cut short");
    client.far.send(&message[..message.len() - 1]);
    client.end();
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Vanished, 1006))]);
}

#[test]
fn c92_a_reset_anywhere_is_at_most_one_closed() {
    let mut whole = request("/").into_bytes();
    let mut sample = World::new(Config::default());
    whole.extend(sample.connect().encode_text("hello"));
    for cut in 0..=whole.len() {
        let mut world = World::new(Config::default());
        let client = world.connect();
        client.far.send(&whole[..cut]);
        let mut seen = world.settle();
        client.far.end(End::Reset);
        seen.extend(world.settle());
        let head_len = request("/").len();
        let expected = usize::from(cut >= head_len);
        assert_eq!(
            seen.iter()
                .filter(|(_, seen)| matches!(seen, Seen::Closed(..)))
                .count(),
            expected
        );
        assert_eq!(
            seen.iter()
                .filter(|(_, seen)| matches!(seen, Seen::Request(_)))
                .count(),
            expected
        );
        assert_eq!(world.server.stats().connections, 0);
        assert!(client.far.is_gone());
    }
}

#[test]
fn c92_a_reset_in_the_midst_of_our_close_is_one_closed() {
    for room in 0..8 {
        let mut world = World::new(Config::default());
        let (id, client) = world.open();
        client.far.set_room(room);
        let closed = world.server.close(id, CloseCode::NORMAL, "over");
        closed.expect("it is open");
        assert_eq!(world.settle(), []);
        client.far.end(End::Reset);
        let seen = world.settle();
        assert!(
            matches!(seen[..], [(same, Seen::Closed(_, 1006))] if same == id),
            "{seen:?}"
        );
        let stats = world.server.stats();
        assert_eq!((stats.connections, stats.queued_bytes), (0, 0));
    }
}

#[test]
fn c99_a_reset_in_the_midst_of_our_101() {
    for room in [0, 1, 50, 128, 129] {
        let mut world = World::new(Config::default());
        let mut client = world.connect();
        client.far.set_room(room);
        client.request("/");
        let mut seen = world.settle();
        client.far.end(End::Reset);
        seen.extend(world.settle());
        let [(id, Seen::Request(_)), (same, Seen::Closed(_, 1006))] = seen[..] else {
            panic!("{seen:?}")
        };
        assert_eq!(id, same);
        assert_eq!(
            (
                world.server.stats().connections,
                world.server.stats().queued_bytes
            ),
            (0, 0)
        );
    }
}

#[test]
fn c58_c59_after_a_close_nothing_is_delivered() {
    for behind in [
        &b"\x81\x81\0\0\0\0a"[..],
        b"\x88\x80\0\0\0\0",
        b"garbage",
        &[0xff; 10_000],
    ] {
        let mut world = World::new(Config::default());
        let (id, client) = world.open();
        let mut bytes = b"\x88\x82\0\0\0\0\x03\xe8".to_vec();
        bytes.extend_from_slice(behind);
        client.far.send(&bytes);
        assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Peer, 1000))]);
        assert_eq!(client.far.take(), b"\x88\x02\x03\xe8", "one answer");
        client.far.send(behind);
        client.end();
        assert_eq!(world.settle(), []);
        assert!(client.far.is_gone());
    }
}

#[test]
fn n13_f24_a_broken_rule_ends_with_its_close_code() {
    for (bytes, code) in [
        (&b"\x81\x05Hello"[..], 1002_u16),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\x81\x81\0\0\0\0\xff", 1007),
    ] {
        let mut world = World::new(Config::default());
        let (id, client) = world.open();
        client.far.send(bytes);
        client.far.send(b"\x81\x81\0\0\0\0a");
        let seen = world.settle();
        let [(same, Seen::Closed(Cause::Protocol(error), 1006))] = seen[..] else {
            panic!("{seen:?}")
        };
        assert_eq!((same, error.close_code().get()), (id, code));
        let [high, low] = code.to_be_bytes();
        assert_eq!(client.far.take(), [0x88, 2, high, low]);
        assert!(client.far.is_shut());
        assert_eq!(world.server.stats().closes.protocol, 1);
    }
}

#[test]
fn c81_a_peer_whose_close_is_waited_for_cannot_be_paused() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    world.server.pause(id).expect("it is open");
    world
        .server
        .close(id, CloseCode::NORMAL, "")
        .expect("it is open");
    assert_eq!(world.server.pause(id), Err(ConnectionError::NotOpen));
    world.settle();
    assert_eq!(client.far.take(), b"\x88\x02\x03\xe8");
    let answer = client.encode_close(1000);
    client.far.send(&answer);
    assert!(matches!(world.settle()[..], [(same, Seen::Closed(..))] if same == id));
}

#[test]
fn c95_an_end_that_waits_is_not_looked_at_over_and_over() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    world.server.pause(id).expect("it is open");
    client.end();
    let before = client.far.reads();
    for _ in 0..100 {
        client.far.ring();
        assert_eq!(world.turn(), []);
    }
    assert_eq!(client.far.reads(), before);
}

#[test]
fn c96_readiness_that_nothing_stands_behind_does_no_harm() {
    let mut world = World::new(Config::default());
    let (id, mut client) = world.open();
    for n in 0..50 {
        client.far.ring();
        assert_eq!(world.settle(), []);
        client.text(&n.to_string());
        assert_eq!(world.settle(), [(id, Seen::Text(n.to_string()))]);
    }
}

#[test]
fn c96_c112_v06_s12_a_stale_id_is_an_error_and_never_the_next_client() {
    let mut world = World::new(Config::default());
    let (old, mut first) = world.open();
    // Its end is told while an event of it is still to come.
    first.text("unread");
    world.server.abort(old).expect("it is open");
    let (new, second) = world.open_beside(&[(old, Seen::Closed(Cause::Aborted, 1006))]);
    assert_eq!(
        old.to_u64() << 32,
        new.to_u64() << 32,
        "the place is used again"
    );
    assert_ne!(old, new);
    assert_eq!(
        world.server.send_text(old, "for the first"),
        Err(SendError::Unknown)
    );
    assert_eq!(
        world.server.close(old, CloseCode::NORMAL, ""),
        Err(SendError::Unknown)
    );
    assert_eq!(world.server.pause(old), Err(ConnectionError::Unknown));
    assert_eq!(world.server.resume(old), Err(ConnectionError::Unknown));
    assert_eq!(world.server.abort(old), Err(ConnectionError::Unknown));
    assert_eq!(
        world.server.subscribe(old, "x"),
        Err(ConnectionError::Unknown)
    );
    assert_eq!(world.server.peer_addr(old), None);
    assert_eq!(world.settle(), []);
    assert_eq!(second.far.take(), b"");
}

#[test]
fn a_cut_connection_ends_at_once() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    client.far.set_room(0);
    world
        .server
        .send_text(id, "never arrives")
        .expect("there is room");
    world.server.abort(id).expect("it is open");
    assert!(client.far.is_gone());
    assert_eq!(world.settle(), [(id, Seen::Closed(Cause::Aborted, 1006))]);
    assert_eq!(world.server.stats().queued_bytes, 0);
}

#[test]
fn c126_dropping_a_server_frees_all() {
    let mut world = World::new(Config::default());
    let open: Vec<_> = (0..10).map(|_| world.open()).collect();
    let half = world.connect();
    open[0].1.far.set_room(0);
    world
        .server
        .send_binary(open[0].0, &vec![0; 100_000])
        .expect("there is room");
    drop(world);
    assert!(half.far.is_gone());
    assert!(open.iter().all(|(_, client)| client.far.is_gone()));
}

#[test]
fn all_bytes_are_counted_requests_and_answers_too() {
    let mut world = World::new(Config::default());
    let (_, mut client) = world.open();
    let (head, answer) = (request("/").len() as u64, 129);
    assert_eq!(world.server.stats().bytes_in, head);
    assert_eq!(world.server.stats().bytes_out, answer);
    client.text("six");
    client.close(1000);
    world.settle();
    client.far.send(b"thrown away");
    world.settle();
    assert_eq!(world.server.stats().bytes_in, head + 9 + 8 + 11);
    assert_eq!(world.server.stats().bytes_out, answer + 4);
}
