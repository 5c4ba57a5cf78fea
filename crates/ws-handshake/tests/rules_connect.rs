//! The rules for extended CONNECT over HTTP/2 and HTTP/3, H80 to H86.

use ws_handshake::connect::{
    ConnectRequest, ConnectRequestError as E, ConnectResponse, ConnectSetting, Malformed as M,
    SETTINGS_ENABLE_CONNECT_PROTOCOL, SettingError,
};
use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};
use ws_handshake::{ClientRequest, FieldError, HandshakeError, OriginPolicy, ResponseError};

type Pair = (&'static str, &'static str);

const BASE: [Pair; 6] = [
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "https"),
    (":path", "/chat?a=b"),
    (":authority", "server.example.com"),
    ("sec-websocket-version", "13"),
];

/// Checks the base with the fields of one name replaced.
fn with(name: &str, by: &[Pair]) -> Result<(), E> {
    let fields = BASE.iter().flat_map(|field| {
        if field.0 == name {
            by
        } else {
            std::slice::from_ref(field)
        }
    });
    parse(&fields.copied().collect::<Vec<_>>())
}

fn adding(fields: &[Pair]) -> Result<(), E> {
    parse(&[&BASE, fields].concat())
}

fn parse(fields: &[Pair]) -> Result<(), E> {
    ConnectRequest::parse(&bytes(fields)).map(|_| ())
}

fn bytes<'b>(fields: &[(&'b str, &'b str)]) -> Vec<(&'b [u8], &'b [u8])> {
    fields
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect()
}

#[test]
fn h80_setting_is_0_or_1_and_never_goes_back() {
    assert_eq!(SETTINGS_ENABLE_CONNECT_PROTOCOL, 8);
    let mut setting = ConnectSetting::default();
    assert_eq!((setting.receive(0), setting.is_enabled()), (Ok(()), false));
    assert_eq!(
        (setting.receive(2), setting.is_enabled()),
        (Err(SettingError::Value), false)
    );
    assert_eq!((setting.receive(1), setting.is_enabled()), (Ok(()), true));
    assert_eq!((setting.receive(1), setting.is_enabled()), (Ok(()), true));
    assert_eq!(setting.receive(0), Err(SettingError::Withdrawn));
    assert_eq!(setting.receive(u64::MAX), Err(SettingError::Value));
}

#[test]
fn h81_pseudo_fields() {
    assert_eq!(parse(&BASE), Ok(()));
    for name in [":scheme", ":path", ":authority"] {
        assert_eq!(
            with(name, &[]),
            Err(E::Malformed(M::PseudoFieldMissing)),
            "{name}"
        );
    }
    for (name, value) in &BASE[..5] {
        assert_eq!(
            with(name, &[(name, value), (name, value)]),
            Err(E::Malformed(M::PseudoField)),
            "{name} twice"
        );
    }
    assert_eq!(
        with(":path", &[(":path", "/"), (":status", "200")]),
        Err(E::Malformed(M::PseudoField))
    );
    assert_eq!(
        adding(&[(":path", "/")]),
        Err(E::Malformed(M::PseudoField)),
        "behind other fields"
    );
    for method in ["GET", "connect"] {
        assert_eq!(
            with(":method", &[(":method", method)]),
            Err(E::Malformed(M::PseudoField))
        );
    }
    let ordinary = [
        (":method", "GET"),
        (":scheme", "https"),
        (":path", "/"),
        (":authority", "h"),
    ];
    assert_eq!(parse(&ordinary), Err(E::NotExtended));
    assert_eq!(
        with(":protocol", &[]),
        Err(E::NotExtended),
        "a proxy's CONNECT"
    );
    assert_eq!(parse(&[]), Err(E::NotExtended));
}

