//! An echo server on smol, over `ws-stream`: a connection is a `Stream` of events, and takes events.
//!
//! `cargo run --release --example smol_echo -- [ADDR]`

use std::future::Future;
use std::time::Duration;
use std::{env, io};

use smol::Timer;
use smol::future::FutureExt as _;
use smol::net::{TcpListener, TcpStream};
use smol::stream::StreamExt as _;
use ws_frame::{Config, Connection, Event};
use ws_handshake::{Accept, HandshakeError, OriginPolicy};
use ws_stream::{Opening, WebSocket};

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

async fn connection(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let opening = within(PATIENCE, Opening::read(stream)).await?;
    let socket = match judge(&opening) {
        Ok(accept) => opening.accept(&accept, Connection::server(Config::new())),
        Err(error) => return within(PATIENCE, opening.respond(&error.into())).await,
    };
    echo(socket.map_err(io::Error::other)?).await
}

fn judge(opening: &Opening<TcpStream>) -> Result<Accept<'static>, HandshakeError> {
    let upgrade = opening.request()?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    Ok(upgrade.accept())
}

async fn echo(mut socket: WebSocket<TcpStream>) -> io::Result<()> {
    let mut pinged = false;
    loop {
        let event = match within(IDLE, socket.try_next()).await {
            Err(error) if error.kind() == io::ErrorKind::TimedOut && !pinged => {
                socket.send(Event::Ping(b"".into())).await?;
                pinged = true;
                continue;
            }
            event => event?,
        };
        pinged = false;
        match event {
            Some(message @ (Event::Text(_) | Event::Binary(_))) => within(IDLE, socket.feed(message)).await?,
            Some(Event::Close(_) | Event::Failed(_)) | None => break,
            Some(_) => {}
        }
    }
    within(PATIENCE, async {
        socket.for_each(drop).await;
        Ok(())
    })
    .await
}

async fn within<T>(time: Duration, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = async {
        Timer::after(time).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    future.or(late).await
}

/// For a request to come whole, and for a peer to end its side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come before the peer is asked for a sign of life, and then, and how long it may not read.
const IDLE: Duration = Duration::from_secs(45);
