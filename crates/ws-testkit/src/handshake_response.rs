//! The client side against the judge: any bytes, any cuts.

use ws_handshake::{ClientRequest, HeadScanner, ResponseError, ServerResponse};

use crate::cuts::{Cuts, pieces};
use crate::frame_decoder::ways;
use crate::judge::{Offered, Outcome, is_answer_head, judge_answer};

/// The first byte selects the client's offer and the cuts; the rest is the server's bytes.
pub fn run(data: &[u8]) {
    if let Some((&options, bytes)) = data.split_first() {
        check(
            usize::from(options & 7),
            bytes,
            &ways(bytes.len(), options >> 3),
        );
    }
}

/// Panics if the two disagree, or if the client side gives different results for different cuts.
/// `offer` selects one of a few.
pub fn check(offer: usize, bytes: &[u8], ways: &[Cuts]) {
    let (protocols, extensions) = OFFERS[offer % OFFERS.len()];
    let outcome = judge_answer(
        bytes,
        &Offered {
            key: KEY,
            protocols,
            extensions,
        },
    );
    let mut request = ClientRequest::new("server.example.com", "/chat", *b"the sample nonce")
        .protocols(protocols);
    if !extensions.is_empty() {
        request = request.extensions(extensions);
    }
    for cuts in ways {
        let read = read(bytes, cuts, &request);
        assert_eq!(read, outcome, "cut at {cuts:?}: {}", bytes.escape_ascii());
    }
    let parsed = ServerResponse::parse(bytes);
    assert_eq!(
        parsed.is_ok(),
        is_answer_head(bytes),
        "{}",
        bytes.escape_ascii()
    );
    if let Ok(response) = parsed {
        let names = response.fields().iter().map(|(name, _)| name);
        names.for_each(|name| assert!(response.fields().first(name).is_some()));
        if let Err(error) = response.accepted(&request) {
            assert!(!error.to_string().is_empty());
        }
    }
}

fn read(bytes: &[u8], cuts: &[usize], request: &ClientRequest<'_>) -> Outcome {
    let mut scanner = HeadScanner::default();
    let (mut start, mut received) = (0, 0);
    for piece in pieces(bytes, cuts) {
        let mut at = received;
        received += piece.len();
        loop {
            match scanner.scan(&bytes[at..received]) {
                Ok(None) => break,
                Ok(Some(end)) => at += end,
                Err(_) => return Outcome::Fail,
            }
            let Ok(response) = ServerResponse::parse(&bytes[start..at]) else {
                return Outcome::Fail;
            };
            if !response.is_interim() {
                return outcome(&response, at, request);
            }
            start = at;
            scanner.next_head();
        }
    }
    Outcome::Wait
}

fn outcome(response: &ServerResponse<'_>, end: usize, request: &ClientRequest<'_>) -> Outcome {
    match response.accepted(request) {
        Ok(accepted) => {
            assert_eq!(
                accepted.protocol().is_some(),
                response.fields().first("sec-websocket-protocol").is_some()
            );
            assert!(accepted.extensions().next().is_some() || accepted.deflate().is_none());
            Outcome::Open(end)
        }
        Err(ResponseError::Status(status)) => Outcome::Status(status, end),
        Err(_) => Outcome::Fail,
    }
}

/// The key of RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Subprotocols and extensions that the client offers. The first offer is empty, as in most rows of
/// the data file.
const OFFERS: &[(&[&str], &str)] = &[
    (&[], ""),
    (&["chat", "superchat"], ""),
    (&[], "permessage-deflate"),
    (&["chat"], "permessage-deflate; client_max_window_bits"),
    (
        &[],
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12",
    ),
    (
        &[],
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
    ),
    (
        &["chat"],
        "x-other; a=1, permessage-deflate; client_max_window_bits=9, permessage-deflate",
    ),
    (&[], "permessage-deflate; unknown, x-other"),
];
