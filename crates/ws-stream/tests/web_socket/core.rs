//! Memory, limits and endings of a connection.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream as _;
use ws_stream::{
    Bounds, Builder, CloseCode, Config, Error, Message, Outgoing, Phase, ProtocolError, Stage,
    Timeout,
};

use crate::script::{
    End, Script, Step, Wakes, bytes, events, frame, poll, poll_event, poll_yielding,
};

/// Memory that a connection holds between messages, whatever it has received and sent.
#[test]
fn s38_an_idle_connection_holds_no_buffer() {
    // The buffers of the thread are made first.
    let mut warm = Script::reading([bytes(frame(&[1; 10]))]).server();
    assert!(poll_event(&mut warm).is_ready() && poll(warm.send("x")).is_ready());
    let mut socket = Script::default().server();
    let held = |work: &mut dyn FnMut()| {
        let info = allocation_counter::measure(work);
        info.bytes_current
    };
    let large = frame(&vec![7; 12 << 20]);
    let grown = held(&mut || {
        for payload in [&large, &frame(&[7; 200])] {
            socket
                .get_mut()
                .reads
                .extend([bytes(payload), bytes(frame(b"x")), Step::Wait]);
            let message = std::iter::repeat_with(|| poll_event(&mut socket))
                .take(10_000)
                .find(Poll::is_ready);
            let Some(Poll::Ready(Some(Ok(message)))) = message else {
                panic!("{message:?}")
            };
            assert!(poll(socket.send(Outgoing::from(message))).is_ready());
            assert!(poll_event(&mut socket).is_ready());
            assert!(poll_event(&mut socket).is_pending());
            let script = socket.get_mut();
            script.written = Vec::new();
            script.reads = std::collections::VecDeque::new();
            script.reader = None;
        }
    });
    assert!(grown <= 256, "it holds {grown} bytes more than before");
}

#[test]
fn s38_what_is_left_over_is_kept_and_no_more() {
    let two = bytes([frame(&[1; 1000]), frame(&[2; 500])].concat());
    let mut socket = Script::reading([two]).server();
    assert!(poll_event(&mut socket).is_ready());
    let (script, unread) = socket.into_inner();
    assert_eq!(unread, frame(&[2; 500]));
    assert!(script.reads.is_empty());
}

#[test]
fn s40_written_bytes_tell_that_a_slow_peer_makes_progress() {
    let steps = (0..50).flat_map(|_| [Step::Wait, bytes(vec![0; 20_000])]);
    let mut socket = Script::default().writing(steps).server();
    let mut sending = Box::pin(async {
        socket
            .send(vec![1; 1_000_000 - 10])
            .await
            .expect("it is open");
        socket
    });
    let mut polls = 0;
    let socket = loop {
        match poll_yielding(|cx| sending.as_mut().poll(cx)) {
            Poll::Ready(socket) => break socket,
            Poll::Pending => polls += 1,
        }
    };
    assert_eq!(
        (polls, socket.written(), socket.queued()),
        (50, 1_000_000, 0)
    );
    let mut socket = Script::default()
        .writing([bytes([0; 7]), Step::Wait])
        .server();
    assert!(poll(socket.send("hello")).is_ready() || socket.progress().written == 7);
    let mut socket = Script::default()
        .writing([bytes([0; 3]), Step::Wait])
        .server();
    assert!(poll(socket.send("hello")).is_pending());
    let progress = socket.progress();
    assert_eq!(
        (progress.written, progress.queued, progress.received),
        (3, 4, 0)
    );
    assert_eq!(progress.phase, Phase::Open);
}

#[test]
fn s41_limits_can_change_after_a_log_in() {
    let stream = [frame(&[1; 100]), frame(&[2; 101]), frame(&[3; 102])];
    let config = Config::new().max_message_len(100);
    let script = Script::reading(stream.iter().map(bytes).chain([Step::Zero]));
    let mut socket = Builder::new()
        .config(config)
        .server(script)
        .expect("there are no bounds");
    assert!(matches!(poll_event(&mut socket), Poll::Ready(Some(Ok(_)))));
    socket.set_max_message_len(101);
    assert!(matches!(poll_event(&mut socket), Poll::Ready(Some(Ok(_)))));
    let too_big = poll_event(&mut socket);
    assert!(matches!(
        too_big,
        Poll::Ready(Some(Err(Error::Protocol(ProtocolError::MessageTooBig))))
    ));
    let stream = [frame(&[1; 100]), Vec::new()];
    let mut socket = Script::reading(stream.iter().map(bytes)).server();
    socket.set_max_frame_len(99);
    let too_big = poll_event(&mut socket);
    assert!(matches!(
        too_big,
        Poll::Ready(Some(Err(Error::Protocol(ProtocolError::FrameTooBig))))
    ));
}

