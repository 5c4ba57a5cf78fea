//! Requests and their answers.

use ws_server::{
    Cause, Config, ConnectionError, OriginPolicy, Response, SendError, ws_handshake::FieldError,
};

use crate::{
    wire::End,
    world::{Answer, Seen, World, accept, head_of, request},
};

#[test]
fn c30_s8_frames_glued_to_the_head_come_in_the_same_turn() {
    let mut world = World::new(Config::default());
    let mut client = world.connect();
    let mut bytes = request("/").into_bytes();
    bytes.extend_from_slice(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    client.far.send(&bytes);
    let seen = world.turn();
    let [(_, Seen::Request(_)), (_, Seen::Text(text))] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(text, "Hello");
    world.turn();
    client.read();
    assert_eq!(client.status, Some(101));
}

#[test]
fn c30_frames_glued_to_the_head_come_after_a_late_answer_without_new_readiness() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    let mut bytes = request("/").into_bytes();
    bytes.extend(client.encode_text("first"));
    bytes.extend(client.encode_text("second"));
    client.far.send(&bytes[..bytes.len() - 3]);
    let seen = world.settle();
    let [(id, Seen::Request(_))] = seen[..] else {
        panic!("{seen:?}")
    };
    world.server.accept(id, accept("/")).expect("it waits");
    assert_eq!(world.settle(), [(id, Seen::Text("first".into()))]);
    client.far.send(&bytes[bytes.len() - 3..]);
    assert_eq!(world.settle(), [(id, Seen::Text("second".into()))]);
}

#[test]
fn c38_bytes_sent_while_the_decision_waits_are_not_read_and_not_lost() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    let mut bytes = request("/").into_bytes();
    for n in 0..10_000 {
        bytes.extend(client.encode_text(&format!("{n} {}", "x".repeat(1000))));
    }
    client.far.send(&bytes);
    let seen = world.settle();
    let [(id, Seen::Request(_))] = seen[..] else {
        panic!("{seen:?}")
    };
    let outside = client.far.unread();
    assert!(
        outside >= bytes.len() - 64 * 1024,
        "one read, and no more: {outside} of {} are left",
        bytes.len()
    );
    world.settle();
    assert_eq!(client.far.unread(), outside);
    world.server.accept(id, accept("/")).expect("it waits");
    let texts: Vec<_> = world.settle().into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(texts.len(), 10_000);
    for (n, text) in texts.into_iter().enumerate() {
        assert_eq!(text, Seen::Text(format!("{n} {}", "x".repeat(1000))));
    }
}

#[test]
fn c37_a_client_that_goes_before_the_answer_is_told_of_once() {
    for end in [End::Eof, End::Reset] {
        let mut world = World::new(Config::default());
        world.answer = Answer::Later;
        let mut client = world.connect();
        client.request("/");
        let seen = world.settle();
        let [(id, Seen::Request(_))] = seen[..] else {
            panic!("{seen:?}")
        };
        client.far.end(end);
        assert_eq!(world.settle(), [], "nothing is read meanwhile");
        let cause = match end {
            End::Eof => {
                world.server.accept(id, accept("/")).expect("it waits");
                Cause::Vanished
            }
            End::Reset => {
                world
                    .server
                    .accept(id, accept("/"))
                    .expect("nobody knows yet");
                Cause::Io(std::io::ErrorKind::ConnectionReset)
            }
        };
        assert_eq!(world.settle(), [(id, Seen::Closed(cause, 1006))]);
        assert_eq!(
            world.server.accept(id, accept("/")),
            Err(ConnectionError::Unknown)
        );
        assert_eq!(world.server.stats().connections, 0);
        assert!(client.far.is_gone());
    }
}

#[test]
fn requests_that_wait_are_bounded_in_number() {
    let mut world = World::new(Config::default().max_undecided(3));
    world.answer = Answer::Later;
    let mut clients: Vec<_> = (0..5).map(|_| world.connect()).collect();
    for client in &mut clients {
        client.request("/");
    }
    let asked = world.settle();
    assert_eq!(asked.len(), 3);
    let statuses: Vec<_> = clients
        .iter_mut()
        .map(|client| {
            client.read();
            client.status
        })
        .collect();
    assert_eq!(statuses, [None, None, None, Some(503), Some(503)]);
    assert_eq!(world.server.stats().refused_undecided, 2);
    world
        .server
        .accept(asked[1].0, accept("/"))
        .expect("it waits");
    let mut next = world.connect();
    next.request("/");
    assert_eq!(world.settle().len(), 1);
}

#[test]
fn s7_a_refused_request_ends_with_one_closed() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Refuse(404);
    let mut client = world.connect();
    let mut bytes = request("/").into_bytes();
    bytes.extend(client.encode_text("not read"));
    client.far.send(&bytes);
    let seen = world.settle();
    let [
        (id, Seen::Request(_)),
        (same, Seen::Closed(Cause::Answered(404), 1006)),
    ] = seen[..]
    else {
        panic!("{seen:?}")
    };
    assert_eq!(same, id);
    assert_eq!(
        world.server.respond(id, &Response::new(500)),
        Err(ConnectionError::Unknown)
    );
    world.expect_end(&mut client, 404);
}

#[test]
fn an_answer_is_given_once() {
    let mut world = World::new(Config::default());
    let (id, _client) = world.open();
    assert_eq!(
        world.server.accept(id, accept("/")),
        Err(ConnectionError::Answered)
    );
    assert_eq!(
        world.server.respond(id, &Response::new(404)),
        Err(ConnectionError::Answered)
    );
}

