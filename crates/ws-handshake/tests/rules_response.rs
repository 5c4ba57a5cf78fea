//! The server's rules for its answers, H40 to H47.

mod base;

use base::*;
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{FieldError, HandshakeError, Key, Response};

fn accepted(head: &[u8], fields: &[(&str, &str)]) -> Result<String, FieldError> {
    let upgrade = upgrade(head).expect("a request without fault");
    let mut output = Vec::new();
    let accept = upgrade
        .accept()
        .protocol(upgrade.choose(&["chat"]))
        .fields(fields);
    let deflate = DeflateServer::new().answer(upgrade.extensions());
    let result = accept.extensions(deflate).encode(&mut output);
    assert!(
        result.is_ok() || output.is_empty(),
        "nothing is written on an error"
    );
    result.map(|()| String::from_utf8(output).expect("all came from str"))
}

#[test]
fn h40_101_with_upgrade_and_connection() {
    assert_eq!(
        accepted(&adding(""), &[]).unwrap(),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
}

/// Two texts of the same 16 bytes have two answers.
#[test]
fn h41_accept_is_of_the_key_as_received() {
    for (key, accept) in [
        ("AQIDBAUGBwgJCgsMDQ4PEC==", b"OfS0wDaT5NoxF2gqm7Zj2YtetzM="),
        ("AQIDBAUGBwgJCgsMDQ4PEA==", b"C/0nmHhBztSRGR1CwL6Tf4ZjwpY="),
    ] {
        assert_eq!(&Key::parse(key.as_bytes()).unwrap().accept_value(), accept);
        let head = with(KEY, &format!("Sec-WebSocket-Key: {key}\r\n"));
        assert!(
            accepted(&head, &[])
                .unwrap()
                .contains(std::str::from_utf8(accept).unwrap())
        );
    }
}

#[test]
fn h42_subprotocol_one_of_the_offered_or_none() {
    let answer = |offer: &str| {
        accepted(
            &adding(&format!("Sec-WebSocket-Protocol: {offer}\r\n")),
            &[],
        )
        .unwrap()
    };
    assert!(answer("superchat, chat").contains("\r\nSec-WebSocket-Protocol: chat\r\n"));
    assert!(!answer("superchat, CHAT").contains("Sec-WebSocket-Protocol"));
}

#[test]
fn h42_subprotocol_by_the_preference_of_either_side() {
    let head = adding("Sec-WebSocket-Protocol: a, b, c\r\n");
    let protocols = upgrade(&head).unwrap().protocols();
    let name = |protocol: Option<ws_handshake::Protocol<'_>>| {
        protocol.map(|protocol| protocol.to_string())
    };
    assert_eq!(name(protocols.choose(&["x", "c", "a"])), Some("c".into()));
    assert_eq!(
        name(protocols.choose_first_offered(&["x", "c", "a"])),
        Some("a".into())
    );
    assert_eq!(
        name(protocols.choose_with(|offered| *offered > "a")),
        Some("b".into())
    );
    assert_eq!(name(protocols.choose(&["x"])), None);
    assert_eq!(name(protocols.choose_first_offered(&[])), None);
}

#[test]
fn h43_extensions_only_when_agreed() {
    let answer = |offer: &str| {
        accepted(
            &adding(&format!("Sec-WebSocket-Extensions: {offer}\r\n")),
            &[],
        )
        .unwrap()
    };
    assert!(
        answer("x, permessage-deflate")
            .contains("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n")
    );
    assert!(!answer("x").contains("Sec-WebSocket-Extensions"));
    assert!(
        !accepted(&adding(""), &[])
            .unwrap()
            .contains("Sec-WebSocket-Extensions")
    );
}

#[test]
fn h43_extensions_as_text_keep_to_the_grammar() {
    let head = adding("Sec-WebSocket-Extensions: x\r\n");
    let accept = upgrade(&head).unwrap().accept();
    let mut output = Vec::new();
    for text in ["", "x;", "x\r\nY: z", "x y"] {
        assert_eq!(
            accept.extensions(text).encode(&mut output),
            Err(FieldError::Extensions)
        );
    }
    assert!(output.is_empty());
    accept.extensions("x; y=1").encode(&mut output).unwrap();
    assert!(
        String::from_utf8(output)
            .unwrap()
            .contains("\r\nSec-WebSocket-Extensions: x; y=1\r\n")
    );
}

#[test]
fn h44_no_length_in_101() {
    let answer = accepted(&adding(""), &[]).unwrap();
    assert!(!answer.contains("Content-Length") && !answer.contains("Transfer-Encoding"));
    for name in ["Content-Length", "transfer-encoding"] {
        assert_eq!(
            accepted(&adding(""), &[(name, "0")]),
            Err(FieldError::Reserved)
        );
    }
}

#[test]
fn h45_fields_of_the_caller() {
    let with =
        |name: &str, value: &str| accepted(&adding(""), &[("A", "b"), (name, value)]).map(|_| ());
    for value in ["a\r\nb", "a\rb", "a\nb", "a\0b", "\u{7f}", "\u{1b}[m"] {
        assert_eq!(with("X", value), Err(FieldError::Value), "{value:?}");
    }
    for name in ["", "a b", "a:", "a\r\n", "\u{e9}", "a\0"] {
        assert_eq!(with(name, "x"), Err(FieldError::Name), "{name:?}");
    }
    for name in [
        "connection",
        "UPGRADE",
        "Sec-WebSocket-Accept",
        "sec-websocket-protocol",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Anything",
        "Keep-Alive",
        "Trailer",
    ] {
        assert_eq!(with(name, "x"), Err(FieldError::Reserved), "{name}");
    }
    let answer = accepted(&adding(""), &[("Set-Cookie", "a=b\t; \u{e9}"), ("X", "")]).unwrap();
    assert!(answer.ends_with("\r\nSet-Cookie: a=b\t; \u{e9}\r\nX: \r\n\r\n"));
}

