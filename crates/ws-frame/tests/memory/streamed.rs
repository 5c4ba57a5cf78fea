//! Frames larger than memory.

use super::*;

/// One frame of 2^40 bytes, read by read, takes constant memory, and every byte is handed over.
#[test]
fn a_terabyte_in_one_frame_is_streamed() {
    stream_one_frame(Role::Client, 0x82, 1 << 40);
}

#[test]
fn a_masked_frame_of_4_gib_is_streamed() {
    stream_one_frame(Role::Server, 0x82, 1 << 32);
}

#[test]
fn a_text_of_4_gib_is_streamed() {
    stream_one_frame(Role::Client, 0x81, 1 << 32);
}

fn stream_one_frame(role: Role, first: u8, len: u64) {
    let config = Config::new()
        .max_frame_len(u64::MAX)
        .max_message_len(u64::MAX)
        .streaming(true);
    let mut connection = connection(role, config);
    let mut buffer = vec![b'a'; 64 * 1024];
    let (mut handed_over, mut parts, mut ended) = (0, 0, false);
    let info = measure(|| {
        assert_eq!(feed(&mut connection, &mut header(role, first, len), 100), 0);
        let mut output = Vec::new();
        while handed_over < len {
            let mut input = &mut buffer[..];
            while let Some(event) = connection.receive(&mut input, &mut output) {
                let (bytes, is_first, is_last) = match &event {
                    Event::BinaryPart(part) => (part.data.len(), part.first, part.last),
                    Event::TextPart(part) => (part.data.len(), part.first, part.last),
                    event => unreachable!("no part of the message: {event:?}"),
                };
                assert_eq!(is_first, parts == 0);
                handed_over += bytes as u64;
                ended = is_last;
                parts += 1;
            }
        }
    });
    assert!(ended);
    assert_eq!(handed_over, len);
    assert!(info.bytes_max <= 1024, "{info:?}");
    assert!(info.count_total <= 10, "{info:?}");
}
