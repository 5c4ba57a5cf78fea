//! `WebSocket` as a `Sink`, over scripted streams of bytes.

use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream as _;
use futures_sink::Sink as _;
use ws_stream::{CloseCode, Error, Message, Outgoing, Prepared, SendError, WebSocket};

use crate::script::{End, Script, Step, Wakes, bytes, events, poll, poll_event, poll_yielding};

fn feed(socket: &mut WebSocket<Script>, message: impl Into<Outgoing>) -> Poll<Result<(), Error>> {
    poll(socket.feed(message))
}

fn flush(socket: &mut WebSocket<Script>) -> Poll<Result<(), Error>> {
    poll_yielding(|cx| Pin::new(&mut *socket).poll_flush(cx))
}

fn kind(result: Poll<Result<(), Error>>) -> Result<(), ErrorKind> {
    match result {
        Poll::Ready(result) => result.map_err(|error| std::io::Error::from(error).kind()),
        Poll::Pending => Err(ErrorKind::WouldBlock),
    }
}

/// 1,600 unwritten messages of 8 bytes.
fn queued(writes: impl IntoIterator<Item = Step>) -> WebSocket<Script> {
    let mut socket = Script::default().writing(writes).server();
    for number in 0..1600 {
        assert_eq!(kind(feed(&mut socket, format!("{number:08}"))), Ok(()));
    }
    assert_eq!(socket.get_ref().written, b"");
    socket
}

fn queued_bytes() -> Vec<u8> {
    let frames = (0..1600).map(|number| format!("\u{1}\u{8}{number:08}").into_bytes());
    let mut bytes = frames.collect::<Vec<_>>().concat();
    bytes.chunks_mut(10).for_each(|frame| frame[0] = 0x81);
    bytes
}

#[test]
fn t31_many_queued_messages_through_a_sink_that_takes_one_byte_then_all() {
    let mut socket = queued((0..100).flat_map(|_| [bytes(b"1"), Step::Wait]));
    while flush(&mut socket).is_pending() {}
    assert_eq!(socket.get_ref().written, queued_bytes());
    assert_eq!(socket.get_ref().flushed, 16_000);
}

#[test]
fn t31_a_write_of_nothing_is_an_error_and_no_endless_loop() {
    let mut socket = queued([bytes(b"1"), Step::Zero]);
    assert_eq!(kind(flush(&mut socket)), Err(ErrorKind::WriteZero));
    assert_eq!(socket.get_ref().written.len(), 1);
    assert_eq!(kind(feed(&mut socket, "more")), Err(ErrorKind::WriteZero));
    let (got, end) = events(&mut socket);
    assert!(matches!(&got[..], [Err(Error::Io(error))] if error.kind() == ErrorKind::WriteZero));
    assert_eq!(end, End::Over);
}

#[test]
fn a_sender_waits_while_much_is_to_be_written() {
    let mut socket = Script::default()
        .writing([Step::Wait, Step::Wait, bytes(vec![0; 60_000])])
        .server();
    let message = vec![0; 100_000];
    assert_eq!(kind(feed(&mut socket, message.clone())), Ok(()));
    assert_eq!(
        kind(feed(&mut socket, message.clone())),
        Err(ErrorKind::WouldBlock)
    );
    assert_eq!(
        kind(feed(&mut socket, message.clone())),
        Err(ErrorKind::WouldBlock)
    );
    assert_eq!(kind(feed(&mut socket, message)), Ok(()));
    assert_eq!(kind(flush(&mut socket)), Ok(()));
    assert_eq!(socket.get_ref().written.len(), 2 * 100_010);
}

#[test]
fn t27_a_dropped_send_is_sent_whole_or_not_at_all() {
    let mut socket = Script::default()
        .writing([bytes(b"123"), Step::Wait])
        .server();
    assert!(poll(socket.send("hello")).is_pending());
    assert!(poll_event(&mut socket).is_pending()); // reading writes the rest
    assert_eq!(socket.get_ref().written, b"\x81\x05hello");
}

#[test]
fn every_kind_of_message_can_be_sent() -> Result<(), SendError> {
    let prepared = Prepared::new(ws_frame::Message::Text("p"));
    let mut socket = Script::default().server();
    let messages: [Outgoing; 8] = [
        "t".into(),
        String::from("s").into(),
        b"b".into(),
        vec![b'v'].into(),
        (&prepared).into(),
        Outgoing::ping(b"i")?,
        Outgoing::pong(b"o")?,
        Outgoing::close(CloseCode::GOING_AWAY, "bye")?,
    ];
    for message in messages {
        assert_eq!(kind(poll(socket.send(message))), Ok(()));
    }
    let sent =
        b"\x81\x01t\x81\x01s\x82\x01b\x82\x01v\x81\x01p\x89\x01i\x8a\x01o\x88\x05\x03\xe9bye";
    assert_eq!(socket.get_ref().written, sent);
    Ok(())
}

