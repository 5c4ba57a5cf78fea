//! Written heads are readable, also by other parsers, and a caller's values stay in their place.

use proptest::collection::vec;
use proptest::prelude::*;
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{FieldError, Request, Response};
use ws_testkit::answer::Answer;

use crate::draft::{token, valid};

/// Valid and invalid names and values.
fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        4 => token().prop_map(|name| format!("x{name}")),
        1 => "\\PC{0,9}",
        1 => "[a-z\r\n: ]{0,9}",
    ];
    let value = prop_oneof![
        4 => "[!-~]{1,9}( [!-~]{1,9})?",
        1 => "\\PC{1,20}",
        1 => "(\r\n|\n|\r|\0|a|:| |\t){1,9}",
    ];
    vec((name, value), 0..4)
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn is_good((name, value): &(String, String)) -> bool {
    let is_token = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte));
    // The reserved names that the strategy can generate.
    let is_reserved = ["te", "trailer", "upgrade"]
        .iter()
        .any(|reserved| name.eq_ignore_ascii_case(reserved));
    is_token
        && !is_reserved
        && value
            .bytes()
            .all(|byte| byte == b'\t' || !byte.is_ascii_control())
}

/// httparse's reading: the status, and names with values.
fn by_httparse(bytes: &[u8]) -> (u16, Vec<(String, Vec<u8>)>) {
    let mut slots = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut slots);
    assert!(response.parse(bytes).expect("an answer").is_complete());
    let fields = response
        .headers
        .iter()
        .map(|field| (field.name.to_owned(), field.value.to_vec()));
    (response.code.expect("a status"), fields.collect())
}

proptest! {
    #![proptest_config(crate::cases(2000))]

    #[test]
    fn h45_a_101_holds_the_callers_fields_or_is_not_written(draft in valid(), fields in fields()) {
        let head = draft.bytes();
        let upgrade = Request::parse(&head).unwrap().upgrade().unwrap();
        let mut output = b"before".to_vec();
        let added = borrowed(&fields);
        let accept = upgrade.accept().protocol(upgrade.protocols().choose_with(|_| true)).fields(&added);
        let written = accept.extensions(DeflateServer::new().answer(upgrade.extensions())).encode(&mut output);
        prop_assert_eq!(written.is_ok(), fields.iter().all(is_good), "{:?}", written);
        if written.is_err() {
            prop_assert_eq!(output, b"before");
            return Ok(());
        }
        let (status, read) = by_httparse(&output[6..]);
        prop_assert_eq!(status, 101);
        let own = read.len() - fields.len();
        prop_assert!(own == 3 + usize::from(!draft.protocols.is_empty()) + usize::from(offers_deflate(&head)));
        for (read, (name, value)) in read[own..].iter().zip(&fields) {
            prop_assert_eq!((&*read.0, read.1.trim_ascii()), (&**name, value.as_bytes().trim_ascii()));
        }
    }

    #[test]
    fn h46_any_other_answer_ends_where_it_says(
        status in 100_u16..700,
        fields in fields(),
        body in vec(any::<u8>(), 0..40),
        content_type in "([a-z]{1,5}/[a-z]{1,5}|\\PC{0,5}|[\r\n\0a]{0,3})",
        without_body: bool,
    ) {
        let mut output = b"before".to_vec();
        let added = borrowed(&fields);
        let response = Response::new(status).fields(&added).body(&content_type, &body).without_body(without_body);
        match response.encode(&mut output) {
            Ok(()) => {
                let (read_status, read) = by_httparse(&output[6..]);
                prop_assert_eq!(read_status, status);
                let length = read.iter().find(|(name, _)| name == "Content-Length");
                let content = if matches!(status, 204 | 304) { None } else { Some(body.len().to_string()) };
                prop_assert_eq!(length.map(|(_, value)| value.clone()), content.map(String::into_bytes));
                let sent: &[u8] = if without_body { &[] } else { &body };
                let head_len = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
                prop_assert_eq!(&output[head_len..], sent);
                for (name, value) in &fields {
                    let there = |(other, read): &&(String, Vec<u8>)| other == name && read.trim_ascii() == value.as_bytes().trim_ascii();
                    prop_assert!(read.iter().any(|field| there(&field)), "{name}: {value}");
                }
            }
            Err(error) => {
                prop_assert_eq!(&output, b"before");
                let good_type = content_type.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control());
                let good = fields.iter().all(is_good) && good_type && matches!(status, 200..=599);
                prop_assert!(!good || (error == FieldError::Body && matches!(status, 204 | 205 | 304)), "{error:?}");
            }
        }
    }
}

#[test]
fn h46_every_answer_of_ours_is_read_by_the_strict_reader() {
    for status in 200..600 {
        let mut output = Vec::new();
        Response::new(status).encode(&mut output).expect("a status");
        let answer = Answer::read(&output).expect("an answer");
        assert_eq!(answer.status, status);
        assert!(answer.has("Connection", b"close"));
        assert_eq!(
            answer.has("Upgrade", b"websocket"),
            status == 426,
            "RFC 9110 §15.5.22"
        );
    }
}

fn offers_deflate(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.contains("permessage-deflate") && !text.contains("unknown")
}