#[test]
fn h81_scheme_path_and_authority_are_valid() {
    for (scheme, result) in [
        ("http", Ok(())),
        ("wss", Err(E::Malformed(M::Scheme))),
        ("", Err(E::Malformed(M::Scheme))),
    ] {
        assert_eq!(with(":scheme", &[(":scheme", scheme)]), result, "{scheme}");
    }
    for path in ["", "*", "chat", "/a b", "/#", "https://h/", "/\u{e9}"] {
        assert_eq!(
            with(":path", &[(":path", path)]),
            Err(E::Malformed(M::Path)),
            "{path}"
        );
    }
    for authority in ["", "a b", "u@h", "h:x"] {
        assert_eq!(
            with(":authority", &[(":authority", authority)]),
            Err(E::Malformed(M::Authority)),
            "{authority}"
        );
    }
    let fields = bytes(&BASE);
    let request = ConnectRequest::parse(&fields).unwrap();
    assert_eq!(
        (request.path(), request.query(), request.is_secure()),
        ("/chat", Some("a=b"), true)
    );
    assert_eq!(request.host().name(), "server.example.com");
}

#[test]
fn h82_unknown_protocol_is_501() {
    let error = with(":protocol", &[(":protocol", "connect-udp")]).unwrap_err();
    assert_eq!((error, error.status()), (E::UnknownProtocol, Some(501)));
}

#[test]
fn h83_fields_of_the_connection_are_malformed() {
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("transfer-encoding", "chunked"),
        ("keep-alive", "1"),
        ("proxy-connection", "close"),
        ("te", "gzip"),
    ] {
        let error = adding(&[(name, value)]).unwrap_err();
        assert_eq!(
            (error, error.status()),
            (E::Malformed(M::ConnectionField), None),
            "{name}"
        );
    }
    assert_eq!(adding(&[("te", "trailers")]), Ok(()));
    assert_eq!(
        adding(&[("content-length", "0")]),
        Ok(()),
        "that is what CONNECT has"
    );
    for (first, more) in [("5", None), ("x", None), ("", None), ("0", Some("0"))] {
        let mut fields = vec![("content-length", first)];
        fields.extend(more.map(|more| ("content-length", more)));
        assert_eq!(
            adding(&fields),
            Err(E::Malformed(M::ContentLength)),
            "{fields:?}"
        );
    }
    assert_eq!(
        adding(&[("host", "other.example")]),
        Err(E::Malformed(M::Authority))
    );
    assert_eq!(adding(&[("host", "Server.example.com")]), Ok(()));
    assert_eq!(
        adding(&[("sec-websocket-key", "x"), ("sec-websocket-accept", "x")]),
        Ok(()),
        "not looked at"
    );
}

#[test]
fn h83_fields_are_well_formed() {
    for name in ["X", "x y", "", "a:", "\u{e9}"] {
        assert_eq!(
            adding(&[(name, "x")]),
            Err(E::Malformed(M::FieldName)),
            "{name}"
        );
    }
    for value in ["a\r\nb", "a\0", " a", "a\t"] {
        assert_eq!(
            adding(&[("x", value)]),
            Err(E::Malformed(M::FieldValue)),
            "{value:?}"
        );
    }
}

#[test]
fn h83_version_lists_and_origin_as_in_http_1() {
    use HandshakeError as H;
    let version = "sec-websocket-version";
    for (fields, error, status) in [
        (&[][..], H::VersionMissing, 400),
        (&[(version, "13"), (version, "13")], H::VersionRepeated, 400),
        (&[(version, "x")], H::VersionSyntax, 400),
        (&[(version, "8")], H::VersionUnsupported, 400),
    ] {
        let error = (with(version, fields).unwrap_err(), E::Handshake(error)).0;
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.required_fields(), [(version, "13")]);
    }
    assert_eq!(
        adding(&[("sec-websocket-protocol", "a,a")]),
        Err(E::Handshake(H::ProtocolRepeated))
    );
    assert_eq!(
        adding(&[("sec-websocket-extensions", ";")]),
        Err(E::Handshake(H::ExtensionSyntax))
    );
    assert_eq!(
        adding(&[("origin", "a"), ("origin", "a")]),
        Err(E::Handshake(H::OriginRepeated))
    );
    let fields = [&BASE[..], &[("origin", "https://evil.example")]].concat();
    let fields = bytes(&fields);
    let refused = ConnectRequest::parse(&fields)
        .unwrap()
        .check_origin(&OriginPolicy::SameHost);
    assert_eq!(refused, Err(H::OriginRefused));
}

