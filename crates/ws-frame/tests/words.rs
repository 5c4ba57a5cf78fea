//! Text for people: facts, in lower case, without a full stop, without bytes of the peer and
//! without a key.

use std::collections::BTreeSet;
use std::fmt::Display;

use ws_frame::{CloseCode, Encoder, Opcode, ProtocolError, SendError};
use ws_testkit::event::Rule;
use ws_testkit::observe;

const PROTOCOL_ERRORS: [ProtocolError; 20] = [
    ProtocolError::ReservedBits,
    ProtocolError::ReservedOpcode,
    ProtocolError::FragmentedControl,
    ProtocolError::ControlTooLong,
    ProtocolError::UnexpectedContinuation,
    ProtocolError::ExpectedContinuation,
    ProtocolError::Unmasked,
    ProtocolError::Masked,
    ProtocolError::NonMinimalLength,
    ProtocolError::LengthOutOfRange,
    ProtocolError::TruncatedCloseCode,
    ProtocolError::InvalidCloseCode,
    ProtocolError::InvalidCloseReason,
    ProtocolError::InvalidUtf8,
    ProtocolError::InvalidDeflate,
    ProtocolError::FrameTooBig,
    ProtocolError::MessageTooBig,
    ProtocolError::TooManyFragments,
    ProtocolError::TooManyEmptyFragments,
    ProtocolError::TooManyFinalBlocks,
];

const SEND_ERRORS: [SendError; 8] = [
    SendError::Closed,
    SendError::MessageUnfinished,
    SendError::NoMessage,
    SendError::FragmentedControl,
    SendError::ControlTooLong,
    SendError::TooLong,
    SendError::ClientCloseCode,
    SendError::MustMask,
];

#[test]
fn errors_are_facts_in_lower_case() {
    check(&PROTOCOL_ERRORS);
    check(&SEND_ERRORS);
}

fn check(errors: &[impl Display]) {
    let texts: BTreeSet<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), errors.len(), "two say the same");
    for text in texts {
        assert!(text.len() > 10 && !text.ends_with('.'), "{text}");
        let first_word = text.split(' ').next().unwrap_or_default();
        assert!(
            first_word.chars().all(|letter| !letter.is_uppercase()),
            "{text}"
        );
    }
}

/// Every rule has its error, and every error the code of its rule. `rule` compares them.
#[test]
fn n18_every_error_has_its_rule_and_its_code() {
    let rules: BTreeSet<Rule> = PROTOCOL_ERRORS.into_iter().map(observe::rule).collect();
    assert_eq!(rules, BTreeSet::from(Rule::ALL));
}

#[test]
fn a_close_code_is_shown_as_its_number() {
    assert_eq!(CloseCode::TOO_BIG.to_string(), "1009");
    assert_eq!(u16::from(CloseCode::TOO_BIG), 1009);
}

/// Knowledge of a masking key would reveal the payload.
#[test]
fn f17_a_header_does_not_show_its_key() {
    let mut encoder = Encoder::client(|| [0xab; 4]);
    let header = encoder.frame(Opcode::Text, true, 5).expect("a legal frame");
    let shown = format!("{header:?} {encoder:?}");
    assert!(shown.contains("EncodedHeader"), "{shown}");
    // A single number could occur in the address of the function that draws keys.
    assert!(
        !shown.contains("ab, ab") && !shown.contains("171, 171"),
        "{shown}"
    );
    assert_eq!(header.as_ref(), [0x81, 0x85, 0xab, 0xab, 0xab, 0xab]);
}