/// A Close that could not be written when it was due goes out when the socket is dropped, as far as
/// it is taken.
#[test]
fn s33_a_dropped_socket_writes_its_close_as_far_as_it_goes() {
    let violation: &[u8] = b"\x81\x05hello"; // not masked
    let close: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";
    for (input, output) in [
        (violation, &b"\x88\x02\x03\xea"[..]),
        (close, b"\x88\x02\x03\xe8"),
    ] {
        let mut script = Script::reading([bytes(input)]);
        let mut socket = Builder::new()
            .server(&mut script)
            .expect("there are no bounds");
        assert!(poll(socket.next()).is_ready());
        drop(socket);
        assert_eq!(script.written, output, "nobody polled after it was told");
        let mut script =
            Script::reading([bytes(input)]).writing([bytes(b"12"), Step::Wait, bytes(b"3")]);
        let mut socket = Builder::new()
            .server(&mut script)
            .expect("there are no bounds");
        assert!(poll(socket.next()).is_ready());
        drop(socket);
        assert_eq!(script.written, output[..2], "it does not wait");
    }
    let mut script = Script::default();
    let mut socket = Builder::new()
        .server(&mut script)
        .expect("there are no bounds");
    assert!(poll(socket.feed("hello")).is_ready());
    drop(socket);
    assert_eq!(
        (&script.written[..], script.flushed),
        (&b"\x81\x05hello"[..], 7)
    );
}

#[test]
fn s42_a_connection_that_is_given_up_sends_its_close_and_receives_nothing_more() {
    let mut socket = Script::reading([bytes(b"\x81\x82\0\0\0\0hi"), Step::Zero]).server();
    socket
        .fail(CloseCode::POLICY_VIOLATION, "late")
        .expect("it fits");
    let (got, end) = events(&mut socket);
    assert!(got.is_empty());
    assert_eq!(end, End::Over);
    assert_eq!(socket.get_ref().written, b"\x88\x06\x03\xf0late");
    assert!(socket.get_ref().shut_at.is_some());
    let mut socket = Script::default().writing([Step::Wait]).server();
    assert!(poll(socket.send("x")).is_pending());
    socket.abort();
    assert!(matches!(poll(socket.next()), Poll::Ready(None)));
    assert!(matches!(
        poll(socket.send("x")),
        Poll::Ready(Err(Error::Io(_)))
    ));
}

#[test]
fn s43_each_way_to_end_badly_has_its_error_and_close_code() {
    let vanished = events(&mut Script::reading([bytes(b"\x82"), Step::Zero]).server()).0;
    assert!(matches!(&vanished[..], [Err(error @ Error::Vanished)] if error.close_code() == 1006));
    let failed = events(&mut Script::reading([bytes(b"\x82\x00"), Step::Zero]).server()).0;
    assert!(
        matches!(&failed[..], [Err(error @ Error::Protocol(ProtocolError::Unmasked))] if error.close_code() == 1002)
    );
    let reset = Script::reading([Step::Fail(ErrorKind::ConnectionReset)]);
    let reset = events(&mut reset.server()).0;
    assert!(matches!(&reset[..], [Err(error @ Error::Io(_))] if error.close_code() == 1006));
    for (error, kind, text) in [
        (Error::Vanished, ErrorKind::UnexpectedEof, "without a Close"),
        (Error::Closed, ErrorKind::BrokenPipe, "closed for sending"),
        (Timeout::Pong.into(), ErrorKind::TimedOut, "pong timeout"),
        (
            Timeout::Opening(Stage::Tls).into(),
            ErrorKind::TimedOut,
            "the TLS handshake timed out",
        ),
        (Error::Insecure, ErrorKind::InvalidInput, "wss"),
        (Error::Overloaded, ErrorKind::Other, "limit"),
        (
            Error::Opening {
                stage: Stage::Resolve,
                source: "no such host".into(),
            },
            ErrorKind::Other,
            "resolving the host name: no such host",
        ),
    ] {
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(io::Error::from(error).kind(), kind);
    }
}

