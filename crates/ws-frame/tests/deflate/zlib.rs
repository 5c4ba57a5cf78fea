//! Messages of another implementation: stock zlib wrote `vectors/deflate.txt`.

use ws_testkit::inflate_message::{ZLIB, hex};
use ws_testkit::reference::inflate::Inflate;

use super::{cases, cut};

#[test]
fn messages_of_stock_zlib_inflate() {
    let mut count = 0;
    for (stream, text) in ZLIB.split("\nstream ").skip(1).enumerate() {
        let keeps_context = text
            .lines()
            .next()
            .is_some_and(|line| line.ends_with("takeover=True"));
        let messages: Vec<(Vec<u8>, Vec<u8>)> = text.lines().skip(1).map(message).collect();
        let mut reference = Inflate::new(keeps_context);
        for (payload, message) in &messages {
            assert_eq!(
                reference.message(payload).as_ref(),
                Ok(message),
                "stream {stream}"
            );
        }
        for case in cases(keeps_context, u64::MAX) {
            for way in 0..40 {
                let mut inflater = case.inflater();
                for (payload, message) in &messages {
                    let message_again =
                        case.inflate(&mut inflater, payload, &cut(payload.len(), way));
                    assert_eq!(
                        message_again.as_ref(),
                        Ok(message),
                        "stream {stream}, {case:?}, way {way}"
                    );
                }
            }
        }
        count += messages.len();
    }
    assert_eq!(count, 210);
}

fn message(line: &str) -> (Vec<u8>, Vec<u8>) {
    let mut fields = line.split(' ').skip(1);
    let mut field = || fields.next().expect("a field");
    let (kind, seed, len) = (
        field(),
        field().parse().expect("a seed"),
        field().parse().expect("a length"),
    );
    (hex(field()), content(kind, seed, len))
}

/// The same content as in `vectors/deflate.py`.
fn content(kind: &str, mut seed: u32, len: usize) -> Vec<u8> {
    let mut number = || {
        seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
        (seed >> 16) as usize
    };
    let mut content = Vec::new();
    while content.len() < len {
        match kind {
            "bytes" => content.push(number().to_le_bytes()[0]),
            _ => content.extend([WORDS[number() % WORDS.len()], " "].concat().bytes()),
        }
    }
    content.truncate(len);
    content
}

const WORDS: [&str; 15] = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "and",
    "websocket",
    "frames",
    "hold",
    "0123456789",
    "bytes",
];
