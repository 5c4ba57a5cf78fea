//! Exhaustive tests of small input spaces.

use std::borrow::Cow;

use ws_frame::{CloseCode, Config, Connection, Decoder, Event, SendError};
use ws_testkit::event::{Limits, Role, Rule};
use ws_testkit::reference::frames::FrameReader;
use ws_testkit::reference::{Reference, State, may_be_received};
use ws_testkit::{observe, outcome, wire};

const ROLES: [Role; 2] = [Role::Server, Role::Client];

/// A text frame that begins a message and does not end it, as `reader` receives it.
fn first_fragment(reader: Role) -> Vec<u8> {
    wire::frame(0x01, (reader == Role::Server).then_some([1, 2, 3, 4]), b"a")
}

/// All first two bytes, in both roles, inside and outside a fragmented message, with and without
/// RSV1. The decoder refuses exactly those that break a rule, at the same byte as the reference,
/// for one of the same reasons.
#[test]
fn every_first_two_bytes_against_the_rules_of_headers() {
    let mut refused = 0;
    for role in ROLES {
        for before in [Vec::new(), first_fragment(role)] {
            for rsv1 in [false, true] {
                for bytes in 0..=u16::MAX {
                    refused += u32::from(check_header(role, &before, rsv1, bytes.to_be_bytes()));
                }
            }
        }
    }
    assert_eq!(refused, expected_refusals());
}

fn check_header(role: Role, before: &[u8], rsv1: bool, bytes: [u8; 2]) -> bool {
    let mut reader = FrameReader::new(role);
    if rsv1 {
        reader = reader.with_rsv1();
    }
    let mut decoder = Decoder::new(observe::role(role)).allow_rsv1(rsv1);
    for byte in before {
        assert!(reader.byte(*byte).broken.is_empty());
    }
    assert_eq!(observe::decode(&mut decoder, before, &[]).failed, None);
    for byte in bytes {
        let broken = reader.byte(byte).broken;
        let failed = observe::decode(&mut decoder, &[byte], &[]).failed;
        match failed {
            None => assert!(
                broken.is_empty(),
                "{role:?} accepts {bytes:02x?}, which breaks {broken:?}"
            ),
            Some((named, _)) => {
                assert!(
                    broken.contains(&named),
                    "{role:?} says of {bytes:02x?} {named}, the rules {broken:?}"
                );
                return true;
            }
        }
    }
    false
}

/// Number of refusals in one of the eight runs, counted by hand from the rules: 65,536 less the
/// legal headers.
fn expected_refusals() -> u32 {
    let mut refused = 0;
    for in_message in [false, true] {
        // Legal data frames: a continuation inside a message, text and binary outside; each with
        // and without FIN, and with RSV1 if the extension allows it.
        let data_first_bytes = |rsv1: u32| if in_message { 2 } else { 4 * (1 + rsv1) };
        for rsv1 in [0, 1] {
            let data = data_first_bytes(rsv1) * 128;
            // Ping and Pong up to 125 bytes; Close too, but not with one byte.
            let control = 126 + 126 + 125;
            // In both roles 128 of the second bytes have the right mask bit.
            refused += 2 * (65_536 - data - control);
        }
    }
    refused
}

/// The same through `Connection`. Its limits refuse at most those headers that exceed them.
#[test]
fn every_first_two_bytes_through_a_connection() {
    let limits = Limits {
        frame: 100,
        message: 100,
        fragments: 1,
        empty: 1,
    };
    for role in ROLES {
        for before in [Vec::new(), first_fragment(role)] {
            for bytes in 0..=u16::MAX {
                let stream = [&before[..], &bytes.to_be_bytes()].concat();
                let mut reference = Reference::new(role, limits);
                reference.receive(&stream);
                let mut connection = observe::connection(role, limits, false);
                let mut log = observe::Log::default();
                log.receive(&mut connection, &stream);
                let failed = match reference.state() {
                    State::Failed(broken) => broken.as_slice(),
                    _ => &[],
                };
                match log.failed() {
                    None => assert_eq!(failed, [], "{role:?} accepts {bytes:04x}"),
                    Some(rule) => {
                        assert!(
                            failed.contains(&rule),
                            "{role:?} says of {bytes:04x} {rule}, the rules {failed:?}"
                        );
                        let code = rule.close_code().to_be_bytes().to_vec();
                        assert_eq!(log.output, outcome::output(role, &[(8, code)]));
                    }
                }
            }
        }
    }
}

