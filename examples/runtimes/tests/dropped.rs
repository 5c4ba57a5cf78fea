//! Futures over a `WebSocket` of tokio's streams may be dropped at any point, and two tasks may use one connection.

use std::io;
use std::time::Duration;

use futures_util::future::{FutureExt as _, try_join};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};
use ws_frame::{Config, Connection, Event};
use ws_stream::WebSocket;

type Socket = WebSocket<Compat<DuplexStream>>;

fn server(stream: DuplexStream) -> Socket {
    WebSocket::new(stream.compat(), Connection::server(Config::new()))
}

fn client(stream: DuplexStream) -> Socket {
    WebSocket::new(
        stream.compat(),
        Connection::client(Config::new(), || [1, 2, 3, 4]),
    )
}

/// Each future is polled once and dropped: as often as a `select` or a deadline ever could.
#[tokio::test]
async fn t27_futures_dropped_at_every_three_bytes_lose_nothing() -> io::Result<()> {
    let (near, mut far) = duplex(3);
    let mut socket = server(near);
    let stream = b"\x81\x85\0\0\0\0hello\x02\x83\0\0\0\0wor\x89\x81\0\0\0\0!\x80\x82\0\0\0\0ld";
    let sending = tokio::spawn(async move { far.write_all(stream).await.map(|()| far) });
    let mut events = Vec::new();
    while events.len() < 3 {
        match socket.next().now_or_never() {
            Some(event) => events.extend(event.transpose()?),
            None => tokio::task::yield_now().await,
        }
    }
    let expected = [
        Event::Text("hello".into()),
        Event::Ping(b"!".into()),
        Event::Binary(b"world".into()),
    ];
    assert_eq!(events, expected);
    drop(sending.await?);
    Ok(())
}

/// The same for sending: whatever was taken goes out whole, three bytes at a time.
#[tokio::test]
async fn t27_dropped_sends_are_whole_or_not_at_all() -> io::Result<()> {
    let (near, far) = duplex(3);
    let (mut near, mut far) = (client(near), server(far));
    for number in 0..100 {
        near.send(Event::Text(format!("message {number}").into()))
            .now_or_never();
    }
    for number in 0..100 {
        let event = loop {
            match far.next().now_or_never() {
                Some(event) => break event.transpose()?,
                None => drop(near.flush().now_or_never()),
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(event, Some(Event::Text(format!("message {number}").into())));
    }
    Ok(())
}

/// Two tasks for each end, through a pipe much narrower than a message: a wake-up that goes to the wrong task would stop it for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_send_at_once_from_a_task_of_its_own() -> io::Result<()> {
    let (near, far) = duplex(1000);
    let both = try_join(converse(client(near)), converse(server(far)));
    timeout(Duration::from_secs(60), both).await??;
    Ok(())
}

async fn converse(socket: Socket) -> io::Result<()> {
    let (mut sink, mut events) = socket.split();
    let sending = tokio::spawn(async move {
        for number in 0..MESSAGES {
            sink.send(Event::Binary(vec![number; LEN].into())).await?;
            sink.feed(Event::Ping(b"".into())).await?;
        }
        sink.flush().await.map(|()| sink)
    });
    let receiving = tokio::spawn(async move {
        for number in 0..MESSAGES {
            let payload = loop {
                match events.next().await.transpose()? {
                    Some(Event::Binary(payload)) => break payload,
                    Some(_) => {}
                    None => return Err(io::ErrorKind::UnexpectedEof.into()),
                }
            };
            assert!(payload.len() == LEN && payload.iter().all(|byte| *byte == number));
        }
        io::Result::Ok(events)
    });
    let (sent, received) = try_join(sending, receiving).await?;
    let (mut sink, events) = (sent?, received?);
    sink.close().await?; // a Close is answered at once, whatever else there was to send: so it is the last
    events.for_each(|_| async {}).await;
    Ok(())
}

const MESSAGES: u8 = 200;
const LEN: usize = 20_000;
