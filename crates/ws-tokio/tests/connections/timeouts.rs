//! Timeouts of open connections.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, timeout};
use ws_tokio::{Acceptor, CloseCode, Config, Error, Message, Timeout, WebSocket};

use crate::raw;

const PING: &[u8] = &[0x89, 0];
/// A masked Pong without a payload.
const PONG: &[u8] = &[0x8A, 0x80, 0, 0, 0, 0];

async fn server(config: Config) -> (WebSocket, tokio::io::DuplexStream) {
    raw::server(&Acceptor::new().config(config), 64 * 1024).await
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn timed_out(item: Option<Result<Message, Error>>) -> Timeout {
    match item {
        Some(Err(Error::Timeout(timeout))) => timeout,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn d30_a_silent_peer_is_pinged_and_then_given_up() {
    let (mut ws, mut client) = server(Config::new()).await;
    let begin = Instant::now();
    let item = ws.next().await;
    assert_eq!(timed_out(item), Timeout::Pong);
    assert_eq!(begin.elapsed(), seconds(45 + 20));
    assert!(ws.next().await.is_none());
    drop(ws);
    let mut received = Vec::new();
    client.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, PING);
}

#[tokio::test(start_paused = true)]
async fn d30_any_byte_is_a_sign_of_life() {
    let (mut ws, mut client) = server(Config::new()).await;
    let peer = tokio::spawn(async move {
        // A byte of one long message now and then, and no pong.
        client
            .write_all(&[0x82, 0x80 | 0x64, 0, 0, 0, 0])
            .await
            .unwrap();
        for _ in 0..99 {
            sleep(seconds(60)).await;
            client.write_all(b"x").await.unwrap();
        }
        let mut pings = vec![0; 2 * 99];
        client.read_exact(&mut pings).await.unwrap();
        assert!(pings.chunks(2).all(|frame| frame == PING));
        client.write_all(b"x").await.unwrap();
        client
    });
    let message = ws.next().await.unwrap().unwrap();
    assert_eq!(message.payload().len(), 100);
    drop(peer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn d30_pongs_keep_an_idle_connection_for_days() {
    let (mut client, mut ws) = ws_tokio::pair();
    let idle = tokio::spawn(async move { while let Some(Ok(_)) = client.next().await {} });
    let waited = async {
        loop {
            match ws.next().await.unwrap().unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                other => break other,
            }
        }
    };
    assert!(timeout(seconds(100_000), waited).await.is_err());
    assert!(!idle.is_finished());
}

#[tokio::test(start_paused = true)]
async fn d30_without_a_pong_timeout_pings_go_on() {
    let config = Config::new().idle_timeout(seconds(10)).pong_timeout(None);
    let (mut ws, mut client) = server(config).await;
    assert!(timeout(seconds(35), ws.next()).await.is_err());
    let mut pings = [0; 6];
    client.read_exact(&mut pings).await.unwrap();
    assert_eq!(pings, [0x89, 0, 0x89, 0, 0x89, 0]);
}

#[tokio::test(start_paused = true)]
async fn d30_timeouts_can_be_turned_off() {
    let config = Config::new().idle_timeout(None).pong_timeout(None);
    let (mut ws, _client) = server(config).await;
    assert!(timeout(seconds(1_000_000), ws.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn d30_a_message_in_between_starts_the_silence_again() {
    let (mut ws, mut client) = server(Config::new()).await;
    let begin = Instant::now();
    let peer = tokio::spawn(async move {
        sleep(seconds(40)).await;
        client.write_all(&[0x81, 0x80, 0, 0, 0, 0]).await.unwrap();
        sleep(seconds(46)).await;
        client.write_all(PONG).await.unwrap();
        client
    });
    assert_eq!(
        ws.next().await.unwrap().unwrap(),
        Message::Text(String::new())
    );
    assert_eq!(ws.next().await.unwrap().unwrap(), Message::Pong(Vec::new()));
    assert_eq!(timed_out(ws.next().await), Timeout::Pong);
    assert_eq!(begin.elapsed(), seconds(86 + 65));
    drop(peer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn d31_a_peer_that_takes_nothing_ends_the_send() {
    let (mut ws, _client) = server(Config::new()).await;
    let begin = Instant::now();
    let error = ws.send(vec![0; 1 << 20]).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(Timeout::Write)), "{error:?}");
    assert_eq!(begin.elapsed(), seconds(30));
    assert!(ws.next().await.is_none());
    assert!(ws.send("more").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn d31_a_receiver_notices_that_writing_has_stalled() {
    let (mut ws, mut client) = server(Config::new()).await;
    let peer = tokio::spawn(async move {
        loop {
            sleep(seconds(1)).await;
            if client.write_all(PONG).await.is_err() {
                break;
            }
        }
    });
    ws.feed(vec![0; 1 << 20]).await.unwrap();
    let timeout = loop {
        match ws.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(
        matches!(timeout, Error::Timeout(Timeout::Write)),
        "{timeout:?}"
    );
    drop(ws);
    peer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn d31_a_slow_reader_gets_a_large_message_whole() {
    let (mut ws, mut client) = server(Config::new()).await;
    let begin = Instant::now();
    let reader = tokio::spawn(async move {
        let mut received = 0;
        let mut bytes = vec![0; 20_000];
        while received < 10 + (4 << 20) {
            sleep(seconds(1)).await;
            received += client.read(&mut bytes).await.unwrap();
        }
        client
    });
    ws.send(vec![0; 4 << 20]).await.unwrap();
    drop(reader.await.unwrap());
    assert!(begin.elapsed() > seconds(200));
}

#[tokio::test(start_paused = true)]
async fn d32_a_message_that_does_not_end_ends_the_connection() {
    let config = Config::new().message_timeout(seconds(60));
    let (mut ws, mut client) = server(config).await;
    let peer = tokio::spawn(async move {
        client
            .write_all(&[0x82, 0x80 | 0x64, 0, 0, 0, 0])
            .await
            .unwrap();
        for _ in 0..6 {
            sleep(seconds(10)).await;
            client.write_all(b"x").await.unwrap_or_default();
        }
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        received
    });
    let begin = Instant::now();
    assert_eq!(timed_out(ws.next().await), Timeout::Message);
    assert_eq!(begin.elapsed(), seconds(60));
    assert!(ws.next().await.is_none());
    drop(ws);
    assert_eq!(peer.await.unwrap()[..4], [0x88, 17, 0x03, 0xF0]); // 1008
}

/// The end of one message and the beginning of the next come in one read. Pings between fragments
/// give no more time.
#[tokio::test(start_paused = true)]
async fn d32_each_message_has_its_own_time() {
    const BEGIN: &[u8] = &[0x02, 0x85, 0, 0, 0, 0, b'1', b'2', b'3', b'4', b'5'];
    const END: &[u8] = &[0x80, 0x81, 0, 0, 0, 0, b'6'];
    let config = Config::new().message_timeout(seconds(60));
    let (mut ws, mut client) = server(config).await;
    let peer = tokio::spawn(async move {
        client.write_all(BEGIN).await.unwrap();
        for _ in 0..5 {
            sleep(seconds(40)).await;
            client.write_all(&[END, BEGIN].concat()).await.unwrap();
        }
        for _ in 0..100 {
            sleep(seconds(1)).await;
            let ping = [0x89, 0x80, 0, 0, 0, 0];
            client.write_all(&ping).await.unwrap_or_default();
        }
        client
    });
    for _ in 0..5 {
        let message = ws.next().await.unwrap().unwrap();
        assert_eq!(message, Message::Binary(b"123456".to_vec()));
    }
    let mut pings = 0;
    let error = loop {
        match ws.next().await.unwrap() {
            Ok(Message::Ping(_)) => pings += 1,
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, Error::Timeout(Timeout::Message)),
        "{error:?}"
    );
    assert!((59..=60).contains(&pings), "{pings} pings");
    drop(peer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn d33_a_close_without_an_answer_times_out() {
    let (mut ws, _client) = server(Config::new()).await;
    let begin = Instant::now();
    let error = ws.close(CloseCode::NORMAL, "bye").await.unwrap_err();
    assert!(matches!(error, Error::Timeout(Timeout::Close)), "{error:?}");
    assert_eq!(begin.elapsed(), seconds(10));
}

#[tokio::test(start_paused = true)]
async fn d33_a_peer_that_keeps_its_side_open_does_not_hold_the_connection() {
    let (mut ws, mut client) = server(Config::new()).await;
    client.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
    let begin = Instant::now();
    assert_eq!(ws.next().await.unwrap().unwrap(), Message::Close(None));
    assert!(ws.next().await.is_none(), "everything was delivered");
    assert_eq!(begin.elapsed(), seconds(10));
}

#[tokio::test(start_paused = true)]
async fn d34_a_split_connection_keeps_its_timeouts() {
    let (ws, _client) = server(Config::new()).await;
    let (sender, mut receiver) = ws.split();
    let sending = tokio::spawn(async move { sender.send(vec![0; 1 << 20]).await });
    let begin = Instant::now();
    assert_eq!(timed_out(receiver.next().await), Timeout::Write);
    assert_eq!(begin.elapsed(), seconds(30));
    assert!(receiver.next().await.is_none());
    assert!(sending.await.unwrap().is_err(), "the sender is woken");
}

#[tokio::test(start_paused = true)]
async fn d30_a_peer_that_reads_slowly_is_alive() {
    let (ws, mut client) = server(Config::new()).await;
    let (sender, mut receiver) = ws.split();
    let sending = tokio::spawn(async move { sender.send(vec![0; 1 << 20]).await.map(|()| sender) });
    let peer = tokio::spawn(async move {
        // 64 KiB in 10 s: longer than the idle timeout and the pong timeout together.
        let mut part = vec![0; 64 * 1024];
        for _ in 0..16 {
            sleep(seconds(10)).await;
            client.read_exact(&mut part).await.unwrap();
        }
        client
            .write_all(&[0x82, 0x81, 0, 0, 0, 0, b'x'])
            .await
            .unwrap();
        client
    });
    let begin = Instant::now();
    let message = receiver.next().await.unwrap().unwrap();
    assert_eq!(message, Message::Binary(b"x".to_vec()));
    assert_eq!(begin.elapsed(), seconds(160));
    sending.await.unwrap().unwrap();
    peer.await.unwrap();
}
