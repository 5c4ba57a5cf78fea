//! The server's rules for the head of a request, H1 to H13.

mod base;

use base::*;
use ws_handshake::{HandshakeError as E, HeadError, HeadScanner, Limits, Request};

#[test]
fn h1_head_ends_at_the_empty_line_only() {
    let head = adding("");
    for cut in 0..head.len() {
        let mut scanner = HeadScanner::default();
        assert_eq!(scanner.scan(&head[..cut]), Ok(None), "{cut}");
        assert_eq!(scanner.scan(&head[cut..]), Ok(Some(head.len() - cut)));
        assert_eq!(
            Request::parse(&head[..cut]).err(),
            Some(E::Head(HeadError::Incomplete))
        );
    }
    assert_eq!(E::Timeout.status(), 408);
}

#[test]
fn h1_a_head_with_something_behind_it_is_not_one_head() {
    let mut bytes = adding("");
    bytes.extend(b"\x81\x80");
    refuses_head(&bytes, HeadError::Incomplete, 400);
}

#[test]
fn h2_one_empty_line_before_the_request_line() {
    opens(&[b"\r\n", &adding("")[..]].concat());
    refuses_head(
        &[b"\r\n\r\n", &adding("")[..]].concat(),
        HeadError::EmptyLines,
        400,
    );
    refuses_head(&[b"\n", &adding("")[..]].concat(), HeadError::LineEnd, 400);
    refuses_head(&[b"\r", &adding("")[..]].concat(), HeadError::LineEnd, 400);
}

#[test]
fn h3_cr_and_lf_stand_together() {
    refuses_head(
        &with(UPGRADE, "Upgrade: web\rsocket\r\n"),
        HeadError::LineEnd,
        400,
    );
    refuses_head(
        &with(UPGRADE, "Upgrade: websocket\n"),
        HeadError::LineEnd,
        400,
    );
    refuses_head(
        &with(UPGRADE, "Upgrade: websocket\r\r\n"),
        HeadError::LineEnd,
        400,
    );
    refuses_head(&with(LINE, "GET /chat HTTP/1.1\n"), HeadError::LineEnd, 400);
    refuses_head(
        &with(LINE, "GET /chat HTTP/1.1\r\r\n"),
        HeadError::LineEnd,
        400,
    );
    refuses_head(
        &with(VERSION, "Sec-WebSocket-Version: 13\n"),
        HeadError::LineEnd,
        400,
    );
    refuses_head(
        &with(VERSION, "Sec-WebSocket-Version: 13\r\n\n"),
        HeadError::LineEnd,
        400,
    );
    refuses_head(
        &with(VERSION, "Sec-WebSocket-Version: 13\r\n\rx\r\n"),
        HeadError::LineEnd,
        400,
    );
}

/// Refused at the byte that shows the fault, for every cut.
#[test]
fn h3_is_seen_at_once_and_at_every_cut() {
    for bad in [
        "GET / HTTP/1.1\r\nA: b\nC",
        "GET / HTTP/1.1\r\nA: b\rC",
        "GET / HTTP/1.1\r\n\rC",
    ] {
        for cut in 0..bad.len() {
            let mut scanner = HeadScanner::default();
            let (first, second) = bad.as_bytes().split_at(cut);
            let verdicts = [scanner.scan(first), scanner.scan(second)];
            assert_eq!(
                verdicts[1],
                Err(HeadError::LineEnd),
                "{bad:?} at {cut}: {verdicts:?}"
            );
        }
    }
}

#[test]
fn h4_no_white_space_before_the_first_field() {
    refuses_head(
        &with(HOST, " Host: h\r\n"),
        HeadError::SpaceBeforeField,
        400,
    );
    refuses_head(
        &with(HOST, "\tHost: h\r\n"),
        HeadError::SpaceBeforeField,
        400,
    );
    refuses_head(
        &with(HOST, " \r\nHost: h\r\n"),
        HeadError::SpaceBeforeField,
        400,
    );
}

