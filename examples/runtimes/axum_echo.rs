//! An echo server inside axum: ordinary HTTP routes, and WebSocket at `/` with permessage-deflate, which axum's own cannot do. hyper reads
//! the request and hands over the connection, `ws-handshake` judges and answers, `ws-stream` speaks.
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
use futures_util::{StreamExt as _, TryStreamExt as _};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncReadCompatExt as _;
use ws_frame::deflate::Options;
use ws_frame::{Config, Connection, Event};
use ws_handshake::extension::deflate::{DeflateServer, PerMessageDeflate};
use ws_handshake::{Accept, HandshakeError, OriginPolicy};
use ws_stream::{WebSocket, with_deflate};

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
            let connection = with_deflate(Connection::server(Config::new()), deflate, &options);
            tokio::spawn(async move {
                talk(request, connection)
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
async fn talk(request: Request, connection: Connection) -> io::Result<()> {
    let upgraded = hyper::upgrade::on(request).await.map_err(io::Error::other)?;
    let mut socket = WebSocket::new(TokioIo::new(upgraded).compat(), connection);
    let mut pinged = false;
    loop {
        let Ok(event) = timeout(IDLE, socket.try_next()).await else {
            if pinged {
                return Err(io::ErrorKind::TimedOut.into());
            }
            socket.send(Event::Ping(b"".into())).await?;
            pinged = true;
            continue;
        };
        pinged = false;
        match event? {
            Some(message @ (Event::Text(_) | Event::Binary(_))) => {
                timeout(IDLE, socket.feed(message)).await??;
            }
            Some(Event::Close(_) | Event::Failed(_)) | None => break,
            Some(_) => {}
        }
    }
    Ok(timeout(PATIENCE, socket.for_each(async |_| {})).await?)
}

/// For a peer to end its side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come before the peer is asked for a sign of life, and then, and how long it may not read.
const IDLE: Duration = Duration::from_secs(45);
