//! The server's response, as the client reads it, and what follows it.

use std::time::Duration;

use ws_handshake::extension::deflate::DeflateOffer;
use ws_handshake::{
    Backoff, BodyLen, ClientRequest, FieldError, HeadError, HeadScanner, Limits,
    ResponseError as E, ServerResponse,
};

use super::{ACCEPT, CONNECTION, UPGRADE, accepted, base, encoded, fails, full};

#[test]
fn h62_101_exactly() {
    assert!(accepted(&full(""), &base()).is_ok());
    for status in [100, 103, 199, 200, 204, 301, 401, 404, 426, 500, 999] {
        let head = format!("HTTP/1.1 {status} X\r\nLocation: /\r\n\r\n");
        let response = ServerResponse::parse(head.as_bytes()).unwrap();
        assert_eq!(response.accepted(&base()).err(), Some(E::Status(status)));
        assert_eq!(response.is_interim(), status < 200);
        assert_eq!(
            response.fields().first("location"),
            Some(&b"/"[..]),
            "the caller still has the head"
        );
    }
    assert!(
        !ServerResponse::parse(full("").as_bytes())
            .unwrap()
            .is_interim()
    );
    assert_eq!(
        accepted("HTTP/1.0 404 X\r\n\r\n", &base()).err(),
        Some(E::Status(404))
    );
    fails(
        &full("").replace("1.1", "1.0"),
        &base(),
        E::Head(HeadError::Http10),
    );
}

#[test]
fn h62_interim_answers_count_against_one_limit() {
    let mut scanner = HeadScanner::new(Limits::new().max_head_len(100));
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    for round in 0..10 {
        match scanner.scan(interim) {
            Ok(end) => assert_eq!(end, Some(interim.len())),
            Err(error) => {
                assert_eq!((round, error), (4, HeadError::TooLarge));
                return;
            }
        }
        scanner.next_head();
    }
    assert_eq!(scanner.examined(), 100, "the limit was passed over");
}

#[test]
fn h62_another_head_only_behind_a_whole_one() {
    let mut scanner = HeadScanner::default();
    assert_eq!(scanner.scan(b"HTTP/1.1 100 Continue\r\n"), Ok(None));
    scanner.next_head();
    assert_eq!(
        scanner.scan(b"\r\n"),
        Ok(Some(2)),
        "it was not forgotten that a line had ended"
    );
    scanner.next_head();
    assert_eq!(scanner.scan(b"\n"), Err(HeadError::LineEnd));
    scanner.next_head();
    assert_eq!(
        scanner.scan(b"HTTP/1.1 100 Continue\r\n\r\n"),
        Err(HeadError::LineEnd)
    );
}

#[test]
fn h62_status_line_keeps_to_the_syntax() {
    for line in [
        "HTTP/1.1 1O1 X",
        "HTTP/1.1 0101 X",
        "HTTP/1.1 99 X",
        "SSH-2.0-OpenSSH",
        "http/1.1 101 X",
        "HTTP/2 101 X",
    ] {
        fails(
            &format!("{line}\r\n\r\n"),
            &base(),
            E::Head(HeadError::StartLine),
        );
    }
    fails(
        "HTTP/2.0 101 X\r\n\r\n",
        &base(),
        E::Head(HeadError::HttpVersion),
    );
    for reason in ["", " ", " \u{e9}", " Web Socket Protocol Handshake", "\t"] {
        let head = full("").replace(" Switching Protocols", reason);
        assert_eq!(
            accepted(&head, &base()).is_ok(),
            reason != "\t",
            "{reason:?}"
        );
    }
}

#[test]
fn h62_head_keeps_to_the_syntax() {
    fails(
        &format!("\r\n{}", full("")),
        &base(),
        E::Head(HeadError::EmptyLines),
    );
    fails(
        &full("X : a\r\n"),
        &base(),
        E::Head(HeadError::SpaceBeforeColon),
    );
    fails(&full("X: a\n"), &base(), E::Head(HeadError::LineEnd));
    fails(
        &full(&"a: b\r\n".repeat(98)),
        &base(),
        E::Head(HeadError::TooManyFields),
    );
    fails(&(full("") + "x"), &base(), E::Head(HeadError::Incomplete));
    let many = full(&"a: b\r\n".repeat(98));
    assert!(ServerResponse::parse_within(many.as_bytes(), Limits::new().max_fields(101)).is_ok());
}

#[test]
fn h63_upgrade_to_websocket() {
    assert!(accepted(&full("").replace("websocket", "WebSocket"), &base()).is_ok());
    for other in [
        "",
        "Upgrade: h2c\r\n",
        "Upgrade: websocket/13\r\n",
        "Upgrade:\r\n",
    ] {
        fails(&full("").replace(UPGRADE, other), &base(), E::Upgrade);
    }
}