#[test]
fn h45_fields_and_body_of_a_refusal() {
    let encode = |response: Response<'_>| {
        let mut output = b"before".to_vec();
        let result = response.encode(&mut output);
        assert_eq!(output == b"before", result.is_err());
        result
    };
    let refusal = Response::new(403);
    assert_eq!(
        encode(refusal.fields(&[("X", "a\nb")])),
        Err(FieldError::Value)
    );
    assert_eq!(
        encode(refusal.fields(&[("Content-Length", "5")])),
        Err(FieldError::Reserved)
    );
    assert_eq!(
        encode(refusal.fields(&[("Content-Type", "a/b")])),
        Err(FieldError::Reserved)
    );
    assert_eq!(
        encode(refusal.body("text/plain\r\nX: y", b"")),
        Err(FieldError::Value)
    );
    for status in [0, 99, 100, 101, 199, 600, u16::MAX] {
        assert_eq!(
            encode(Response::new(status)),
            Err(FieldError::Status),
            "{status}"
        );
    }
    for status in [204, 205, 304] {
        assert_eq!(
            encode(Response::new(status).body("a/b", b"x")),
            Err(FieldError::Body)
        );
        assert_eq!(encode(Response::new(status)), Ok(()));
    }
}

#[test]
fn h46_refusal_has_a_length_and_closes() {
    for error in [
        HandshakeError::KeySyntax,
        HandshakeError::Timeout,
        HandshakeError::Unavailable,
    ] {
        let text = answer(error);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())),
            "{head}"
        );
        assert!(head.contains("\r\nConnection: close"));
        assert_eq!(body, error.to_string());
    }
}

#[test]
fn h46_answer_to_head_has_the_length_but_no_body() {
    let page = Response::new(200).body("text/html", b"<p>hello");
    let mut whole = Vec::new();
    page.encode(&mut whole).unwrap();
    let mut head = Vec::new();
    page.without_body(true).encode(&mut head).unwrap();
    assert_eq!([&head[..], b"<p>hello"].concat(), whole);
    assert!(
        String::from_utf8(head)
            .unwrap()
            .contains("\r\nContent-Length: 8\r\nContent-Type: text/html\r\n")
    );
}

#[test]
fn h46_no_length_where_there_cannot_be_a_body() {
    let mut output = Vec::new();
    Response::new(204).encode(&mut output).unwrap();
    assert_eq!(
        output,
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    );
}

/// One call appends the whole answer, behind the content of the buffer.
#[test]
fn h47_answer_is_written_whole() {
    let mut output = b"before".to_vec();
    upgrade(&adding(""))
        .unwrap()
        .accept()
        .encode(&mut output)
        .unwrap();
    assert!(output.starts_with(b"beforeHTTP/1.1 101 ") && output.ends_with(b"\r\n\r\n"));
}

#[test]
fn c36_no_decision_is_503() {
    assert!(
        answer(HandshakeError::Unavailable).starts_with("HTTP/1.1 503 Service Unavailable\r\n")
    );
    assert!(answer(HandshakeError::Timeout).starts_with("HTTP/1.1 408 Request Timeout\r\n"));
}

/// An answer that is kept until after the request's bytes are gone.
#[test]
fn accept_borrows_nothing() {
    let accept = {
        let head = adding("Sec-WebSocket-Protocol: chat\r\n");
        let upgrade = upgrade(&head).unwrap();
        upgrade.accept().protocol(upgrade.choose(&["chat"]))
    };
    let mut output = Vec::new();
    accept.encode(&mut output).unwrap();
    assert!(
        String::from_utf8(output)
            .unwrap()
            .contains("Sec-WebSocket-Protocol: chat")
    );
}

#[track_caller]
fn fits(whole: &[u8], encode: impl Fn(&mut [u8]) -> Result<usize, FieldError>) {
    let mut room = [0; 512];
    let len = whole.len();
    assert_eq!(encode(&mut room), Ok(len));
    assert_eq!(&room[..len], whole);
    assert_eq!(encode(&mut room[..len]), Ok(len));
    for short in 0..len {
        assert_eq!(
            encode(&mut room[..short]),
            Err(FieldError::NoRoom),
            "{short}"
        );
    }
}

/// Encoding without an allocator.
#[test]
fn h47_answer_fits_a_slice_or_is_not_there() {
    let head = adding("");
    let accept = upgrade(&head).unwrap().accept();
    let refusal = Response::from(HandshakeError::Upgrade);
    let (mut whole, mut whole_refusal) = (Vec::new(), Vec::new());
    accept.encode(&mut whole).unwrap();
    refusal.encode(&mut whole_refusal).unwrap();
    fits(&whole, |room| accept.encode_to_slice(room));
    fits(&whole_refusal, |room| refusal.encode_to_slice(room));
}
