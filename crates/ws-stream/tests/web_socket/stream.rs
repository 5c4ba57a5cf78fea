//! `WebSocket` as a `Stream`, over scripted streams of bytes.

use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream as _;
use ws_stream::{CloseCode, Error, Message, ProtocolError};

use crate::script::{End, Script, Step, Wakes, bytes, events, poll_event};

/// "hello", "world" in two fragments, a Ping between them, and a Close 1000, from a client with the
/// key 0.
const STREAM: &[u8] =
    b"\x81\x85\0\0\0\0hello\x02\x83\0\0\0\0wor\x89\x81\0\0\0\0!\x80\x82\0\0\0\0ld\x88\x82\0\0\0\0\x03\xe8";
const REPLIES: &[u8] = b"\x8a\x01!\x88\x02\x03\xe8";

fn expected() -> [Message; 3] {
    [
        Message::Text("hello".into()),
        Message::Ping(b"!".into()),
        Message::Binary(b"world".into()),
    ]
}

fn kind(error: Error) -> ErrorKind {
    std::io::Error::from(error).kind()
}

/// A client's short frame without its masking key.
fn unmasked(frame: &[u8]) -> Vec<u8> {
    let (header, rest) = frame.split_at(2);
    let (key, payload) = rest.split_at(4);
    let payload = payload
        .iter()
        .zip(key.iter().cycle())
        .map(|(byte, key)| byte ^ key);
    header.iter().copied().chain(payload).collect()
}

/// The error after the first `count` events of `STREAM`.
fn error_after(steps: Vec<Step>, count: usize) -> ErrorKind {
    let mut socket = Script::reading(steps).server();
    let (mut got, end) = events(&mut socket);
    assert_eq!(end, End::Over);
    let error = kind(got.pop().expect("the error").expect_err("no Close came"));
    let got: Vec<_> = got.into_iter().map(Result::unwrap).collect();
    assert_eq!(got, expected()[..count]);
    error
}

#[test]
fn t27_a_dropped_future_loses_no_byte() {
    for size in 1..=STREAM.len() {
        let steps = STREAM
            .chunks(size)
            .flat_map(|piece| [bytes(piece), Step::Wait]);
        let mut socket = Script::reading(steps.chain([Step::Zero])).server();
        let (got, end) = events(&mut socket); // a new future for each try
        let got: Vec<_> = got.into_iter().map(Result::unwrap).collect();
        assert_eq!(got[..3], expected(), "in pieces of {size}");
        assert!(
            matches!(&got[3..], [Message::Close(Some(close))] if close.code == CloseCode::NORMAL)
        );
        assert_eq!(
            (socket.get_ref().written.as_slice(), end),
            (REPLIES, End::Over)
        );
    }
}

#[test]
fn t35_several_messages_in_one_read_need_no_new_readiness() {
    let mut socket = Script::reading([bytes(STREAM)]).server();
    for event in expected() {
        assert!(matches!(poll_event(&mut socket), Poll::Ready(Some(Ok(got))) if got == event));
    }
}

#[test]
fn t34_a_pong_that_could_not_be_written_goes_while_only_reads_follow() {
    let mut socket = Script::reading([bytes(b"\x89\x81\0\0\0\0!")])
        .writing([Step::Wait])
        .server();
    assert!(matches!(
        poll_event(&mut socket),
        Poll::Ready(Some(Ok(Message::Ping(_))))
    ));
    assert!(poll_event(&mut socket).is_pending());
    assert_eq!(socket.get_ref().written, b"");
    assert!(poll_event(&mut socket).is_pending());
    assert_eq!(socket.get_ref().written, b"\x8a\x01!");
    assert_eq!(socket.get_ref().flushed, 3);
}

#[test]
fn t23_pings_of_a_peer_who_does_not_read_cost_little() {
    let ping = [b"\x89\xfd\0\0\0\0".as_slice(), &[7; 125]].concat();
    let steps = (0..10_000).map(|_| bytes(&ping));
    let blocked = vec![Step::Wait; 20_000];
    let mut socket = Script::reading(steps).writing(blocked).server();
    let mut pings = 0;
    while let Poll::Ready(event) = poll_event(&mut socket) {
        assert!(matches!(event, Some(Ok(Message::Ping(_)))));
        pings += 1;
    }
    assert_eq!(pings, 10_000);
    socket.get_mut().writes.clear();
    assert!(poll_event(&mut socket).is_pending());
    let written = socket.get_ref().written.len();
    assert!(written < 4096 + 2 * 127, "{written} bytes of pongs");
}

#[test]
fn c91_the_bytes_written_do_not_depend_on_how_they_are_taken() {
    for size in 1..=REPLIES.len() {
        let writes = (0..20).flat_map(|_| [Step::Wait, bytes(&REPLIES[..size])]);
        let mut socket = Script::reading([bytes(STREAM), Step::Zero])
            .writing(writes)
            .server();
        let (got, end) = events(&mut socket);
        assert_eq!((got.len(), end), (4, End::Over));
        assert_eq!(socket.get_ref().written, REPLIES);
        assert_eq!(socket.get_ref().shut_at, Some(REPLIES.len()));
    }
}

#[test]
fn c92_a_reset_is_told_once_wherever_it_comes() {
    let reset = Step::Fail(ErrorKind::ConnectionReset);
    // Cuts in a header, in a payload, and between fragments.
    for (at, events) in [(1, 0), (4, 0), (8, 0), (11, 1), (20, 1), (31, 2)] {
        let steps = vec![bytes(&STREAM[..at]), reset.clone()];
        assert_eq!(
            error_after(steps, events),
            ErrorKind::ConnectionReset,
            "at {at}"
        );
    }
}

