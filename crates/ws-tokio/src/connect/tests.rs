//! Opening connections over a scripted network, on an invented clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::scripted::{Network, answers, greets, read_head};
use super::{ConnectError, RedirectError};
use crate::{Message, Proxy, ProxyError, Stage, WebSocket};

const V6: &str = "[2001:db8::1]:80";
const V4: &str = "192.0.2.1:80";
const OTHER: &str = "192.0.2.2:80";
const PROXY: &str = "192.0.2.9:3128";

async fn is_greeted(mut ws: WebSocket) {
    assert_eq!(
        ws.next().await.unwrap().unwrap(),
        Message::Text("hello".into())
    );
}

fn timed_out(result: Result<WebSocket, ConnectError>) -> Stage {
    match result.unwrap_err() {
        ConnectError::Timeout { stage, after } => {
            assert_eq!(after, Duration::from_secs(10));
            stage
        }
        error => panic!("{error:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn d04_a_dead_ipv6_costs_a_quarter_of_a_second() {
    let network = Network::default()
        .silent(V6)
        .serves(V4, greets)
        .name("h", 0, &[V6, V4]);
    let begin = Instant::now();
    is_greeted(network.connector().connect("ws://h/").await.unwrap()).await;
    assert_eq!(begin.elapsed(), Duration::from_millis(250));
    assert_eq!(network.tried(), [V6, V4]);
}

#[tokio::test(start_paused = true)]
async fn d04_a_refusing_first_address_costs_nothing() {
    let network = Network::default()
        .refuses(V6)
        .serves(V4, greets)
        .name("h", 0, &[V6, V4]);
    let begin = Instant::now();
    is_greeted(network.connector().connect("ws://h/").await.unwrap()).await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn d04_all_addresses_dead_are_all_named() {
    let network = Network::default()
        .refuses(V6)
        .refuses(V4)
        .name("h", 0, &[V6, V4]);
    let error = network.connector().connect("ws://h/").await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(V6) && text.contains(V4), "{text}");
    assert_eq!(error.stage(), Some(Stage::Connect));
    assert!(error.is_transient());
    let silent = Network::default()
        .silent(V6)
        .silent(V4)
        .name("h", 0, &[V6, V4]);
    assert_eq!(
        timed_out(silent.connector().connect("ws://h/").await),
        Stage::Connect
    );
}

#[tokio::test(start_paused = true)]
async fn d05_slow_name_resolution_is_named_by_the_timeout() {
    let network = Network::default().serves(V4, greets).name("h", 11, &[V4]);
    let begin = Instant::now();
    assert_eq!(
        timed_out(network.connector().connect("ws://h/").await),
        Stage::Resolve
    );
    assert_eq!(begin.elapsed(), Duration::from_secs(10));
    let patient = network.connector().open_timeout(None);
    is_greeted(patient.connect("ws://h/").await.unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn d05_a_silent_server_is_named_by_the_timeout() {
    let network = Network::default().serves(V4, |mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    });
    let connector = network.connector();
    assert_eq!(
        timed_out(connector.connect("ws://192.0.2.1/").await),
        Stage::Handshake
    );
}

#[cfg(feature = "rustls")]
#[tokio::test(start_paused = true)]
async fn d05_a_server_silent_in_tls_is_named_by_the_timeout() {
    drop(rustls::crypto::CryptoProvider::install_default(
        rustls::crypto::ring::default_provider(),
    ));
    let network = Network::default().serves("192.0.2.1:443", |stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    });
    let connector = network.connector();
    assert_eq!(
        timed_out(connector.connect("wss://192.0.2.1/").await),
        Stage::Tls
    );
}

#[cfg(not(feature = "rustls"))]
#[tokio::test(start_paused = true)]
async fn d25_wss_without_tls_is_an_error_and_never_clear_text() {
    let network = Network::default().serves("192.0.2.1:443", greets);
    let error = network
        .connector()
        .connect("wss://192.0.2.1/")
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::TlsDisabled));
    assert!(error.to_string().contains("feature `rustls`"), "{error}");
    assert!(network.tried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn d06_a_name_that_does_not_resolve_is_reported_with_the_name() {
    let error = Network::default()
        .connector()
        .connect("ws://nowhere/")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ConnectError::Resolve { host, .. } if host == "nowhere"),
        "{error:?}"
    );
    assert_eq!(error.stage(), Some(Stage::Resolve));
}

