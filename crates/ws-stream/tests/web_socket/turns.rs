//! Turns: a task returns to its executor after a bounded amount of work.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ws_stream::{Builder, CloseCode, Message, Transport, WebSocket};

use crate::pipe::{Pipe, Random, pair, run, yield_now};
use crate::script::Script;

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Gives the same bytes at each read, without end.
struct Flood(Vec<u8>);

impl Transport for Flood {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        buffer[..self.0.len()].copy_from_slice(&self.0);
        Poll::Ready(Ok(self.0.len()))
    }
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }
    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A task that receives as fast as its peer sends must leave other tasks their turn, on an executor
/// without a budget of its own: here two connections on an executor that runs whatever is woken,
/// one of them flooded without end.
#[test]
fn s36_a_connection_that_is_flooded_leaves_others_their_turn() {
    for frame in [
        &b"\x82\x81\0\0\0\0x"[..],
        b"\x89\x81\0\0\0\0x",
        b"\x02\x81\0\0\0\0x\x80\x80\0\0\0\0",
    ] {
        let flood = Flood(frame.repeat(64 * 1024 / frame.len()));
        let (polls, messages) = flooded_beside_another(flood);
        assert!(polls < 1000, "{polls} polls");
        assert!(
            messages < 1000 * 300,
            "a poll took {} messages",
            messages / polls
        );
    }
}

/// Echoes a flood until ten questions to another connection have been answered. How many polls and
/// messages that took.
fn flooded_beside_another(flood: Flood) -> (usize, usize) {
    let mut flooded = Builder::new().server(flood).expect("there are no bounds");
    let (server, client) = pair(100);
    let (over, messages) = (Cell::new(false), Cell::new(0));
    let echo_flood = async {
        while !over.get() {
            let message = flooded
                .next()
                .await
                .expect("it is open")
                .expect("it is well");
            messages.set(messages.get() + 1);
            if message.is_data() {
                flooded.feed(message).await.expect("it is open");
            }
        }
    };
    let tasks = [
        Box::pin(echo_flood) as Task<'_>,
        Box::pin(echo(server)),
        Box::pin(ask_ten(client, &over)),
    ];
    let polls = run(tasks, &mut Random::new(7));
    (polls, messages.get())
}

async fn echo(mut server: WebSocket<Pipe>) {
    while let Some(Ok(message)) = server.next().await {
        if message.is_data() {
            server.send(message).await.expect("it is open");
        }
    }
}

async fn ask_ten(mut client: WebSocket<Pipe>, over: &Cell<bool>) {
    for number in 0..10 {
        client.send(format!("{number}")).await.expect("it is open");
        let answer = client
            .next()
            .await
            .expect("it is open")
            .expect("it is well");
        assert_eq!(answer, Message::Text(format!("{number}")));
    }
    over.set(true);
    client
        .close(CloseCode::NORMAL, "")
        .await
        .expect("it is open");
    while client.next().await.is_some() {}
}

/// A task that only sends, to a peer that takes everything.
#[test]
fn s36_a_task_that_only_sends_leaves_others_their_turn() {
    let mut socket = Script::default().server();
    let over = Cell::new(false);
    let sending = async {
        while !over.get() {
            socket.send("x").await.expect("it is open");
        }
    };
    let other = async {
        for _ in 0..10 {
            yield_now().await;
        }
        over.set(true);
    };
    assert!(
        run(
            [Box::pin(sending) as _, Box::pin(other) as _],
            &mut Random::new(1)
        ) < 100
    );
}

#[cfg(feature = "deflate")]
mod inflated {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use futures_core::Stream as _;
    use ws_frame::Connection;
    use ws_handshake::extension::deflate::PerMessageDeflate;
    use ws_stream::deflate::Options;
    use ws_stream::{Builder, Config, Message, WebSocket, with_deflate};

    use crate::script::{Script, Step, Wakes, bytes};

    /// The frame of a client that sends `message` compressed.
    fn compressed(message: ws_frame::Message<'_>) -> Vec<u8> {
        let client = Connection::client(ws_frame::Config::new(), || [7; 4]);
        let agreed = Some(PerMessageDeflate::default());
        let mut client = with_deflate(client, agreed, &Options::default());
        let mut frame = Vec::new();
        let sent = match message {
            ws_frame::Message::Text(text) => client.send_text(text, &mut frame),
            ws_frame::Message::Binary(payload) => client.send_binary(payload, &mut frame),
        };
        sent.expect("an open connection");
        frame
    }

    fn server(input: Vec<u8>) -> WebSocket<Script> {
        let config = Config::new().compression(&Options::default());
        Builder::new()
            .config(config)
            .deflate(Some(PerMessageDeflate::default()))
            .server(Script::reading([bytes(input), Step::Zero]))
            .expect("there are no bounds")
    }

    /// The next message, and how often the task yielded before it came.
    fn receive(socket: &mut WebSocket<Script>) -> (Message, usize) {
        let wakes = Arc::new(Wakes::default());
        let counting = Waker::from(Arc::clone(&wakes));
        let cx = &mut Context::from_waker(&counting);
        let mut yields = 0;
        let polled = loop {
            match Pin::new(&mut *socket).poll_next(cx) {
                Poll::Pending if yields < 1000 => yields += 1,
                polled => break polled,
            }
            assert_eq!(wakes.count(), yields, "it has all its input");
        };
        let Poll::Ready(Some(Ok(message))) = polled else {
            unreachable!("there is a message: {polled:?}")
        };
        (message, yields)
    }

    /// A few kilobytes that stand for megabytes are inflated in several turns, whether they come as
    /// text or binary, alone or with what follows.
    #[test]
    fn s50_a_message_that_inflates_to_megabytes_takes_several_turns() {
        let payload = vec![b'0'; 8 << 20];
        let text = String::from_utf8(payload.clone()).expect("ASCII");
        for message in [
            ws_frame::Message::Binary(&payload),
            ws_frame::Message::Text(&text),
        ] {
            let frame = compressed(message);
            assert!(frame.len() < 64 * 1024, "{} bytes", frame.len());
            let small = compressed(ws_frame::Message::Text("after it"));
            let mut socket = server([frame, small].concat());
            let (received, yields) = receive(&mut socket);
            assert!(received.payload() == payload);
            assert!((14..=17).contains(&yields), "{yields} turns of 512 KiB");
            let (received, _) = receive(&mut socket);
            assert_eq!(received, Message::Text("after it".into()));
        }
    }

    /// Many messages in one read share a turn by the bytes that they stand for.
    #[test]
    fn s50_messages_that_inflate_to_much_share_a_turn() {
        let payload = vec![0; 100_000];
        let frame = compressed(ws_frame::Message::Binary(&payload));
        let mut socket = server(frame.repeat(60));
        let mut turns = 0;
        for _ in 0..60 {
            let (message, yields) = receive(&mut socket);
            assert!(message.payload() == payload);
            turns += yields;
        }
        assert!((10..=13).contains(&turns), "{turns} turns of 512 KiB");
    }
}
