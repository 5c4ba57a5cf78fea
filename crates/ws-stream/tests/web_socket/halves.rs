//! Halves of a connection in several tasks, and futures that are dropped.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_sink::Sink as _;
use ws_stream::{CloseCode, Error, Message, Outgoing, Receiver, Sender, TrySendError};

use crate::pipe::{Pipe, Random, pair, run, yield_now};
use crate::script::{Script, Step, bytes, poll_event, poll_yielding};

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Four tasks at each end, one that receives and three that send, through a pipe much narrower than
/// a message, in 2,000 orders. A lost or misdirected wake-up would leave a task waiting for ever.
#[test]
fn s35_no_task_of_split_halves_waits_for_ever_whatever_the_order() {
    for seed in 0..2000 {
        let random = &mut Random::new(seed);
        let (server, client) = pair(20 + random.below(200));
        let sizes = [random.below(50), random.below(300), random.below(10_000)];
        let mut tasks = Vec::new();
        let sent = &Cell::new(0);
        let (to_server, to_client) = if seed % 2 == 0 {
            (End::Awaits, End::Closes)
        } else {
            (End::Drops, End::Drops)
        };
        for (socket, end) in [(server, to_server), (client, to_client)] {
            let (sender, receiver) = socket.split();
            for (task, size) in (0..).zip(sizes) {
                tasks.push(Box::pin(send_three(sender.clone(), task, size, sent)) as Task<'_>);
            }
            tasks.push(Box::pin(receive_nine(receiver, sender, sizes, end, sent)));
        }
        run(tasks, random);
    }
}

/// Action of an end after it has received everything.
enum End {
    Drops,
    Closes,
    Awaits,
}

async fn send_three(sender: Sender<Pipe>, task: u8, size: usize, sent: &Cell<usize>) {
    for number in 0..3 {
        let payload = [&[task, number][..], &vec![number; size]].concat();
        sender.send(payload).await.expect("it is open");
    }
    sent.set(sent.get() + 1);
}

async fn receive_nine(
    mut receiver: Receiver<Pipe>,
    sender: Sender<Pipe>,
    sizes: [usize; 3],
    end: End,
    sent: &Cell<usize>,
) {
    let mut next = [0; 3];
    for _ in 0..9 {
        let message = receiver
            .next()
            .await
            .expect("it is open")
            .expect("no error");
        assert!(matches!(message, Message::Binary(_)), "{message:?}");
        let payload = message.payload();
        let (task, number) = (usize::from(payload[0]), payload[1]);
        assert!(
            payload[2..] == vec![number; sizes[task]],
            "a message is whole"
        );
        assert_eq!(number, next[task], "those of one task come in order");
        next[task] += 1;
    }
    if matches!(end, End::Closes) {
        while sent.get() < 6 {
            yield_now().await;
        }
        sender
            .close(CloseCode::NORMAL, "")
            .await
            .expect("it is open");
    }
    if !matches!(end, End::Drops) {
        while receiver
            .next()
            .await
            .transpose()
            .expect("no error")
            .is_some()
        {}
    }
}

/// Each future is polled a random number of times and dropped. A message that was taken arrives
/// whole and once; a message that was not taken does not arrive.
#[test]
fn s31_dropped_futures_lose_nothing_and_send_no_half() {
    for seed in 0..500 {
        let random = &mut Random::new(seed);
        let (mut server, mut client) = pair(1 + random.below(30));
        let (mut taken, mut received) = (Vec::new(), Vec::new());
        for number in 0..60_usize {
            let text = format!("{number} {}", "x".repeat(random.below(100)));
            let before = (client.queued(), client.written());
            let sent = poll_times(client.send(text.clone()), random.below(3));
            let queued = client.queued() as u64 + client.written();
            if queued > before.0 as u64 + before.1 {
                taken.push(text);
            } else {
                assert!(sent.is_none(), "a send that succeeds has queued");
            }
            if let Some(Some(message)) = poll_times(server.next(), random.below(4)) {
                received.push(message.expect("no error").into_text().expect("text"));
            }
        }
        while received.len() < taken.len() {
            drop(poll_times(client.flush(), 1));
            if let Some(Some(message)) = poll_times(server.next(), 1) {
                received.push(message.expect("no error").into_text().expect("text"));
            }
        }
        assert_eq!(received, taken);
    }
}

fn poll_times<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    for _ in 0..times {
        if let Poll::Ready(output) = poll_yielding(|cx| future.as_mut().poll(cx)) {
            return Some(output);
        }
    }
    None
}

