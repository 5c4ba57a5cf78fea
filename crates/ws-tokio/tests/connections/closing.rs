//! The graceful end of many connections.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use ws_tokio::{
    Acceptor, CloseCode, Connector, Error, Message, Request, Shutdown, Timeout, WebSocket,
};

/// A client and a server in memory. The server has a [`Shutdown`](ws_tokio::Shutdown).
async fn connected(shutdown: &Shutdown) -> (WebSocket, WebSocket) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let acceptor = Acceptor::new().shutdown(shutdown);
    let connector = Connector::new();
    let (client, server) = tokio::join!(
        connector.connect_over("ws://h/", near),
        acceptor.upgrade(far)
    );
    (client.unwrap(), server.unwrap())
}

/// Receives up to the end. Returns the close code, if there was one.
async fn drain(mut ws: WebSocket) -> Result<Option<u16>, Error> {
    let mut code = None;
    while let Some(message) = ws.next().await {
        if let Message::Close(Some(close)) = message? {
            code = Some(close.code.get());
        }
    }
    Ok(code)
}

#[tokio::test(start_paused = true)]
async fn d38_everyone_is_told_at_their_own_moment() {
    let shutdown = Shutdown::new();
    let mut clients = Vec::new();
    for _ in 0..200 {
        let (client, server) = connected(&shutdown).await;
        tokio::spawn(drain(server));
        clients.push(tokio::spawn(async move {
            (drain(client).await, Instant::now())
        }));
    }
    assert_eq!(shutdown.connections(), 200);
    let begin = Instant::now();
    let report = shutdown
        .close(CloseCode::SERVICE_RESTART, "new version")
        .over(Duration::from_secs(10))
        .await;
    assert_eq!((report.closed, report.aborted), (200, 0));
    assert!(begin.elapsed() <= Duration::from_secs(10));
    let mut by_second = [0; 10];
    for client in clients {
        let (code, at) = client.await.unwrap();
        assert_eq!(code.unwrap(), Some(1012));
        // The clock counts in whole milliseconds: the last moment may become 10 s.
        let second = (at - begin).as_secs().min(9);
        by_second[usize::try_from(second).unwrap()] += 1;
    }
    assert!(
        by_second.iter().all(|count| (5..=45).contains(count)),
        "{by_second:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn d38_connections_that_do_not_answer_are_aborted() {
    let shutdown = Shutdown::new();
    let (client, server) = connected(&shutdown).await;
    let (willing, other) = connected(&shutdown).await;
    let stuck = tokio::spawn(drain(server));
    tokio::spawn(drain(other));
    tokio::spawn(drain(willing));
    let begin = Instant::now();
    let report = shutdown
        .close(CloseCode::GOING_AWAY, "")
        .within(Duration::from_secs(5))
        .await;
    assert_eq!((report.closed, report.aborted), (1, 1));
    assert_eq!(begin.elapsed(), Duration::from_secs(5));
    let ended = stuck.await.unwrap();
    assert!(
        matches!(ended, Err(Error::Timeout(Timeout::Close))),
        "{ended:?}"
    );
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn d38_a_connection_that_sends_is_closed_too() {
    let shutdown = Shutdown::new();
    let (client, mut server) = connected(&shutdown).await;
    let sending = tokio::spawn(async move { server.send(vec![0; 1 << 20]).await });
    tokio::task::yield_now().await;
    let report = shutdown
        .close(CloseCode::GOING_AWAY, "")
        .within(Duration::from_secs(5))
        .await;
    assert_eq!(report.aborted, 1);
    assert!(sending.await.unwrap().is_err());
    drop(client);
}

/// A code that only a client may choose is no reason to leave a connection open.
#[tokio::test(start_paused = true)]
async fn d38_a_server_sends_1001_in_place_of_1010() {
    let shutdown = Shutdown::new();
    let (client, server) = connected(&shutdown).await;
    tokio::spawn(drain(server));
    let client = tokio::spawn(drain(client));
    let report = shutdown.close(CloseCode::EXTENSION_REQUIRED, "").await;
    assert_eq!((report.closed, report.aborted), (1, 0));
    assert_eq!(client.await.unwrap().unwrap(), Some(1001));
}

#[tokio::test(start_paused = true)]
async fn d39_new_requests_are_refused_with_503() {
    let shutdown = Shutdown::new();
    assert_eq!(shutdown.close(CloseCode::GOING_AWAY, "").await.closed, 0);
    shutdown.begun().await;
    let (near, far) = tokio::io::duplex(64 * 1024);
    let acceptor = Acceptor::new().shutdown(&shutdown);
    let connector = Connector::new();
    let (client, server) = tokio::join!(
        connector.connect_over("ws://h/", near),
        acceptor.accept(far)
    );
    let error = client.unwrap_err();
    assert_eq!((error.status(), error.is_transient()), (Some(503), true));
    assert!(matches!(server, Err(Error::Closed)));
}

#[tokio::test]
async fn d39_who_waits_to_be_accepted_gets_a_503() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    let shutdown = Shutdown::new();
    shutdown.close(CloseCode::GOING_AWAY, "").await;
    let acceptor = Acceptor::new().shutdown(&shutdown);
    acceptor.serve(listener, async |_: Request| {}).await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn d39_a_long_reason_is_cut_at_a_character() {
    let shutdown = Shutdown::new();
    let (mut client, server) = connected(&shutdown).await;
    tokio::spawn(drain(server));
    let closing = shutdown.close(CloseCode::GOING_AWAY, &"ä".repeat(100));
    tokio::spawn(async move { closing.await });
    let Message::Close(Some(close)) = client.next().await.unwrap().unwrap() else {
        panic!()
    };
    assert_eq!(close.reason, "ä".repeat(61));
}