#[test]
fn h5_request_line_has_three_words_and_single_spaces() {
    for line in [
        "GET  /chat HTTP/1.1",
        "GET /chat  HTTP/1.1",
        "GET /chat HTTP/1.1 ",
        " GET /chat HTTP/1.1",
        "GET\t/chat HTTP/1.1",
        "GET /chat",
        "GET",
        "GET /chat x HTTP/1.1",
        "G(T /chat HTTP/1.1",
        "/chat HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /chat HTTP/1.1 x",
        "GET /chat HTTP/2.0 x",
    ] {
        refuses_head(
            &with(LINE, &format!("{line}\r\n")),
            HeadError::StartLine,
            400,
        );
    }
    refuses_head(b"\r\n\x16\x03\x01", HeadError::StartLine, 400);
}

#[test]
fn h6_request_line_within_its_limit() {
    let line = |target: usize| format!("GET /{} HTTP/1.1\r\n", "a".repeat(target));
    let most = Limits::DEFAULT_MAX_START_LINE_LEN - "GET / HTTP/1.1".len();
    opens(&with(LINE, &line(most)));
    refuses_head(
        &with(LINE, &line(most + 1)),
        HeadError::StartLineTooLong,
        414,
    );
    let endless = vec![b'a'; Limits::DEFAULT_MAX_START_LINE_LEN + 1];
    let mut scanner = HeadScanner::default();
    assert_eq!(scanner.scan(&endless[1..]), Ok(None));
    assert_eq!(
        scanner.scan(&endless[..1]),
        Err(HeadError::StartLineTooLong)
    );
    assert_eq!(scanner.examined(), Limits::DEFAULT_MAX_START_LINE_LEN + 1);
}

#[test]
fn h7_head_within_its_limit() {
    let value = |len: usize| adding(&format!("X: {}\r\n", "a".repeat(len)));
    let most = Limits::DEFAULT_MAX_HEAD_LEN - value(0).len();
    opens(&value(most));
    refuses_head(&value(most + 1), HeadError::TooLarge, 431);
    let head = value(most + 1);
    let mut scanner = HeadScanner::default();
    assert_eq!(
        scanner.scan(&head[..Limits::DEFAULT_MAX_HEAD_LEN]),
        Ok(None)
    );
    assert_eq!(
        scanner.scan(&head[Limits::DEFAULT_MAX_HEAD_LEN..]),
        Err(HeadError::TooLarge)
    );
    assert_eq!(
        scanner.scan(b"\r\n\r\n"),
        Err(HeadError::TooLarge),
        "it stays at its fault"
    );
}

#[test]
fn h7_fields_within_their_number() {
    let fields = |count: usize| adding(&"a: b\r\n".repeat(count - 5));
    opens(&fields(Limits::DEFAULT_MAX_FIELDS));
    refuses_head(
        &fields(Limits::DEFAULT_MAX_FIELDS + 1),
        HeadError::TooManyFields,
        431,
    );
    let parse =
        |count, limit| Request::parse_within(&fields(count), Limits::new().max_fields(limit)).err();
    assert_eq!(parse(6, 6), None);
    assert_eq!(parse(7, 6), Some(E::Head(HeadError::TooManyFields)));
    assert_eq!(parse(Limits::MOST_FIELDS, Limits::MOST_FIELDS), None);
    assert_eq!(parse(Limits::MOST_FIELDS, usize::MAX), None);
    assert_eq!(
        parse(Limits::MOST_FIELDS + 1, usize::MAX),
        Some(E::Head(HeadError::TooManyFields))
    );
}

/// Size is checked before syntax.
#[test]
fn h7_too_many_fields_though_one_of_them_is_broken() {
    let head = adding(&("a : b\r\n".to_owned() + &"a: b\r\n".repeat(Limits::DEFAULT_MAX_FIELDS)));
    refuses_head(&head, HeadError::TooManyFields, 431);
}

