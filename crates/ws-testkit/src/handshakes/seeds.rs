//! First inputs of the handshake targets, made from the rows.

use super::{Row, Subject, handshakes};
use crate::vectors::file_name;

/// The first inputs of a target, with the names of their files.
#[must_use]
pub fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let seed = match target {
        "handshake_request" => request,
        "handshake_response" => response,
        "handshake_fields" => fields,
        _ => return Vec::new(),
    };
    let mut last = String::new();
    let first_variants = handshakes().into_iter().filter(|row| {
        let is_new = row.title != last;
        last.clone_from(&row.title);
        is_new
    });
    let seeds = first_variants.filter_map(|row| Some((file_name(&row.name), seed(&row)?)));
    seeds.filter(|(_, data)| data.len() <= LONGEST).collect()
}

fn request(row: &Row) -> Option<Vec<u8>> {
    match &row.subject {
        Subject::Server(bytes) => Some([b"\0", bytes.as_slice()].concat()),
        _ => None,
    }
}

fn response(row: &Row) -> Option<Vec<u8>> {
    let offer = match (row.setting("protocols"), row.setting("extensions")) {
        (Some(_), _) => 1,
        (None, Some("permessage-deflate")) => 2,
        (None, Some("permessage-deflate; client_max_window_bits")) => 3,
        (None, Some(_)) => 4,
        (None, None) => 0,
    };
    match &row.subject {
        Subject::Client(bytes) => Some([&[offer], bytes.as_slice()].concat()),
        _ => None,
    }
}

/// The lists of a row, whichever side sends them.
fn fields(row: &Row) -> Option<Vec<u8>> {
    let (Subject::Server(bytes) | Subject::Client(bytes)) = &row.subject else {
        return None;
    };
    let extensions = values(bytes, b"Sec-WebSocket-Extensions:");
    let protocols = values(bytes, b"Sec-WebSocket-Protocol:");
    let any = !extensions.is_empty() || !protocols.is_empty();
    any.then(|| {
        [
            b"\0\0",
            extensions.join(&b'\n').as_slice(),
            b"|",
            &protocols.join(&b'\n'),
        ]
        .concat()
    })
}

fn values<'a>(bytes: &'a [u8], name: &[u8]) -> Vec<&'a [u8]> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| line.strip_prefix(name))
        .map(<[u8]>::trim_ascii)
        .collect()
}

/// Longer inputs slow the fuzzer down.
const LONGEST: usize = 600;
