//! The extended CONNECT of HTTP/2 and HTTP/3 (RFC 8441): valid requests as header lists, and one
//! broken rule at a time.

use proptest::prelude::*;
use ws_handshake::HandshakeError as E;
use ws_handshake::connect::ConnectRequestError::{
    self as C, Handshake, Malformed as Bad, NotExtended, UnknownProtocol,
};
use ws_handshake::connect::{ConnectRequest, ConnectResponse, Malformed};
use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};
use ws_handshake::{ClientRequest, Url};

use crate::draft::{Draft, token, valid};

type List = Vec<(Vec<u8>, Vec<u8>)>;

/// A way to break a rule, the fault, and the status of its answer, if it has one.
type Fault = (fn(&mut List), C, Option<u16>);

const FAULTS: &[Fault] = &[
    (
        |list| set(list, ":method", "GET"),
        Bad(Malformed::PseudoField),
        None,
    ),
    (|list| remove(list, ":protocol"), NotExtended, None),
    (
        |list| set(list, ":protocol", "connect-udp"),
        UnknownProtocol,
        Some(501),
    ),
    (
        |list| set(list, ":protocol", "websocket/13"),
        UnknownProtocol,
        Some(501),
    ),
    (
        |list| remove(list, ":scheme"),
        Bad(Malformed::PseudoFieldMissing),
        None,
    ),
    (
        |list| remove(list, ":path"),
        Bad(Malformed::PseudoFieldMissing),
        None,
    ),
    (
        |list| remove(list, ":authority"),
        Bad(Malformed::PseudoFieldMissing),
        None,
    ),
    (
        |list| set(list, ":scheme", "wss"),
        Bad(Malformed::Scheme),
        None,
    ),
    (|list| set(list, ":path", ""), Bad(Malformed::Path), None),
    (|list| set(list, ":path", "*"), Bad(Malformed::Path), None),
    (
        |list| set(list, ":path", "/a#b"),
        Bad(Malformed::Path),
        None,
    ),
    (
        |list| set(list, ":authority", "a b"),
        Bad(Malformed::Authority),
        None,
    ),
    (
        |list| first(list, ":status", "200"),
        Bad(Malformed::PseudoField),
        None,
    ),
    (
        |list| first(list, ":path", "/"),
        Bad(Malformed::PseudoField),
        None,
    ),
    (
        |list| last(list, ":path", "/"),
        Bad(Malformed::PseudoField),
        None,
    ),
    (
        |list| last(list, "X-Upper", "a"),
        Bad(Malformed::FieldName),
        None,
    ),
    (
        |list| last(list, "a b", "a"),
        Bad(Malformed::FieldName),
        None,
    ),
    (|list| last(list, "", "a"), Bad(Malformed::FieldName), None),
    (
        |list| last(list, "a", "b\r\nc: d"),
        Bad(Malformed::FieldValue),
        None,
    ),
    (
        |list| last(list, "a", "b\0"),
        Bad(Malformed::FieldValue),
        None,
    ),
    (
        |list| last(list, "a", " b"),
        Bad(Malformed::FieldValue),
        None,
    ),
    (
        |list| last(list, "connection", "Upgrade"),
        Bad(Malformed::ConnectionField),
        None,
    ),
    (
        |list| last(list, "upgrade", "websocket"),
        Bad(Malformed::ConnectionField),
        None,
    ),
    (
        |list| last(list, "keep-alive", "1"),
        Bad(Malformed::ConnectionField),
        None,
    ),
    (
        |list| last(list, "proxy-connection", "x"),
        Bad(Malformed::ConnectionField),
        None,
    ),
    (
        |list| last(list, "transfer-encoding", "chunked"),
        Bad(Malformed::ConnectionField),
        None,
    ),
    (
        |list| last(list, "te", "gzip"),
        Bad(Malformed::ConnectionField),
        None,
    ),
    (
        |list| last(list, "host", "other.example"),
        Bad(Malformed::Authority),
        None,
    ),
    (
        |list| remove(list, "sec-websocket-version"),
        Handshake(E::VersionMissing),
        Some(400),
    ),
    (
        |list| last(list, "sec-websocket-version", "13"),
        Handshake(E::VersionRepeated),
        Some(400),
    ),
    (
        |list| set(list, "sec-websocket-version", "013"),
        Handshake(E::VersionSyntax),
        Some(400),
    ),
    (
        |list| set(list, "sec-websocket-version", "8"),
        Handshake(E::VersionUnsupported),
        Some(400),
    ),
    (
        |list| last(list, "sec-websocket-extensions", "a;"),
        Handshake(E::ExtensionSyntax),
        Some(400),
    ),
    (
        |list| last(list, "sec-websocket-protocol", "a b"),
        Handshake(E::ProtocolSyntax),
        Some(400),
    ),
    (
        |list| (0..2).for_each(|_| last(list, "origin", "http://h")),
        Handshake(E::OriginRepeated),
        Some(400),
    ),
];