#[test]
fn h64_connection_has_the_option_upgrade() {
    assert!(
        accepted(
            &full("").replace(CONNECTION, "Connection: a\r\nConnection: b, upgrade\r\n"),
            &base()
        )
        .is_ok()
    );
    for other in ["", "Connection: close\r\n", "Connection: upgraded\r\n"] {
        fails(&full("").replace(CONNECTION, other), &base(), E::Connection);
    }
}

#[test]
fn h65_accept_once_and_right() {
    assert!(accepted(&full("").replace("Accept: ", "Accept: \t "), &base()).is_ok());
    fails(&full(ACCEPT), &base(), E::AcceptCount);
    fails(&full("").replace(ACCEPT, ""), &base(), E::AcceptCount);
    for value in [
        "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOp=",
        "",
    ] {
        fails(
            &full("").replace("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", value),
            &base(),
            E::AcceptValue,
        );
    }
    fails(
        &full(""),
        &ClientRequest::new("h", "/", [0; 16]),
        E::AcceptValue,
    );
}

#[test]
fn h66_extensions_answer_an_offer() {
    let extensions = |text: &str| full(&format!("Sec-WebSocket-Extensions: {text}\r\n"));
    let deflate = base().extensions(DeflateOffer::new());
    let terms = accepted(
        &extensions("permessage-deflate; client_max_window_bits=9"),
        &deflate,
    )
    .unwrap()
    .deflate()
    .unwrap();
    assert_eq!(terms.client_max_window_bits(), 9);
    fails(&extensions("permessage-deflate"), &base(), E::Extension);
    fails(&extensions("x"), &deflate, E::Extension);
    fails(
        &extensions("permessage-deflate, permessage-deflate"),
        &deflate,
        E::Extension,
    );
    fails(&extensions("permessage-deflate; x"), &deflate, E::Extension);
    fails(
        &extensions("permessage-deflate;"),
        &deflate,
        E::ExtensionSyntax,
    );
    fails(&extensions(""), &deflate, E::ExtensionSyntax);
}

#[test]
fn h66_extensions_offered_as_text() {
    let extensions = |text: &str| full(&format!("Sec-WebSocket-Extensions: {text}\r\n"));
    let request = base()
        .extensions("x; y, permessage-deflate; server_max_window_bits=10, permessage-deflate");
    let answer = extensions("x; z=1, permessage-deflate");
    let terms = accepted(&answer, &request).unwrap();
    assert_eq!(
        terms
            .extensions()
            .map(|extension| extension.name())
            .collect::<Vec<_>>(),
        ["x", "permessage-deflate"]
    );
    assert_eq!(terms.deflate(), Some(<_>::default()));
    fails(&extensions("z"), &request, E::Extension);
    fails(
        &extensions("permessage-deflate; client_max_window_bits=9"),
        &request,
        E::Extension,
    );
    assert_eq!(
        encoded(&base().extensions("x;")),
        Err(FieldError::Extensions)
    );
}

#[test]
fn h67_subprotocol_one_of_the_offered() {
    let request = base().protocols(&["chat", "superchat"]);
    let protocol = |text: &str| full(&format!("Sec-WebSocket-Protocol: {text}\r\n"));
    assert_eq!(
        accepted(&protocol(" superchat "), &request)
            .unwrap()
            .protocol(),
        Some("superchat")
    );
    for other in [
        "mqtt",
        "CHAT",
        "chat, superchat",
        "",
        "cha",
        "chat\r\nSec-WebSocket-Protocol: chat",
        "\u{e9}",
    ] {
        fails(&protocol(other), &request, E::Protocol);
    }
    fails(&protocol("chat"), &base(), E::Protocol);
}

#[test]
fn h68_no_subprotocol_though_some_were_offered() {
    let request = base().protocols(&["chat"]);
    assert_eq!(accepted(&full(""), &request).unwrap().protocol(), None);
    fails(&full(""), &request.require_protocol(), E::ProtocolMissing);
    assert!(
        accepted(&full(""), &base().require_protocol()).is_ok(),
        "none was offered"
    );
}

#[test]
fn h69_bytes_behind_the_head_are_left() {
    let bytes = full("") + "frames";
    assert_eq!(
        HeadScanner::default().scan(bytes.as_bytes()),
        Ok(Some(bytes.len() - "frames".len()))
    );
}

#[test]
fn h70_backoff_is_random_and_truncated() {
    let delays = |random: u32| {
        let mut backoff = Backoff::new();
        [(); 9].map(|()| backoff.next_delay(random))
    };
    let (least, most) = (delays(0), delays(u32::MAX));
    assert_eq!(
        least.map(|delay| delay.as_millis()),
        [
            0, 5000, 10_000, 20_000, 40_000, 80_000, 80_000, 80_000, 80_000
        ]
    );
    let up_to = [5, 10, 20, 40, 80, 160, 160, 160, 160].map(Duration::from_secs);
    for (delay, bound) in most.into_iter().zip(up_to) {
        assert!(
            delay < bound && delay + Duration::from_millis(1) > bound,
            "{delay:?} {bound:?}"
        );
        assert!(delay < Backoff::LONGEST);
    }
}

