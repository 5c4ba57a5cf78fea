//! The server's rules for method, target, `Host` and body, H14 to H18.

mod base;

use base::*;
use ws_handshake::{HandshakeError as E, HeadError, Request, Response};

#[test]
fn h14_method_is_get() {
    for method in ["POST", "get", "CONNECT", "BREW", "HEADS", "GETS"] {
        refuses(
            &with(LINE, &format!("{method} /chat HTTP/1.1\r\n")),
            E::Method,
            405,
        );
    }
    assert_eq!(E::Method.required_fields(), [("Allow", "GET")]);
    assert!(answer(E::Method).contains("\r\nAllow: GET\r\n"));
}

#[test]
fn h14_a_page_is_for_get_and_head() {
    let plain = |head: &str| {
        Request::parse(head.as_bytes())
            .unwrap()
            .plain()
            .map(|plain| plain.is_head())
    };
    assert_eq!(plain("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Ok(false));
    assert_eq!(plain("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"), Ok(true));
    assert_eq!(
        plain("POST / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Err(E::PlainMethod)
    );
    assert_eq!(plain("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), Err(E::Target));
    assert_eq!(plain("GET / HTTP/1.1\r\n\r\n"), Err(E::HostMissing));
    assert_eq!(
        plain("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"),
        Err(E::Body)
    );
    assert!(answer(E::PlainMethod).contains("\r\nAllow: GET, HEAD\r\n"));
}

#[test]
fn h15_target_is_a_path_or_an_absolute_uri() {
    let target = |target: &str| with(LINE, &format!("GET {target} HTTP/1.1\r\n"));
    for none in [
        "*",
        "h:80",
        "chat",
        "?",
        "/#f",
        "#",
        "ftp://h/",
        "wsss://h/",
        "ws:///",
        "http:///",
        "http://",
        "http://a@h/",
        "http://h:x/",
        "http://h/#f",
        "://h/",
    ] {
        refuses(&target(none), E::Target, 400);
    }
    for (text, path, query) in [
        ("/", "/", None),
        ("//e", "//e", None),
        ("/%00", "/%00", None),
        ("/a?b?c", "/a", Some("b?c")),
        ("/?", "/", Some("")),
        ("http://h", "/", None),
        ("HTTPS://h:1/a/b?c", "/a/b", Some("c")),
        ("http://h?a/b", "/", Some("a/b")),
        ("ws://h:1/a?b", "/a", Some("b")),
        ("WSS://h", "/", None),
    ] {
        let head = target(text);
        let upgrade = upgrade(&head).unwrap();
        assert_eq!((upgrade.path(), upgrade.query()), (path, query), "{text}");
        assert_eq!(Request::parse(&head).unwrap().target(), text);
    }
}

#[test]
fn h15_target_is_visible_ascii() {
    for byte in 0..=255_u8 {
        let head = [
            b"GET /a",
            &[byte][..],
            b"b HTTP/1.1\r\n",
            BASE[1..].concat().as_bytes(),
            b"\r\n",
        ]
        .concat();
        assert_eq!(
            upgrade(&head).is_ok(),
            byte.is_ascii_graphic() && byte != b'#',
            "{byte:#x}"
        );
        assert!(
            upgrade(&head)
                .err()
                .is_none_or(|error| error.status() == 400)
        );
    }
}

#[test]
fn h16_exactly_one_host() {
    refuses(&with(HOST, ""), E::HostMissing, 400);
    refuses(&adding(HOST), E::HostRepeated, 400);
}

#[test]
fn h16_host_keeps_to_the_syntax() {
    for host in [
        "",
        "a b",
        "h/p",
        "u@h",
        "h:p",
        "h:65536",
        "h:1:2",
        "[::1",
        "[::1]x",
        "[h]",
        "[]",
        "[v.a]",
        "[v1.]",
        "[vg.a]",
        "[v1.a/]",
        ":80",
        "%4",
        "%zz",
        "%4z",
        "%z4",
        "a%",
        "\u{e9}",
        "[fe80::1%25eth0]",
    ] {
        refuses(
            &with(HOST, &format!("Host: {host}\r\n")),
            E::HostSyntax,
            400,
        );
    }
}

#[test]
fn h16_host_has_a_name_and_perhaps_a_port() {
    for (host, name, port) in [
        ("h", "h", None),
        ("h:", "h", None),
        ("h:8080", "h", Some(8080)),
        ("127.0.0.1:1", "127.0.0.1", Some(1)),
        ("[::1]:80", "[::1]", Some(80)),
        ("[v1.a:b]", "[v1.a:b]", None),
        ("a%41_~!b", "a%41_~!b", None),
    ] {
        let head = with(HOST, &format!("Host: {host}\r\n"));
        let found = upgrade(&head).unwrap().host();
        assert_eq!((found.name(), found.port()), (name, port));
    }
}

#[test]
fn h16_absolute_target_overrides_host() {
    let head = with(LINE, "GET http://other:81/chat HTTP/1.1\r\n");
    assert_eq!(upgrade(&head).unwrap().host().to_string(), "other:81");
    let without = String::from_utf8(head).unwrap().replace(HOST, "");
    refuses(without.as_bytes(), E::HostMissing, 400);
}

#[test]
fn h17_no_body() {
    opens(&adding("Content-Length: 0\r\n"));
    for length in [
        "",
        "+0",
        "-0",
        "0, 0",
        "0x0",
        "a",
        "99999999999999999999999",
    ] {
        refuses(
            &adding(&format!("Content-Length: {length}\r\n")),
            E::ContentLength,
            400,
        );
    }
    refuses(
        &adding("Content-Length: 0\r\nContent-Length: 0\r\n"),
        E::ContentLength,
        400,
    );
    refuses(&adding("Content-Length: 5\r\n"), E::Body, 400);
    for coding in ["chunked", "identity", ""] {
        refuses(
            &adding(&format!("Transfer-Encoding: {coding}\r\n")),
            E::TransferEncoding,
            400,
        );
    }
    refuses(
        &adding("Content-Length: 5\r\ntransfer-encoding: chunked\r\n"),
        E::TransferEncoding,
        400,
    );
}

#[test]
fn h18_expectation() {
    opens(&adding("Expect: 100-Continue\r\n"));
    for other in [
        "200-ok",
        "100-continue-x",
        "100-continu",
        "100-continue, x",
        "",
    ] {
        refuses(
            &adding(&format!("Expect: {other}\r\n")),
            E::Expectation,
            417,
        );
    }
    refuses(
        &adding("Expect: 100-continue\r\nExpect: 100-continue\r\n"),
        E::Expectation,
        417,
    );
}

/// RFC 9110 §9.3.2.
#[test]
fn r95_an_answer_to_head_has_no_body() {
    let head = with(LINE, "HEAD /chat HTTP/1.1\r\n");
    refuses(&head, E::MethodHead, 405);
    let answer = answer(E::MethodHead);
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("\r\nAllow: GET\r\n"), "{answer}");
    for (received, has_body) in [
        (&b"HEAD / HTTP/1.1\r\n"[..], false),
        (b"\r\nHEAD ", false),
        (b"HEAD", true),
        (b"HEADS / HTTP/1.1\r\n", true),
        (b"GET HEAD ", true),
        (b"", true),
    ] {
        let mut output = Vec::new();
        let response = Response::from(E::HostMissing).answering(received);
        response.encode(&mut output).unwrap();
        assert_eq!(
            !output.ends_with(b"\r\n\r\n"),
            has_body,
            "{}",
            received.escape_ascii()
        );
        let mut output = Vec::new();
        response
            .without_body(true)
            .answering(received)
            .encode(&mut output)
            .unwrap();
        assert!(output.ends_with(b"\r\n\r\n"), "it stays without");
    }
}

/// Health checks of load balancers send HTTP/1.0. Its `Upgrade` has no meaning (RFC 9110 §7.8).
#[test]
fn r96_http_1_0_can_ask_for_a_page() {
    let request = Request::parse(b"GET /up?a HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(request.upgrade().err(), Some(E::Head(HeadError::Http10)));
    let plain = request.plain().unwrap();
    assert_eq!(
        (plain.path(), plain.query(), plain.host()),
        ("/up", Some("a"), None)
    );
    let head = with(LINE, "HEAD /chat HTTP/1.0\r\n");
    let request = Request::parse(&head).unwrap();
    assert!(!request.is_upgrade());
    assert!(request.plain().unwrap().is_head());
    assert_eq!(
        request.plain().unwrap().host().unwrap().name(),
        "server.example.com"
    );
    let plain = |fields: &str| {
        let head = format!("GET / HTTP/1.0\r\n{fields}\r\n");
        Request::parse(head.as_bytes()).unwrap().plain().err()
    };
    assert_eq!(plain("Host: a b\r\n"), Some(E::HostSyntax));
    assert_eq!(plain("Host: a\r\nHost: a\r\n"), Some(E::HostRepeated));
    assert_eq!(plain("Content-Length: 1\r\n"), Some(E::Body));
}
