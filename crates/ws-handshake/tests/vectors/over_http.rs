//! The rows through the types of the `http` crate: the same verdicts, except for checks of the HTTP
//! stack.

use http::{HeaderName, HeaderValue, StatusCode, Version};
use ws_handshake::{HandshakeError, HeadScanner, Request, Response, ResponseError, ServerResponse};
use ws_testkit::answer::Answer;
use ws_testkit::handshakes::{Subject, Verdict, handshakes};

use crate::client::client_request;
use crate::server::{accept, origin_policy};

#[test]
fn a_server_behind_a_stack_makes_of_every_row_what_it_should() {
    let mut ran = 0;
    for row in handshakes() {
        let Subject::Server(bytes) = &row.subject else {
            continue;
        };
        let Ok(Some(end)) = HeadScanner::default().scan(bytes) else {
            continue;
        };
        // Rows that the stack would have refused itself, or that its types cannot express.
        if matches!(Request::parse(&bytes[..end]), Err(HandshakeError::Head(_))) {
            continue;
        }
        let Some(request) = request(&bytes[..end]) else {
            continue;
        };
        ran += 1;
        let upgrade = Request::from_http(&request).and_then(|request| request.upgrade());
        let checked = upgrade
            .and_then(|upgrade| upgrade.check_origin(&origin_policy(&row)).map(|()| upgrade));
        let answer = match &checked {
            Ok(upgrade) => answer(
                &accept(&row, upgrade)
                    .to_http()
                    .expect("no fields of the caller's")
                    .map(|()| &[][..]),
            ),
            Err(error) => answer(
                &Response::from(*error)
                    .to_http()
                    .expect("no fields of the caller's"),
            ),
        };
        assert_eq!(
            answer.check(&row),
            Ok(()),
            "{} ({}):\n{answer:?}",
            row.name,
            row.title
        );
    }
    assert!(ran > 250, "only {ran} rows");
}

#[test]
fn a_client_behind_a_stack_makes_of_every_row_what_it_should() {
    let mut ran = 0;
    for row in handshakes() {
        let Subject::Client(bytes) = &row.subject else {
            continue;
        };
        let Ok(Some(end)) = HeadScanner::default().scan(bytes) else {
            continue;
        };
        let Ok(over_bytes) = ServerResponse::parse(&bytes[..end]) else {
            continue;
        };
        // A stack skips interim answers itself.
        if over_bytes.is_interim() {
            continue;
        }
        let Some(response) = response(&bytes[..end]) else {
            continue;
        };
        ran += 1;
        let offered: Vec<&str> = row
            .setting("protocols")
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let request = client_request(&row, &offered);
        let over_http = ServerResponse::from_http(&response)
            .and_then(|response| response.accepted(&request).map(|_| ()));
        assert_eq!(
            over_http,
            over_bytes.accepted(&request).map(|_| ()),
            "{}: {}",
            row.name,
            row.title
        );
        let opens = !matches!(over_http, Err(ResponseError::Status(_))) && over_http.is_ok();
        assert_eq!(
            opens,
            row.verdict == Verdict::Open,
            "{}: {}",
            row.name,
            row.title
        );
    }
    assert!(ran > 80, "only {ran} rows");
}

/// The request as a stack over httparse would make it. Returns `None` if its types cannot hold it.
fn request(head: &[u8]) -> Option<http::Request<()>> {
    let mut slots = [httparse::EMPTY_HEADER; 128];
    let mut parsed = httparse::Request::new(&mut slots);
    parsed.parse(head).ok()?;
    let version = if parsed.version == Some(0) {
        Version::HTTP_10
    } else {
        Version::HTTP_11
    };
    let mut request = http::Request::builder()
        .method(parsed.method?)
        .uri(parsed.path?)
        .version(version);
    for field in parsed.headers.iter() {
        request = request.header(
            HeaderName::try_from(field.name).ok()?,
            HeaderValue::from_bytes(field.value).ok()?,
        );
    }
    // A `Uri` drops the fragment.
    request
        .body(())
        .ok()
        .filter(|_| !parsed.path.is_some_and(|path| path.contains('#')))
}

fn response(head: &[u8]) -> Option<http::Response<()>> {
    let mut slots = [httparse::EMPTY_HEADER; 128];
    let mut parsed = httparse::Response::new(&mut slots);
    parsed.parse(head).ok()?;
    let version = if parsed.version == Some(0) {
        Version::HTTP_10
    } else {
        Version::HTTP_11
    };
    let mut response = http::Response::builder()
        .status(StatusCode::from_u16(parsed.code?).ok()?)
        .version(version);
    for field in parsed.headers.iter() {
        response = response.header(
            HeaderName::try_from(field.name).ok()?,
            HeaderValue::from_bytes(field.value).ok()?,
        );
    }
    response.body(()).ok()
}

fn answer(response: &http::Response<&[u8]>) -> Answer {
    let fields = response.headers().iter();
    Answer {
        status: response.status().as_u16(),
        fields: fields
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: response.body().to_vec(),
    }
}