#[test]
fn h84_success_is_200_without_key_or_upgrade() {
    let more = [
        ("sec-websocket-protocol", "a, b"),
        ("sec-websocket-protocol", "c"),
        ("sec-websocket-extensions", "permessage-deflate"),
    ];
    let fields = [&BASE[..], &more].concat();
    let fields = bytes(&fields);
    let request = ConnectRequest::parse(&fields).unwrap();
    let accept = request.accept().protocol(request.choose(&["c"]));
    let accept = accept
        .extensions(DeflateServer::new().answer(request.extensions()))
        .fields(&[("x", "y")]);
    let mut list = Vec::new();
    accept
        .encode(|name, value| list.push(format!("{name}: {value}")))
        .unwrap();
    assert_eq!(
        list,
        [
            ":status: 200",
            "sec-websocket-protocol: c",
            "sec-websocket-extensions: permessage-deflate",
            "x: y"
        ]
    );
    for (name, error) in [
        ("X", FieldError::Name),
        (":x", FieldError::Name),
        ("upgrade", FieldError::Reserved),
    ] {
        let fields = [(name, "y")];
        let result = accept
            .fields(&fields)
            .encode(|name, _| unreachable!("{name} was given"));
        assert_eq!(result, Err(error));
    }
}

#[test]
fn h84_client_takes_2xx_with_what_it_offered() {
    let request = ClientRequest::new("h", "/", [0; 16])
        .protocols(&["chat"])
        .extensions(DeflateOffer::new());
    let accepted = |status, fields: &[Pair]| {
        let fields = bytes(fields);
        ConnectResponse::new(status, &fields)
            .accepted(&request)
            .map(|accepted| accepted.protocol().is_some())
    };
    assert_eq!(accepted(200, &[]), Ok(false));
    assert_eq!(
        accepted(299, &[("sec-websocket-protocol", "chat")]),
        Ok(true)
    );
    for status in [100, 101, 199, 300, 404, 501] {
        assert_eq!(accepted(status, &[]), Err(ResponseError::Status(status)));
    }
    assert_eq!(
        accepted(200, &[("sec-websocket-protocol", "mqtt")]),
        Err(ResponseError::Protocol)
    );
    assert_eq!(
        accepted(200, &[("sec-websocket-extensions", "x")]),
        Err(ResponseError::Extension)
    );
}

