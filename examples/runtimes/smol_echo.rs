//! An echo server on smol, over `ws-stream`: a connection is a `Stream` of messages, and a sink for
//! them. Messages are compressed if the client offers that.
//!
//! `cargo run --release --example smol_echo -- [ADDR] [--opening-timeout SECONDS] [--idle-timeout
//! SECONDS]`

use std::future::Future;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use smol::Timer;
use smol::future::FutureExt as _;
use smol::net::{TcpListener, TcpStream};
use support::{AcceptFailures, ServerOptions, Timeouts};
use ws_stream::deflate::Options;
use ws_stream::{Acceptor, Config, Error, Message, Stage, Timeout, WebSocket};

fn main() -> ExitCode {
    let usage = ServerOptions::usage("smol_echo", "Echoes messages, on smol.");
    let options = support::options(&usage, ServerOptions::read);
    support::status(smol::block_on(listen(&options)))
}

async fn listen(options: &ServerOptions) -> io::Result<()> {
    let listener = support::bind(&options.address, std::net::TcpListener::bind)?;
    support::say(format_args!("listening on ws://{}", listener.local_addr()?));
    serve(smol::Async::new(listener)?.into(), options.timeouts).await
}

/// Serves connections for as long as the process runs.
pub(crate) async fn serve(listener: TcpListener, timeouts: Timeouts) -> ! {
    let config = Config::new().compression(&Options::default());
    let acceptor = Arc::new(Acceptor::new().config(config));
    let mut failures = AcceptFailures::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                failures.note_accepted();
                let acceptor = Arc::clone(&acceptor);
                let served = async move {
                    connection(stream, &acceptor, timeouts)
                        .await
                        .unwrap_or_else(|error| support::report(peer, &error));
                };
                smol::spawn(served).detach();
            }
            Err(error) => drop(Timer::after(failures.note(&error)).await),
        }
    }
}

async fn connection(
    stream: TcpStream,
    acceptor: &Acceptor,
    timeouts: Timeouts,
) -> Result<(), Error> {
    support::tune(&stream)?;
    let opening = async {
        match stream.peek(&mut [0]).await {
            // The client left without a byte, like the health check of a load balancer.
            Ok(0) => return Ok(None),
            Err(error) if support::is_gone(&error) => return Ok(None),
            count => count?,
        };
        acceptor.upgrade(stream).await.map(Some)
    };
    let timeout = Timeout::Opening(Stage::Handshake);
    let Some(mut socket) = within(timeouts.opening, timeout, opening).await? else {
        return Ok(());
    };
    let echoed = echo(&mut socket, timeouts.idle).await;
    if let Err(Error::Timeout(_)) = echoed {
        return echoed; // the client is not there
    }
    let ending = async {
        while socket.next().await.is_some() {}
        Ok(())
    };
    echoed.and(within(timeouts.opening, Timeout::Close, ending).await)
}

/// Echoes up to the client's Close. No timeout runs while bytes move in either direction: a slow
/// reader gets a large message whole.
async fn echo(socket: &mut WebSocket<TcpStream>, idle: Duration) -> Result<(), Error> {
    let mut pinged = false;
    loop {
        let before = (socket.received(), socket.written());
        let received = async { socket.next().await.transpose() };
        match within(idle, Timeout::Pong, received).await {
            Ok(None | Some(Message::Close(_))) => return Ok(()),
            Ok(Some(message)) => {
                pinged = false;
                if message.is_data() {
                    make_room(socket, idle).await?;
                    socket.feed(message).await?;
                }
            }
            Err(Error::Timeout(_)) if (socket.received(), socket.written()) != before => {}
            Err(Error::Timeout(_)) if socket.queued() > 0 => return Err(Timeout::Write.into()),
            Err(Error::Timeout(_)) if !pinged => {
                within(idle, Timeout::Write, socket.ping(b"")).await?;
                pinged = true;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Waits until there is room for a message. The timeout runs while the client takes nothing.
async fn make_room(socket: &mut WebSocket<TcpStream>, idle: Duration) -> Result<(), Error> {
    while socket.queued() > HIGH {
        let before = socket.written();
        match within(idle, Timeout::Write, socket.flush()).await {
            Err(Error::Timeout(_)) if socket.written() > before => {}
            flushed => flushed?,
        }
    }
    Ok(())
}

async fn within<T>(
    time: Duration,
    timeout: Timeout,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let late = async {
        Timer::after(time).await;
        Err(timeout.into())
    };
    future.or(late).await
}

/// Unwritten bytes up to which the server continues to read: at most the number with which `feed`
/// takes a message at once.
const HIGH: usize = 64 * 1024;
