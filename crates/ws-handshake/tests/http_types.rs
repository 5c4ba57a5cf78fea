//! The types of the `http` crate in both directions: the same verdicts as over bytes.
#![cfg(feature = "http")]

use http::{Method, Version};
use ws_handshake::connect::{ConnectRequest, ConnectRequestError, Malformed};
use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};
use ws_handshake::{
    ClientRequest, FieldError, HandshakeError as E, HeadError, Request, Response, ResponseError,
    ServerResponse,
};

const NONCE: [u8; 16] = *b"the sample nonce";

fn base() -> http::request::Builder {
    http::Request::get("/chat?a=b")
        .header("Host", "server.example.com")
        .header("Upgrade", "websocket")
        .header("Connection", "keep-alive, Upgrade")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("Sec-WebSocket-Version", "13")
}

fn verdict(builder: http::request::Builder) -> Result<(), E> {
    let request = builder.body(()).expect("a valid request");
    Request::from_http(&request)?.upgrade().map(|_| ())
}

#[test]
fn request_is_read() {
    let (parts, ()) = base().body(()).unwrap().into_parts();
    let request = Request::from_parts(&parts).unwrap();
    assert_eq!(
        (request.method(), request.target(), request.is_upgrade()),
        ("GET", "/chat?a=b", true)
    );
    let upgrade = request.upgrade().unwrap();
    assert_eq!((upgrade.path(), upgrade.query()), ("/chat", Some("a=b")));
    assert_eq!(upgrade.host().name(), "server.example.com");
    assert_eq!(
        upgrade.fields().first("CONNECTION"),
        Some(&b"keep-alive, Upgrade"[..])
    );
    assert_eq!(upgrade.fields().iter().count(), 5);
}

#[test]
fn h13_version() {
    assert_eq!(
        verdict(base().version(Version::HTTP_10)),
        Err(E::Head(HeadError::Http10))
    );
    for other in [Version::HTTP_09, Version::HTTP_2, Version::HTTP_3] {
        assert_eq!(
            verdict(base().version(other)),
            Err(E::Head(HeadError::HttpVersion))
        );
    }
}

#[test]
fn h14_method_and_h15_target() {
    assert_eq!(verdict(base().method(Method::POST)), Err(E::Method));
    for target in ["*", "h:80", "ftp://h/", "http://u@h/"] {
        assert_eq!(verdict(base().uri(target)), Err(E::Target), "{target}");
    }
    assert_eq!(verdict(base().uri("/a\u{e9}")), Err(E::Target));
    let request = base().uri("http://other:81?a").body(()).unwrap();
    let upgrade = Request::from_http(&request).unwrap().upgrade().unwrap();
    assert_eq!(
        (
            upgrade.host().to_string().as_str(),
            upgrade.path(),
            upgrade.query()
        ),
        ("other:81", "/", Some("a"))
    );
}

#[test]
fn h16_to_h26_same_as_over_bytes() {
    assert_eq!(verdict(base().header("host", "h")), Err(E::HostRepeated));
    assert_eq!(
        verdict(base().header("transfer-encoding", "chunked")),
        Err(E::TransferEncoding)
    );
    assert_eq!(verdict(base().header("content-length", "5")), Err(E::Body));
    assert_eq!(verdict(base().header("expect", "x")), Err(E::Expectation));
    assert_eq!(
        verdict(base().header("sec-websocket-version", "13")),
        Err(E::VersionRepeated)
    );
    assert_eq!(
        verdict(base().header("sec-websocket-key", "x")),
        Err(E::KeyRepeated)
    );
    assert_eq!(
        verdict(base().header("sec-websocket-extensions", "x;")),
        Err(E::ExtensionSyntax)
    );
    assert_eq!(
        verdict(base().header("origin", "a").header("origin", "b")),
        Err(E::OriginRepeated)
    );
    assert_eq!(
        verdict(http::Request::get("/").header("Host", "h")),
        Err(E::Upgrade)
    );
    assert_eq!(verdict(http::Request::get("/")), Err(E::HostMissing));
}

#[test]
fn h12_white_space_around_values_is_cut() {
    let request = http::Request::get("/")
        .header("Host", " h\t")
        .body(())
        .unwrap();
    assert_eq!(
        Request::from_http(&request)
            .unwrap()
            .plain()
            .unwrap()
            .host()
            .map(|host| host.to_string()),
        Some("h".into())
    );
}

/// Lists in several fields are walked over more than once.
#[test]
fn h24_subprotocols_over_several_fields() {
    let offer = |names: &[&str]| {
        names
            .iter()
            .fold(base(), |builder, name| {
                builder.header("sec-websocket-protocol", *name)
            })
            .header("x", "y")
    };
    let request = offer(&["a, b", "c", "d"]).body(()).unwrap();
    let upgrade = Request::from_http(&request).unwrap().upgrade().unwrap();
    assert_eq!(
        upgrade.protocols().collect::<Vec<_>>(),
        ["a", "b", "c", "d"]
    );
    assert_eq!(upgrade.choose(&["d"]).unwrap().as_str(), "d");
    assert_eq!(
        verdict(offer(&["a, b", "c", "b"])),
        Err(E::ProtocolRepeated)
    );
}