#[tokio::test(start_paused = true)]
async fn d07_addresses_are_not_resolved() {
    let network = Network::default().serves(V6, greets).serves(V4, greets);
    for url in ["ws://[2001:db8::1]/", "ws://192.0.2.1"] {
        is_greeted(network.connector().connect(url).await.unwrap()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn d08_a_malformed_request_is_an_error_before_anything_is_sent() {
    let network = Network::default().serves(V4, greets);
    let connector = network.connector();
    for malformed in [
        connector.clone().header("X", "a\r\nInjected: b"),
        connector.clone().header("Sec-WebSocket-Key", "mine"),
        connector.clone().subprotocol("a b"),
        connector.clone().origin("a\nb"),
    ] {
        let error = malformed.connect("ws://192.0.2.1/").await.unwrap_err();
        assert!(matches!(error, ConnectError::Request(_)), "{error:?}");
    }
    for url in ["http://h/", "ws://", "ws://h/#f", "h", "ws://user@h/"] {
        let error = connector.connect(url).await.unwrap_err();
        assert!(matches!(error, ConnectError::Url(_)), "{url}: {error:?}");
        assert!(!error.is_transient() && error.stage().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn d09_a_dropped_future_drops_its_attempts() {
    let (tell, told) = oneshot::channel();
    let tell = Arc::new(Mutex::new(Some(tell)));
    let network = Network::default().serves(V4, move |mut stream| {
        let tell = Arc::clone(&tell);
        async move {
            read_head(&mut stream).await;
            let ended = stream.read_u8().await;
            tell.lock()
                .unwrap()
                .take()
                .unwrap()
                .send(ended.is_err())
                .unwrap();
        }
    });
    let connector = network.connector();
    let opening = connector.connect("ws://192.0.2.1/");
    assert!(
        tokio::time::timeout(Duration::from_secs(1), opening)
            .await
            .is_err()
    );
    assert!(told.await.unwrap(), "the server sees the end of the stream");
}

#[tokio::test(start_paused = true)]
async fn d19_the_proxy_gets_the_name_and_the_server_what_follows() {
    let network = Network::default().serves(PROXY, |mut stream| async move {
        let head = read_head(&mut stream).await;
        assert_eq!(
            head,
            "CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n\r\n"
        );
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        greets(stream).await;
    });
    let proxy = Proxy::parse("http://192.0.2.9:3128")
        .unwrap()
        .no_proxy("192.0.2.1");
    let connector = network.connector().proxy(proxy);
    is_greeted(connector.connect("ws://server.example/").await.unwrap()).await;
    assert_eq!(network.tried(), [PROXY]);
    // The exception is connected to directly, and refuses here.
    let direct = connector.connect("ws://192.0.2.1/").await.unwrap_err();
    assert!(matches!(direct, ConnectError::Connect(_)), "{direct:?}");
}

#[tokio::test(start_paused = true)]
async fn d19_a_proxy_that_fails_is_named_as_such() {
    let proxy = || Proxy::parse("http://192.0.2.9:3128").unwrap();
    for (answer, is_transient) in [
        (&b"HTTP/1.1 407 No\r\n\r\n"[..], false),
        (b"HTTP/1.1 502 No\r\n\r\n", true),
        (b"garbage\r\n\r\n", false),
        (b"", true),
    ] {
        let network = Network::default().serves(PROXY, |stream| answers(stream, answer));
        let connector = network.connector().proxy(proxy());
        let error = connector.connect("ws://h/").await.unwrap_err();
        assert!(matches!(error, ConnectError::Proxy(_)), "{error:?}");
        assert_eq!(error.is_transient(), is_transient, "{error}");
        assert_eq!(error.stage(), Some(Stage::Proxy));
    }
    let silent = Network::default().serves(PROXY, |mut stream| async move {
        read_head(&mut stream).await;
        assert!(
            stream.read_u8().await.is_err(),
            "nothing is sent before the proxy has answered"
        );
    });
    let connector = silent.connector().proxy(proxy());
    assert_eq!(timed_out(connector.connect("ws://h/").await), Stage::Proxy);
}

#[tokio::test(start_paused = true)]
async fn d19_socks_refusals_come_through_with_their_code() {
    let network = Network::default().serves(PROXY, |mut stream| async move {
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        assert_eq!(request, [5, 1, 0, 3, 1, b'h', 0, 80]);
        stream
            .write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0])
            .await
            .unwrap();
    });
    let proxy = Proxy::parse("socks5h://192.0.2.9:3128").unwrap();
    let error = network
        .connector()
        .proxy(proxy)
        .connect("ws://h/")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::Proxy(ProxyError::Socks(4))),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn d22_a_refusal_has_its_status_headers_and_body() {
    let network = Network::default().serves(V4, |stream| {
        answers(
            stream,
            b"HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\nContent-Length: 6\r\n\r\nlog in",
        )
    });
    let error = network
        .connector()
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.is_transient()), (Some(401), false));
    let ConnectError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.header("www-authenticate"), Some("Bearer"));
    assert_eq!(refusal.body(), b"log in");
}

#[tokio::test(start_paused = true)]
async fn d22_faults_that_may_pass_are_told_from_those_that_stay() {
    for (status, is_transient) in [
        (400, false),
        (403, false),
        (404, false),
        (408, true),
        (429, true),
        (500, true),
        (501, false),
        (503, true),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\n\r\n").leak().as_bytes();
        let network = Network::default().serves(V4, |stream| answers(stream, answer));
        let error = network
            .connector()
            .connect("ws://192.0.2.1/")
            .await
            .unwrap_err();
        assert_eq!(error.is_transient(), is_transient, "{status}");
    }
    let vanished = Network::default().serves(V4, |stream| answers(stream, b""));
    let error = vanished
        .connector()
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::Handshake(_)) && error.is_transient(),
        "{error:?}"
    );
    let lying = Network::default().serves(V4, |stream| {
        answers(
            stream,
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        )
    });
    let error = lying
        .connector()
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::Refused(_)) && !error.is_transient(),
        "{error:?}"
    );
}