/// A client's key is not sent, and our server accepts the fields that are.
#[test]
fn h84_our_server_takes_our_request() {
    let request = ClientRequest::new("h:8443", "/a?b", *b"the sample nonce")
        .protocols(&["a", "b"])
        .origin("https://h:8443");
    let mut list = Vec::new();
    request
        .encode_connect(true, |name, value| {
            list.push((name.to_owned(), value.to_string()));
        })
        .unwrap();
    assert!(
        list.iter()
            .all(|(name, _)| name != "sec-websocket-key" && name != "host")
    );
    let fields: Vec<_> = list
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    let opened = ConnectRequest::parse(&fields).unwrap();
    assert_eq!(
        (opened.path(), opened.query(), opened.host().port()),
        ("/a", Some("b"), Some(8443))
    );
    assert_eq!(opened.protocols().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(opened.check_origin(&OriginPolicy::SameHost), Ok(()));
    let upper_case = request
        .fields(&[("X", "y")])
        .encode_connect(true, |name, _| unreachable!("{name} was given"));
    assert_eq!(upper_case, Err(FieldError::Name));
}

#[test]
fn h85_codes_that_stand_for_what_tcp_would_say() {
    use ws_handshake::connect::{
        H2_CANCEL, H2_PROTOCOL_ERROR, H3_MESSAGE_ERROR, H3_REQUEST_CANCELLED, H3_SETTINGS_ERROR,
    };
    assert_eq!((H2_CANCEL, H2_PROTOCOL_ERROR), (0x8, 0x1));
    assert_eq!(
        (H3_REQUEST_CANCELLED, H3_MESSAGE_ERROR, H3_SETTINGS_ERROR),
        (0x10c, 0x10e, 0x109)
    );
}

/// RFC 9113 §8.3.1, RFC 9110 §4.2.3.
#[test]
fn r103_a_host_beside_the_authority_says_the_same() {
    let check = |scheme, authority, host| {
        let fields = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", scheme),
            (":path", "/"),
            (":authority", authority),
            ("sec-websocket-version", "13"),
            ("host", host),
        ];
        parse(&fields)
    };
    for (scheme, authority, host) in [
        ("https", "h", "h:443"),
        ("https", "h:443", "H"),
        ("https", "h", "h:"),
        ("http", "h:80", "h"),
        ("http", "[::1]", "[0::1]:80"),
    ] {
        assert_eq!(
            check(scheme, authority, host),
            Ok(()),
            "{scheme} {authority} {host}"
        );
    }
    for (scheme, authority, host) in [
        ("https", "h", "h:80"),
        ("http", "h", "h:443"),
        ("https", "h", "i"),
        ("https", "h", ""),
        ("https", "h", "h, h"),
    ] {
        let result = check(scheme, authority, host);
        assert_eq!(
            result,
            Err(E::Malformed(M::Authority)),
            "{scheme} {authority} {host}"
        );
    }
}

#[test]
fn r91_the_scheme_counts_when_the_host_is_the_same() {
    let check = |scheme, origin| {
        let mut fields = BASE.to_vec();
        fields[2].1 = scheme;
        fields.push(("origin", origin));
        let fields = bytes(&fields);
        ConnectRequest::parse(&fields)
            .unwrap()
            .check_origin(&OriginPolicy::SameHost)
    };
    assert_eq!(check("https", "https://server.example.com"), Ok(()));
    assert_eq!(
        check("https", "http://server.example.com"),
        Err(HandshakeError::OriginRefused)
    );
    assert_eq!(check("http", "http://server.example.com"), Ok(()));
}

/// RFC 9113 §8.1.1: a client checks the list like a server.
#[test]
fn r104_the_answer_to_a_connect_is_well_formed() {
    let request = ClientRequest::new("h", "/", [0; 16]);
    let result = |status, fields: &[(&[u8], &[u8])]| {
        ConnectResponse::new(status, fields)
            .accepted(&request)
            .err()
    };
    let malformed = |malformed| Some(ResponseError::Malformed(malformed));
    for (name, value, fault) in [
        (&b"connection"[..], &b"upgrade"[..], M::ConnectionField),
        (b"upgrade", b"websocket", M::ConnectionField),
        (b"transfer-encoding", b"chunked", M::ConnectionField),
        (b"te", b"gzip", M::ConnectionField),
        (b"Sec-WebSocket-Foo", b"x", M::FieldName),
        (b"", b"x", M::FieldName),
        (b"\xff", b"x", M::FieldName),
        (b"x", b"a\r\nb: c", M::FieldValue),
        (b"x", b" a", M::FieldValue),
        (b":status", b"404", M::PseudoField),
    ] {
        for status in [200, 404] {
            let found = result(status, &[(b"a", b"b"), (name, value)]);
            assert_eq!(found, malformed(fault), "{}", name.escape_ascii());
        }
    }
    assert_eq!(
        result(200, &[(b"content-length", b"5")]),
        None,
        "RFC 9110 §9.3.6"
    );
    let hidden: [(&[u8], &[u8]); 2] = [
        (b"\xff", b"x"),
        (b"sec-websocket-extensions", b"permessage-deflate"),
    ];
    assert_eq!(result(200, &hidden), malformed(M::FieldName));
}
