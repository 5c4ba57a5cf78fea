//! Clients that go without a word, or only half.

use std::{
    io::Read,
    net::Shutdown,
    time::{Duration, Instant},
};

use ws_server::Config;

use crate::support::{Client, Running};

/// Long beside what the server needs, short beside the patience of the clients.
const WAIT: Duration = Duration::from_millis(200);

#[test]
fn s9_one_that_vanishes_is_pinged_and_let_go_and_one_that_answers_stays() {
    let server = Running::echo(Config::default().idle(WAIT).pong(WAIT));
    let mut silent = Client::connect(server.address);
    let mut living = Client::connect(server.address);
    let start = Instant::now();
    // It answers pings while it waits for its text.
    while start.elapsed() < 4 * WAIT {
        living.send_text("still here");
        assert_eq!(living.receive_text(), "still here");
    }
    let mut rest = Vec::new();
    // The end may come as a reset, behind the ping.
    drop(silent.stream.read_to_end(&mut rest));
    assert_eq!(rest.first(), Some(&0x89), "{rest:?}");
    living.close(1000);
    assert_eq!(living.receive_close(), Some(1000));
    let seen = server.stop();
    assert_eq!(seen.iter().filter(|seen| *seen == "request").count(), 2);
}

#[test]
fn s9_one_that_only_listens_any_more_gets_all_that_it_asked_for() {
    let server = Running::echo(Config::default());
    let mut client = Client::connect(server.address);
    let text = "x".repeat(200_000);
    for _ in 0..2 {
        client.send_text(&text);
    }
    client
        .stream
        .shutdown(Shutdown::Write)
        .expect("the client is connected");
    for _ in 0..2 {
        assert!(client.receive_text() == text);
    }
    client.expect_end();
    let mut other = Client::connect(server.address);
    other.send_text("all goes on");
    assert_eq!(other.receive_text(), "all goes on");
    server.stop();
}