#[test]
fn c92_a_reset_in_our_close_does_not_hide_the_peers() {
    let mut socket = Script::reading([bytes(STREAM)])
        .writing([
            bytes(b"123"),
            bytes(b"4"),
            Step::Fail(ErrorKind::ConnectionReset),
        ])
        .server();
    let (got, end) = events(&mut socket);
    assert!(matches!(got.last(), Some(Ok(Message::Close(Some(_))))));
    assert_eq!((got.len(), end), (4, End::Over));
}

#[test]
fn c93_t33_an_end_without_a_close_is_told_wherever_it_comes() {
    for (at, events) in [(0, 0), (1, 0), (8, 0), (11, 1), (20, 1), (31, 2), (39, 3)] {
        let steps = STREAM[..at]
            .chunks(STREAM.len())
            .map(bytes)
            .chain([Step::Zero]);
        assert_eq!(
            error_after(steps.collect(), events),
            ErrorKind::UnexpectedEof,
            "at {at}"
        );
    }
}

#[test]
fn messages_from_before_the_end_come_before_the_error() {
    let mut socket = Script::reading([bytes(b"\x89\x80\0\0\0\0"), bytes(STREAM)])
        .writing([Step::Fail(ErrorKind::BrokenPipe)])
        .server();
    let (got, end) = events(&mut socket);
    assert!(
        matches!(got.last(), Some(Ok(Message::Close(Some(_))))),
        "{got:?}"
    );
    assert_eq!((got.len(), end), (5, End::Over));
}

#[test]
fn a_write_that_fails_is_told_when_nothing_more_comes() {
    let mut socket = Script::reading([bytes(b"\x89\x80\0\0\0\0")])
        .writing([Step::Fail(ErrorKind::ConnectionReset)])
        .server();
    let (got, end) = events(&mut socket);
    let [Ok(Message::Ping(_)), Err(Error::Io(error))] = &got[..] else {
        panic!("{got:?}")
    };
    assert_eq!((error.kind(), end), (ErrorKind::ConnectionReset, End::Over));
}

#[test]
fn n6_the_server_ends_its_side_first_and_waits_for_the_client() {
    let mut socket =
        Script::reading([bytes(STREAM), Step::Wait, bytes(b"junk after the close")]).server();
    let (got, end) = events(&mut socket);
    assert_eq!((got.len(), end), (4, End::Waiting));
    assert_eq!(socket.get_ref().shut_at, Some(REPLIES.len()));
    socket.get_mut().reads.push_back(Step::Zero);
    assert!(matches!(poll_event(&mut socket), Poll::Ready(None)));
    assert!(matches!(poll_event(&mut socket), Poll::Ready(None)));
}

#[test]
fn n6_the_client_waits_for_the_server_to_end_its_side() {
    let mut socket = Script::reading([bytes(b"\x88\x02\x03\xe8")]).client();
    let (got, end) = events(&mut socket);
    assert_eq!((got.len(), end), (1, End::Waiting));
    assert_eq!(unmasked(&socket.get_ref().written), b"\x88\x82\x03\xe8");
    assert_eq!(socket.get_ref().shut_at, None);
    socket.get_mut().reads.push_back(Step::Zero);
    assert!(matches!(poll_event(&mut socket), Poll::Ready(None)));
    assert_eq!(socket.get_ref().shut_at, Some(8));
}

#[test]
fn n13_a_failure_is_an_error_and_its_close_goes_out_though_the_peer_talks_on() {
    let flood = (0..5).map(|_| bytes(vec![0x81; 64 * 1024]));
    let mut socket = Script::reading(
        [bytes(b"\x81\x05hello")]
            .into_iter()
            .chain(flood)
            .chain([Step::Zero]),
    )
    .writing([Step::Wait, bytes(b"1"), Step::Wait, bytes(b"2")])
    .server();
    let (got, end) = events(&mut socket);
    assert!(matches!(
        &got[..],
        [Err(Error::Protocol(ProtocolError::Unmasked))]
    ));
    assert_eq!(
        (socket.get_ref().written.as_slice(), end),
        (b"\x88\x02\x03\xea".as_slice(), End::Over)
    );
}

/// One poll must end, or a timeout beside it could never fire.
#[test]
fn a_peer_that_floods_leaves_others_their_turn() {
    let flood = || (0..1000).map(|_| bytes([0; 100]));
    let close = bytes(b"\x88\x80\0\0\0\0");
    let begun = bytes(b"\x82\xff\0\0\0\0\0\x10\0\0\0\0\0\0");
    for (what, first) in [("junk behind the Close", close), ("a large message", begun)] {
        let mut socket = Script::reading([first].into_iter().chain(flood())).server();
        let wakes = Arc::new(Wakes::default());
        let counting = Waker::from(Arc::clone(&wakes));
        let mut polls = 0;
        while !socket.get_ref().reads.is_empty() {
            assert_eq!(wakes.count(), polls, "it asks for its next turn");
            let event = Pin::new(&mut socket).poll_next(&mut Context::from_waker(&counting));
            polls += usize::from(event.is_pending());
        }
        assert!(polls >= 1000 / 40, "{polls} polls for {what}");
    }
}
