//! The paths that never allocate.

use super::*;

#[test]
fn whole_messages_cost_no_allocation() {
    for role in ROLES {
        for len in [0, 1, 7, 64, 125, 126, 1000, 65_535, 65_536, 100_000] {
            let messages = 20;
            for first in [0x81, 0x82, 0x8a] {
                if first == 0x8a && len > 125 {
                    continue;
                }
                let mut stream = frame(role, first, &vec![b'x'; len]).repeat(messages);
                let mut connection = connection(role, Config::new());
                let whole = stream.len();
                let info = count(&mut connection, &mut stream, whole, messages);
                assert_eq!(
                    info.count_total, 0,
                    "{role:?}, {len} bytes, first byte {first:02x}"
                );
            }
        }
    }
}

#[test]
fn pings_and_their_answers_cost_no_allocation() {
    for role in ROLES {
        let mut stream = frame(role, 0x89, &[7; 60]).repeat(2);
        let mut connection = connection(role, Config::new());
        let whole = stream.len();
        assert_eq!(
            count(&mut connection, &mut stream, whole, 2).count_total,
            0,
            "{role:?}"
        );
    }
}

/// Fragments that one input holds are joined there.
#[test]
fn r164_fragments_in_one_input_cost_no_allocation() {
    for role in ROLES {
        for len in [1, 20, 100, 125, 126, 1024, 16_000] {
            let fragment = vec![b'x'; len];
            let frames = |firsts: [u8; 4]| firsts.map(|first| frame(role, first, &fragment));
            let (text, binary) = ([0x01, 0, 0, 0x80], [0x02, 0, 0, 0x80]);
            let mut stream = [frames(text), frames(binary)].concat().concat().repeat(10);
            let mut connection = connection(role, Config::new());
            let whole = stream.len();
            let info = count(&mut connection, &mut stream, whole, 20);
            assert_eq!(info.count_total, 0, "{role:?}, fragments of {len} bytes");
        }
    }
}

#[test]
fn whole_messages_behind_a_cut_cost_none_either() {
    // Every read cuts one message; the others in it are whole.
    let mut stream = frame(Role::Server, 0x82, &[7; 100]).repeat(1000);
    let mut connection = connection(Role::Server, Config::new());
    let info = count(&mut connection, &mut stream, 10_000, 1000);
    assert!(info.count_total <= 3 * 11, "{info:?}");
}

/// The buffer completes every message that a read cuts: none is allocated.
#[test]
fn r161_cut_messages_that_are_completed_in_place_cost_none() {
    for role in ROLES {
        for (first, len) in [(0x81, 100), (0x82, 1000), (0x81, 4000)] {
            let wire = frame(role, first, &vec![b'a'; len]).repeat(100);
            let mut connection = connection(role, Config::new());
            let (mut buffer, mut output) = ([0; 8192], Vec::new());
            let (mut left, mut messages) = (0, 0);
            let info = measure(|| {
                for read in wire.chunks(1460) {
                    let end = left + read.len();
                    buffer[left..end].copy_from_slice(read);
                    let mut input = &mut buffer[..end];
                    while connection
                        .receive_in_place(&mut input, &mut output, 4096)
                        .is_some()
                    {
                        messages += 1;
                    }
                    left = input.len();
                    buffer.copy_within(end - left..end, 0);
                }
            });
            assert_eq!((messages, info.count_total), (100, 0), "{role:?}, {len}");
        }
    }
}

/// The caller holds what is left; the connection holds nothing.
#[test]
fn r80_nothing_is_held_beside_a_message_that_is_left() {
    for role in ROLES {
        let cut = frame(role, 0x82, &[7; 100]);
        let wire = [
            frame(role, 0x01, b"in two "),
            frame(role, 0x80, b"fragments"),
            cut[..50].to_vec(),
        ];
        let mut wire = wire.concat();
        let mut connection = connection(role, Config::new());
        let info = measure(|| {
            let (mut input, mut output) = (&mut wire[..], Vec::new());
            let event = connection.receive_in_place(&mut input, &mut output, 200);
            assert_eq!(event, Some(Event::Text("in two fragments".into())));
            drop(event);
            assert_eq!(
                connection.receive_in_place(&mut input, &mut output, 200),
                None
            );
            assert_eq!(input.len(), 50);
        });
        assert_eq!(info.bytes_current, 0, "{role:?}");
    }
}

#[test]
fn sending_costs_no_allocation_beyond_the_output() {
    for role in ROLES {
        let mut connection = connection(role, Config::new());
        let mut output = Vec::with_capacity(MIB);
        let payload = vec![7; 10_000];
        let info = measure(|| {
            connection.send_text("hello", &mut output).unwrap();
            connection.send_binary(&payload, &mut output).unwrap();
            connection
                .send_text_fragment("a", false, &mut output)
                .unwrap();
            connection.send_ping(b"p", &mut output).unwrap();
            connection
                .send_text_fragment("b", true, &mut output)
                .unwrap();
            connection
                .close(ws_frame::CloseCode::NORMAL, "bye", &mut output)
                .unwrap();
        });
        assert_eq!(info.count_total, 0, "{role:?}");
    }
}

#[test]
fn nothing_is_held_between_messages_or_after_the_end() {
    for role in ROLES {
        let pieces = [
            frame(role, 0x01, &[b'a'; 5000]),
            frame(role, 0x80, &[b'b'; 5000]),
            frame(role, 0x89, &[7; 125]),
        ];
        for end in [frame(role, 0x88, b"\x03\xe8"), frame(role, 0x83, b"")] {
            let mut stream = [pieces.concat(), frame(role, 0x01, &[b'a'; 5000]), end].concat();
            let mut connection = connection(role, Config::new());
            let info = count(&mut connection, &mut stream, 100, 3);
            assert_eq!(info.bytes_current, 0, "{role:?}");
            assert!(info.bytes_max <= 3 * 10_000 + STATE, "{info:?}");
            assert_ne!(connection.phase(), Phase::Open);
        }
    }
}
