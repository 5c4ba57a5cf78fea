//! One broken rule gives the fault and status of that rule; several give the first in the order of
//! the checks.

use proptest::prelude::*;
use proptest::sample::subsequence;
use ws_handshake::HandshakeError as E;
use ws_handshake::{HeadError as H, HeadScanner, OriginList, OriginPolicy, Request};

use crate::draft::{Draft, Field, valid};

/// A way to break a rule, the fault, and the status of its answer.
type Fault = (fn(&mut Draft), E, u16);

/// Breaks, in the order of the checks. No two of them touch the same part of the request.
const IN_ORDER: &[Fault] = &[
    (
        |draft| draft.fields.extend((0..100).map(|_| Field::new("a", "b"))),
        E::Head(H::TooManyFields),
        431,
    ),
    (
        |draft| draft.version = " HTTP/1.1",
        E::Head(H::StartLine),
        400,
    ),
    (
        |draft| {
            let colon = " :".into();
            draft.fields.push(Field {
                colon,
                ..Field::new("a", "b")
            });
        },
        E::Head(H::SpaceBeforeColon),
        400,
    ),
    (|draft| draft.method = "POST", E::Method, 405),
    (|draft| draft.target = "*".into(), E::Target, 400),
    (|draft| draft.remove("Host"), E::HostMissing, 400),
    (
        |draft| draft.add("Transfer-Encoding", "chunked"),
        E::TransferEncoding,
        400,
    ),
    (|draft| draft.add("Content-Length", "5"), E::Body, 400),
    (|draft| draft.add("Expect", "x"), E::Expectation, 417),
    (|draft| draft.set("Upgrade", "h2c"), E::Upgrade, 426),
    (|draft| draft.set("Connection", "close"), E::Connection, 400),
    (
        |draft| draft.set("Sec-WebSocket-Version", "8"),
        E::VersionUnsupported,
        426,
    ),
    (
        |draft| draft.set("Sec-WebSocket-Key", "AAAA"),
        E::KeySyntax,
        400,
    ),
    (
        |draft| draft.add("Sec-WebSocket-Extensions", "a;"),
        E::ExtensionSyntax,
        400,
    ),
    (
        |draft| draft.add("Sec-WebSocket-Protocol", "a b"),
        E::ProtocolSyntax,
        400,
    ),
    (
        |draft| draft.set("Origin", "https://evil.example"),
        E::OriginRefused,
        403,
    ),
];

/// Other ways to break a rule.
const ALONE: &[Fault] = &[
    (
        |draft| draft.target = format!("/{}", "a".repeat(8192)),
        E::Head(H::StartLineTooLong),
        414,
    ),
    (
        |draft| draft.add("X", &"a".repeat(16 * 1024)),
        E::Head(H::TooLarge),
        431,
    ),
    (
        |draft| draft.before = "\r\n\r\n",
        E::Head(H::EmptyLines),
        400,
    ),
    (|draft| draft.before = "\n", E::Head(H::LineEnd), 400),
    (|draft| draft.add("X", "a\rb"), E::Head(H::LineEnd), 400),
    (|draft| draft.add("X", "a\nb"), E::Head(H::LineEnd), 400),
    (|draft| draft.version = "HTTP/1.0", E::Head(H::Http10), 400),
    (
        |draft| draft.version = "HTTP/2.0",
        E::Head(H::HttpVersion),
        505,
    ),
    (
        |draft| draft.version = "http/1.1",
        E::Head(H::StartLine),
        400,
    ),
    (
        |draft| draft.version = "HTTP/1.1\r\n X: y",
        E::Head(H::SpaceBeforeField),
        400,
    ),
    (
        |draft| draft.add("X", "a\r\n b"),
        E::Head(H::FoldedField),
        400,
    ),
    (|draft| draft.add("", "a"), E::Head(H::FieldName), 400),
    (|draft| draft.add("a(b", "c"), E::Head(H::FieldName), 400),
    (|draft| draft.add("a", "b\0c"), E::Head(H::FieldValue), 400),
    (|draft| draft.method = "get", E::Method, 405),
    (|draft| draft.target = "/a#b".into(), E::Target, 400),
    (|draft| draft.target = "ftp://h/".into(), E::Target, 400),
    (|draft| draft.add("Host", "h"), E::HostRepeated, 400),
    (|draft| draft.set("Host", "a b"), E::HostSyntax, 400),
    (|draft| draft.set("Host", ""), E::HostSyntax, 400),
    (
        |draft| draft.add("Content-Length", "0x0"),
        E::ContentLength,
        400,
    ),
    (|draft| draft.remove("Upgrade"), E::Upgrade, 426),
    (|draft| draft.remove("Connection"), E::Connection, 400),
    (
        |draft| draft.remove("Sec-WebSocket-Version"),
        E::VersionMissing,
        400,
    ),
    (
        |draft| draft.add("Sec-WebSocket-Version", "13"),
        E::VersionRepeated,
        400,
    ),
    (
        |draft| draft.set("Sec-WebSocket-Version", "013"),
        E::VersionSyntax,
        400,
    ),
    (
        |draft| draft.remove("Sec-WebSocket-Key"),
        E::KeyMissing,
        400,
    ),
    (
        |draft| draft.add("Sec-WebSocket-Key", &draft.key.clone()),
        E::KeyRepeated,
        400,
    ),
    (
        |draft| draft.set("Sec-WebSocket-Protocol", "a, b, a"),
        E::ProtocolRepeated,
        400,
    ),
    (
        |draft| draft.set("Sec-WebSocket-Protocol", &many(101)),
        E::TooManyProtocols,
        431,
    ),
    (
        |draft| (0..2).for_each(|_| draft.add("Origin", "https://good.example")),
        E::OriginRepeated,
        400,
    ),
];

proptest! {
    #![proptest_config(crate::cases(1000))]

    #[test]
    fn one_broken_rule_gives_its_fault(draft in valid(), fault in 0..IN_ORDER.len() + ALONE.len()) {
        let &(breaks, error, status) = IN_ORDER.iter().chain(ALONE).nth(fault).unwrap();
        let mut draft = draft;
        breaks(&mut draft);
        prop_assert_eq!(serve(&draft.bytes()), Err(error));
        prop_assert_eq!(error.status(), status);
    }

    #[test]
    fn of_several_broken_rules_the_first_in_order_counts(
        draft in valid(),
        faults in subsequence((0..IN_ORDER.len()).collect::<Vec<_>>(), 1..IN_ORDER.len()),
    ) {
        let mut draft = draft;
        faults.iter().rev().for_each(|fault| IN_ORDER[*fault].0(&mut draft));
        prop_assert_eq!(serve(&draft.bytes()), Err(IN_ORDER[faults[0]].1));
    }
}

#[test]
fn the_largest_number_of_subprotocols_is_accepted() {
    let request = |protocols: &str| {
        format!(
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: {protocols}\r\n\r\n"
        )
    };
    assert_eq!(serve(request(&many(100)).as_bytes()), Ok(()));
    assert_eq!(
        serve(request(&many(101)).as_bytes()),
        Err(E::TooManyProtocols)
    );
}

fn many(protocols: usize) -> String {
    (0..protocols)
        .map(|n| format!("p{n}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn serve(bytes: &[u8]) -> Result<(), E> {
    let end = HeadScanner::default().scan(bytes)?.ok_or(E::Timeout)?;
    let request = Request::parse(&bytes[..end])?;
    let list = OriginList::new()
        .origins(&["https://good.example"])
        .expect("an origin");
    request.upgrade()?.check_origin(&OriginPolicy::List(list))
}