#[test]
fn s44_bytes_of_unfinished_messages_are_bounded_for_all_connections_together() {
    let bounds = Bounds::new().max_assembling_total(100_000);
    let server = |steps: Vec<Step>| {
        let config = Config::new().bounds(&bounds);
        Builder::new()
            .config(config)
            .server(Script::reading(steps))
            .expect("there is room")
    };
    let half = |len: usize| frame(&vec![1; len])[..len / 2 + 14].to_vec();
    let mut first = server(vec![bytes(half(60_000))]);
    assert!(poll_event(&mut first).is_pending());
    let held = bounds.assembling();
    assert!((30_000..=64_000).contains(&held), "{held}");
    let mut second = server(vec![bytes(half(200_000)), Step::Zero]);
    let refused = poll_event(&mut second);
    assert!(
        matches!(refused, Poll::Ready(Some(Err(Error::Overloaded)))),
        "{refused:?}"
    );
    assert!(matches!(poll_event(&mut second), Poll::Ready(None)));
    assert_eq!(second.get_ref().written, b"\x88\x02\x03\xf5");
    assert_eq!(
        bounds.assembling(),
        held,
        "what the refused one held is given back"
    );
    first.get_mut().reads.extend([bytes(vec![1; 30_000])]);
    assert!(matches!(
        poll_event(&mut first),
        Poll::Ready(Some(Ok(Message::Binary(_))))
    ));
    assert_eq!(bounds.assembling(), 0);
    drop((first, second));
    assert_eq!(bounds.connections(), 0);
}

/// 10,000 connections that are opened, used and dropped in the middle of something leave nothing.
#[test]
fn s45_connections_that_come_and_go_leave_nothing() {
    let bounds = Bounds::new();
    let once = |number: usize| {
        let config = Config::new().bounds(&bounds);
        let steps = [bytes(&frame(&[1; 300])[..=number % 300]), Step::Wait];
        let script = Script::reading(steps).writing([Step::Wait]);
        let mut socket = Builder::new()
            .config(config)
            .server(script)
            .expect("there are no bounds");
        assert!(poll(socket.feed("hello")).is_ready());
        assert!(poll_event(&mut socket).is_pending());
        if number.is_multiple_of(2) {
            let (sender, receiver) = socket.split();
            assert!(poll(sender.send(vec![1; 10_000])).is_ready());
            drop((receiver, sender));
        }
    };
    (0..300).for_each(once);
    let info = allocation_counter::measure(|| (0..10_000).for_each(once));
    assert_eq!((info.count_current, info.bytes_current), (0, 0));
    assert_eq!((bounds.connections(), bounds.assembling()), (0, 0));
}

#[test]
fn s46_streamed_messages_come_and_go_in_parts() {
    let config = Config::new().streaming(true);
    let stream = [
        b"\x01\x82\0\0\0\0ab".to_vec(),
        b"\x80\x81\0\0\0\0c".to_vec(),
        frame(&[1; 10]),
    ]
    .concat();
    let script = Script::reading(stream.chunks(9).map(bytes).chain([Step::Wait]));
    let mut socket = Builder::new()
        .config(config)
        .server(script)
        .expect("there are no bounds");
    let (mut text, mut binary) = (String::new(), Vec::new());
    while binary.len() < 10 {
        match poll_event(&mut socket) {
            Poll::Ready(Some(Ok(Message::TextPart(part)))) => {
                text.push_str(&part.data);
                assert!(poll(socket.feed(Message::TextPart(part))).is_ready());
            }
            Poll::Ready(Some(Ok(Message::BinaryPart(part)))) => binary.extend(part.data),
            other => assert!(other.is_pending(), "{other:?}"),
        }
    }
    assert_eq!((text.as_str(), binary), ("abc", vec![1; 10]));
    assert!(
        matches!(poll(socket.send("whole")), Poll::Ready(Ok(()))),
        "the message has ended"
    );
}

/// Wake-ups of a task that receives: none while nothing happens, one for each time that something
/// does.
#[test]
fn s35_a_task_is_woken_once_for_each_event_and_not_without_one() {
    let mut socket = Script::default().server();
    let wakes = Arc::new(Wakes::default());
    let counting = Waker::from(Arc::clone(&wakes));
    let cx = &mut Context::from_waker(&counting);
    for round in 0..3 {
        assert!(Pin::new(&mut socket).poll_next(cx).is_pending());
        assert_eq!(wakes.count(), round);
        let reader = socket.get_mut().reader.take().expect("it waits");
        reader.wake_by_ref();
        assert_eq!(wakes.count(), round + 1);
        reader.wake();
        assert_eq!(wakes.count(), round + 1, "it does not wait any more");
    }
}
