//! Small helpers: bytes in, events and errors out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests, which end so when they fail"
)]

use std::borrow::Cow;

use ws_frame::{CloseCode, Config, Connection, Event, ProtocolError, Role};

/// The bytes of a string of hexadecimal digits and spaces.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// A masked frame, as a client sends it, with the key 01 02 03 04 and the length in its shortest
/// form.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [1, 2, 3, 4];
    let mut frame = header(first, payload.len());
    frame[1] |= 0x80;
    frame.extend(KEY);
    frame.extend(
        payload
            .iter()
            .zip(KEY.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

/// An unmasked frame, as a server sends it.
pub(crate) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len());
    frame.extend(payload);
    frame
}

fn header(first: u8, len: usize) -> Vec<u8> {
    let (as_u8, as_u16) = (u8::try_from(len), u16::try_from(len));
    match (as_u8, as_u16) {
        (Ok(len @ ..126), _) => vec![first, len],
        (_, Ok(len)) => [&[first, 126][..], &len.to_be_bytes()].concat(),
        _ => [&[first, 127][..], &(len as u64).to_be_bytes()].concat(),
    }
}

pub(crate) fn connection(role: Role, config: Config) -> Connection {
    match role {
        Role::Server => Connection::server(config),
        Role::Client => Connection::client(config, || [0; 4]),
    }
}

pub(crate) fn server() -> Connection {
    Connection::server(Config::new())
}

/// Feeds `bytes` to `connection`. Returns its events and its output.
pub(crate) fn feed(connection: &mut Connection, bytes: &[u8]) -> (Vec<Event<'static>>, Vec<u8>) {
    let (mut events, mut output) = (Vec::new(), Vec::new());
    let mut bytes = bytes.to_vec();
    let mut input = &mut bytes[..];
    while let Some(event) = connection.receive(&mut input, &mut output) {
        events.push(event.into_owned());
    }
    assert!(input.is_empty(), "all input is consumed");
    (events, output)
}

/// The same, one byte at a time.
pub(crate) fn trickle(connection: &mut Connection, bytes: &[u8]) -> (Vec<Event<'static>>, Vec<u8>) {
    let mut all = (Vec::new(), Vec::new());
    for byte in bytes {
        let (events, output) = feed(connection, &[*byte]);
        all.0.extend(events);
        all.1.extend(output);
    }
    all
}

/// The error for `bytes`, and the number of bytes up to it.
pub(crate) fn refused_with(role: Role, config: Config, bytes: &[u8]) -> (ProtocolError, usize) {
    let whole = feed(&mut connection(role, config), bytes);
    let Some(&Event::Failed(error)) = whole.0.last() else {
        panic!("not refused: {:?}", whole.0)
    };
    assert_eq!(
        whole.1,
        close_frame(role, error.close_code()),
        "one Close with the right code"
    );
    let mut trickled = connection(role, config);
    for (before, byte) in bytes.iter().enumerate() {
        let (events, output) = feed(&mut trickled, &[*byte]);
        if let Some(&Event::Failed(same)) = events.last() {
            assert_eq!((same, output), (error, whole.1));
            return (error, before + 1);
        }
    }
    panic!("only refused in one piece");
}

pub(crate) fn refused(role: Role, bytes: &[u8]) -> (ProtocolError, usize) {
    refused_with(role, Config::new(), bytes)
}

/// A Close as these connections write it: clients mask with the key 0.
pub(crate) fn close_frame(role: Role, code: CloseCode) -> Vec<u8> {
    let code = code.get().to_be_bytes();
    match role {
        Role::Server => vec![0x88, 2, code[0], code[1]],
        Role::Client => vec![0x88, 0x82, 0, 0, 0, 0, code[0], code[1]],
    }
}

pub(crate) fn text(text: &str) -> Event<'static> {
    Event::Text(Cow::Owned(text.into()))
}

pub(crate) fn binary(payload: &[u8]) -> Event<'static> {
    Event::Binary(Cow::Owned(payload.into()))
}
