//! Texts of errors, comparisons, and display of values.

use std::collections::BTreeSet;
use std::error::Error;

use ws_handshake::connect::{ConnectRequestError, Malformed, SettingError};
use ws_handshake::extension::Extensions;
use ws_handshake::extension::deflate::WindowBits;
use ws_handshake::{
    FieldError, HandshakeError as E, HeadError as H, OriginError, ResponseError, UrlError,
};

/// Lower case, no full stop, a fact; no two are the same.
fn check(errors: &[&dyn Error]) {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for text in &texts {
        assert!(text.len() > 10, "`{text}`");
        assert!(
            text.starts_with(|first: char| first.is_ascii_lowercase()),
            "`{text}`"
        );
        assert!(!text.ends_with('.') && text.is_ascii(), "`{text}`");
    }
    assert_eq!(
        texts.iter().collect::<BTreeSet<_>>().len(),
        texts.len(),
        "{texts:?}"
    );
}

const HEAD: &[H] = &[
    H::StartLineTooLong,
    H::TooLarge,
    H::TooManyFields,
    H::Incomplete,
    H::EmptyLines,
    H::LineEnd,
    H::StartLine,
    H::Http10,
    H::HttpVersion,
    H::SpaceBeforeField,
    H::FoldedField,
    H::SpaceBeforeColon,
    H::FieldName,
    H::FieldValue,
];

#[test]
fn c26_faults_of_requests_are_words_of_our_own() {
    check(
        &HEAD
            .iter()
            .map(|error| error as &dyn Error)
            .collect::<Vec<_>>(),
    );
    check(&[
        &E::Method,
        &E::MethodHead,
        &E::PlainMethod,
        &E::Target,
        &E::HostMissing,
        &E::HostRepeated,
        &E::HostSyntax,
        &E::TransferEncoding,
        &E::ContentLength,
        &E::Body,
        &E::Expectation,
        &E::Upgrade,
        &E::Connection,
        &E::VersionMissing,
        &E::VersionRepeated,
        &E::VersionSyntax,
        &E::VersionUnsupported,
        &E::KeyMissing,
        &E::KeyRepeated,
        &E::KeySyntax,
        &E::ExtensionSyntax,
        &E::ProtocolSyntax,
        &E::ProtocolRepeated,
        &E::TooManyProtocols,
        &E::OriginRepeated,
        &E::OriginRefused,
        &E::HostRefused,
        &E::Timeout,
        &E::Unavailable,
    ]);
}

#[test]
fn c26_other_errors_are_words_of_our_own() {
    check(&[
        &FieldError::Name,
        &FieldError::Value,
        &FieldError::Reserved,
        &FieldError::Status,
        &FieldError::Body,
        &FieldError::Extensions,
        &FieldError::NotOffered,
        &FieldError::NoRoom,
        &FieldError::TooMany,
        &FieldError::Host,
        &FieldError::Target,
        &FieldError::Protocol,
    ]);
    check(&[
        &ResponseError::Status(404),
        &ResponseError::Status(500),
        &ResponseError::Upgrade,
        &ResponseError::Connection,
        &ResponseError::AcceptCount,
        &ResponseError::AcceptValue,
        &ResponseError::ExtensionSyntax,
        &ResponseError::Extension,
        &ResponseError::Protocol,
        &ResponseError::ProtocolMissing,
    ]);
    check(&[&OriginError::Origin, &OriginError::Host]);
    check(&[&UrlError::Scheme, &UrlError::Host, &UrlError::Resource]);
    check(&[&SettingError::Value, &SettingError::Withdrawn]);
    check(&[
        &Malformed::PseudoField,
        &Malformed::PseudoFieldMissing,
        &Malformed::Scheme,
        &Malformed::Path,
        &Malformed::Authority,
        &Malformed::FieldName,
        &Malformed::FieldValue,
        &Malformed::ConnectionField,
        &Malformed::ContentLength,
        &ConnectRequestError::NotExtended,
        &ConnectRequestError::UnknownProtocol,
    ]);
}

#[test]
fn an_error_around_another_says_what_that_says() {
    for error in HEAD {
        assert_eq!(E::Head(*error).to_string(), error.to_string());
        assert_eq!(E::Head(*error).status(), error.status());
        assert_eq!(ResponseError::Head(*error).to_string(), error.to_string());
    }
    assert_eq!(
        ConnectRequestError::Handshake(E::KeySyntax).to_string(),
        E::KeySyntax.to_string()
    );
    assert_eq!(
        ConnectRequestError::Malformed(Malformed::Path).to_string(),
        Malformed::Path.to_string()
    );
    assert!(ResponseError::Status(404).to_string().contains("404"));
}

#[test]
fn c11_a_value_compares_and_prints_without_its_quotes() {
    let list = Extensions::parse(br#"x; a="1\0"; b=10; c"#)
        .expect("a list")
        .next()
        .expect("a member");
    let mut values = list.parameters().map(|parameter| parameter.value());
    for value in values.by_ref().take(2).flatten() {
        assert_eq!(value.to_string(), "10");
        assert!(value == "10" && value == *"10");
        assert!(value != "1" && value != *"100");
        assert!(format!("{value:?}").contains("10"));
    }
    assert!(values.next().expect("a parameter").is_none());
}

#[test]
fn x5_window_bits_are_8_to_15() {
    let all: Vec<u8> = (0..=u8::MAX)
        .filter_map(WindowBits::new)
        .map(WindowBits::bits)
        .collect();
    assert_eq!(all, (8..=15).collect::<Vec<u8>>());
    assert_eq!(WindowBits::default(), WindowBits::MAX);
    assert_eq!(
        (WindowBits::MIN.to_string(), WindowBits::MAX.to_string()),
        ("8".into(), "15".into())
    );
}