#[test]
fn f15_every_close_code_received() {
    for role in ROLES {
        for code in 0..=u16::MAX {
            let key = (role == Role::Server).then_some([9, 8, 7, 6]);
            let frame = wire::frame(0x88, key, &code.to_be_bytes());
            let mut connection = observe::connection(role, Limits::default(), false);
            let mut log = observe::Log::default();
            log.receive(&mut connection, &frame);
            let (event, answer) = if may_be_received(code) {
                (
                    ws_testkit::event::Event::Close(Some((code, String::new()))),
                    code,
                )
            } else {
                (ws_testkit::event::Event::Failed(Rule::F15), 1002)
            };
            assert_eq!(log.events, [event], "{role:?}, {code}");
            assert_eq!(
                log.output,
                outcome::output(role, &[(8, answer.to_be_bytes().to_vec())]),
                "{role:?}, {code}"
            );
        }
    }
}

/// 1004 to 1006, 1015 and unassigned codes are no `CloseCode`, so they cannot be sent. A server may
/// not send 1010.
#[test]
fn f22_c123_every_close_code_sent() {
    for role in ROLES {
        for number in 0..=u16::MAX {
            let code = CloseCode::new(number);
            assert_eq!(code.is_some(), may_be_received(number), "{number}");
            let Some(code) = code else { continue };
            assert_eq!(code.get(), number);
            let mut connection = observe::connection(role, Limits::default(), false);
            let mut output = Vec::new();
            let sent = connection.close(code, "", &mut output);
            if role == Role::Server && number == 1010 {
                assert_eq!(sent, Err(SendError::ClientCloseCode));
                assert_eq!(output, b"");
            } else {
                assert_eq!(sent, Ok(()), "{role:?}, {number}");
                assert_eq!(
                    output,
                    outcome::output(role, &[(8, number.to_be_bytes().to_vec())])
                );
            }
        }
    }
}

#[test]
fn f16_f22_every_length_of_a_reason() {
    for role in ROLES {
        for len in 0..=300 {
            let reason = "r".repeat(len);
            let mut connection = observe::connection(role, Limits::default(), false);
            let mut output = Vec::new();
            let sent = connection.close(CloseCode::NORMAL, &reason, &mut output);
            if len > 123 {
                assert_eq!(
                    (sent, output.len()),
                    (Err(SendError::ControlTooLong), 0),
                    "{len}"
                );
            } else {
                assert_eq!(sent, Ok(()), "{len}");
                let body = [b"\x03\xe8", reason.as_bytes()].concat();
                assert_eq!(output, outcome::output(role, &[(8, body)]), "{len}");
            }
        }
    }
}

/// Every payload length up to 70,000 in every encoding. The decoder accepts only the shortest (F3),
/// and the encoder writes it (F21, T14).
#[test]
fn f3_f21_t14_every_length_in_every_form() {
    for len in 0..=70_000_u64 {
        let forms = [
            u8::try_from(len)
                .ok()
                .filter(|len| *len < 126)
                .map(|len| vec![0x82, len]),
            u16::try_from(len)
                .ok()
                .map(|len| [&[0x82, 126], &len.to_be_bytes()[..]].concat()),
            Some([&[0x82, 127], &len.to_be_bytes()[..]].concat()),
        ];
        let mut accepted = forms.into_iter().flatten().filter(|header| {
            let mut decoder = Decoder::new(ws_frame::Role::Client);
            observe::decode(&mut decoder, header, &[]).failed.is_none()
        });
        let shortest = accepted.next().expect("one form is right");
        assert_eq!(shortest, wire::header(0x82, false, len));
        assert_eq!(accepted.next(), None, "{len} in two forms");
        let header = ws_frame::Encoder::server().frame(ws_frame::Opcode::Binary, true, len);
        assert_eq!(header.expect("a legal frame").as_bytes(), shortest);
    }
}

/// The text of a whole message borrows from the caller's bytes.
#[test]
fn whole_messages_are_borrowed_from_the_input() {
    for (first, role) in [
        (0x81, Role::Server),
        (0x82, Role::Server),
        (0x81, Role::Client),
        (0x89, Role::Client),
    ] {
        let mut stream = wire::frame(
            first,
            (role == Role::Server).then_some([1, 2, 3, 4]),
            &[b'x'; 100],
        );
        let range = stream.as_ptr_range();
        let mut input = &mut stream[..];
        let mut connection = match role {
            Role::Server => Connection::server(Config::new()),
            Role::Client => Connection::client(Config::new(), || [0; 4]),
        };
        let payload = match connection.receive(&mut input, &mut Vec::new()) {
            Some(Event::Text(Cow::Borrowed(text))) => text.as_bytes(),
            Some(Event::Binary(Cow::Borrowed(bytes)) | Event::Ping(Cow::Borrowed(bytes))) => bytes,
            event => panic!("{event:?}"),
        };
        assert!(range.contains(&payload.as_ptr()));
    }
}