#[test]
fn s12_before_the_answer_nothing_can_be_sent() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/");
    let (id, _) = world.settle()[0];
    assert_eq!(world.server.send_text(id, "x"), Err(SendError::NotOpen));
    assert_eq!(
        world.server.close(id, ws_server::CloseCode::NORMAL, ""),
        Err(SendError::NotOpen)
    );
    assert_eq!(
        world.server.subscribe(id, "x"),
        Err(ConnectionError::NotOpen)
    );
    assert_eq!(client.far.take(), b"");
}

#[test]
fn c27_h45_a_field_that_may_not_be_sent_leaves_the_request_open() {
    let mut world = World::new(Config::default());
    world.answer = Answer::Later;
    let mut client = world.connect();
    client.request("/");
    let (id, _) = world.settle()[0];
    let fields = [("X-A", "1\r\nX-B: 2")];
    let refused = world.server.accept(id, accept("/").fields(&fields));
    assert!(
        matches!(refused, Err(ConnectionError::Field(FieldError::Value))),
        "{refused:?}"
    );
    assert!(matches!(
        world
            .server
            .respond(id, &Response::new(403).fields(&fields)),
        Err(ConnectionError::Field(_))
    ));
    world.settle();
    assert_eq!(client.far.take(), b"");
    world
        .server
        .accept(id, accept("/").fields(&[("X-A", "1")]))
        .expect("now it is in order");
    world.settle();
    assert!(head_of(&client).contains("\r\nX-A: 1\r\n"));
    client.text("works");
    assert_eq!(world.settle(), [(id, Seen::Text("works".into()))]);
}

#[test]
fn c23_h30_after_a_refusal_nothing_more_is_read_as_a_request() {
    let mut world = World::new(Config::default());
    let client = world.connect();
    let bad = request("/").replace("Version: 13", "Version: 77");
    client
        .far
        .send(format!("{bad}GET /internal HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes());
    assert_eq!(world.settle(), []);
    let answer = head_of(&client);
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1);
    assert!(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"));
    client.far.send(request("/again").as_bytes());
    assert_eq!(world.settle(), []);
    assert_eq!(head_of(&client), "");
    client.end();
    world.settle();
    assert_eq!(world.server.stats().connections, 0);
}

#[test]
fn h46_garbage_gets_one_answer_with_nothing_of_it_in_it() {
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01secret"[..],
        b"secret\r\n\r\n",
        b"\0\0\0\0\r\n",
        &vec![b'a'; 20_000],
    ] {
        let mut world = World::new(Config::default());
        let client = world.connect();
        client.far.send(garbage);
        assert_eq!(world.settle(), []);
        let answer = head_of(&client);
        assert!(
            answer.starts_with("HTTP/1.1 4") && answer.contains("\r\nConnection: close\r\n"),
            "{answer}"
        );
        assert!(
            !answer.contains("secret") && !answer.contains("aaa"),
            "{answer}"
        );
        assert_eq!(world.server.stats().refused_requests, 1);
    }
}

/// Whatever a proxy on the way makes of another answer than 101, it gets no other, and the
/// connection ends (C-23).
#[test]
fn c135_no_101_before_every_check_has_passed() {
    for (right, wrong) in [
        ("GET ", "POST "),
        ("HTTP/1.1", "HTTP/1.0"),
        ("Host: ", "Hots: "),
        ("Upgrade: websocket", "Upgrade: websockets"),
        ("Connection: Upgrade", "Connection: keep-alive"),
        ("Sec-WebSocket-Key: ", "Sec-WebSocket-Key: A"),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12"),
        ("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: ,=\r\n\r\n"),
        ("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n"),
    ] {
        let mut world = World::new(Config::default());
        let client = world.connect();
        let head = request("/");
        assert!(head.contains(right), "{right} is in {head}");
        client.far.send(head.replace(right, wrong).as_bytes());
        client.far.send(b"\x81\x80key.");
        assert_eq!(world.settle(), [], "{wrong}");
        let answer = head_of(&client);
        assert!(answer.starts_with("HTTP/1.1 4"), "{wrong}: {answer}");
        assert!(
            answer.contains("\r\nConnection: close"),
            "{wrong}: {answer}"
        );
        client.end();
        world.settle();
        assert_eq!(world.server.stats().connections, 0, "{wrong}");
    }
}

#[test]
fn s15_c130_another_page_s_script_is_refused_unless_the_program_says_any() {
    let foreign = request("/").replace("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n");
    let mut world = World::new(Config::default());
    let client = world.connect();
    client.far.send(foreign.as_bytes());
    assert_eq!(world.settle(), [], "the program does not see it");
    assert!(head_of(&client).starts_with("HTTP/1.1 403 "));
    assert_eq!(world.server.stats().refused_origins, 1);

    let mut world = World::new(Config::default().origins(OriginPolicy::Any));
    let client = world.connect();
    client.far.send(foreign.as_bytes());
    assert_eq!(world.settle().len(), 1);
    assert!(head_of(&client).starts_with("HTTP/1.1 101 "));

    let mut world = World::new(Config::default());
    let client = world.connect();
    client.far.send(
        foreign
            .replace("evil.example", "localhost")
            .replace("https", "http")
            .as_bytes(),
    );
    assert_eq!(world.settle().len(), 1);
    assert!(head_of(&client).starts_with("HTTP/1.1 101 "));
}
