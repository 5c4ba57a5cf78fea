//! A chat room. Admission is decided before the upgrade, everybody gets every message, and a
//! restart closes the connections in order.
//!
//! `cargo run --release --example room -- [ADDR]`
//!
//! A client needs the token, as a header or as a cookie: `wsc --header "Authorization: Bearer
//! secret" ws://127.0.0.1:8888/`.

use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};
use ws_tokio::{Acceptor, CloseCode, Config, Error, Message, Prepared, Request, Shutdown};

fn main() -> ExitCode {
    let address = support::options(USAGE, |words| support::address(words, "127.0.0.1:8888"));
    support::status(run(&address))
}

const USAGE: &str = "usage: room [ADDR]\n\n\
    A chat room for clients that have the token \"secret\".\n\n  \
    ADDR  address to listen on, such as localhost:8888; default 127.0.0.1:8888";

#[tokio::main]
async fn run(address: &str) -> std::io::Result<()> {
    let listener = support::bind(address, std::net::TcpListener::bind)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    support::say(format_args!("listening on ws://{}", listener.local_addr()?));
    let (room, shutdown) = (broadcast::Sender::new(64), Shutdown::new());
    let config = Config::new()
        .max_message_len(64 * 1024)
        .idle_timeout(Duration::from_secs(30));
    let acceptor = Acceptor::new().config(config).shutdown(&shutdown);
    let serving = acceptor.serve(listener, move |request| talk(request, room.clone()));
    tokio::select! {
        () = serving => {}
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    let report = shutdown
        .close(CloseCode::SERVICE_RESTART, "back soon")
        .over(Duration::from_secs(2))
        .await;
    support::say(format_args!(
        "{} closed, {} aborted",
        report.closed, report.aborted
    ));
    Ok(())
}

async fn talk(request: Request, room: broadcast::Sender<Prepared>) -> Result<(), Error> {
    if request.header("Authorization") != Some("Bearer secret")
        && request.cookie("token") != Some("secret")
    {
        return request.reject(401).await;
    }
    let mut ws = request.subprotocol("chat").upgrade().await?;
    let mut messages = room.subscribe();
    loop {
        tokio::select! {
            received = ws.next() => match received.transpose()? {
                Some(Message::Text(text)) => drop(room.send(Prepared::text(&text))),
                Some(_) => {}
                None => return Ok(()),
            },
            message = messages.recv() => match message {
                Ok(message) => ws.send(message).await?,
                Err(RecvError::Lagged(_)) => return ws.close(CloseCode::TRY_AGAIN_LATER, "too slow").await,
                Err(RecvError::Closed) => return ws.close(CloseCode::GOING_AWAY, "").await,
            },
        }
    }
}
