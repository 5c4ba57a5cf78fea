//! An echo server inside axum: ordinary HTTP routes, and WebSocket at `/` with permessage-deflate,
//! which axum's own cannot do. hyper reads the request and hands over the connection,
//! `ws-handshake` judges and answers, `ws-stream` speaks.
//!
//! `cargo run --release --example axum_echo -- [ADDR]`

use std::time::Duration;
use std::{env, io};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get};
use axum::serve::ListenerExt as _;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncReadCompatExt as _;
use ws_frame::deflate::Options;
use ws_handshake::extension::deflate::{DeflateServer, PerMessageDeflate};
use ws_handshake::{Accept, HandshakeError, OriginPolicy};
use ws_stream::{Builder, Config, Error, Message, Timeout};

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8888".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    serve(listener).await
}

/// Takes connections for as long as the process lasts.
pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let app = Router::new()
        .route("/", any(websocket))
        .route("/hello", get(async || "Hello over HTTP\n"))
        .with_state(Options::default());
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, app).await
}

async fn websocket(State(options): State<Options>, request: Request) -> Result<Response, StatusCode> {
    let answer = match judge(&request) {
        Ok((accept, deflate)) => {
            let builder = Builder::new()
                .config(Config::new().compression(&options))
                .deflate(deflate);
            tokio::spawn(async move {
                talk(request, builder)
                    .await
                    .unwrap_or_else(|error| eprintln!("{error}"));
            });
            accept.to_http().map(|accept| accept.map(|()| Body::empty()))
        }
        Err(error) => {
            let refusal = ws_handshake::Response::from(error).to_http();
            refusal.map(|refusal| refusal.map(Body::from))
        }
    };
    answer.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR) // a malformed field, had we added one
}

fn judge(request: &Request) -> Result<(Accept<'static>, Option<PerMessageDeflate>), HandshakeError> {
    let upgrade = ws_handshake::Request::from_http(request)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    let deflate = DeflateServer::new().answer(upgrade.extensions());
    Ok((upgrade.accept().extensions(deflate), deflate))
}

/// Echoes on the connection of a request, once hyper has sent the answer.
async fn talk(request: Request, builder: Builder) -> Result<(), Error> {
    let upgraded = hyper::upgrade::on(request).await.map_err(io::Error::other)?;
    let mut socket = builder.server(TokioIo::new(upgraded).compat())?;
    let mut pinged = false;
    loop {
        match timeout(IDLE, socket.next()).await {
            Err(_) if pinged => return Err(Timeout::Pong.into()),
            Err(_) => {
                socket.ping(b"").await?;
                pinged = true;
            }
            Ok(Some(Ok(Message::Close(_)))) | Ok(None) => break,
            Ok(Some(Ok(message))) => {
                pinged = false;
                if message.is_data() {
                    let sent = timeout(IDLE, socket.feed(message)).await;
                    sent.map_err(|_| Timeout::Write)??;
                }
            }
            Ok(Some(Err(error))) => {
                eprintln!("{error}");
                break;
            }
        }
    }
    let ending = async { while socket.next().await.is_some() {} };
    timeout(PATIENCE, ending).await.map_err(|_| Timeout::Close.into())
}

/// For a peer to end its side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come before the peer is asked for a sign of life, and then, and how long it
/// may not read.
const IDLE: Duration = Duration::from_secs(45);
