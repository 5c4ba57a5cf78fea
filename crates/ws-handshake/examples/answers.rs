//! Prints one answer of every kind, a line of JSON each: its description, the values that a client
//! must read from it, and its bytes in hex.
//!
//! `.ci/http-parsers` gives them to other HTTP parsers.

use std::fmt::Write as _;

use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{Accept, FieldError, HandshakeError, HeadError, Request, Response};

/// Values that a client must read.
struct Expected<'a> {
    name: &'a str,
    method: &'a str,
    status: u16,
    fields: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let upgrade = Request::parse(REQUEST)?.upgrade()?;
    let fields = [("Set-Cookie", "seen=1; Path=/"), ("X-Empty", "")];
    let deflate = DeflateServer::new().answer(upgrade.extensions());
    let accept = upgrade.accept();
    let mut written = UPGRADED.to_vec();
    opened("101", &accept, &written)?;
    written.push(("Sec-WebSocket-Protocol", "chat"));
    opened(
        "101 with a subprotocol",
        &accept.protocol(upgrade.choose(&["chat"])),
        &written,
    )?;
    written.extend([
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
        fields[0],
        fields[1],
    ]);
    let full = accept
        .protocol(upgrade.choose(&["chat"]))
        .extensions(deflate)
        .fields(&fields);
    opened("101 with everything", &full, &written)?;
    for (error, required) in REFUSALS {
        let body = error.to_string();
        let expected = Expected {
            name: &body,
            method: "GET",
            status: error.status(),
            fields: required,
            body: body.as_bytes(),
        };
        closed(&Response::from(*error), &expected)?;
    }
    pages().map_err(Into::into)
}

/// Answers to requests that are not an opening handshake.
fn pages() -> Result<(), FieldError> {
    let page: &[u8] = b"<!doctype html>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    let html = [("Content-Type", "text/html"), ("Cache-Control", "no-store")];
    let response = Response::new(200)
        .body("text/html", page)
        .fields(&html[1..]);
    let expected = Expected {
        name: "page",
        method: "GET",
        status: 200,
        fields: &html,
        body: page,
    };
    closed(&response, &expected)?;
    let expected = Expected {
        name: "page for HEAD",
        method: "HEAD",
        body: b"",
        ..expected
    };
    closed(&response.without_body(true), &expected)?;
    let moved = [("Location", "https://server.example.com/")];
    let expected = Expected {
        name: "redirect",
        method: "GET",
        status: 308,
        fields: &moved,
        body: b"",
    };
    closed(&Response::new(308).fields(&moved), &expected)?;
    for status in [204, 304, 404, 418, 500] {
        let expected = Expected {
            name: "no body",
            method: "GET",
            status,
            fields: &[],
            body: b"",
        };
        closed(&Response::new(status), &expected)?;
    }
    Ok(())
}

fn opened(name: &str, accept: &Accept<'_>, fields: &[(&str, &str)]) -> Result<(), FieldError> {
    let mut bytes = Vec::new();
    accept.encode(&mut bytes)?;
    print(
        &Expected {
            name,
            method: "GET",
            status: 101,
            fields,
            body: b"",
        },
        &bytes,
    );
    Ok(())
}

fn closed(response: &Response<'_>, expected: &Expected<'_>) -> Result<(), FieldError> {
    let mut bytes = Vec::new();
    response.encode(&mut bytes)?;
    print(expected, &bytes);
    Ok(())
}

/// All texts are ASCII without control characters, so that Rust's quotes are JSON's.
fn print(expected: &Expected<'_>, bytes: &[u8]) {
    let Expected {
        name,
        method,
        status,
        fields,
        body,
    } = expected;
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("[{name:?}, {value:?}]"))
        .collect();
    let (fields, body, bytes) = (fields.join(", "), hex(body), hex(bytes));
    println!(
        r#"{{"name": {name:?}, "method": {method:?}, "status": {status}, "fields": [{fields}], "body": "{body}", "bytes": "{bytes}"}}"#
    );
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

const UPGRADED: [(&str, &str); 3] = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
];

const VERSION: (&str, &str) = ("Sec-WebSocket-Version", "13");

const UPGRADE_REQUIRED: &[(&str, &str)] = &[
    VERSION,
    ("Upgrade", "websocket"),
    ("Connection", "close, Upgrade"),
];

/// One fault for every status, and for every set of fields that a status needs.
const REFUSALS: &[(HandshakeError, &[(&str, &str)])] = &[
    (HandshakeError::Head(HeadError::StartLineTooLong), &[]),
    (HandshakeError::Head(HeadError::TooLarge), &[]),
    (HandshakeError::Head(HeadError::FoldedField), &[]),
    (HandshakeError::Head(HeadError::HttpVersion), &[]),
    (HandshakeError::Method, &[("Allow", "GET")]),
    (HandshakeError::PlainMethod, &[("Allow", "GET, HEAD")]),
    (HandshakeError::HostMissing, &[]),
    (HandshakeError::Expectation, &[]),
    (HandshakeError::Upgrade, UPGRADE_REQUIRED),
    (HandshakeError::VersionMissing, &[VERSION]),
    (HandshakeError::VersionUnsupported, UPGRADE_REQUIRED),
    (HandshakeError::OriginRefused, &[]),
    (HandshakeError::Timeout, &[]),
    (HandshakeError::Unavailable, &[]),
];
