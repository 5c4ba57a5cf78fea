//! The client's request, and what its caller may put into it.

use ws_handshake::extension::deflate::DeflateOffer;
use ws_handshake::{ClientRequest, FieldError, Request, Url};

use super::{NONCE, base, encoded};

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