#[test]
fn a_close_without_a_code_is_one_too() {
    let mut socket = Script::reading([bytes(b"\x88\x80\0\0\0\0"), Step::Zero]).server();
    assert_eq!(
        kind(poll(socket.send(Outgoing::close_without_code()))),
        Ok(())
    );
    assert_eq!(socket.get_ref().written, b"\x88\x00");
    let (got, end) = events(&mut socket);
    assert!(matches!(&got[..], [Ok(Message::Close(None))]));
    assert_eq!(end, End::Over);
}

#[test]
fn n4_t33_both_sides_may_close_at_once() {
    let mut socket = Script::reading([bytes(b"\x88\x82\0\0\0\0\x03\xe8"), Step::Zero]).server();
    assert_eq!(
        kind(poll(socket.close(CloseCode::GOING_AWAY, "bye"))),
        Ok(())
    );
    let (got, end) = events(&mut socket);
    assert!(matches!(&got[..], [Ok(Message::Close(Some(_)))]));
    assert_eq!(kind(poll(socket.close(CloseCode::NORMAL, "again"))), Ok(()));
    assert_eq!(
        (socket.get_ref().written.as_slice(), end),
        (b"\x88\x05\x03\xe9bye".as_slice(), End::Over)
    );
}

#[test]
fn t33_a_close_to_a_peer_that_is_gone_ends() {
    let gone = || Script::reading([Step::Zero]).writing([Step::Fail(ErrorKind::BrokenPipe)]);
    let mut socket = gone().server();
    assert_eq!(
        kind(poll(socket.close(CloseCode::NORMAL, ""))),
        Err(ErrorKind::BrokenPipe)
    );
    let (got, end) = events(&mut socket);
    assert!(matches!(&got[..], [Err(Error::Vanished)]));
    assert_eq!(end, End::Over);
}

#[test]
fn n2_nothing_follows_our_close() {
    let mut socket = Script::default().server();
    assert_eq!(kind(poll(socket.close(CloseCode::NORMAL, ""))), Ok(()));
    assert!(matches!(
        poll(socket.send("more")),
        Poll::Ready(Err(Error::Closed))
    ));
}

#[test]
fn a_refused_message_changes_nothing() {
    let mut socket = Script::default().server();
    let too_long = poll(socket.ping(&[0; 126]));
    assert!(matches!(
        too_long,
        Poll::Ready(Err(Error::Send(SendError::ControlTooLong)))
    ));
    let too_long = poll(socket.close(CloseCode::NORMAL, &"x".repeat(124)));
    assert!(matches!(
        too_long,
        Poll::Ready(Err(Error::Send(SendError::ControlTooLong)))
    ));
    assert_eq!(kind(poll(socket.send("t"))), Ok(()));
    assert_eq!(socket.get_ref().written, b"\x81\x01t");
}

#[test]
fn the_sink_closes_with_1000_once() {
    let mut socket = Script::default().server();
    let cx = &mut Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert_eq!(kind(Pin::new(&mut socket).poll_close(cx)), Ok(()));
    }
    assert_eq!(socket.get_ref().written, b"\x88\x02\x03\xe8");
}

/// Two tasks, as after a `split`: the sender waits for room, and the reader polls the same stream
/// later. Both must be woken, or a sender would wait for ever for bytes that the reader has
/// written.
#[test]
fn a_waiting_sender_is_woken_although_the_reader_polled_later() {
    let (reader, sender) = (Arc::new(Wakes::default()), Arc::new(Wakes::default()));
    let wakers = [
        Waker::from(Arc::clone(&reader)),
        Waker::from(Arc::clone(&sender)),
    ];
    let mut socket = Script::default().writing([Step::Wait, Step::Wait]).server();
    assert_eq!(kind(feed(&mut socket, "hello")), Ok(()));
    let mut socket = Pin::new(&mut socket);
    assert!(
        socket
            .as_mut()
            .poll_flush(&mut Context::from_waker(&wakers[1]))
            .is_pending()
    );
    assert!(
        socket
            .as_mut()
            .poll_next(&mut Context::from_waker(&wakers[0]))
            .is_pending()
    );
    Pin::into_inner(socket)
        .get_mut()
        .writer
        .take()
        .unwrap()
        .wake();
    assert_eq!(reader.count(), 1);
    assert_eq!(sender.count(), 1);
}
