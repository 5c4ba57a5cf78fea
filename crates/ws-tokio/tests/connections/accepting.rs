//! Requests: timeouts, refusals, answers.

use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use ws_tokio::{
    Acceptor, CloseCode, Connector, Error, HandshakeError, OriginPolicy, Request, Response,
    Shutdown, Stage, Timeout, WebSocket,
};

use crate::raw::{REQUEST, read_head};

#[tokio::test(start_paused = true)]
async fn d40_a_client_that_sends_its_request_in_drips_is_cut_off() {
    let (mut near, far) = duplex(1024);
    let begin = Instant::now();
    let dripping = async {
        for byte in REQUEST {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if near.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    };
    let acceptor = Acceptor::new();
    let (error, ()) = tokio::join!(acceptor.accept(far), dripping);
    let error = error.unwrap_err();
    assert!(
        matches!(error, Error::Timeout(Timeout::Opening(Stage::Handshake))),
        "{error:?}"
    );
    assert!(begin.elapsed() <= Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn d41_a_request_can_be_refused_with_any_answer() {
    let (near, far) = duplex(64 * 1024);
    let connector = Connector::new();
    let refusing = async {
        let request = Acceptor::new().accept(far).await?;
        let fields = [("WWW-Authenticate", "Bearer")];
        request
            .respond(
                &Response::new(401)
                    .fields(&fields)
                    .body("text/plain", b"log in"),
            )
            .await
    };
    let (client, server) = tokio::join!(connector.connect_over("ws://h/", near), refusing);
    server.unwrap();
    let ws_tokio::ConnectError::Refused(refusal) = client.unwrap_err() else {
        panic!()
    };
    assert_eq!(refusal.status(), Some(401));
    assert_eq!(
        (refusal.header("WWW-Authenticate"), refusal.body()),
        (Some("Bearer"), &b"log in"[..])
    );
}

#[tokio::test(start_paused = true)]
async fn d41_a_refused_client_that_stays_is_not_waited_for() {
    let (mut near, far) = duplex(64 * 1024);
    near.write_all(REQUEST).await.unwrap();
    let request = Acceptor::new().accept(far).await.unwrap();
    let error = request.reject(404).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(Timeout::Close)), "{error:?}");
    assert!(read_head(&mut near).await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn d42_a_handler_sees_the_request() {
    let (near, far) = duplex(64 * 1024);
    let connector = Connector::new()
        .header("Cookie", "a=1; id=42")
        .header("Cookie", "theme = dark")
        .basic_auth("me", "pw")
        .unwrap()
        .subprotocol("v2")
        .subprotocol("v1");
    let accepting = async {
        let request = Acceptor::new().accept(far).await.unwrap();
        assert_eq!((request.path(), request.query()), ("/room", Some("id=1")));
        assert_eq!(request.header("AUTHORIZATION"), Some("Basic bWU6cHc="));
        let cookies =
            ["a", "id", "theme", "none"].map(|name| request.cookie(name).map(str::to_owned));
        assert_eq!(
            cookies,
            [
                Some("1".into()),
                Some("42".into()),
                Some("dark".into()),
                None
            ]
        );
        assert!(request.origin().is_none() && request.peer_addr().is_none());
        assert_eq!(request.offered_subprotocols().count(), 2);
        request
            .subprotocols(&["v3", "v1"])
            .answer_header("Set-Cookie", "seen=1")
            .upgrade()
            .await
            .unwrap()
    };
    let (client, server) =
        tokio::join!(connector.connect_over("ws://h/room?id=1", near), accepting);
    let client = client.unwrap();
    assert_eq!(
        (client.protocol(), server.protocol()),
        (Some("v1"), Some("v1"))
    );
    assert_eq!(client.header("set-cookie"), Some("seen=1"));
}

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        LOGGED.lock().unwrap().push(record.args().to_string());
    }
    fn flush(&self) {}
}

async fn from_page(origin: &str, policy: OriginPolicy) -> (Option<u16>, Result<WebSocket, Error>) {
    let (near, far) = duplex(64 * 1024);
    let connector = Connector::new().origin(origin);
    let acceptor = Acceptor::new().origin(policy);
    let opening = connector.connect_over("ws://good.example/", near);
    let (client, server) = tokio::join!(opening, acceptor.upgrade(far));
    (client.err().and_then(|error| error.status()), server)
}

#[tokio::test]
async fn d43_pages_of_other_hosts_are_refused_and_logged_with_both_names() {
    drop(log::set_logger(&Logger));
    // Loggers show it by default.
    log::set_max_level(log::LevelFilter::Warn);
    let (status, server) = from_page("https://evil.example", OriginPolicy::SameHost).await;
    assert_eq!(status, Some(403));
    assert!(
        matches!(server, Err(Error::Request(HandshakeError::OriginRefused))),
        "{server:?}"
    );
    let logged = LOGGED.lock().unwrap().join("\n");
    assert!(
        logged.contains("https://evil.example") && logged.contains("good.example"),
        "{logged}"
    );
    assert!(
        from_page("http://good.example", OriginPolicy::SameHost)
            .await
            .1
            .is_ok()
    );
    assert!(
        from_page("https://evil.example", OriginPolicy::Any)
            .await
            .1
            .is_ok()
    );
}

#[tokio::test]
async fn d44_sockets_get_nodelay_and_tell_their_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let accepting = async {
        let (stream, address) = listener.accept().await.unwrap();
        let ws = Acceptor::new().upgrade(stream).await.unwrap();
        assert_eq!(ws.peer_addr(), Some(address));
        ws
    };
    let (client, server) = tokio::join!(ws_tokio::connect(&url), accepting);
    let client = client.unwrap();
    for ws in [&client, &server] {
        let tcp = ws.get_ref().get_ref::<TcpStream>().unwrap();
        assert!(tcp.nodelay().unwrap());
        assert!(!ws.get_ref().is_tls());
    }
    let tcp = client.get_ref().get_ref::<TcpStream>().unwrap();
    assert!(socket2::SockRef::from(tcp).keepalive().unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn d45_unix_sockets_both_ways() {
    let path = std::env::temp_dir().join(format!("ws-tokio-{}.sock", std::process::id()));
    drop(std::fs::remove_file(&path));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let accepting = async {
        let (stream, _) = listener.accept().await.unwrap();
        Acceptor::new().accept(stream).await.unwrap()
    };
    let connector = Connector::new().unix_socket(&path);
    let upgrading = async {
        let request = accepting.await;
        assert_eq!(
            (request.path(), request.header("Host")),
            ("/x", Some("app"))
        );
        request.upgrade().await.unwrap()
    };
    let (client, mut server) = tokio::join!(connector.connect("ws://app/x"), upgrading);
    client.unwrap().send("hello").await.unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap().as_text(),
        Some("hello")
    );
    drop(listener);
    std::fs::remove_file(&path).unwrap();
    let error = connector.connect("ws://app/x").await.unwrap_err();
    assert_eq!(error.stage(), Some(Stage::Connect));
}

#[tokio::test]
async fn d46_bytes_behind_the_request_are_the_first_frames() {
    let (mut near, far) = duplex(64 * 1024);
    let mut bytes = REQUEST.to_vec();
    bytes.extend_from_slice(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
    near.write_all(&bytes).await.unwrap();
    let mut ws = Acceptor::new().upgrade(far).await.unwrap();
    assert_eq!(ws.next().await.unwrap().unwrap().as_text(), Some("hi"));
    let (mut stream, unread) = ws.into_inner();
    assert!(unread.is_empty());
    stream.write_all(b"raw").await.unwrap();
    read_head(&mut near).await;
    let mut raw = [0; 3];
    near.read_exact(&mut raw).await.unwrap();
    assert_eq!(&raw, b"raw");
}

#[tokio::test]
async fn d47_a_server_is_one_call_and_ends_with_the_shutdown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let shutdown = Shutdown::new();
    let acceptor = Acceptor::new().shutdown(&shutdown);
    let echo = async |request: Request| -> Result<(), Error> {
        if request.query() == Some("no") {
            return request.reject(404).await;
        }
        let mut ws = request.upgrade().await?;
        while let Some(message) = ws.next().await.transpose()? {
            if message.is_data() {
                ws.feed(message).await?;
            }
        }
        Ok(())
    };
    let server = tokio::spawn(async move { acceptor.serve(listener, echo).await });
    let mut clients = Vec::new();
    for index in 0..10 {
        let mut ws = ws_tokio::connect(&url).await.unwrap();
        ws.send(index.to_string()).await.unwrap();
        assert_eq!(
            ws.next().await.unwrap().unwrap().as_text(),
            Some(&*index.to_string())
        );
        clients.push(tokio::spawn(async move {
            while let Some(Ok(_)) = ws.next().await {}
        }));
    }
    let refused = ws_tokio::connect(format!("{url}?no")).await.unwrap_err();
    assert_eq!(refused.status(), Some(404));
    assert_eq!(shutdown.close(CloseCode::GOING_AWAY, "").await.closed, 10);
    server.await.unwrap();
    for client in clients {
        client.await.unwrap();
    }
}
