//! Futures over a `WebSocket` of tokio's streams may be dropped at any point, and two tasks may use
//! one connection.

use std::io;
use std::time::Duration;

use futures_util::future::{FutureExt as _, try_join};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};
use ws_stream::{Builder, CloseCode, Error, Message, Outgoing, WebSocket};

type Socket = WebSocket<Compat<DuplexStream>>;

fn server(stream: DuplexStream) -> Result<Socket, Error> {
    Builder::new().server(stream.compat())
}

fn client(stream: DuplexStream) -> Result<Socket, Error> {
    Builder::new().client(stream.compat())
}

/// Each future is polled once and dropped, more often than any `select` or timeout would.
#[tokio::test]
async fn t27_futures_dropped_at_every_three_bytes_lose_nothing() -> Result<(), Error> {
    let (near, mut far) = duplex(3);
    let mut socket = server(near)?;
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
        Message::Text("hello".into()),
        Message::Ping(b"!".into()),
        Message::Binary(b"world".into()),
    ];
    assert_eq!(events, expected);
    drop(sending.await.expect("it does not panic")?);
    Ok(())
}

/// The same for sending: a message that was taken is sent whole, three bytes at a time.
#[tokio::test]
async fn t27_dropped_sends_are_whole_or_not_at_all() -> Result<(), Error> {
    let (near, far) = duplex(3);
    let (mut near, mut far) = (client(near)?, server(far)?);
    for number in 0..100 {
        near.send(format!("message {number}")).now_or_never();
    }
    for number in 0..100 {
        let event = loop {
            match far.next().now_or_never() {
                Some(event) => break event.transpose()?,
                None => drop(near.flush().now_or_never()),
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(event, Some(Message::Text(format!("message {number}"))));
    }
    Ok(())
}

/// Two tasks for each end, through a pipe much narrower than a message. A wake-up of the wrong task
/// would stop it for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_send_at_once_from_a_task_of_its_own() -> Result<(), Error> {
    let (near, far) = duplex(1000);
    let both = try_join(converse(client(near)?), converse(server(far)?));
    timeout(Duration::from_secs(60), both)
        .await
        .map_err(io::Error::from)??;
    Ok(())
}

async fn converse(socket: Socket) -> Result<(), Error> {
    let (sender, mut receiver) = socket.split();
    let sending = tokio::spawn(async move {
        for number in 0..MESSAGES {
            sender.send(vec![number; LEN]).await?;
            sender.feed(Outgoing::ping(b"")?).await?;
        }
        sender.flush().await.map(|()| sender)
    });
    let receiving = tokio::spawn(async move {
        for number in 0..MESSAGES {
            let payload = loop {
                match receiver.next().await.transpose()? {
                    Some(Message::Binary(payload)) => break payload,
                    Some(_) => {}
                    None => return Err(Error::Vanished),
                }
            };
            assert!(payload.len() == LEN && payload.iter().all(|byte| *byte == number));
        }
        Ok(receiver)
    });
    let (sender, receiver) = try_join(sending, receiving)
        .await
        .map_err(io::Error::other)?;
    let (sender, mut receiver) = (sender?, receiver?);
    sender.close(CloseCode::NORMAL, "").await?; // a Close is answered soon, whatever else there was to send: so it is the last
    while receiver.next().await.transpose()?.is_some() {}
    Ok(())
}

const MESSAGES: u8 = 200;
const LEN: usize = 20_000;
