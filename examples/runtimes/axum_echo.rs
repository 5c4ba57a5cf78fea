//! An echo server inside axum: ordinary HTTP routes, and WebSocket at `/` with permessage-deflate,
//! which axum's own cannot do. hyper reads the request and hands over the connection,
//! `ws-handshake` judges and answers, `ws-stream` speaks.
//!
//! `cargo run --release --example axum_echo -- [ADDR] [--opening-timeout SECONDS] [--idle-timeout
//! SECONDS]`

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use support::{ServerOptions, Timeouts};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_util::compat::TokioAsyncReadCompatExt as _;
use ws_frame::deflate::Options;
use ws_handshake::extension::deflate::{DeflateServer, PerMessageDeflate};
use ws_handshake::{Accept, HandshakeError, OriginPolicy};
use ws_stream::{Builder, Config, Error, Message, Timeout, Transport, WebSocket};

fn main() -> ExitCode {
    let usage = ServerOptions::usage(
        "axum_echo",
        "Echoes messages, beside the ordinary routes of axum: /hello is one.",
    );
    let options = support::options(&usage, ServerOptions::read);
    support::status(listen(&options))
}

#[tokio::main]
async fn listen(options: &ServerOptions) -> io::Result<()> {
    let listener = support::bind(&options.address, std::net::TcpListener::bind)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    support::say(format_args!("listening on ws://{}", listener.local_addr()?));
    serve(listener, options.timeouts).await
}

/// Serves connections for as long as the process lasts. Not by `axum::serve`, which has no
/// timeouts: a client could send half a request, or none after an answer, and stay for ever.
pub(crate) async fn serve(listener: TcpListener, timeouts: Timeouts) -> ! {
    let state = App {
        options: Options::default(),
        timeouts,
    };
    let app = Router::new()
        .route("/", any(websocket))
        .route("/hello", get(async || "Hello over HTTP\n"))
        .with_state(state);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timeouts.opening);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                support::tune(&stream).ok();
                let service = TowerToHyperService::new(app.clone());
                let connection = http
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades();
                tokio::spawn(connection); // a request that fails concerns nobody else
            }
            Err(error) => {
                support::warn(format_args!("cannot take a connection: {error}"));
                // Out of descriptors: until other connections have ended.
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

#[derive(Clone)]
struct App {
    options: Options,
    timeouts: Timeouts,
}

async fn websocket(State(App { options, timeouts }): State<App>, request: Request) -> Result<Response, StatusCode> {
    let answer = match judge(&request) {
        Ok((accept, deflate)) => {
            let builder = Builder::new()
                .config(Config::new().compression(&options))
                .deflate(deflate);
            tokio::spawn(async move {
                talk(request, builder, timeouts)
                    .await
                    .unwrap_or_else(|error| support::warn(format_args!("{error}")));
            });
            accept.to_http().map(|accept| accept.map(|()| Body::empty()))
        }
        Err(error) => {
            let refusal = ws_handshake::Response::from(error).to_http();
            refusal.map(|refusal| refusal.map(Body::from))
        }
    };
    // A malformed field, had we added one.
    answer.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn judge(request: &Request) -> Result<(Accept<'static>, Option<PerMessageDeflate>), HandshakeError> {
    let upgrade = ws_handshake::Request::from_http(request)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    let deflate = DeflateServer::new().answer(upgrade.extensions());
    Ok((upgrade.accept().extensions(deflate), deflate))
}

/// Echoes on the connection of a request, once hyper has sent the answer.
async fn talk(request: Request, builder: Builder, timeouts: Timeouts) -> Result<(), Error> {
    let upgraded = hyper::upgrade::on(request).await.map_err(io::Error::other)?;
    let mut socket = builder.server(TokioIo::new(upgraded).compat())?;
    let echoed = echo(&mut socket, timeouts.idle).await;
    if let Err(Error::Timeout(_)) = echoed {
        return echoed; // the client is not there
    }
    let ending = async { while socket.next().await.is_some() {} };
    let ended = timeout(timeouts.opening, ending).await;
    echoed.and(ended.map_err(|_| Timeout::Close.into()))
}

/// Echoes up to the client's Close. No timeout runs while bytes move in either direction: a slow
/// reader gets a large message whole.
async fn echo<T: Transport>(socket: &mut WebSocket<T>, idle: Duration) -> Result<(), Error> {
    let mut pinged = false;
    loop {
        let before = (socket.received(), socket.written());
        match timeout(idle, socket.next()).await {
            Ok(None | Some(Ok(Message::Close(_)))) => return Ok(()),
            Ok(Some(message)) => {
                pinged = false;
                let message = message?;
                if message.is_data() {
                    make_room(socket, idle).await?;
                    socket.feed(message).await?;
                }
            }
            Err(_) if (socket.received(), socket.written()) != before => {}
            Err(_) if socket.queued() > 0 => return Err(Timeout::Write.into()),
            Err(_) if pinged => return Err(Timeout::Pong.into()),
            Err(_) => {
                timeout(idle, socket.ping(b"")).await.map_err(|_| Timeout::Write)??;
                pinged = true;
            }
        }
    }
}

/// Waits until there is room for a message. The timeout runs while the client takes nothing.
async fn make_room<T: Transport>(socket: &mut WebSocket<T>, idle: Duration) -> Result<(), Error> {
    while socket.queued() > HIGH {
        let before = socket.written();
        match timeout(idle, socket.flush()).await {
            Ok(flushed) => flushed?,
            Err(_) if socket.written() > before => {}
            Err(_) => return Err(Timeout::Write.into()),
        }
    }
    Ok(())
}

/// Bytes that may wait to be written while the server goes on reading: no more than with which
/// `feed` takes a message at once.
const HIGH: usize = 64 * 1024;
