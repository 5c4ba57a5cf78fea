//! Limits, and lengths that are only claimed.

use super::*;

#[test]
fn c73_f19_a_message_of_the_limit() {
    let limit = 4 * MIB + MIB / 5;
    for role in ROLES {
        for first in [0x81, 0x82] {
            let mut stream = frame(role, first, &vec![7; limit]);
            let mut connection = connection(role, Config::new().max_message_len(limit as u64));
            let info = count(&mut connection, &mut stream, 64 * 1024, 1);
            // The buffer doubles, but not beyond the bytes that are still to come. At the last step
            // the old and the new buffer exist together.
            assert!(info.bytes_max <= limit as u64 * 2 + STATE, "{info:?}");
            assert!(info.count_total <= 10, "{info:?}");
        }
    }
}

#[test]
fn c73_f19_one_byte_over_the_limit_is_refused_at_the_header() {
    let limit = 4 * MIB;
    for role in ROLES {
        let config = Config::new().max_message_len(limit as u64);
        let mut stream = header(role, 0x82, limit as u64 + 1);
        assert_eq!(
            count(&mut connection(role, config), &mut stream, 1, 1).count_total,
            0,
            "in one frame"
        );

        let mut stream = [
            frame(role, 0x02, &[7; 1000]),
            header(role, 0x80, limit as u64 - 999),
        ]
        .concat();
        let mut connection = connection(role, config);
        let info = count(&mut connection, &mut stream, 500, 1);
        assert!(info.bytes_max <= 4 * 1000 + 4096 + STATE, "{info:?}");
        assert_eq!(info.bytes_current, 0, "what had come is let go");
    }
}

#[test]
fn c72_a_header_that_claims_a_gigabyte() {
    for role in ROLES {
        for first in [0x81, 0x82, 0x01, 0x02] {
            for streaming in [false, true] {
                let config = Config::new()
                    .max_frame_len(2 << 30)
                    .max_message_len(2 << 30)
                    .streaming(streaming);
                let mut connection = connection(role, config);
                let mut stream = header(role, first, 1 << 30);
                assert_eq!(
                    count(&mut connection, &mut stream, 3, 0).count_total,
                    0,
                    "the header alone"
                );
                let whole = frame(role, first, &[b'a'; 1000]);
                let mut stream = whole[header(role, first, 1000).len()..].to_vec();
                let info =
                    measure(|| assert_eq!(feed(&mut connection, &mut stream, 100) > 0, streaming));
                // Four times the received bytes plus 4 KiB, and 256 bytes of output.
                assert!(info.bytes_max <= 4 * 1000 + 4096 + 256 + STATE, "{info:?}");
            }
        }
    }
}

/// After every read of any length, the message holds at most four times the received bytes plus 4
/// KiB, and never more than its own length.
#[test]
fn c72_f19_memory_grows_with_the_bytes_received() {
    let len = 1_000_000;
    for role in ROLES {
        for first in [0x81, 0x82] {
            for read in [1, 100, 1460, 65_536] {
                let mut stream = frame(role, first, &vec![b'a'; len]);
                let mut connection = connection(role, Config::new());
                for piece in stream.chunks_mut(read).take(300) {
                    assert_eq!(
                        feed(&mut connection, piece, read),
                        usize::from(piece.len() < read)
                    );
                    let Some(message) = connection.partial_message() else {
                        continue;
                    };
                    let received = usize::try_from(message.received).unwrap();
                    assert!(
                        message.held <= (4 * received + 4096).min(len),
                        "{message:?}"
                    );
                }
            }
        }
    }
}

/// The same in fragments, whose number and end are unknown.
#[test]
fn c72_f19_memory_of_fragments_grows_with_the_bytes_received() {
    for role in ROLES {
        for opcode in [0x01, 0x02] {
            for (len, read) in [
                (1, 1),
                (10, 1460),
                (700, 100),
                (20_000, 1460),
                (100_000, 65_536),
            ] {
                let mut stream = frame(role, opcode, &vec![b'a'; len]);
                stream.extend(frame(role, 0x00, &vec![b'a'; len]).repeat(9));
                let mut connection = connection(role, Config::new());
                for piece in stream.chunks_mut(read) {
                    assert_eq!(feed(&mut connection, piece, read), 0);
                    let message = connection.partial_message().unwrap_or_default();
                    let received = usize::try_from(message.received).unwrap();
                    assert!(message.held <= 4 * received + 4096, "{message:?}");
                }
            }
        }
    }
}

