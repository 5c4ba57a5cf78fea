//! Floods of frames without content for the program.

use super::*;

#[test]
fn c71_f20_empty_fragments_without_end() {
    for first in [0x01, 0x02] {
        let mut stream = frame(Role::Server, first, b"");
        stream.extend(frame(Role::Server, 0x00, b"").repeat(2_000_000));
        let mut connection = connection(Role::Server, Config::new());
        let info = count(&mut connection, &mut stream, 64 * 1024, 1);
        assert!(info.bytes_max <= STATE, "{info:?}");
        assert_eq!(connection.phase(), Phase::Closed);
    }
}

/// A peer that sends pings and never reads: the output stays short, and the newest ping is answered
/// when there is room.
#[test]
fn c64_t23_n9_a_flood_of_pings_that_are_never_read() {
    for role in ROLES {
        let pings = 300_000_u32;
        let mut connection = connection(role, Config::new());
        let mut output = Vec::new();
        let mut ping = |number: u32, output: &mut Vec<u8>| {
            let mut payload = [7; 125];
            payload[..4].copy_from_slice(&number.to_be_bytes());
            let mut stream = frame(role, 0x89, &payload);
            let mut input = &mut stream[..];
            assert!(matches!(
                connection.receive(&mut input, output),
                Some(Event::Ping(_))
            ));
            assert!(connection.receive(&mut input, output).is_none());
        };
        for number in 0..pings {
            ping(number, &mut output);
            assert!(
                output.len() <= 4096 + 131,
                "{} bytes after {number} pings",
                output.len()
            );
        }
        assert!(output.capacity() <= 3 * 4096);
        output.clear();
        connection.flush_pong(&mut output);
        let mut newest = [7; 125];
        newest[..4].copy_from_slice(&(pings - 1).to_be_bytes());
        let key = (role == Role::Client).then_some(KEY);
        assert_eq!(
            output,
            wire::frame(0x8a, key, &newest),
            "the newest, and no other"
        );
        connection.flush_pong(&mut output);
        assert_eq!(output.len(), wire::frame(0x8a, key, &newest).len(), "once");
    }
}

#[test]
fn c67_n10_a_million_pongs_that_nobody_asked_for() {
    let mut stream = frame(Role::Server, 0x8a, &[7; 5]).repeat(1_000_000);
    let mut connection = connection(Role::Server, Config::new());
    let mut output = Vec::new();
    let mut pongs = 0;
    let info = measure(|| {
        let mut input = &mut stream[..];
        while let Some(event) = connection.receive(&mut input, &mut output) {
            assert!(matches!(event, Event::Pong(_)));
            pongs += 1;
        }
    });
    assert_eq!((pongs, info.count_total, output.len()), (1_000_000, 0, 0));
}

/// After a failure the connection discards its input without work or memory.
#[test]
fn t26_f24_input_after_a_failure_is_discarded() {
    let mut stream = [
        frame(Role::Server, 0x83, b""),
        frame(Role::Server, 0x81, &[b'a'; 100]).repeat(10_000),
    ]
    .concat();
    let mut connection = connection(Role::Server, Config::new());
    let info = count(&mut connection, &mut stream, 1000, 1);
    assert_eq!(info.count_total, 0);
}
