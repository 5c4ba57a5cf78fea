//! The request of RFC 6455 §1.3, whole or broken, and checks of the result.

#![allow(dead_code, reason = "each test crate uses its part")]

use ws_handshake::{HandshakeError, HeadError, Request, Response, Upgrade};

pub(crate) const LINE: &str = "GET /chat HTTP/1.1\r\n";
pub(crate) const HOST: &str = "Host: server.example.com\r\n";
pub(crate) const UPGRADE: &str = "Upgrade: websocket\r\n";
pub(crate) const CONNECTION: &str = "Connection: Upgrade\r\n";
pub(crate) const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
pub(crate) const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";
pub(crate) const BASE: [&str; 6] = [LINE, HOST, UPGRADE, CONNECTION, KEY, VERSION];

/// The base with one line replaced; an empty text removes it.
pub(crate) fn with(line: &str, by: &str) -> Vec<u8> {
    let lines = BASE.map(|base| if base == line { by } else { base });
    (lines.concat() + "\r\n").into_bytes()
}

/// The base with more lines behind the others.
pub(crate) fn adding(lines: &str) -> Vec<u8> {
    (BASE.concat() + lines + "\r\n").into_bytes()
}

pub(crate) fn upgrade(head: &[u8]) -> Result<Upgrade<'_>, HandshakeError> {
    Request::parse(head)?.upgrade()
}

#[track_caller]
pub(crate) fn opens(head: &[u8]) {
    assert_eq!(upgrade(head).err(), None, "{}", head.escape_ascii());
}

#[track_caller]
pub(crate) fn refuses(head: &[u8], expected: HandshakeError, status: u16) {
    assert_eq!(
        upgrade(head).err(),
        Some(expected),
        "{}",
        head.escape_ascii()
    );
    assert_eq!(expected.status(), status);
}

#[track_caller]
pub(crate) fn refuses_head(head: &[u8], expected: HeadError, status: u16) {
    refuses(head, HandshakeError::Head(expected), status);
}

/// The whole answer to a refusal.
pub(crate) fn answer(error: HandshakeError) -> String {
    let mut output = Vec::new();
    Response::from(error)
        .encode(&mut output)
        .expect("the crate's own fields");
    String::from_utf8(output).expect("the crate's own words")
}