#[test]
fn h8_no_white_space_before_the_colon() {
    refuses_head(
        &with(UPGRADE, "Upgrade : websocket\r\n"),
        HeadError::SpaceBeforeColon,
        400,
    );
    refuses_head(
        &with(UPGRADE, "Upgrade\t: websocket\r\n"),
        HeadError::SpaceBeforeColon,
        400,
    );
}

#[test]
fn h9_field_name_is_a_token() {
    for line in [
        ": x\r\n",
        "no colon\r\n",
        "nocolon\r\n",
        "a b: c\r\n",
        "a\"b: c\r\n",
    ] {
        refuses_head(&adding(line), HeadError::FieldName, 400);
    }
    for byte in 0..=255_u8 {
        let head = [
            BASE.concat().as_bytes(),
            b"ab",
            &[byte],
            b"cdefghijklmnopqrstuvwxyz: x\r\n\r\n",
        ]
        .concat();
        let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:".contains(&byte);
        assert_eq!(upgrade(&head).is_ok(), token, "{byte:#x}");
    }
}

#[test]
fn h10_folded_field() {
    refuses_head(
        &with(UPGRADE, "Upgrade: websocket\r\n , x\r\n"),
        HeadError::FoldedField,
        400,
    );
    refuses_head(&adding("X: a\r\n\tb\r\n"), HeadError::FoldedField, 400);
}

#[test]
fn h11_no_control_characters_in_values_but_any_high_bytes() {
    for byte in (0..=255_u8).filter(|byte| !b"\r\n".contains(byte)) {
        for before in [0, 1, 7, 8, 15, 16, 31, 32, 40] {
            let value = [&vec![b'a'; before][..], &[byte], b"bcd"].concat();
            let head = [BASE.concat().as_bytes(), b"X-A: ", &value, b"\r\n\r\n"].concat();
            if byte.is_ascii_control() && byte != b'\t' {
                refuses_head(&head, HeadError::FieldValue, 400);
            } else {
                let kept = upgrade(&head).unwrap().fields().first("x-a").unwrap();
                assert_eq!(
                    kept.escape_ascii().to_string(),
                    value.trim_ascii().escape_ascii().to_string()
                );
            }
        }
    }
}

#[test]
fn h12_white_space_around_values_is_cut() {
    let head = with(KEY, "Sec-WebSocket-Key:\t  dGhlIHNhbXBsZSBub25jZQ== \t\r\n");
    assert_eq!(
        upgrade(&head).unwrap().key().as_bytes(),
        b"dGhlIHNhbXBsZSBub25jZQ=="
    );
    let fields = upgrade(&head).unwrap().fields();
    assert_eq!(
        fields.first("sec-websocket-KEY"),
        Some(&b"dGhlIHNhbXBsZSBub25jZQ=="[..])
    );
    assert_eq!(
        upgrade(&adding("x: \t \r\n")).unwrap().fields().first("X"),
        Some(&b""[..])
    );
}

#[test]
fn h13_http_1_1_only() {
    let version = |version: &str| with(LINE, &format!("GET /chat {version}\r\n"));
    refuses_head(&version("HTTP/1.0"), HeadError::Http10, 400);
    for other in ["HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0", "HTTP/9.9"] {
        refuses_head(&version(other), HeadError::HttpVersion, 505);
    }
    for none in [
        "http/1.1",
        "HTTP/1.10",
        "HTTP/1.",
        "HTTP/11",
        "HTTP/2",
        "HTTPS/1.1",
        "HTTP/a.b",
    ] {
        refuses_head(&version(none), HeadError::StartLine, 400);
    }
    refuses_head(b"PRI * HTTP/2.0\r\n\r\n", HeadError::HttpVersion, 505);
}

/// An unsupported version is reported before the syntax of fields. HTTP/1.0 is parsed.
#[test]
fn h13_the_version_though_a_field_is_broken() {
    refuses_head(
        b"GET / HTTP/1.0\r\na : b\r\n\r\n",
        HeadError::SpaceBeforeColon,
        400,
    );
    refuses_head(
        b"GET / HTTP/1.2\r\na : b\r\n\r\n",
        HeadError::HttpVersion,
        505,
    );
}
