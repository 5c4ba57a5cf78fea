//! New limits and options for an open connection (`set_config`).

use ws_frame::{Config, Connection};
use ws_testkit::event::{Event, Rule};
use ws_testkit::observe::Log;
use ws_testkit::wire;

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    wire::frame(first, Some([1, 2, 3, 4]), payload)
}

#[test]
fn f19_a_new_limit_on_frames_holds_from_the_next_frame_on() {
    for (limit, fails) in [(4, true), (5, false), (6, false)] {
        let (mut connection, mut log) = (Connection::server(Config::new()), Log::default());
        // The frame under way was accepted under the old limit.
        log.receive(&mut connection, &masked(0x82, b"a longer one")[..8]);
        connection.set_config(Config::new().max_frame_len(limit));
        log.receive(&mut connection, &masked(0x82, b"a longer one")[8..]);
        assert_eq!(log.events, [Event::Binary(b"a longer one".to_vec())]);
        log.receive(&mut connection, &masked(0x82, b"12345"));
        assert_eq!(log.failed(), fails.then_some(Rule::F19), "{limit}");
    }
}

fn both(len: u64) -> Config {
    Config::new().max_frame_len(len).max_message_len(len)
}

#[test]
fn f19_a_limit_can_be_raised() {
    let (mut connection, mut log) = (Connection::server(both(2)), Log::default());
    log.receive(&mut connection, &masked(0x82, b"12"));
    connection.set_config(both(3));
    log.receive(&mut connection, &masked(0x82, b"123"));
    assert_eq!(log.failed(), None);
    log.receive(&mut connection, &masked(0x82, b"1234"));
    assert_eq!(log.failed(), Some(Rule::F19));
}

#[test]
fn n8_answers_can_be_turned_off_and_on() {
    let (mut connection, mut log) = (Connection::server(Config::new()), Log::default());
    connection.set_config(Config::new().auto_pong(false));
    log.receive(&mut connection, &masked(0x89, b"1"));
    assert_eq!(log.output, b"");
    connection.set_config(Config::new());
    log.receive(&mut connection, &masked(0x89, b"2"));
    assert_eq!(log.output, wire::frame(0x8a, None, b"2"));
}
