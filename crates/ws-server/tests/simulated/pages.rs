//! Pages and health checks: answers to requests that open no connection.

use std::time::Duration;

use ws_server::{Cause, Config, ConnectionError, Response};

use crate::world::{Seen, World, accept, head_of};

#[test]
fn a_page_is_served_to_those_who_ask_for_it() {
    let plain = "GET /chat?x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut world = World::new(Config::default());
    let client = world.connect();
    client.far.send(plain.as_bytes());
    assert_eq!(world.settle(), []);
    assert!(head_of(&client).starts_with("HTTP/1.1 426 "));

    let mut world = World::new(Config::default().http(true));
    let client = world.connect();
    client.far.send(plain.as_bytes());
    let seen = world.settle();
    let [(id, Seen::Http(path))] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(path, "/chat");
    assert_eq!(
        world.server.accept(*id, accept("/")),
        Err(ConnectionError::NotOpen)
    );
    let page = vec![b'p'; 300_000];
    world
        .server
        .respond(*id, &Response::new(200).body("text/html", &page))
        .expect("it waits");
    assert_eq!(
        world.settle(),
        [(*id, Seen::Closed(Cause::Answered(200), 1006))]
    );
    let answer = head_of(&client);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&"p".repeat(300_000)));
    let mut world_still_upgrades = world.connect();
    world_still_upgrades.request("/");
    assert!(matches!(world.settle()[..], [(_, Seen::Request(_))]));
}

#[test]
fn a_page_is_sent_whole_to_a_client_that_ended_its_side() {
    let mut world = World::new(Config::default().http(true));
    let client = world.connect();
    client.far.set_room(0);
    client
        .far
        .send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.end();
    let (id, _) = world.settle()[0];
    world
        .server
        .respond(id, &Response::new(200).body("text/plain", &[b'x'; 5000]))
        .expect("it waits");
    world.settle();
    let mut answer = Vec::new();
    while !client.far.is_gone() {
        client.far.set_room(700);
        world.settle();
        answer.extend(client.far.take());
        assert!(answer.len() < 10_000);
    }
    assert!(answer.ends_with(&[b'x'; 5000]));
}

/// RFC 9110 §9.3.2: by the program, by the server, by a timeout, and cut anywhere.
#[test]
fn r95_an_answer_to_head_has_no_body() {
    for (http, sent, status) in [
        (true, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        (true, "\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        (true, "HEAD / HTTP/1.1\r\n\r\n", 400),
        (false, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        (false, "HEAD / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        (false, "HEAD / HTTP/1.1\r\nHost: h\n", 400),
    ] {
        for cut in 0..sent.len() - 1 {
            let mut world = World::new(Config::default().http(http));
            let client = world.connect();
            client.far.send(&sent.as_bytes()[..cut]);
            world.settle();
            client.far.send(&sent.as_bytes()[cut..]);
            if let [(id, Seen::Http(_))] = world.settle()[..] {
                let page = Response::new(200).body("text/plain", b"page");
                world.server.respond(id, &page).expect("it waits");
                world.settle();
            }
            let answer = head_of(&client);
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{sent:?}: {answer}"
            );
            assert!(answer.ends_with("\r\n\r\n"), "{sent:?}: {answer}");
        }
    }
}

/// Half a head is answered too: when its time is over, and when the server stops.
#[test]
fn r95_an_answer_to_half_a_head_has_no_body() {
    for (stops, status) in [(false, 408), (true, 503)] {
        let mut world = World::new(Config::default());
        let client = world.connect();
        client.far.send(b"HEAD / HTTP/1.1\r\nHost");
        world.settle();
        if stops {
            world.server.stop();
        } else {
            world.pass(Duration::from_secs(10));
        }
        world.settle();
        let answer = head_of(&client);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
    }
}

/// Health checks of load balancers.
#[test]
fn r96_a_health_check_of_http_1_0_is_answered() {
    let mut world = World::new(Config::default().http(true));
    let client = world.connect();
    client.far.send(b"GET /up HTTP/1.0\r\n\r\n");
    let seen = world.settle();
    let [(id, Seen::Http(path))] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(path, "/up");
    let up = Response::new(200).body("text/plain", b"up");
    world.server.respond(*id, &up).expect("it waits");
    world.settle();
    let answer = head_of(&client);
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nup"),
        "{answer}"
    );

    let mut world = World::new(Config::default());
    let client = world.connect();
    client.far.send(b"GET /up HTTP/1.0\r\n\r\n");
    assert_eq!(world.settle(), []);
    assert!(head_of(&client).starts_with("HTTP/1.1 400 "));
}