#[test]
fn rustsec_2022_0035_a_header_that_claims_a_terabyte() {
    let mut stream = header(Role::Server, 0x82, 1 << 40);
    let mut connection = connection(Role::Server, Config::new());
    assert_eq!(count(&mut connection, &mut stream, 100, 1).count_total, 0);
}

#[test]
fn c70_f20_131_000_fragments_of_one_byte() {
    for role in ROLES {
        let fragments = 131_000;
        let mut stream = frame(role, 0x02, b"a");
        stream.extend(frame(role, 0x00, b"a").repeat(fragments - 2));
        stream.extend(frame(role, 0x80, b"a"));
        let mut connection = connection(role, Config::new());
        let info = count(&mut connection, &mut stream, 64 * 1024, 1);
        // At the last doubling the old and the new buffer exist together, at most three times the
        // message.
        assert!(info.bytes_max <= 3 * fragments as u64 + STATE, "{info:?}");
        assert!(info.count_total <= 24, "{info:?}");
        assert_eq!(info.bytes_current, 0);
    }
}

#[test]
fn t24_large_fragments_without_end() {
    let mut stream = header(Role::Client, 0x02, 65_536);
    let mut connection = connection(Role::Client, Config::new().max_message_len(4 << 20));
    let mut fragment = vec![0; 65_536];
    let info = measure(|| {
        let mut events = feed(&mut connection, &mut stream, 100);
        for _ in 0..1600 {
            events += feed(&mut connection, &mut fragment, 65_536);
            events += feed(
                &mut connection,
                &mut header(Role::Client, 0x00, 65_536),
                100,
            );
        }
        assert_eq!(events, 1);
    });
    assert!(info.bytes_max <= 3 * (4 << 20) + 4096, "{info:?}");
}

/// Every byte is moved a bounded number of times, whatever the fragments of the text.
#[test]
fn t22_4_mib_of_text_in_fragments_of_64_bytes() {
    let text = "\u{20ac}uro \u{1f980} ".repeat(4 * MIB / 12);
    let mut fragments: Vec<_> = text.as_bytes().chunks(64).collect();
    let last = fragments.pop().unwrap();
    let mut stream = frame(Role::Server, 0x01, fragments[0]);
    for fragment in &fragments[1..] {
        stream.extend(frame(Role::Server, 0x00, fragment));
    }
    stream.extend(frame(Role::Server, 0x80, last));
    let mut connection = connection(Role::Server, Config::new());
    let info = count(&mut connection, &mut stream, 1000, 1);
    assert!(info.count_total <= 24, "{info:?}");
    assert!(info.bytes_total <= 4 * text.len() as u64, "{info:?}");
    assert!(info.bytes_max <= 3 * text.len() as u64 + STATE, "{info:?}");
}

/// A connection gives its memory back once the input is used up: after messages, and after control
/// frames that a read had cut.
#[test]
fn r80_an_idle_connection_holds_nothing() {
    for role in ROLES {
        let streams = [
            frame(role, 0x82, &[7; 3000]),
            frame(role, 0x89, b"a ping"),
            [frame(role, 0x01, b"two"), frame(role, 0x80, b" parts")].concat(),
            [
                frame(role, 0x01, b"a"),
                frame(role, 0x89, b"between"),
                frame(role, 0x80, b"b"),
            ]
            .concat(),
        ];
        for streaming in [false, true] {
            for stream in &streams {
                let mut connection = connection(role, Config::new().streaming(streaming));
                let mut stream = stream.clone();
                let info = measure(|| {
                    assert!(feed(&mut connection, &mut stream, 2) > 0);
                });
                assert!(info.count_total > 1, "something was held in between");
                assert_eq!(info.bytes_current, 0, "{role:?}, {streaming}");
            }
        }
    }
}
