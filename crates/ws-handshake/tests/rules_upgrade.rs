//! The server's rules for opening a WebSocket connection, H19 to H30.

mod base;

use base::*;
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{
    ClientRequest, FieldError, HandshakeError as E, HeadScanner, MAX_PROTOCOLS, OriginList,
    OriginPolicy, Request, Response,
};

#[test]
fn h19_upgrade_to_websocket() {
    for list in [
        "WebSocket",
        "h2c, websocket",
        "foo/1 ,\twebsocket,",
        "a\r\nUpgrade: websocket\r\nupgrade: b",
    ] {
        opens(&with(UPGRADE, &format!("Upgrade: {list}\r\n")));
    }
    for list in ["websocket/13", "notwebsocket", "", "h2c", "web socket"] {
        refuses(
            &with(UPGRADE, &format!("Upgrade: {list}\r\n")),
            E::Upgrade,
            426,
        );
    }
    refuses(&with(UPGRADE, ""), E::Upgrade, 426);
    assert!(!Request::parse(&with(UPGRADE, "")).unwrap().is_upgrade());
    assert_eq!(
        E::Upgrade.required_fields(),
        [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    );
    let answer = answer(E::Upgrade);
    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
    assert!(answer.contains("\r\nConnection: close, Upgrade\r\n"));
}

#[test]
fn h20_connection_has_the_option_upgrade() {
    for list in [
        "upgrade",
        "keep-alive, Upgrade",
        "keep-alive\r\nConnection: Upgrade",
    ] {
        opens(&with(CONNECTION, &format!("Connection: {list}\r\n")));
    }
    for list in [
        "close",
        "",
        "upgraded",
        "keep-alive, upgrade-insecure-requests",
    ] {
        refuses(
            &with(CONNECTION, &format!("Connection: {list}\r\n")),
            E::Connection,
            400,
        );
    }
    refuses(&with(CONNECTION, ""), E::Connection, 400);
}

#[test]
fn h21_empty_members_of_lists_are_passed_over() {
    opens(&with(UPGRADE, "Upgrade: ,, websocket ,\r\n"));
    opens(&with(CONNECTION, "Connection: ,upgrade,,\r\n"));
    opens(&adding(
        "Sec-WebSocket-Protocol: ,a,, b ,\r\nSec-WebSocket-Extensions: , x ,,\r\n",
    ));
}

#[test]
fn h22_version_13_only() {
    for number in ["0", "7", "8", "12", "14", "130", "255"] {
        let head = with(VERSION, &format!("Sec-WebSocket-Version: {number}\r\n"));
        refuses(&head, E::VersionUnsupported, 426);
    }
    for text in [
        "",
        "13, 8",
        "013",
        "+13",
        "00",
        "256",
        "1 3",
        "13.0",
        "4294967309",
        "99999999999999999999999",
    ] {
        refuses(
            &with(VERSION, &format!("Sec-WebSocket-Version: {text}\r\n")),
            E::VersionSyntax,
            400,
        );
    }
    refuses(&with(VERSION, ""), E::VersionMissing, 400);
    refuses(&adding(VERSION), E::VersionRepeated, 400);
    for error in [
        E::VersionUnsupported,
        E::VersionSyntax,
        E::VersionMissing,
        E::VersionRepeated,
        E::Upgrade,
    ] {
        assert!(
            answer(error).contains("\r\nSec-WebSocket-Version: 13\r\n"),
            "{error}"
        );
    }
}

#[test]
fn h23_key_is_the_base64_of_16_bytes() {
    opens(&with(
        KEY,
        "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n",
    ));
    refuses(&with(KEY, ""), E::KeyMissing, 400);
    refuses(&adding(KEY), E::KeyRepeated, 400);
    for key in [
        "",
        "AAECAwQFBgcICQoLDA0O",
        "AAECAwQFBgcICQoLDA0ODxA=",
        "AAECAwQFBgcICQoLDA0ODxAR",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25j!Q==",
        "-_-_-_-_-_-_-_-_-_-_-g==",
        "dGhlIHNhbXBs ZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25jZQ==, x",
    ] {
        refuses(
            &with(KEY, &format!("Sec-WebSocket-Key: {key}\r\n")),
            E::KeySyntax,
            400,
        );
    }
}

#[test]
fn h24_subprotocols_are_tokens_each_once() {
    let head = adding("Sec-WebSocket-Protocol: b, a\r\nSec-WebSocket-Protocol: c\r\n");
    assert_eq!(
        upgrade(&head).unwrap().protocols().collect::<Vec<_>>(),
        ["b", "a", "c"]
    );
    for list in ["", ",", "a b", "a/1", "a;q=1", "\"a\"", "\u{e9}"] {
        refuses(
            &adding(&format!("Sec-WebSocket-Protocol: {list}\r\n")),
            E::ProtocolSyntax,
            400,
        );
    }
    refuses(
        &adding("Sec-WebSocket-Protocol: a, b, a\r\n"),
        E::ProtocolRepeated,
        400,
    );
    refuses(
        &adding("Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n"),
        E::ProtocolRepeated,
        400,
    );
    let many = |count: usize| {
        let list: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        adding(&format!("Sec-WebSocket-Protocol: {}\r\n", list.join(",")))
    };
    opens(&many(MAX_PROTOCOLS));
    refuses(&many(MAX_PROTOCOLS + 1), E::TooManyProtocols, 431);
}

#[test]
fn h25_extensions_keep_to_the_grammar() {
    for list in [
        "a",
        "a;b",
        "a;b=c",
        "a ; b = \"c\" , d",
        "a;b=\"\\c\"",
        "a;b=\"\"",
        "a;b=\"c d\"",
        "a;b=\"c,d\"",
        "a;a;a,a,",
        "x\r\nSec-WebSocket-Extensions: y;z",
    ] {
        opens(&adding(&format!("Sec-WebSocket-Extensions: {list}\r\n")));
    }
    for list in [
        "",
        ",",
        ";a",
        "a;",
        "a;;b",
        "a;=b",
        "a;b=",
        "a b",
        "a;b c",
        "a;b=c d",
        "a;b=\"c",
        "a;b=c\"",
        "a;b=\"c\"d",
        "a;b=\"\\\"",
        "a;b=\"",
        "a=b",
        "a/1",
        "\u{e9}",
        "x\r\nSec-WebSocket-Extensions: y;",
    ] {
        refuses(
            &adding(&format!("Sec-WebSocket-Extensions: {list}\r\n")),
            E::ExtensionSyntax,
            400,
        );
    }
}

#[test]
fn h25_unknown_extensions_are_ignored() {
    let head = adding("Sec-WebSocket-Extensions: constructor, __proto__; toString=1\r\n");
    let upgrade = upgrade(&head).unwrap();
    assert_eq!(upgrade.extensions().count(), 2);
    assert_eq!(DeflateServer::new().answer(upgrade.extensions()), None);
}

#[test]
fn h26_origin_at_most_once_and_compared_whole() {
    let list = OriginPolicy::List(
        OriginList::new()
            .origins(&["https://good.example"])
            .unwrap(),
    );
    let check = |origin: &str| {
        upgrade(&adding(&format!("Origin: {origin}\r\n")))
            .unwrap()
            .check_origin(&list)
    };
    assert_eq!(check("https://good.example"), Ok(()));
    assert_eq!(check("HTTPS://GOOD.EXAMPLE:443"), Ok(()));
    for other in [
        "https://good.example.evil",
        "https://evilgood.example",
        "http://good.example",
        "null",
        "",
    ] {
        assert_eq!(check(other), Err(E::OriginRefused), "{other}");
    }
    refuses(
        &adding("Origin: null\r\nOrigin: null\r\n"),
        E::OriginRepeated,
        400,
    );
    assert_eq!(
        (E::OriginRefused.status(), E::HostRefused.status()),
        (403, 403)
    );
}

#[test]
fn h27_unknown_fields_are_ignored() {
    opens(&adding(
        "X: y\r\nSec-WebSocket-Foo: bar\r\nOrigan: x\r\nSec-WebSocket-Kez: x\r\nHast: x\r\n",
    ));
}

#[test]
fn h28_unknown_resource_is_404() {
    let mut output = Vec::new();
    Response::new(404).encode(&mut output).unwrap();
    assert_eq!(
        output,
        b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn h29_authentication_is_asked_for_before_101() {
    let mut output = Vec::new();
    Response::new(401)
        .fields(&[("WWW-Authenticate", "Basic realm=\"x\"")])
        .encode(&mut output)
        .unwrap();
    let text = String::from_utf8(output).unwrap();
    assert!(text.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    assert!(text.contains("\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"));
}

#[test]
fn h30_bytes_behind_the_head_are_left() {
    let head = adding("");
    let bytes = [&head[..], b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"].concat();
    let mut scanner = HeadScanner::default();
    assert_eq!(scanner.scan(&bytes), Ok(Some(head.len())));
    assert_eq!(scanner.examined(), head.len());
    assert_eq!(
        scanner.scan(b"more"),
        Ok(Some(0)),
        "nothing more is looked at"
    );
    assert_eq!(scanner.examined(), head.len());
}

/// Mends a request with a fault of each kind, one by one. The answer is always that of the first
/// remaining fault.
#[test]
fn faults_are_told_in_their_order() {
    let mut head = "POST * HTTP/1.1\r\nContent-Length: 1\r\nExpect: x\r\nSec-WebSocket-Version: 8\r\n\
        Sec-WebSocket-Key: x\r\nSec-WebSocket-Extensions: ;\r\nSec-WebSocket-Protocol: @\r\nOrigin: a\r\nOrigin: b\r\n\r\n"
        .to_owned();
    for (error, fault, mended) in [
        (E::Method, "POST", "GET"),
        (E::Target, "*", "/chat"),
        (
            E::HostMissing,
            "Content-Length",
            "Host: h\r\nContent-Length",
        ),
        (E::Body, "Content-Length: 1\r\n", ""),
        (E::Expectation, "Expect: x\r\n", ""),
        (
            E::Upgrade,
            "Sec-WebSocket-Version",
            "Upgrade: websocket\r\nSec-WebSocket-Version",
        ),
        (E::Connection, "Upgrade", "Connection: Upgrade\r\nUpgrade"),
        (E::VersionUnsupported, "8", "13"),
        (E::KeySyntax, "Key: x", "Key: dGhlIHNhbXBsZSBub25jZQ=="),
        (E::ExtensionSyntax, ";", "x"),
        (E::ProtocolSyntax, "@", "x"),
        (E::OriginRepeated, "Origin: b\r\n", ""),
    ] {
        assert_eq!(upgrade(head.as_bytes()).err(), Some(error), "{head}");
        head = head.replacen(fault, mended, 1);
    }
    opens(head.as_bytes());
}

/// RFC 6455 §4.2.2: an answer names no subprotocol that its client has not offered.
#[test]
fn r28_a_subprotocol_of_another_offer_is_refused() {
    let offering = |list: &str| with(KEY, &format!("{KEY}Sec-WebSocket-Protocol: {list}\r\n"));
    let heads = [
        offering("chat"),
        offering("chat, mqtt"),
        offering("mqtt\r\nSec-WebSocket-Protocol: chat"),
        with(KEY, KEY),
    ];
    let [one, two, three, none] = heads.each_ref().map(|head| upgrade(head).unwrap());
    let (chat, chat_of_two) = (one.choose(&["chat"]), two.choose(&["chat"]));
    assert!(chat.is_some() && chat_of_two.is_some());
    let mut output = Vec::new();
    for (other, chosen) in [(two, chat), (one, chat_of_two), (three, chat), (none, chat)] {
        let refused = other.accept().protocol(chosen).encode(&mut output);
        assert_eq!((refused, output.len()), (Err(FieldError::NotOffered), 0));
    }
    one.accept().protocol(chat).encode(&mut output).unwrap();
    two.accept()
        .protocol(chat_of_two)
        .encode(&mut output)
        .unwrap();
    // A name that is chosen after others were looked at belongs to the same offer.
    let mut names = two.protocols();
    names.next();
    let mqtt = names.choose(&["mqtt"]);
    two.accept().protocol(mqtt).encode(&mut output).unwrap();
    assert_eq!(
        output
            .windows(6)
            .filter(|window| window == b": chat")
            .count(),
        2
    );
}

#[test]
fn no_answer_reflects_the_request() {
    let head = with(LINE, "GET /secret#marker HTTP/1.1\r\n");
    let error = upgrade(&head).unwrap_err();
    let answer = answer(error);
    assert!(!answer.contains("marker") && answer.ends_with(&error.to_string()));
}

/// Debug output, which lands in logs, has no cookie, password or query, and no byte that controls a
/// terminal.
#[test]
fn c136_debug_shows_no_secret() {
    let head = with(
        LINE,
        "GET /chat?token=secret HTTP/1.1\r\nCookie: secret\r\nOrigin: http://\u{202e}h\r\n",
    );
    let request = Request::parse(&head).unwrap();
    let accept = request
        .upgrade()
        .unwrap()
        .accept()
        .fields(&[("Set-Cookie", "secret")]);
    let client =
        ClientRequest::new("h", "/?secret", [0; 16]).fields(&[("Authorization", "secret")]);
    let shown = format!("{request:?} {:?} {accept:?} {client:?}", request.upgrade());
    assert!(!shown.contains("secret") && shown.is_ascii(), "{shown}");
    for word in [
        "/chat",
        "Cookie",
        "Origin",
        "server.example.com",
        "Set-Cookie",
        "Authorization",
    ] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
}
