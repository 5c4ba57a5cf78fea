//! Requests that are not WebSocket, or not allowed, get their proper answer, with and without an
//! HTTP stack.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use h2::ext::Protocol;
use h2::{Reason, RecvStream};
use http::{Method, Request, Response};

/// The answer to these bytes, up to the server's end.
fn answer(server: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).to_ascii_lowercase())
}

fn upgrade(fields: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: upgrade\r\nUpgrade: websocket\r\n{fields}\r\n\r\n"
    )
}

const GOOD: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";

#[test]
fn every_server_refuses_with_the_same_answers() -> io::Result<()> {
    for server in [
        crate::blocking()?,
        crate::tokio()?,
        crate::smol()?,
        crate::axum()?,
    ] {
        let plain = answer(server, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")?;
        assert!(plain.starts_with("http/1.1 426 "), "{plain}");
        assert!(plain.contains("\r\nupgrade: websocket\r\n"), "{plain}");
        assert!(
            plain.contains("\r\nsec-websocket-version: 13\r\n"),
            "{plain}"
        );
        let foreign = answer(
            server,
            &upgrade(&format!("{GOOD}\r\nOrigin: https://evil.example")),
        )?;
        assert!(foreign.starts_with("http/1.1 403 "), "{foreign}");
        let old = answer(server, &upgrade(&GOOD.replace("13", "8")))?;
        assert!(old.starts_with("http/1.1 426 "), "{old}");
        let junk = answer(server, "\x16\x03\x01\r\n\r\n")?;
        assert!(junk.starts_with("http/1.1 400 "), "{junk}");
        let broken = "\u{9}\0\0\0\0\0"; // a Ping in fragments: the server closes
        let good = answer(server, &format!("{}{broken}", upgrade(GOOD)))?;
        assert!(good.starts_with("http/1.1 101 "), "{good}");
    }
    Ok(())
}

#[test]
fn axum_has_ordinary_routes_beside_it() -> io::Result<()> {
    let page = answer(
        crate::axum()?,
        "GET /hello HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    )?;
    assert!(
        page.starts_with("http/1.1 200 ") && page.ends_with("\r\n\r\nhello over http\n"),
        "{page}"
    );
    Ok(())
}

type AnyError = Box<dyn Error + Send + Sync>;

/// The answer to one request on a connection of its own.
async fn over_h2(
    server: SocketAddr,
    request: Request<()>,
) -> Result<Response<RecvStream>, AnyError> {
    let stream = tokio::net::TcpStream::connect(server).await?;
    let (mut requests, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(requests.send_request(request, true)?.0.await?)
}

fn connect(protocol: &'static str) -> http::request::Builder {
    Request::connect("http://example.com/").extension(Protocol::from_static(protocol))
}

#[tokio::test]
async fn h80_to_h84_over_http2() -> Result<(), AnyError> {
    let server = crate::h2()?;
    let status = async |request| {
        over_h2(server, request)
            .await
            .map(|answer| answer.status().as_u16())
    };
    assert_eq!(
        status(Request::get("http://example.com/").body(())?).await?,
        200
    );
    let version = |version| connect("websocket").header("sec-websocket-version", version);
    assert_eq!(status(version("13").body(())?).await?, 200);
    assert_eq!(status(version("8").body(())?).await?, 400);
    assert_eq!(
        status(
            version("13")
                .header("origin", "https://evil.example")
                .body(())?
        )
        .await?,
        403
    );
    assert_eq!(status(connect("chat").body(())?).await?, 501);
    assert_eq!(
        status(version("13").header("content-length", "0").body(())?).await?,
        200
    );
    let malformed = over_h2(
        server,
        version("13").header("content-length", "00x").body(())?,
    )
    .await;
    let error = malformed.unwrap_err().downcast::<h2::Error>()?;
    assert_eq!(error.reason(), Some(Reason::PROTOCOL_ERROR));
    Ok(())
}

/// Ordinary requests are not upgraded: a tunnel is refused, HEAD has no content, other methods do
/// not exist.
#[tokio::test]
async fn r90_ordinary_requests_over_http2() -> Result<(), AnyError> {
    let server = crate::h2()?;
    let answer = async |method| {
        let tunnel = method == Method::CONNECT;
        let uri = if tunnel {
            "example.com:443"
        } else {
            "http://example.com/"
        };
        let answer = over_h2(server, Request::builder().method(method).uri(uri).body(())?).await?;
        let (head, mut body) = answer.into_parts();
        let mut len = 0;
        while let Some(data) = body.data().await {
            len += data?.len();
        }
        Ok::<_, AnyError>((head, len))
    };
    let (head, len) = answer(Method::GET).await?;
    assert_eq!((head.status.as_u16(), len), (200, 18));
    let (head, len) = answer(Method::HEAD).await?;
    assert_eq!((head.status.as_u16(), len), (200, 0));
    assert_eq!(head.headers["content-length"], "18");
    for method in [Method::POST, Method::CONNECT, Method::OPTIONS] {
        let (head, len) = answer(method).await?;
        assert_eq!((head.status.as_u16(), len), (405, 0));
        assert_eq!(head.headers["allow"], "GET, HEAD");
    }
    Ok(())
}

/// 64 KiB a second, for longer than the idle timeout and the pong timeout together.
#[tokio::test]
async fn e04_a_slow_reader_gets_a_large_message_whole_over_http2() -> Result<(), AnyError> {
    const LEN: usize = 640 * 1024;
    let mut timeouts = support::Timeouts::default();
    timeouts.idle = Duration::from_secs(2);
    let server = crate::h2_with(timeouts)?;
    let message = ws_testkit::wire::frame(0x82, Some([0; 4]), &vec![7; LEN]);
    let echo = crate::h2_client::read_slowly(server, message, 10 + LEN).await?;
    assert!(echo[10..].iter().all(|byte| *byte == 7));
    Ok(())
}
