//! Sending, receiving, and dropped futures.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};
use ws_tokio::{CloseCode, Config, Error, Message, Outgoing, Prepared};

#[tokio::test(start_paused = true)]
async fn d35_a_dropped_next_loses_nothing() {
    let (mut client, mut server) = ws_tokio::pair();
    let sending = tokio::spawn(async move {
        for index in 0..100_u32 {
            sleep(Duration::from_millis(u64::from(index % 7))).await;
            client.send(index.to_string()).await.unwrap();
        }
        client.close(CloseCode::NORMAL, "").await.unwrap();
    });
    let mut expected = 0;
    loop {
        match timeout(Duration::from_millis(2), server.next()).await {
            Err(_) => {}
            Ok(None) => break,
            Ok(Some(Ok(Message::Text(text)))) => {
                assert_eq!(text, expected.to_string());
                expected += 1;
            }
            Ok(Some(other)) => assert!(matches!(other, Ok(Message::Close(_))), "{other:?}"),
        }
    }
    assert_eq!(expected, 100);
    sending.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn d35_a_dropped_send_sends_whole_or_not_at_all() {
    let (mut client, mut server) = ws_tokio::pair();
    let receiving = tokio::spawn(async move {
        let mut sizes = Vec::new();
        while let Some(Ok(message)) = server.next().await {
            sleep(Duration::from_millis(3)).await;
            if let Message::Binary(bytes) = message {
                sizes.push(bytes.len());
            }
        }
        sizes
    });
    let mut sent = 0;
    for _ in 0..50 {
        let sending = client.send(vec![7; 100_000]);
        sent += usize::from(timeout(Duration::from_millis(2), sending).await.is_ok());
    }
    client.close(CloseCode::NORMAL, "").await.unwrap();
    let sizes = receiving.await.unwrap();
    assert!(sizes.iter().all(|size| *size == 100_000));
    assert!(sizes.len() >= sent, "{} of {sent}", sizes.len());
}

#[tokio::test(start_paused = true)]
async fn d36_streams_sinks_and_prepared_messages_work() {
    let (client, mut server) = ws_tokio::pair();
    let (mut sink, stream) = StreamExt::split(client);
    let room = Prepared::text("to many");
    let echoing = async {
        server.send(&room).await?;
        while let Some(message) = server.next().await {
            if let Message::Text(text) = message? {
                server.feed(text).await?;
            }
        }
        Ok::<_, Error>(())
    };
    let talking = async {
        sink.send(Outgoing::from("one")).await?;
        sink.send("two".into()).await?;
        let texts: Vec<_> = stream
            .take(3)
            .map(|item| item.unwrap().into_text().unwrap())
            .collect()
            .await;
        assert_eq!(texts, ["to many", "one", "two"]);
        SinkExt::close(&mut sink).await
    };
    let (echoed, talked) = tokio::join!(echoing, talking);
    talked.unwrap();
    assert!(
        matches!(echoed, Ok(()) | Err(Error::Vanished | Error::Io(_))),
        "{echoed:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn d36_many_senders_and_one_receiver() {
    let (client, mut server) = ws_tokio::pair();
    let (sender, mut receiver) = client.split();
    let tasks: Vec<_> = (0..10)
        .map(|task| {
            let sender = sender.clone();
            tokio::spawn(async move {
                for index in 0..100 {
                    sender.send(format!("{task} {index}")).await.unwrap();
                }
            })
        })
        .collect();
    let receiving = tokio::spawn(async move { while let Some(Ok(_)) = receiver.next().await {} });
    let mut next = [0; 10];
    for _ in 0..1000 {
        let text = server.next().await.unwrap().unwrap().into_text().unwrap();
        let (task, index) = text.split_once(' ').unwrap();
        let task: usize = task.parse().unwrap();
        assert_eq!(index, next[task].to_string(), "each sender's order is kept");
        next[task] += 1;
    }
    for task in tasks {
        task.await.unwrap();
    }
    server.close(CloseCode::GOING_AWAY, "").await.unwrap();
    receiving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn d36_halves_can_be_joined_again() {
    let (client, mut server) = ws_tokio::pair();
    let (sender, receiver) = client.split();
    let other = sender.clone();
    let (receiver, sender) = receiver.reunite(sender).unwrap_err();
    drop(other);
    let mut client = receiver.reunite(sender).unwrap();
    client.send("hello").await.unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::Text("hello".into())
    );
}

#[tokio::test(start_paused = true)]
async fn d37_limits_end_the_connection_with_their_code() {
    let server = Config::new().max_message_len(1000);
    let (mut client, mut server) = ws_tokio::pair_with(&Config::new(), &server).unwrap();
    client.send(vec![0; 1001]).await.unwrap();
    let receiving = async {
        let item = client.next().await;
        assert!(client.next().await.is_none());
        item
    };
    let (closed, failed) = tokio::join!(receiving, async {
        let failed = server.next().await;
        drop(server);
        failed
    });
    assert_eq!(failed.unwrap().unwrap_err().close_code(), 1009);
    let Message::Close(Some(close)) = closed.unwrap().unwrap() else {
        panic!()
    };
    assert_eq!(close.code, CloseCode::TOO_BIG);
}

#[tokio::test(start_paused = true)]
async fn d37_an_error_is_delivered_when_the_peer_has_got_the_close() {
    let (mut ws, mut client) = crate::raw::server(&ws_tokio::Acceptor::new(), 64).await;
    let reading = tokio::spawn(async move {
        // A frame that no client may send, followed by more bytes than the stream takes.
        client.write_all(&[0x83, 0x80, 0, 0, 0, 0]).await.unwrap();
        client.write_all(&[0; 300]).await.unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        received
    });
    let error = ws.next().await.unwrap().unwrap_err();
    drop(ws);
    assert_eq!(error.close_code(), 1002);
    assert_eq!(reading.await.unwrap()[2..4], [0x03, 0xEA]);
}

#[tokio::test(start_paused = true)]
async fn d37_a_peer_that_stays_does_not_hold_the_error_back_for_ever() {
    let (mut ws, mut client) = crate::raw::server(&ws_tokio::Acceptor::new(), 1024).await;
    client.write_all(&[0x83, 0x80, 0, 0, 0, 0]).await.unwrap();
    let begin = tokio::time::Instant::now();
    assert!(matches!(ws.next().await, Some(Err(Error::Protocol(_)))));
    assert_eq!(begin.elapsed(), Duration::from_secs(10));
    assert!(ws.next().await.is_none());
}