#[test]
fn h40_answer_is_the_same_as_over_bytes() {
    let request = base()
        .header("sec-websocket-protocol", "chat")
        .header("sec-websocket-extensions", "permessage-deflate");
    let request = request.body(()).unwrap();
    let upgrade = Request::from_http(&request).unwrap().upgrade().unwrap();
    let accept = upgrade.accept().protocol(upgrade.choose(&["chat"]));
    let accept = accept.extensions(DeflateServer::new().answer(upgrade.extensions()));
    let accept = accept.fields(&[("Set-Cookie", "a"), ("Set-Cookie", "\u{e9}")]);
    let mut bytes = Vec::new();
    accept.encode(&mut bytes).unwrap();
    let from_bytes = ServerResponse::parse(&bytes).unwrap();
    let response = accept.to_http().unwrap();
    let from_types = ServerResponse::from_http(&response).unwrap();
    assert_eq!(from_types.status(), 101);
    let lower = |response: &ServerResponse<'_>| {
        let mut fields: Vec<_> = response
            .fields()
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.to_vec()))
            .collect();
        fields.sort();
        fields
    };
    assert_eq!(lower(&from_types), lower(&from_bytes));
    let client = ClientRequest::new("server.example.com", "/chat", NONCE)
        .protocols(&["chat"])
        .extensions(DeflateOffer::new());
    assert_eq!(
        from_types.accepted(&client).unwrap().protocol(),
        Some("chat")
    );
}

