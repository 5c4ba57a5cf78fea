//! An echo server on tokio, straight over the protocol crates: one buffer for each connection, events that borrow from it, and their
//! echoes appended to the output. It reads and writes at the same time, and stops reading from a client who does not read.
//!
//! `cargo run --release --example tokio_echo -- [ADDR]`

use std::ops::Range;
use std::time::Duration;
use std::{env, io};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use ws_frame::{Config, Connection, Event, Phase, SendError};
use ws_handshake::{Accept, HandshakeError, HeadScanner, OriginPolicy, Request, Response};

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8888".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    serve(listener).await
}

/// Takes connections for as long as the process lasts.
pub(crate) async fn serve(listener: TcpListener) -> ! {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => drop(tokio::spawn(async move {
                connection(stream)
                    .await
                    .unwrap_or_else(|error| eprintln!("{peer}: {error}"));
            })),
            Err(error) => {
                eprintln!("cannot take a connection: {error}");
                sleep(Duration::from_millis(100)).await; // for want of files: until other connections have ended
            }
        }
    }
}

async fn connection(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 64 * 1024];
    let opened = timeout(PATIENCE, open(&mut stream, &mut buffer)).await?;
    if let Some(frames) = opened? {
        talk(&mut stream, &mut buffer, frames).await?;
    }
    timeout(PATIENCE, end(&mut stream, &mut buffer)).await?
}

/// Reads the request and answers it. Gives where the first frames are, if some came with it; `None` if it was refused.
async fn open(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Option<Range<usize>>> {
    let mut scanner = HeadScanner::default();
    let mut filled = 0;
    let head_end = loop {
        let start = filled;
        filled += stream.read(&mut buffer[start..]).await?;
        match scanner.scan(&buffer[start..filled]) {
            Ok(Some(taken)) => break Ok(start + taken),
            Ok(None) if filled == start => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(None) => {}
            Err(error) => break Err(HandshakeError::Head(error)),
        }
    };
    let mut output = Vec::new();
    let (encoded, frames) = match head_end.and_then(|end| Ok((accept(&buffer[..end])?, end..filled))) {
        Ok((accept, frames)) => (accept.encode(&mut output), Some(frames)),
        Err(error) => (Response::from(error).encode(&mut output), None),
    };
    encoded.map_err(io::Error::other)?;
    stream.write_all(&output).await?;
    Ok(frames)
}

fn accept(head: &[u8]) -> Result<Accept<'static>, HandshakeError> {
    let upgrade = Request::parse(head)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    Ok(upgrade.accept())
}

/// Echoes until the connection is closed. Of the futures that race here, those that lose are dropped: `read` and `write` have done
/// nothing then, which `write_all` could not promise.
async fn talk(stream: &mut TcpStream, buffer: &mut [u8], mut unread: Range<usize>) -> io::Result<()> {
    let mut connection = Connection::server(Config::new());
    let (mut reader, mut writer) = stream.split();
    let mut output = Vec::new();
    let mut written = 0;
    let mut pinged = false;
    loop {
        echo(&mut connection, &mut buffer[unread], &mut output).map_err(io::Error::other)?;
        unread = 0..0;
        let waiting = output.len() - written;
        let closed = connection.phase() == Phase::Closed;
        if closed && waiting == 0 {
            return Ok(());
        }
        tokio::select! {
            count = reader.read(buffer), if waiting < HIGH && !closed => {
                unread = 0..count?;
                if unread.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                pinged = false;
            }
            count = writer.write(&output[written..]), if waiting > 0 => {
                match count? {
                    0 => return Err(io::ErrorKind::WriteZero.into()),
                    count => written += count,
                }
                if written > output.len() / 2 { // so that a byte is moved once at most, on average
                    output.drain(..written);
                    written = 0;
                }
            }
            () = sleep(IDLE) => {
                if pinged {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                connection.send_ping(b"", &mut output).map_err(io::Error::other)?;
                pinged = true;
            }
        }
    }
}

fn echo(connection: &mut Connection, mut input: &mut [u8], output: &mut Vec<u8>) -> Result<(), SendError> {
    while let Some(event) = connection.receive(&mut input, output) {
        match event {
            Event::Text(text) => connection.send_text(&text, output)?,
            Event::Binary(payload) => connection.send_binary(&payload, output)?,
            _ => {}
        }
    }
    Ok(())
}

/// Ends our side, and reads what still comes, so that what we wrote last is not lost to a reset (RFC 6455 §7.1.1).
async fn end(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    stream.shutdown().await?;
    while stream.read(buffer).await? > 0 {}
    Ok(())
}

/// For a request to come whole, and for a peer to end its side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come or go before the peer is asked for a sign of life, and then.
const IDLE: Duration = Duration::from_secs(45);

/// How much may wait to be written while we go on reading.
const HIGH: usize = 64 * 1024;