/// A network where `ws://192.0.2.1/` redirects to `location`, and the requests that its servers
/// got.
fn redirecting(location: &str) -> (Network, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let location = location.to_owned();
    let redirects = move |mut stream| {
        let (log, location) = (Arc::clone(&log), location.clone());
        async move {
            let head = read_head(&mut stream).await;
            let is_first = head.starts_with("GET / ");
            log.lock().unwrap().push(head);
            if is_first {
                let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            } else {
                stream.write_all(b"HTTP/1.1 404 No\r\n\r\n").await.unwrap();
            }
            stream.shutdown().await.unwrap();
        }
    };
    (
        Network::default()
            .serves(V4, redirects.clone())
            .serves(OTHER, redirects),
        asked,
    )
}

fn secret_holder(network: &Network) -> super::Connector {
    network
        .connector()
        .header("Authorization", "Bearer secret")
        .header("Cookie", "id=secret")
        .header("X-Key", "secret")
}

#[tokio::test(start_paused = true)]
async fn d23_redirects_are_followed_only_when_asked_for() {
    let (network, asked) = redirecting("/moved");
    let error = secret_holder(&network)
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert_eq!(asked.lock().unwrap().len(), 1);
    let error = secret_holder(&network)
        .max_redirects(1)
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404));
    let asked = asked.lock().unwrap();
    assert!(asked[2].starts_with("GET /moved "), "{}", asked[2]);
    assert_eq!(
        asked[2].matches("secret").count(),
        3,
        "the same origin gets the headers"
    );
}

#[tokio::test(start_paused = true)]
async fn d23_secrets_do_not_go_to_another_origin() {
    let (network, asked) = redirecting("http://192.0.2.2/moved");
    let error = secret_holder(&network)
        .max_redirects(3)
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404));
    let asked = asked.lock().unwrap();
    assert!(
        asked[1].starts_with("GET /moved HTTP/1.1\r\nHost: 192.0.2.2\r\n"),
        "{}",
        asked[1]
    );
    assert!(!asked[1].contains("secret"), "{}", asked[1]);
}

#[tokio::test(start_paused = true)]
async fn d23_redirects_are_bounded() {
    let (network, _) = redirecting("/");
    let error = network
        .connector()
        .max_redirects(5)
        .connect("ws://192.0.2.1/")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::Redirect(RedirectError::TooMany)),
        "{error:?}"
    );
    assert_eq!(network.tried().len(), 6);
}