/// A text, a Ping and a Close in one segment: the Pong and the echo go out before our Close,
/// although another task echoes.
#[test]
fn s34_another_task_can_answer_messages_from_before_a_close() {
    let segment = bytes(b"\x81\x82\0\0\0\0hi\x89\x81\0\0\0\0!\x88\x82\0\0\0\0\x03\xe8");
    let (sender, mut receiver) = Script::reading([segment, Step::Zero]).server().split();
    let channel = std::cell::RefCell::new(None);
    let reading = async {
        while let Some(message) = receiver.next().await {
            if let Message::Text(text) = message.expect("no error") {
                *channel.borrow_mut() = Some(text);
            }
        }
    };
    let echoing = async {
        let text = loop {
            if let Some(text) = channel.take() {
                break text;
            }
            yield_now().await;
        };
        sender
            .send(text)
            .await
            .expect("the Close is not answered yet");
    };
    // The echo is polled after the reader each time, as on an executor with one queue.
    run_in_turns([Box::pin(reading) as _, Box::pin(echoing) as _]);
    let socket = receiver.reunite(sender).expect("they belong together");
    assert_eq!(
        socket.get_ref().written,
        b"\x8a\x01!\x81\x02hi\x88\x02\x03\xe8"
    );
}

fn run_in_turns<'a>(tasks: impl IntoIterator<Item = Task<'a>>) {
    let mut tasks: Vec<_> = tasks.into_iter().collect();
    let cx = &mut Context::from_waker(Waker::noop());
    while !tasks.is_empty() {
        tasks.retain_mut(|task| task.as_mut().poll(cx).is_pending());
    }
}

/// The reply to a Close waits for the poll after the one that delivered it, so that a single task
/// can answer messages from before the Close.
#[test]
fn s34_one_task_answers_what_came_with_a_close() {
    let mut socket =
        Script::reading([bytes(b"\x81\x82\0\0\0\0hi\x88\x80\0\0\0\0"), Step::Zero]).server();
    assert!(matches!(
        poll_event(&mut socket),
        Poll::Ready(Some(Ok(Message::Text(_))))
    ));
    assert!(matches!(
        poll_event(&mut socket),
        Poll::Ready(Some(Ok(Message::Close(None))))
    ));
    assert!(matches!(
        poll_yielding(|cx| std::pin::pin!(socket.send("late")).poll(cx)),
        Poll::Ready(Ok(()))
    ));
    assert!(matches!(poll_event(&mut socket), Poll::Ready(None)));
    assert_eq!(socket.get_ref().written, b"\x81\x04late\x88\x00");
}

#[test]
fn s39_clones_of_a_sender_feel_backpressure() {
    let mut script = Script::default().writing([Step::Wait, Step::Wait]);
    script.writes.extend((0..100).map(|_| Step::Wait));
    let (sender, receiver) = script.server().split();
    let other = sender.clone();
    assert!(matches!(sender.try_send(vec![1; 100_000]), Ok(())));
    let Err(TrySendError::Full(message)) = other.try_send("more") else {
        panic!("there is room")
    };
    assert_eq!(message.payload_len(), 4, "the message comes back");
    let mut waiting = Box::pin(other.send("waits"));
    assert!(poll_yielding(|cx| waiting.as_mut().poll(cx)).is_pending());
    let mut dropped = Box::pin(sender.send("dropped"));
    assert!(poll_yielding(|cx| dropped.as_mut().poll(cx)).is_pending());
    drop(dropped);
    drop(receiver);
    while poll_yielding(|cx| waiting.as_mut().poll(cx)).is_pending() {}
    drop(waiting);
    assert_eq!(
        (other.queued(), other.written()),
        (0, 100_010 + 7),
        "what was dropped while it waited is not sent"
    );
}