#[test]
fn h45_fields_of_the_caller() {
    let request = base().body(()).unwrap();
    let accept = Request::from_http(&request)
        .unwrap()
        .upgrade()
        .unwrap()
        .accept();
    let result = |name, value| accept.fields(&[(name, value)]).to_http().err();
    assert_eq!(result("X", "a\r\nb"), Some(FieldError::Value));
    assert_eq!(result("X Y", "a"), Some(FieldError::Name));
    assert_eq!(result("upgrade", "a"), Some(FieldError::Reserved));
    let names: Vec<String> = (0..40_000).map(|number| format!("x{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "y")).collect();
    assert_eq!(
        accept.fields(&many).to_http().err(),
        Some(FieldError::TooMany)
    );
}

#[test]
fn h46_refusal_for_a_stack() {
    let response = Response::from(E::Upgrade).to_http().unwrap();
    assert_eq!(response.status(), 426);
    assert_eq!(response.headers()["connection"], "close, Upgrade");
    assert_eq!(response.headers()["sec-websocket-version"], "13");
    assert_eq!(
        response.headers()["content-length"],
        response.body().len().to_string()
    );
    let head = Response::new(200)
        .body("text/html", b"hello")
        .without_body(true)
        .to_http()
        .unwrap();
    assert_eq!(
        (
            head.headers()["content-length"].as_bytes(),
            head.body().len()
        ),
        (&b"5"[..], 0)
    );
    assert_eq!(Response::new(101).to_http().err(), Some(FieldError::Status));
}

#[test]
fn h60_request_for_a_stack_is_one_that_we_take() {
    let request = ClientRequest::new("h:81", "/a?b", NONCE)
        .protocols(&["x", "y"])
        .extensions(DeflateOffer::new());
    let request = request
        .origin("http://h:81")
        .fields(&[("Authorization", "z")])
        .to_http()
        .unwrap();
    assert_eq!(request.uri(), "/a?b");
    let upgrade = Request::from_http(&request).unwrap().upgrade().unwrap();
    assert_eq!(upgrade.host().port(), Some(81));
    assert_eq!(
        upgrade.key().accept_value(),
        *b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert_eq!(upgrade.protocols().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(
        ClientRequest::new("h", "", NONCE).to_http().err(),
        Some(FieldError::Target)
    );
}

#[test]
fn h62_answers_of_a_stack() {
    let client = ClientRequest::new("h", "/", NONCE);
    let answer = |version, status: u16| {
        let response = http::Response::builder()
            .version(version)
            .status(status)
            .body(())
            .unwrap();
        ServerResponse::from_http(&response)
            .and_then(|response| response.accepted(&client).map(|_| ()))
            .err()
    };
    assert_eq!(
        answer(Version::HTTP_11, 404),
        Some(ResponseError::Status(404))
    );
    assert_eq!(answer(Version::HTTP_11, 101), Some(ResponseError::Upgrade));
    assert_eq!(
        answer(Version::HTTP_10, 101),
        Some(ResponseError::Head(HeadError::Http10))
    );
    assert_eq!(
        answer(Version::HTTP_2, 101),
        Some(ResponseError::Head(HeadError::HttpVersion))
    );
}

#[test]
fn h83_refusal_of_an_extended_connect_for_a_stack() {
    let refusal = ConnectRequestError::UnknownProtocol.to_http().unwrap();
    assert_eq!(
        (refusal.status().as_u16(), refusal.headers().len()),
        (501, 0)
    );
    let refusal = ConnectRequestError::Handshake(E::VersionUnsupported)
        .to_http()
        .unwrap();
    assert_eq!(refusal.status(), 400);
    assert_eq!(refusal.headers()["sec-websocket-version"], "13");
    assert!(ConnectRequestError::NotExtended.to_http().is_none());
    assert!(
        ConnectRequestError::Malformed(Malformed::Path)
            .to_http()
            .is_none()
    );
}

#[test]
fn h81_extended_connect_of_a_stack() {
    let builder = || {
        http::Request::connect("https://h/chat")
            .version(Version::HTTP_2)
            .header("sec-websocket-version", "13")
    };
    let verdict = |builder: http::request::Builder, protocol| {
        let request = builder.body(()).unwrap();
        ConnectRequest::from_http(&request, protocol).map(|request| request.is_secure())
    };
    assert_eq!(verdict(builder(), Some("websocket")), Ok(true));
    assert_eq!(
        verdict(builder(), Some("x")),
        Err(ConnectRequestError::UnknownProtocol)
    );
    assert_eq!(
        verdict(builder(), None),
        Err(ConnectRequestError::NotExtended)
    );
    assert_eq!(
        verdict(builder().header("upgrade", "websocket"), Some("websocket")),
        Err(ConnectRequestError::Malformed(Malformed::ConnectionField))
    );
    assert_eq!(
        verdict(builder().uri("h:443"), Some("websocket")),
        Err(ConnectRequestError::Malformed(
            Malformed::PseudoFieldMissing
        ))
    );
    let request = builder().body(()).unwrap();
    let accept = ConnectRequest::from_http(&request, Some("websocket"))
        .unwrap()
        .accept();
    let response = accept.fields(&[("x", "y")]).to_http().unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers().len()),
        (200, 1)
    );
}

#[test]
fn r95_an_answer_to_head_has_no_body() {
    let request = base().method(Method::HEAD).body(()).unwrap();
    let error = Request::from_http(&request).unwrap().upgrade().unwrap_err();
    assert_eq!(error, E::MethodHead);
    assert!(Response::from(error).to_http().unwrap().body().is_empty());
}

#[test]
fn r96_http_1_0_can_ask_for_a_page() {
    let request = http::Request::get("/up")
        .version(Version::HTTP_10)
        .body(())
        .unwrap();
    let request = Request::from_http(&request).unwrap();
    assert_eq!(request.plain().unwrap().path(), "/up");
    assert_eq!(request.upgrade().err(), Some(E::Head(HeadError::Http10)));
}

/// The same URLs are refused with the `http` crate and without.
#[test]
fn r98_a_target_of_the_caller_is_the_same_in_every_feature_set() {
    for byte in 0x21..=0x7e_u8 {
        for target in [
            format!("/{}", char::from(byte)),
            format!("/?{}", char::from(byte)),
            format!("/%{}0", char::from(byte)),
        ] {
            let request = ClientRequest::new("h", &target, NONCE);
            let bytes = request.encode(&mut Vec::new());
            assert_eq!(request.to_http().map(|_| ()), bytes, "{target}");
            if let Ok(request) = request.to_http() {
                assert_eq!(request.uri().to_string(), target);
            }
        }
    }
}

#[test]
fn r100_an_absolute_target_for_a_stack() {
    let request = ClientRequest::new("h:81", "/a?b", NONCE).absolute(false);
    let request = request.to_http().unwrap();
    assert_eq!(request.uri(), "http://h:81/a?b");
    assert_eq!(request.headers()["host"], "h:81");
    let upgrade = Request::from_http(&request).unwrap().upgrade().unwrap();
    assert_eq!((upgrade.path(), upgrade.is_secure()), ("/a", false));
    let request = base().uri("wss://h/a").body(()).unwrap();
    let upgrade = Request::from_http(&request).unwrap().upgrade().unwrap();
    assert!(upgrade.is_secure());
}

#[test]
fn r105_a_target_beyond_ascii_is_refused_in_every_form() {
    for target in ["/a\u{e9}", "http://h/\u{e9}", "http://h?\u{e9}"] {
        assert_eq!(verdict(base().uri(target)), Err(E::Target), "{target}");
    }
}

#[test]
fn r106_a_clone_of_the_fields_goes_on_where_it_was_made() {
    let request = base().header("x", "1").header("x", "2").body(()).unwrap();
    let request = Request::from_http(&request).unwrap();
    let mut fields = request.fields().iter();
    for _ in 0..8 {
        assert!(fields.clone().eq(fields.clone().collect::<Vec<_>>()));
        let rest = fields.clone().count();
        let next = fields.next();
        assert_eq!(rest, fields.clone().count() + usize::from(next.is_some()));
    }
}
