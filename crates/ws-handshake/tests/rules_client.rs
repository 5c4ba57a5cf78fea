//! The client's rules, H60 to H71.

use std::time::Duration;

use ws_handshake::extension::deflate::DeflateOffer;
use ws_handshake::{
    Accepted, Backoff, BodyLen, ClientRequest, FieldError, HeadError, HeadScanner, Limits, Request,
    ResponseError as E, ServerResponse, Url, UrlError,
};

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

#[test]
fn h60_request_has_what_it_must() {
    assert_eq!(
        encoded(&base()).unwrap(),
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
}

#[test]
fn h60_request_fits_a_slice_or_is_not_there() {
    let mut room = [0; 256];
    let whole = encoded(&base()).unwrap();
    assert_eq!(base().encode_to_slice(&mut room), Ok(whole.len()));
    assert_eq!(&room[..whole.len()], whole.as_bytes());
    for short in 0..whole.len() {
        assert_eq!(
            base().encode_to_slice(&mut room[..short]),
            Err(FieldError::NoRoom),
            "{short}"
        );
    }
}

#[test]
fn h60_host_has_the_port_unless_it_is_the_default() {
    for (url, host, port, secure) in [
        ("ws://h/", "h", 80, false),
        ("ws://h:80/", "h", 80, false),
        ("ws://h:443/", "h:443", 443, false),
        ("WSS://h", "h", 443, true),
        ("wss://h:443", "h", 443, true),
        ("wss://[::1]:8443/", "[::1]:8443", 8443, true),
    ] {
        let url = Url::parse(url).unwrap();
        assert_eq!((url.port(), url.is_secure()), (port, secure));
        let request = encoded(&ClientRequest::to(&url, NONCE)).unwrap();
        assert!(
            request.contains(&format!("\r\nHost: {host}\r\n")),
            "{request}"
        );
    }
}

#[test]
fn h60_target_is_path_and_query() {
    for (url, target) in [
        ("ws://h", "/"),
        ("ws://h?", "/?"),
        ("ws://h?a=/b", "/?a=/b"),
        ("ws://h/a/b?c?d", "/a/b?c?d"),
        ("ws://h//", "//"),
    ] {
        let url = Url::parse(url).unwrap();
        assert!(
            encoded(&ClientRequest::to(&url, NONCE))
                .unwrap()
                .starts_with(&format!("GET {target} HTTP/1.1\r\n"))
        );
    }
}

#[test]
fn h60_our_server_takes_our_request() {
    let request = base()
        .protocols(&["a", "b"])
        .extensions(DeflateOffer::new())
        .origin("http://server.example.com");
    let bytes = encoded(&request.fields(&[("X", "y")])).unwrap();
    let upgrade = Request::parse(bytes.as_bytes()).unwrap().upgrade().unwrap();
    assert_eq!(upgrade.protocols().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(upgrade.origin(), Some(&b"http://server.example.com"[..]));
    assert_eq!(
        upgrade.extensions().next().unwrap().name(),
        "permessage-deflate"
    );
    assert_eq!(upgrade.fields().first("x"), Some(&b"y"[..]));
}

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

#[test]
fn h71_target_of_the_caller() {
    for target in [
        "",
        "chat",
        "*",
        "/a b",
        "/a\r\nX: y",
        "/a\nb",
        "/a\0",
        "/a\t",
        "/a#b",
        "/\u{e9}",
        "http://h/",
        "?a",
        "/[x]",
        "/%4",
        "/a/../b",
    ] {
        assert_eq!(
            encoded(&ClientRequest::new("h", target, NONCE)),
            Err(FieldError::Target),
            "{target:?}"
        );
    }
}

#[test]
fn h71_host_of_the_caller() {
    for host in [
        "",
        "h ",
        "h\r\nX: y",
        "h\n",
        "h/chat",
        "h\0",
        "[::1",
        "h:port",
        "u@h",
        "h:99999",
    ] {
        assert_eq!(
            encoded(&ClientRequest::new(host, "/", NONCE)),
            Err(FieldError::Host),
            "{host:?}"
        );
    }
}

#[test]
fn h71_fields_of_the_caller() {
    for (name, value, error) in [
        ("X", "a\r\nY: b", FieldError::Value),
        ("X", "a\0", FieldError::Value),
        ("X\r\nY", "a", FieldError::Name),
        ("X Y", "a", FieldError::Name),
        ("host", "h", FieldError::Reserved),
        ("Origin", "h", FieldError::Reserved),
        ("Sec-WebSocket-Key", "x", FieldError::Reserved),
        ("Connection", "close", FieldError::Reserved),
        ("Content-Length", "5", FieldError::Reserved),
        ("Transfer-Encoding", "chunked", FieldError::Reserved),
    ] {
        assert_eq!(
            encoded(&base().fields(&[(name, value)])),
            Err(error),
            "{name}"
        );
    }
    assert_eq!(encoded(&base().origin("a\nb")), Err(FieldError::Value));
}

#[test]
fn h71_subprotocols_of_the_caller() {
    for protocols in [
        &["chat\r\nX: y"][..],
        &["super chat"],
        &["chat", "chat"],
        &[""],
        &["a,b"],
    ] {
        assert_eq!(
            encoded(&base().protocols(protocols)),
            Err(FieldError::Protocol),
            "{protocols:?}"
        );
    }
}

#[test]
fn h71_urls_are_taken_as_they_are_or_not_at_all() {
    for (text, error) in [
        ("", UrlError::Scheme),
        ("h", UrlError::Scheme),
        ("http://h/", UrlError::Scheme),
        ("ws:/h/", UrlError::Scheme),
        (" ws://h/", UrlError::Scheme),
        ("ws://", UrlError::Host),
        ("ws:///a", UrlError::Host),
        ("ws://u@h/", UrlError::Host),
        ("ws://h:x/", UrlError::Host),
        ("ws://h h/", UrlError::Host),
        ("ws://\u{e9}/", UrlError::Host),
        ("ws://h\\a", UrlError::Host),
        ("ws://h/a#", UrlError::Resource),
        ("ws://h#a", UrlError::Resource),
        ("ws://h/a b", UrlError::Resource),
        ("ws://h/\u{e9}", UrlError::Resource),
        ("ws://h/\r\n", UrlError::Resource),
        ("ws://[fe80::1%25eth0]/", UrlError::Host),
    ] {
        assert_eq!(Url::parse(text), Err(error), "{text:?}");
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

/// RFC 3986 §3.3, §3.4. A filter would not see the changes that the `url` crate makes.
#[test]
fn r98_urls_have_the_characters_of_a_url() {
    for byte in (0x21..=0x7e_u8).filter(|byte| !b"#%.?".contains(byte)) {
        let text = format!("ws://h/a{0}b?c{0}d", char::from(byte));
        let valid = byte.is_ascii_alphanumeric() || b"-_~!$&'()*+,;=:@/".contains(&byte);
        assert_eq!(Url::parse(&text).is_ok(), valid, "{text}");
        let request = ClientRequest::new("h", &text["ws://h".len()..], NONCE);
        assert_eq!(encoded(&request).is_ok(), valid, "{text}");
    }
    for (text, valid) in [
        ("ws://h/%20", true),
        ("ws://h/%aF", true),
        ("ws://h/%", false),
        ("ws://h/%4", false),
        ("ws://h/%zz", false),
        ("ws://h/%4z", false),
        ("ws://h/?%20", true),
        ("ws://h/?%2", false),
        ("ws://h/a?b?c/d", true),
        ("ws://h/.", false),
        ("ws://h/..", false),
        ("ws://h/a/./b", false),
        ("ws://h/a/../b", false),
        ("ws://h/%2e", false),
        ("ws://h/.%2E/b", false),
        ("ws://h/%2e.", false),
        ("ws://h/...", true),
        ("ws://h/.a", true),
        ("ws://h/a..", true),
        ("ws://h/%2ea", true),
        ("ws://h/a?/../b", true),
    ] {
        assert_eq!(Url::parse(text).is_ok(), valid, "{text}");
    }
}

/// WHATWG URL, "host parsing": a browser would connect to another host than the text says, or to
/// none.
#[test]
fn r99_the_host_of_a_url_is_the_host_that_is_dialled() {
    for host in [
        "127.1",
        "0x7f.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "127.0.0.1.",
        "a.0x1",
        "a.1",
        "0x",
        "[v1.x]",
        "h%41",
        "%6c",
        "[::1%25eth0]",
        "[::1",
        "[]",
    ] {
        let text = format!("ws://{host}/");
        assert_eq!(Url::parse(&text), Err(UrlError::Host), "{text}");
    }
    for (text, host, port, ip) in [
        ("ws://127.0.0.1", "127.0.0.1", 80, Some("127.0.0.1")),
        ("wss://[::1]/", "::1", 443, Some("::1")),
        ("ws://[0:0::1]:81", "0:0::1", 81, Some("::1")),
        ("ws://a.example.", "a.example.", 80, None),
        ("ws://1a.x2", "1a.x2", 80, None),
        ("ws://localhost:8888", "localhost", 8888, None),
        ("ws://0xg", "0xg", 80, None),
    ] {
        let url = Url::parse(text).unwrap();
        assert_eq!((url.host(), url.port()), (host, port), "{text}");
        assert_eq!(url.ip(), ip.map(|ip| ip.parse().unwrap()), "{text}");
    }
    let url = Url::parse("ws://[::1]:80/a?b").unwrap();
    assert_eq!(url.authority().to_string(), "[::1]");
    assert_eq!((url.path(), url.query()), ("/a", Some("b")));
}

#[test]
fn r100_a_forward_proxy_gets_an_absolute_target() {
    for (url, line) in [
        (
            "ws://h:81/a?b",
            "GET http://h:81/a?b HTTP/1.1\r\nHost: h:81\r\n",
        ),
        ("wss://h", "GET https://h/ HTTP/1.1\r\nHost: h\r\n"),
    ] {
        let url = Url::parse(url).unwrap();
        let request = ClientRequest::to(&url, NONCE).absolute(url.is_secure());
        let request = encoded(&request).unwrap();
        assert!(request.starts_with(line), "{request}");
        let upgrade = Request::parse(request.as_bytes())
            .unwrap()
            .upgrade()
            .unwrap();
        assert_eq!((upgrade.path(), upgrade.query()), (url.path(), url.query()));
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

#[test]
fn r102_extensions_of_the_caller_are_a_value() {
    for text in ["x\r\n", "x,\r\n y", "\r\n x", "x\n", "x; a=\"\0\""] {
        assert_eq!(
            encoded(&base().extensions(text)),
            Err(FieldError::Extensions),
            "{text:?}"
        );
    }
}
