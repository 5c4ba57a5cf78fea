//! An echo server on smol, over `ws-stream`: a connection is a `Stream` of events, and takes
//! events.
//!
//! `cargo run --release --example smol_echo -- [ADDR]`

use std::future::Future;
use std::time::Duration;
use std::{env, io};

use smol::Timer;
use smol::future::FutureExt as _;
use smol::net::{TcpListener, TcpStream};
use ws_stream::{Acceptor, Error, Message, Stage, Timeout, WebSocket};

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8888".into());
    smol::block_on(async {
        let listener = TcpListener::bind(address).await?;
        println!("listening on ws://{}", listener.local_addr()?);
        serve(listener).await
    })
}

/// Takes connections for as long as the process lasts.
pub(crate) async fn serve(listener: TcpListener) -> ! {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => smol::spawn(async move {
                connection(stream)
                    .await
                    .unwrap_or_else(|error| eprintln!("{peer}: {error}"));
            })
            .detach(),
            Err(error) => {
                eprintln!("cannot take a connection: {error}");
                Timer::after(Duration::from_millis(100)).await; // for want of files: until other connections have ended
            }
        }
    }
}

async fn connection(stream: TcpStream) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let opening = Timeout::Opening(Stage::Handshake);
    let socket = within(PATIENCE, opening, Acceptor::new().upgrade(stream)).await?;
    echo(socket).await
}

async fn echo(mut socket: WebSocket<TcpStream>) -> Result<(), Error> {
    let mut pinged = false;
    loop {
        let received = within(IDLE, Timeout::Pong, async { socket.next().await.transpose() });
        match received.await {
            Err(Error::Timeout(_)) if !pinged => {
                socket.ping(b"").await?;
                pinged = true;
            }
            Ok(Some(Message::Close(_))) => break,
            Ok(Some(message)) => {
                pinged = false;
                if message.is_data() {
                    within(IDLE, Timeout::Write, socket.feed(message)).await?;
                }
            }
            Ok(None) => break,
            Err(error) => {
                eprintln!("{error}");
                break;
            }
        }
    }
    let ending = async {
        while socket.next().await.is_some() {}
        Ok(())
    };
    within(PATIENCE, Timeout::Close, ending).await
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

/// For a request to come whole, and for a peer to end its side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come before the peer is asked for a sign of life, and then, and how long it
/// may not read.
const IDLE: Duration = Duration::from_secs(45);
