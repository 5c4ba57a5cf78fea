//! An echo server inside axum: ordinary HTTP routes, and WebSocket at `/` with permessage-deflate,
//! which axum's own WebSocket lacks, and with every timeout of `ws-tokio`.
//!
//! `cargo run --release --example axum_echo -- [ADDR] [--opening-timeout SECONDS] [--idle-timeout
//! SECONDS]`

use std::io;
use std::process::ExitCode;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{any, get};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use support::{AcceptFailures, ServerOptions, Timeouts};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_io_timeout::TimeoutStream;
use ws_tokio::deflate::Options;
use ws_tokio::{Config, Error, WebSocket, WebSocketUpgrade};

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

/// Serves connections for as long as the process runs. `axum::serve` has no timeouts: a client
/// could send half a request, or none after an answer, and stay for ever.
pub(crate) async fn serve(listener: TcpListener, timeouts: Timeouts) -> ! {
    let config = Config::new()
        .compression(&Options::default())
        .idle_timeout(timeouts.idle)
        .pong_timeout(timeouts.idle)
        .write_timeout(timeouts.idle)
        .close_timeout(timeouts.opening);
    let app = Router::new()
        .route("/", any(websocket))
        .route("/hello", get(async || "Hello over HTTP\n"))
        .with_state(config);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timeouts.opening);
    let mut failures = AcceptFailures::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                failures.note_accepted();
                support::tune(&stream).ok();
                // For a client that sends requests and reads no answer.
                let mut stream = TimeoutStream::new(stream);
                stream.set_write_timeout(Some(timeouts.idle));
                let service = TowerToHyperService::new(app.clone());
                let connection = http
                    .serve_connection(TokioIo::new(Box::pin(stream)), service)
                    .with_upgrades();
                tokio::spawn(connection); // a request that fails concerns nobody else
            }
            Err(error) => sleep(failures.note(&error)).await,
        }
    }
}

async fn websocket(State(config): State<Config>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.config(config).on_upgrade(async |ws: WebSocket| {
        if let Err(error) = echo(ws).await {
            support::report("a connection", &error);
        }
    })
}

async fn echo(mut ws: WebSocket) -> Result<(), Error> {
    while let Some(message) = ws.next().await.transpose()? {
        if message.is_data() {
            ws.feed(message).await?;
        }
    }
    Ok(())
}
