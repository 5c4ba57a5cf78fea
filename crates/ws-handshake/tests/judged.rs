//! Both sides agree with the judge of `ws-testkit`, which is slow and written from the rules alone:
//! on every row, on rows with a few bytes changed, and on lists assembled from parts.

use ws_testkit::handshakes::{Subject, handshakes};
use ws_testkit::random::Random;
use ws_testkit::{handshake_fields, handshake_request, handshake_response};

#[test]
fn they_agree_on_every_request() {
    for bytes in requests(usize::MAX) {
        let beginning = &bytes[..bytes.len().min(17 * 1024)];
        for limits in 0..4 {
            handshake_request::check(limits, beginning, &[vec![], vec![beginning.len() / 2]]);
        }
    }
}

#[test]
fn they_agree_on_requests_with_a_few_bytes_changed() {
    let mut random = Random::new(6455);
    let rows = requests(600);
    assert!(rows.len() > 200, "only {} rows", rows.len());
    for _ in 0..rounds(40) {
        for row in &rows {
            let mut bytes = row.clone();
            (0..=random.below(3)).for_each(|_| mutate(&mut bytes, &mut random));
            bytes.insert(0, random.byte());
            handshake_request::run(&bytes);
        }
    }
}

#[test]
fn they_agree_on_answers_with_a_few_bytes_changed() {
    let mut random = Random::new(101);
    let rows = answers(600);
    assert!(rows.len() > 80, "only {} rows", rows.len());
    for _ in 0..rounds(100) {
        for row in &rows {
            let mut bytes = row.clone();
            (0..random.below(4)).for_each(|_| mutate(&mut bytes, &mut random));
            bytes.insert(0, random.byte());
            handshake_response::run(&bytes);
        }
    }
}

#[test]
fn they_agree_on_lists_put_together_from_their_parts() {
    let mut random = Random::new(7692);
    for _ in 0..rounds(30_000) {
        let mut list = random.bytes(2);
        for _ in 0..random.below(12) {
            list.extend_from_slice(PARTS[random.below(PARTS.len())]);
        }
        handshake_fields::run(&list);
    }
}

/// The requests of the data file up to this length.
fn requests(longest: usize) -> Vec<Vec<u8>> {
    let requests = handshakes()
        .into_iter()
        .filter_map(|row| match row.subject {
            Subject::Server(bytes) if bytes.len() <= longest => Some(bytes),
            _ => None,
        });
    requests.collect()
}

fn answers(longest: usize) -> Vec<Vec<u8>> {
    let answers = handshakes()
        .into_iter()
        .filter_map(|row| match row.subject {
            Subject::Client(bytes) if bytes.len() <= longest => Some(bytes),
            _ => None,
        });
    answers.collect()
}

/// `PROPTEST_CASES` sets a higher number of cases.
fn rounds(usual: usize) -> usize {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse::<usize>().ok());
    cases.map_or(usual, |cases| usual * cases.div_ceil(256))
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len().max(1));
    let part = BYTES[random.below(BYTES.len())];
    match random.below(6) {
        _ if bytes.is_empty() => bytes.extend_from_slice(part),
        0 => bytes[at] = random.bytes(1)[0],
        1 => bytes[at] ^= 1 << random.below(8),
        2 => drop(bytes.remove(at)),
        3 => bytes.truncate(at),
        4 => drop(bytes.splice(at..at, part.iter().copied())),
        _ => {
            let end = bytes.len().min(at + part.len());
            bytes.splice(at..end, part.iter().copied());
        }
    }
}

/// Pieces of text with a meaning somewhere in a head.
const BYTES: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b": ",
    b",",
    b";",
    b"=",
    b"\"",
    b"\\",
    b"\0",
    b"\x7f",
    b"\xff",
    b"#",
    b"?",
    b"/",
    b"*",
    b"http://",
    b"https://h",
    b"[::1]",
    b"[v1.a]",
    b"%41",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"GET ",
    b"HEAD ",
    b"13",
    b"8",
    b"upgrade",
    b"websocket",
    b"Upgrade: ",
    b"Connection: ",
    b"Host: h\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: ",
    b"Expect: 100-continue\r\n",
    b"Origin: null\r\n",
    b"HTTP/1.1 101 x\r\n",
    b"HTTP/1.1 100 x\r\n\r\n",
    b"permessage-deflate",
    b"client_max_window_bits=9",
    b"chat",
    b"101",
    b"200",
    b"Sec-WebSocket-Accept: ",
    b"Sec-WebSocket-Key: ",
    b"Sec-WebSocket-Version: ",
    b"Sec-WebSocket-Protocol: ",
    b"Sec-WebSocket-Extensions: ",
];

/// Pieces of lists. `|` separates the extensions from the subprotocols, a line feed one field from
/// the next.
const PARTS: &[&[u8]] = &[
    b"permessage-deflate",
    b"permessage-deflate; ",
    b", permessage-deflate; ",
    b"x-other",
    b",",
    b";",
    b"; ",
    b"=",
    b" ",
    b"\t",
    b"\"",
    b"\\",
    b"\n",
    b"|",
    b"\xe9",
    b"a",
    b"b",
    b"chat",
    b"chat, superchat",
    b"/",
    b"server_no_context_takeover",
    b"client_no_context_takeover",
    b"server_max_window_bits",
    b"server_max_window_bits=",
    b"client_max_window_bits",
    b"client_max_window_bits=",
    b"8",
    b"10",
    b"15",
    b"16",
    b"08",
    b"\"10\"",
    b"\"1\\0\"",
    b"\"\"",
];
