//! Rows in which an application gives a value to an encoder.

use ws_handshake::{ClientRequest, FieldError, Request, Response};
use ws_testkit::handshakes::{Subject, Verdict, handshakes};

#[test]
fn an_encoder_makes_of_every_row_what_it_should() {
    let mut ran = 0;
    for row in handshakes() {
        if let Subject::Caller(place, value) = &row.subject {
            let mut output = b"as it was".to_vec();
            let Some(result) = write(place, value, &mut output) else {
                continue;
            };
            ran += 1;
            if row.verdict == Verdict::Written {
                assert_eq!(result, Ok(()), "{}", row.name);
                assert!(
                    contains(&output, value),
                    "{}: {}",
                    row.name,
                    output.escape_ascii()
                );
            } else {
                assert!(result.is_err(), "{}: {}", row.name, output.escape_ascii());
                assert_eq!(output, b"as it was", "{}", row.name);
            }
        }
    }
    assert!(ran > 60, "only {ran} rows");
}

/// Returns `None` if the value is not a `str` and therefore cannot be passed at all.
fn write(place: &str, value: &[u8], output: &mut Vec<u8>) -> Option<Result<(), FieldError>> {
    let text = std::str::from_utf8(value).ok()?;
    let (name, field_value) = text.split_once(':').unwrap_or((text, ""));
    let fields = [
        ("A", "b"),
        (name, field_value.strip_prefix(' ').unwrap_or(field_value)),
    ];
    match place {
        "answer-field" => {
            let upgrade = Request::parse(REQUEST)
                .and_then(|request| request.upgrade())
                .expect("a good request");
            Some(upgrade.accept().fields(&fields).encode(output))
        }
        "refusal-field" => Some(Response::new(403).fields(&fields).encode(output)),
        "refusal-type" => Some(Response::new(403).body(text, b"no").encode(output)),
        "request-target" => Some(ClientRequest::new("h", text, NONCE).encode(output)),
        "request-host" => Some(ClientRequest::new(text, "/", NONCE).encode(output)),
        "request-field" => Some(
            ClientRequest::new("h", "/", NONCE)
                .fields(&fields)
                .encode(output),
        ),
        "request-protocol" => Some(
            ClientRequest::new("h", "/", NONCE)
                .protocols(&["a", text])
                .encode(output),
        ),
        "request-origin" => Some(
            ClientRequest::new("h", "/", NONCE)
                .origin(text)
                .encode(output),
        ),
        other => unreachable!("no place `{other}`"),
    }
}

fn contains(output: &[u8], value: &[u8]) -> bool {
    output.windows(value.len()).any(|window| window == value)
}

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const NONCE: [u8; 16] = *b"the sample nonce";
