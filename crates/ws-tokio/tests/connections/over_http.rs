//! Connections from a request inside axum and hyper.

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use h2::ext::Protocol;
use tokio::net::{TcpListener, TcpStream};
use ws_tokio::{
    CloseCode, Config, Connector, Error, Message, Shutdown, WebSocket, WebSocketUpgrade,
    deflate::Options,
};

async fn echo(mut ws: WebSocket) -> Result<(), Error> {
    while let Some(message) = ws.next().await.transpose()? {
        if message.is_data() {
            ws.feed(message).await?;
        }
    }
    Ok(())
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address.to_string()
}

fn app(shutdown: &Shutdown) -> Router {
    let config = Config::new()
        .compression(&Options::default())
        .max_message_len(100_000);
    let shutdown = shutdown.clone();
    let route = async move |upgrade: WebSocketUpgrade| -> Response {
        assert_eq!(upgrade.path(), "/ws");
        if upgrade.query() == Some("forbidden") {
            return http::StatusCode::FORBIDDEN.into_response();
        }
        let upgrade = upgrade
            .config(config.clone())
            .subprotocol("chat")
            .shutdown(&shutdown);
        upgrade.answer_header("X-Seen", "yes").on_upgrade(echo)
    };
    let page = async |upgrade: Option<WebSocketUpgrade>| -> Response {
        match upgrade {
            Some(upgrade) => upgrade.on_upgrade(async |ws: WebSocket| drop(ws)),
            None => "a page".into_response(),
        }
    };
    Router::new()
        .route("/ws", any(route))
        .route("/both", any(page))
        .route("/hello", get(async || "hello"))
}

#[tokio::test]
async fn d56_an_axum_route_speaks_websocket_over_http_1() {
    let address = serve(app(&Shutdown::new())).await;
    let config = Config::new().compression(&Options::default());
    let connector = Connector::new().subprotocol("chat").config(config);
    let mut ws = connector
        .connect(format!("ws://{address}/ws"))
        .await
        .unwrap();
    assert_eq!(
        (ws.protocol(), ws.header("x-seen")),
        (Some("chat"), Some("yes"))
    );
    assert!(
        ws.header("sec-websocket-extensions")
            .unwrap()
            .starts_with("permessage-deflate")
    );
    for size in [0, 10, 50_000] {
        let text = "x".repeat(size);
        ws.send(text.clone()).await.unwrap();
        assert_eq!(ws.next().await.unwrap().unwrap(), Message::Text(text));
    }
    ws.send(vec![0; 100_001]).await.unwrap();
    let Message::Close(Some(close)) = ws.next().await.unwrap().unwrap() else {
        panic!()
    };
    assert_eq!(close.code, CloseCode::TOO_BIG);
}

#[tokio::test]
async fn d56_requests_that_do_not_upgrade_get_their_status() {
    let address = serve(app(&Shutdown::new())).await;
    let refused = async |connector: Connector, path: &str| {
        connector
            .connect(format!("ws://{address}{path}"))
            .await
            .unwrap_err()
            .status()
    };
    assert_eq!(refused(Connector::new(), "/ws?forbidden").await, Some(403));
    assert_eq!(
        refused(Connector::new().origin("http://evil.example"), "/ws").await,
        Some(403)
    );
    assert_eq!(refused(Connector::new(), "/none").await, Some(404));
    let own_page = Connector::new().origin(format!("http://{address}"));
    assert!(own_page.connect(format!("ws://{address}/ws")).await.is_ok());
    assert!(
        Connector::new()
            .connect(format!("ws://{address}/both"))
            .await
            .is_ok()
    );
    for (path, status) in [("/ws", "426"), ("/both", "200"), ("/hello", "200")] {
        let answer = get_plainly(&address, path).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
}

/// A request of HTTP/1.1 does not say whether it came over TLS. The program may know.
#[tokio::test]
async fn r91_a_program_may_say_that_a_request_came_over_tls() {
    let app = Router::new()
        .route(
            "/plain",
            any(async |upgrade: WebSocketUpgrade| -> Response { upgrade.on_upgrade(echo) }),
        )
        .route(
            "/tls",
            any(async |upgrade: WebSocketUpgrade| -> Response {
                upgrade.encrypted().on_upgrade(echo)
            }),
        );
    let address = serve(app).await;
    for (page, path, is_let_in) in [
        ("http", "plain", true),
        ("https", "plain", true),
        ("https", "tls", true),
        ("http", "tls", false),
    ] {
        let connector = Connector::new().origin(format!("{page}://{address}"));
        let connected = connector.connect(format!("ws://{address}/{path}")).await;
        assert_eq!(connected.is_ok(), is_let_in, "{page} {path}: {connected:?}");
    }
}

async fn get_plainly(address: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn d57_a_shutdown_reaches_connections_of_an_http_server() {
    let shutdown = Shutdown::new();
    let address = serve(app(&shutdown)).await;
    let mut ws = ws_tokio::connect(format!("ws://{address}/ws"))
        .await
        .unwrap();
    ws.send("hello").await.unwrap();
    ws.next().await.unwrap().unwrap();
    let closing = tokio::spawn(async move {
        let report = shutdown.close(CloseCode::GOING_AWAY, "").await;
        (report, shutdown)
    });
    let Message::Close(Some(close)) = ws.next().await.unwrap().unwrap() else {
        panic!()
    };
    assert_eq!(close.code, CloseCode::GOING_AWAY);
    assert!(ws.next().await.is_none());
    let (report, _shutdown) = closing.await.unwrap();
    assert_eq!((report.closed, report.aborted), (1, 0));
    let refused = ws_tokio::connect(format!("ws://{address}/ws"))
        .await
        .unwrap_err();
    assert_eq!(refused.status(), Some(503));
}

#[tokio::test]
async fn d58_an_axum_route_speaks_websocket_over_http_2() {
    let address = serve(app(&Shutdown::new())).await;
    let tcp = TcpStream::connect(&address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    while !client.is_extended_connect_protocol_enabled() {
        client = client.ready().await.unwrap();
        tokio::task::yield_now().await;
    }
    let request = http::Request::builder()
        .method(http::Method::CONNECT)
        .uri(format!("http://{address}/ws"))
        .version(http::Version::HTTP_2)
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "other, chat")
        .extension(Protocol::from_static("websocket"))
        .body(())
        .unwrap();
    let (answer, mut sender) = client.send_request(request, false).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["sec-websocket-protocol"], "chat");
    let mut body = answer.into_body();
    sender
        .send_data([0x81, 0x82, 0, 0, 0, 0, b'h', b'i'].to_vec().into(), false)
        .unwrap();
    let mut received = Vec::new();
    while received.len() < 4 {
        let data = body.data().await.unwrap().unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        received.extend_from_slice(&data);
    }
    assert_eq!(received, [0x81, 2, b'h', b'i']);
}

#[tokio::test]
async fn d59_hyper_alone_is_enough() {
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(async |mut request: hyper::Request<hyper::body::Incoming>| {
            let answer: Response<String> = match WebSocketUpgrade::new(&mut request) {
                Ok(upgrade) => upgrade.on_upgrade(echo),
                Err(error) => error.to_response(),
            };
            Ok::<_, std::convert::Infallible>(answer)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        connection.with_upgrades().await.unwrap();
    });
    let mut ws = ws_tokio::connect(&url).await.unwrap();
    ws.send("hello").await.unwrap();
    assert_eq!(
        ws.next().await.unwrap().unwrap(),
        Message::Text("hello".into())
    );
    ws.close(CloseCode::NORMAL, "").await.unwrap();
}
