//! The paths that never allocate.

use std::io::Read as _;

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
fn short_messages_of_a_client_need_one_allocation_together() {
    let mut connection = connection(Role::Client, Config::new());
    let mut output = Vec::new();
    connection.send_binary(b"x", &mut output).unwrap();
    let info = measure(|| {
        for len in 0..=125 {
            output.clear();
            connection
                .send_binary(&[b'x'; 125][..len], &mut output)
                .unwrap();
            assert_eq!(output.len(), 6 + len);
        }
    });
    assert_eq!(info.count_total, 0);
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
fn r161_cut_messages_that_are_completed_in_a_buffer_cost_none() {
    for role in ROLES {
        for (first, len) in [(0x82, 100), (0x81, 1000), (0x81, 4000), (0x82, 100_000)] {
            let frame = frame(role, first, &vec![b'a'; len]);
            let wire = frame.repeat(100);
            let mut connection = connection(role, Config::new());
            let (mut buffer, mut output) = (ReadBuffer::new(), Vec::new());
            let mut messages = 0;
            let info = measure(|| {
                for read in wire.chunks(1460) {
                    let mut rest = read;
                    while !rest.is_empty() {
                        let len = rest.read(buffer.space()).unwrap();
                        let mut unread = buffer.filled(len);
                        while connection.receive_from(&mut unread, &mut output).is_some() {
                            messages += 1;
                        }
                    }
                }
            });
            assert_eq!(messages, 100, "{role:?}, {len}");
            // The buffer, once, and its growth.
            assert!(info.count_total <= 4, "{role:?}, {len}: {info:?}");
            let held = frame.len().max(ReadBuffer::DEFAULT_LEN);
            assert_eq!(buffer.capacity(), held, "{role:?}, {len}");
        }
    }
}

#[test]
fn r168_no_buffer_keeps_more_than_a_mebibyte_and_one_that_is_released_keeps_nothing() {
    for (len, kept) in [(MIB, true), (MIB + 1, false), (3 * MIB, false)] {
        let wire = frame(Role::Server, 0x82, &vec![7; len]);
        let mut connection = connection(Role::Server, Config::new());
        let mut buffer = ReadBuffer::new();
        let mut rest = &wire[..];
        while !rest.is_empty() {
            let len = rest.read(buffer.space()).unwrap();
            let event = connection.receive_from(&mut buffer.filled(len), &mut Vec::new());
            assert_eq!(event.is_some(), rest.is_empty());
        }
        let first = ReadBuffer::DEFAULT_LEN;
        _ = buffer.space();
        assert_eq!(buffer.capacity(), if kept { wire.len() } else { first });
        buffer.extend_from_slice(&wire[..1]);
        buffer.release();
        assert!(buffer.capacity() >= first, "a byte waits in it");
        let mut buffer = ReadBuffer::new();
        _ = buffer.space();
        buffer.release();
        assert_eq!(buffer.capacity(), 0);
        assert_eq!(buffer.space().len(), first);
    }
}

/// A claimed length alone makes no buffer grow, and a long message leaves none to short ones.
#[test]
fn r167_a_buffer_grows_with_the_bytes_that_have_come_and_shrinks_for_short_messages() {
    const FIRST: usize = 1000;
    for role in ROLES {
        let long = frame(role, 0x82, &vec![7; MIB]);
        let short = frame(role, 0x82, b"short");
        let mut connection = connection(role, Config::new());
        let mut output = Vec::new();
        let info = measure(|| {
            let mut buffer = ReadBuffer::with_len(FIRST);
            let mut received = 0;
            for read in long.chunks(1460) {
                let mut rest = read;
                while !rest.is_empty() {
                    let len = rest.read(buffer.space()).unwrap();
                    received += len;
                    let held = buffer.capacity();
                    assert!(held <= 4 * received + FIRST, "{held} for {received}");
                    let event = connection.receive_from(&mut buffer.filled(len), &mut output);
                    assert_eq!(event.is_some(), received == long.len());
                }
            }
            // A read ends inside a message each time: the buffer is never empty.
            for mut read in short.repeat(1000).chunks(short.len() + 1) {
                let len = read.read(buffer.space()).unwrap();
                assert_eq!(read, b"");
                let mut unread = buffer.filled(len);
                while connection.receive_from(&mut unread, &mut output).is_some() {}
            }
            assert!(buffer.capacity() <= FIRST, "the memory is given back");
        });
        assert_eq!(info.bytes_current, 0, "{role:?}");
    }
}

/// The buffer holds what waits; the connection holds nothing.
#[test]
fn r80_nothing_is_held_beside_a_message_that_waits() {
    for role in ROLES {
        let cut = frame(role, 0x82, &[7; 100]);
        let wire = [
            frame(role, 0x01, b"in two "),
            frame(role, 0x80, b"fragments"),
            cut[..50].to_vec(),
        ];
        let wire = wire.concat();
        let mut connection = connection(role, Config::new());
        let mut buffer = ReadBuffer::new();
        buffer.extend_from_slice(&wire);
        let info = measure(|| {
            let mut output = Vec::new();
            let mut unread = buffer.filled(0);
            let event = connection.receive_from(&mut unread, &mut output);
            assert_eq!(event, Some(Event::Text("in two fragments".into())));
            assert_eq!(connection.receive_from(&mut unread, &mut output), None);
            drop((event, unread));
            assert_eq!(buffer.unread_len(), 50);
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
