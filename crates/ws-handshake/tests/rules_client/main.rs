//! The client's rules, H60 to H71.

mod request;
mod response;
mod url;

use ws_handshake::{Accepted, ClientRequest, FieldError, ResponseError as E, ServerResponse};

const NONCE: [u8; 16] = *b"the sample nonce";
const UPGRADE: &str = "Upgrade: websocket\r\n";
const CONNECTION: &str = "Connection: Upgrade\r\n";
const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

fn base() -> ClientRequest<'static> {
    ClientRequest::new("server.example.com", "/chat", NONCE)
}

fn encoded(request: &ClientRequest<'_>) -> Result<String, FieldError> {
    let mut output = Vec::new();
    let result = request.encode(&mut output);
    assert!(
        result.is_ok() || output.is_empty(),
        "nothing is written on an error"
    );
    result.map(|()| String::from_utf8(output).expect("all came from str"))
}

fn answer(fields: &str) -> String {
    format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n")
}

fn full(more: &str) -> String {
    answer(&[UPGRADE, CONNECTION, ACCEPT, more].concat())
}

fn accepted<'b>(answer: &'b str, request: &ClientRequest<'_>) -> Result<Accepted<'b>, E> {
    ServerResponse::parse(answer.as_bytes())?.accepted(request)
}

#[track_caller]
fn fails(answer: &str, request: &ClientRequest<'_>, error: E) {
    assert_eq!(accepted(answer, request).err(), Some(error), "{answer}");
}
