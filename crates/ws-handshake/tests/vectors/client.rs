//! Rows that a client reads.

use ws_handshake::{
    Accepted, ClientRequest, HeadError, HeadScanner, ResponseError, ServerResponse,
};
use ws_testkit::cuts;
use ws_testkit::handshakes::{Row, Subject, Verdict, handshakes};

#[test]
fn a_client_makes_of_every_row_what_it_should() {
    let mut ran = 0;
    for row in handshakes() {
        if let Subject::Client(bytes) = &row.subject {
            ran += 1;
            for cuts in cuts::all_of_head(bytes) {
                let (verdict, left) = read(&row, bytes, &cuts);
                assert_eq!(
                    verdict, row.verdict,
                    "{} ({}) cut at {cuts:?}",
                    row.name, row.title
                );
                if !matches!(verdict, Verdict::Fails(_)) {
                    assert!(
                        left == row.left,
                        "{}: {} bytes are left",
                        row.name,
                        left.len()
                    );
                }
            }
        }
    }
    assert!(ran > 100, "only {ran} rows");
}

/// The verdict, and the bytes behind the head.
fn read<'a>(row: &Row, bytes: &'a [u8], cuts: &[usize]) -> (Verdict, &'a [u8]) {
    let protocols: Vec<&str> = row
        .setting("protocols")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let request = client_request(row, &protocols);
    let mut left: &[u8] = &[];
    let verdict = match final_answer(bytes, cuts) {
        Ok((response, rest)) => {
            left = rest;
            response
                .accepted(&request)
                .map(|accepted| check_terms(&response, &accepted))
        }
        Err(error) => Err(error),
    };
    match verdict {
        Ok(()) => (Verdict::Open, left),
        Err(ResponseError::Status(status)) => (Verdict::Status(status), left),
        Err(error) => (Verdict::Fails(reason(error).into()), left),
    }
}

pub(crate) fn client_request<'a>(row: &'a Row, protocols: &'a [&'a str]) -> ClientRequest<'a> {
    let request = ClientRequest::new("server.example.com", "/chat", *b"the sample nonce")
        .protocols(protocols);
    match row.setting("extensions") {
        Some(offer) => request.extensions(offer),
        None => request,
    }
}

/// The first answer that is not interim, and the bytes behind it.
fn final_answer<'a>(
    bytes: &'a [u8],
    cuts: &[usize],
) -> Result<(ServerResponse<'a>, &'a [u8]), ResponseError> {
    let mut scanner = HeadScanner::default();
    let (mut start, mut received) = (0, 0);
    for piece in cuts::pieces(bytes, cuts) {
        let mut looked_at = received;
        received += piece.len();
        while let Some(end) = scanner.scan(&bytes[looked_at..received])? {
            looked_at += end;
            let response = ServerResponse::parse(&bytes[start..looked_at])?;
            if !response.is_interim() {
                return Ok((response, &bytes[looked_at..]));
            }
            start = looked_at;
            scanner.next_head();
        }
    }
    // No row ends before its answer, so this shows as a wrong verdict.
    Err(ResponseError::Head(HeadError::Incomplete))
}

/// The caller sees the content of the fields.
fn check_terms(response: &ServerResponse<'_>, accepted: &Accepted<'_>) {
    let protocol = response.fields().first("sec-websocket-protocol");
    assert_eq!(accepted.protocol().map(str::as_bytes), protocol);
    let extensions = response.fields().first("sec-websocket-extensions");
    assert_eq!(accepted.deflate().is_some(), extensions.is_some());
    assert_eq!(
        accepted.extensions().count(),
        usize::from(extensions.is_some())
    );
}

fn reason(error: ResponseError) -> &'static str {
    use HeadError::{Incomplete, StartLineTooLong, TooLarge, TooManyFields};
    match error {
        ResponseError::Head(TooLarge | TooManyFields | StartLineTooLong) => "size",
        ResponseError::Head(Incomplete) => "incomplete",
        ResponseError::Head(_) => "syntax",
        ResponseError::Upgrade => "upgrade",
        ResponseError::Connection => "connection",
        ResponseError::AcceptCount | ResponseError::AcceptValue => "accept",
        ResponseError::ExtensionSyntax | ResponseError::Extension => "extension",
        ResponseError::Protocol => "protocol",
        _ => "another reason",
    }
}