#[test]
fn s39_a_flush_of_one_task_does_not_wait_for_what_others_queue_later() {
    let script = Script::default().writing([Step::Wait, bytes(b"12345"), Step::Wait, Step::Wait]);
    let (sender, _receiver) = script.server().split();
    let mut first = Box::pin(sender.send("one"));
    assert!(poll_yielding(|cx| first.as_mut().poll(cx)).is_pending());
    assert!(poll_yielding(|cx| std::pin::pin!(sender.feed("other")).poll(cx)).is_ready());
    assert!(matches!(
        poll_yielding(|cx| first.as_mut().poll(cx)),
        Poll::Ready(Ok(()))
    ));
    assert_eq!(sender.queued(), 7);
}

#[test]
fn s32_halves_of_one_connection_can_be_joined_again() {
    let (sender, receiver) = Script::default().server().split();
    let (strange, _) = Script::default().server().split();
    let (receiver, strange) = receiver
        .reunite(strange)
        .expect_err("they are of two connections");
    drop(strange);
    let clone = sender.clone();
    let (receiver, sender) = receiver.reunite(sender).expect_err("there is a clone");
    drop(clone);
    let mut socket = receiver.reunite(sender).expect("they belong together");
    assert!(poll_yielding(|cx| std::pin::pin!(socket.send("x")).poll(cx)).is_ready());
    assert_eq!(socket.get_ref().written, b"\x81\x01x");
}

#[test]
fn s32_the_sending_half_is_a_sink() -> Result<(), Error> {
    let (mut sender, receiver) = Script::default()
        .writing([Step::Wait, bytes(b"12345"), Step::Wait])
        .server()
        .split();
    let mut sink = Pin::new(&mut sender);
    assert!(poll_yielding(|cx| sink.as_mut().poll_ready(cx)).is_ready());
    sink.as_mut().start_send(Outgoing::from("one"))?;
    assert!(poll_yielding(|cx| sink.as_mut().poll_flush(cx)).is_pending());
    // The text is written, and the Close is not.
    assert!(poll_yielding(|cx| sink.as_mut().poll_close(cx)).is_pending());
    assert!(poll_yielding(|cx| sink.as_mut().poll_close(cx)).is_ready());
    let socket = receiver.reunite(sender).expect("they belong together");
    assert_eq!(socket.get_ref().written, b"\x81\x03one\x88\x02\x03\xe8");
    Ok(())
}

/// Acceptor and client agree on compression, with a subprotocol, and large and small messages
/// arrive.
#[cfg(feature = "deflate")]
#[test]
fn s47_acceptor_and_client_agree_on_compression() {
    let (near, far) = crate::pipe::pipes(100);
    let text = "compress me ".repeat(10_000);
    let texts = [text.as_str(), "short"];
    run(
        [
            Box::pin(echo_compressed(near)) as _,
            Box::pin(ask_compressed(far, &texts)) as _,
        ],
        &mut Random::new(3),
    );
}

#[cfg(feature = "deflate")]
fn compressing() -> ws_stream::Config {
    ws_stream::Config::new().compression(&ws_stream::deflate::Options::default())
}

#[cfg(feature = "deflate")]
async fn echo_compressed(pipe: Pipe) {
    let acceptor = ws_stream::Acceptor::new().config(compressing());
    let request = acceptor.accept(pipe).await.expect("it is well-formed");
    let opening = request.subprotocol("chat").upgrade();
    let mut socket = opening.await.expect("it is open");
    while let Some(message) = socket.next().await {
        let message = message.expect("no error");
        if message.is_data() {
            socket.feed(message).await.expect("it is open");
        }
    }
    assert!(
        socket.received() < 2000,
        "{} bytes came compressed",
        socket.received()
    );
}

#[cfg(feature = "deflate")]
async fn ask_compressed(pipe: Pipe, texts: &[&str]) {
    let client = ws_stream::Client::new("ws://h/")
        .subprotocol("chat")
        .config(compressing());
    let mut socket = client.connect(pipe).await.expect("it is open");
    assert_eq!(socket.protocol(), Some("chat"));
    for expected in texts {
        socket.send(*expected).await.expect("it is open");
        let echo = socket.next().await.expect("it is open");
        assert_eq!(echo.expect("no error").as_text(), Some(*expected));
    }
    let sent: usize = texts.iter().map(|text| text.len()).sum();
    assert!(socket.received() < sent as u64 / 10);
    socket
        .close(CloseCode::NORMAL, "")
        .await
        .expect("it is open");
    while socket.next().await.transpose().expect("no error").is_some() {}
}
