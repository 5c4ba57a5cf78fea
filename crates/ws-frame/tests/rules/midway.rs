//! `is_midway`: an unfinished message or control frame. Timeouts of slow senders (C-79) rest on it.

use ws_frame::{Config, Connection};

use crate::common::{masked, server};

/// The value of `is_midway` after each piece.
fn midway_after<const N: usize>(mut connection: Connection, pieces: [&[u8]; N]) -> [bool; N] {
    pieces.map(|piece| {
        let mut bytes = piece.to_vec();
        let mut input = &mut bytes[..];
        while connection.receive(&mut input, &mut Vec::new()).is_some() {}
        connection.is_midway()
    })
}

fn handing_over(streaming: bool) -> Config {
    Config::new().streaming(streaming)
}

/// One connection for each extension, which changes what a connection keeps between messages.
fn connections(config: Config) -> Vec<Connection> {
    let plain = Connection::server(config);
    #[cfg(feature = "deflate")]
    let compressed = Connection::server(config).with_deflate(
        ws_frame::deflate::Parameters::default(),
        &ws_frame::deflate::Options::default(),
    );
    vec![
        plain,
        #[cfg(feature = "deflate")]
        compressed,
    ]
}

#[test]
fn c79_a_connection_begins_between_messages_and_so_it_is_after_whole_ones() {
    for connection in connections(Config::new()) {
        assert!(!connection.is_midway());
        let whole = [
            &masked(0x81, b"text")[..],
            &masked(0x82, b""),
            &masked(0x89, b"?"),
        ];
        assert_eq!(midway_after(connection, whole), [false; 3]);
    }
}

#[test]
fn c79_a_message_is_under_way_from_the_first_byte_of_its_header_to_the_last_of_its_payload() {
    for streaming in [false, true] {
        for opcode in [0x81, 0x82, 0x89, 0x8A] {
            for connection in connections(handing_over(streaming)) {
                let frame = masked(opcode, b"text");
                let mut pieces = [&frame[..0]; 11];
                for (at, piece) in pieces.iter_mut().enumerate().skip(1) {
                    *piece = &frame[at - 1..at];
                }
                let mut midway = [true; 11];
                (midway[0], midway[10]) = (false, false);
                assert_eq!(midway_after(connection, pieces), midway, "{opcode:x}");
            }
        }
    }
}

#[test]
fn c79_a_message_is_under_way_between_its_fragments_whatever_comes_there() {
    for streaming in [false, true] {
        for connection in connections(handing_over(streaming)) {
            let frames = [
                &masked(0x01, b"")[..],
                &masked(0x89, b"?"),
                &masked(0x00, b"more"),
                &masked(0x80, b""),
                &masked(0x81, b"another"),
            ];
            assert_eq!(
                midway_after(connection, frames),
                [true, true, true, false, false]
            );
        }
    }
}

#[test]
fn c79_nothing_is_under_way_once_the_connection_has_closed_or_failed() {
    for end in [masked(0x88, b""), masked(0x83, b"")] {
        for connection in connections(Config::new()) {
            let pieces = [&masked(0x01, b"begun")[..], &end, b"more"];
            assert_eq!(midway_after(connection, pieces), [true, false, false]);
        }
    }
    let mut ended = server();
    ended.receive(&mut &mut masked(0x01, b"begun")[..], &mut Vec::new());
    ended.receive_eof();
    assert!(!ended.is_midway());
}