fn remove(list: &mut List, name: &str) {
    list.retain(|(other, _)| other != name.as_bytes());
}

fn set(list: &mut List, name: &str, value: &str) {
    let field = list.iter_mut().find(|(other, _)| other == name.as_bytes());
    field.expect("the field is there").1 = value.into();
}

fn first(list: &mut List, name: &str, value: &str) {
    list.insert(0, (name.into(), value.into()));
}

fn last(list: &mut List, name: &str, value: &str) {
    list.push((name.into(), value.into()));
}

/// The same request over HTTP/2.
fn list(draft: &Draft, path: &str) -> List {
    let mut list: List = Vec::new();
    let pseudo = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "https"),
        (":path", path),
    ];
    for (name, value) in pseudo {
        last(&mut list, name, value);
    }
    last(&mut list, ":authority", &draft.authority);
    let of_http1 = ["host", "upgrade", "connection", "sec-websocket-key"];
    for field in &draft.fields {
        let name = field.name.to_ascii_lowercase();
        if !of_http1.contains(&name.as_str()) {
            list.push((name.into_bytes(), field.value.clone()));
        }
    }
    list
}

fn borrowed(list: &List) -> Vec<(&[u8], &[u8])> {
    list.iter()
        .map(|(name, value)| (name.as_slice(), value.as_slice()))
        .collect()
}

proptest! {
    #![proptest_config(crate::cases(1000))]

    #[test]
    fn h81_a_valid_connect_is_accepted(draft in valid(), path in "/[!-\"$->@-~]{0,20}", turn in 0..5_usize) {
        let mut list = list(&draft, &path);
        list[..5].rotate_left(turn);
        let fields = borrowed(&list);
        let request = ConnectRequest::parse(&fields).unwrap();
        prop_assert!(request.is_secure());
        prop_assert_eq!((request.path(), request.query()), (&*path, None));
        prop_assert_eq!(request.host().to_string(), draft.authority);
        prop_assert!(request.protocols().eq(draft.protocols.iter().map(String::as_str)));
        prop_assert_eq!(request.fields().iter().count(), list.len() - 5);
        let mut answer = Vec::new();
        request.accept().encode(|name, value| answer.push((name.to_owned(), value.to_string()))).unwrap();
        prop_assert_eq!(answer, [(":status".to_owned(), "200".to_owned())]);
    }

    #[test]
    fn h83_one_broken_rule_gives_its_fault(draft in valid(), fault in 0..FAULTS.len()) {
        let (breaks, error, status) = FAULTS[fault];
        let mut list = list(&draft, "/");
        breaks(&mut list);
        let fields = borrowed(&list);
        prop_assert_eq!(ConnectRequest::parse(&fields).map(|_| ()), Err(error));
        prop_assert_eq!(error.status(), status);
    }

    #[test]
    fn h84_our_client_and_our_server_open_a_stream(
        protocols in proptest::collection::btree_set(token(), 0..4),
        secure: bool,
        compress: bool,
    ) {
        let url = Url::parse(if secure { "wss://h:444/a?b" } else { "ws://h:444/a?b" }).unwrap();
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        let request = ClientRequest::to(&url, [0; 16]).protocols(&protocols).origin("https://h:444");
        let request = request.extensions(compress.then(DeflateOffer::new));
        let mut sent: List = Vec::new();
        request.encode_connect(secure, |name, value| last(&mut sent, name, &value.to_string())).unwrap();
        let fields = borrowed(&sent);
        let received = ConnectRequest::parse(&fields).unwrap();
        prop_assert_eq!((received.is_secure(), received.path(), received.query()), (secure, "/a", Some("b")));
        prop_assert!(received.protocols().eq(protocols.iter().copied()));
        let accept = received.accept().protocol(received.protocols().choose_with(|_| true));
        let accept = accept.extensions(DeflateServer::new().answer(received.extensions()));
        let mut answer: List = Vec::new();
        accept.encode(|name, value| last(&mut answer, name, &value.to_string())).unwrap();
        let answer = borrowed(&answer);
        for status in [200, 204, 299] {
            let response = ConnectResponse::new(status, &answer[1..]);
            let accepted = response.accepted(&request).unwrap();
            prop_assert_eq!(accepted.protocol(), protocols.first().copied());
            prop_assert_eq!(accepted.deflate().is_some(), compress);
        }
        for status in [101, 199, 300, 404] {
            prop_assert!(ConnectResponse::new(status, &answer[1..]).accepted(&request).is_err());
        }
    }
}