/// RFC 9112 §5.2: a client replaces folds, or reads them as spaces.
#[test]
fn r97_a_folded_field_of_a_response_is_spaces() {
    let folded = full("Server: old\r\n and\r\n\t folded\r\nX:\r\n y\r\nZ: z\r\n")
        .replace("Upgrade: websocket", "Upgrade:\r\n websocket")
        .replace("Connection: Upgrade", "Connection: a,\r\n\tUpgrade\r\n ")
        .replace("xOo=", "xOo=\r\n \r\n\t");
    let mut folded = folded.into_bytes();
    let response = ServerResponse::parse(&folded).unwrap();
    assert_eq!(response.accepted(&base()).err(), None);
    assert_eq!(
        response.fields().first("z"),
        Some(&b"z"[..]),
        "the next is found"
    );
    assert_eq!(response.fields().first("x"), Some(&b"y"[..]));
    assert_eq!(response.fields().iter().count(), 6, "no fold is a field");
    let len = folded.len();
    ServerResponse::unfold(&mut folded);
    assert_eq!(folded.len(), len);
    let response = ServerResponse::parse(&folded).unwrap();
    assert_eq!(response.accepted(&base()).err(), None);
    assert_eq!(
        response.fields().first("server"),
        Some(&b"old   and  \t folded"[..])
    );
    for (name, value) in response.fields() {
        assert!(!value.contains(&b'\r') && !value.contains(&b'\n'), "{name}");
    }
}

#[test]
fn r97_white_space_behind_the_first_line_is_no_fold() {
    let mut head = full("")
        .replace("Protocols\r\n", "Protocols\r\n X: y\r\n")
        .into_bytes();
    for _ in 0..2 {
        let error = ServerResponse::parse(&head).err();
        assert_eq!(error, Some(E::Head(HeadError::SpaceBeforeField)));
        ServerResponse::unfold(&mut head);
    }
    let head = full("X: a\r\n b\0\r\n");
    fails(&head, &base(), E::Head(HeadError::FieldValue));
    let many = full(&"a: b\r\n c\r\n".repeat(97));
    assert!(
        accepted(&many, &base()).is_ok(),
        "100 fields, and more lines"
    );
    for short in [&b""[..], b"\r\n", b"x", b"HTTP/1.1 404 x\r\n\r\n"] {
        let mut bytes = short.to_vec();
        ServerResponse::unfold(&mut bytes);
        assert_eq!(bytes, short);
    }
}

/// RFC 9112 §6.3.
#[test]
fn r101_the_body_of_a_refusal_has_a_length() {
    for (fields, len) in [
        ("Content-Length: 5\r\n", BodyLen::Bytes(5)),
        (
            "Content-Length: 5\r\ncontent-length: 5\r\n",
            BodyLen::Bytes(5),
        ),
        (
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            BodyLen::UntilClose,
        ),
        ("Content-Length: x\r\n", BodyLen::UntilClose),
        ("", BodyLen::UntilClose),
        (
            "Transfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n",
            BodyLen::Chunked,
        ),
        (
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            BodyLen::Chunked,
        ),
        ("Transfer-Encoding: chunked, gzip\r\n", BodyLen::UntilClose),
    ] {
        let head = format!("HTTP/1.1 403 No\r\n{fields}\r\n");
        assert_eq!(
            ServerResponse::parse(head.as_bytes()).unwrap().body_len(),
            len,
            "{fields}"
        );
    }
    for status in [101, 103, 204, 304] {
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\n");
        let response = ServerResponse::parse(head.as_bytes()).unwrap();
        assert_eq!(response.body_len(), BodyLen::Bytes(0), "{status}");
    }
}

#[test]
fn r101_a_head_with_its_body_behind_it() {
    let received = b"HTTP/1.1 403 No\r\nX: y\r\n\r\nbecause";
    for len in 0..received.len() {
        let parsed = ServerResponse::parse_front(&received[..len]);
        match len.checked_sub(received.len() - "because".len()) {
            None => assert_eq!(parsed.err(), Some(E::Head(HeadError::Incomplete)), "{len}"),
            Some(body) => {
                let (response, rest) = parsed.unwrap();
                assert_eq!((response.status(), rest), (403, &b"because"[..body]));
            }
        }
    }
    let broken = ServerResponse::parse_front(b"HTTP/1.1 403 No\n\nbecause");
    assert_eq!(broken.err(), Some(E::Head(HeadError::LineEnd)));
}
