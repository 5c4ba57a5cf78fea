//! An echo server on tokio, directly over the protocol crates: one buffer for each connection,
//! events that borrow from it, and their echoes appended to the output. It reads and writes at the
//! same time, and stops reading from a client that does not read.
//!
//! `cargo run --release --example tokio_echo -- [ADDR] [--opening-timeout SECONDS] [--idle-timeout
//! SECONDS]`

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use support::{AcceptFailures, ServerOptions, Timeouts};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use ws_frame::{Config, Connection, Event, Phase, ReadBuffer, SendError, Unread};
use ws_handshake::{Accept, HandshakeError, HeadScanner, OriginPolicy, Request, Response};

fn main() -> ExitCode {
    let usage = ServerOptions::usage("tokio_echo", "Echoes messages, on tokio.");
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

/// Serves connections for as long as the process runs.
pub(crate) async fn serve(listener: TcpListener, timeouts: Timeouts) -> ! {
    let mut failures = AcceptFailures::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                failures.note_accepted();
                tokio::spawn(async move {
                    connection(stream, timeouts)
                        .await
                        .unwrap_or_else(|error| support::report(peer, &error));
                });
            }
            Err(error) => sleep(failures.note(&error)).await,
        }
    }
}

async fn connection(mut stream: TcpStream, timeouts: Timeouts) -> io::Result<()> {
    support::tune(&stream)?;
    match in_time(timeouts.opening, open(&mut stream)).await? {
        Opened::Open(buffer) => talk(&mut stream, buffer, timeouts.idle).await?,
        Opened::Refused => {}
        Opened::Left => return Ok(()),
    }
    in_time(timeouts.opening, end(&mut stream)).await
}

/// The result of the opening handshake.
enum Opened {
    /// The connection is open. The buffer holds frames that came with the request.
    Open(ReadBuffer),
    Refused,
    /// The client left without a byte, like the health check of a load balancer.
    Left,
}

/// Reads the request and answers it.
async fn open(stream: &mut TcpStream) -> io::Result<Opened> {
    let mut buffer = vec![0; 64 * 1024];
    let mut scanner = HeadScanner::default();
    let mut filled = 0;
    let head_end = loop {
        let start = filled;
        filled += match stream.read(&mut buffer[start..]).await {
            Ok(0) if start == 0 => return Ok(Opened::Left),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if start == 0 && support::is_gone(&error) => return Ok(Opened::Left),
            count => count?,
        };
        match scanner.scan(&buffer[start..filled]) {
            Ok(Some(taken)) => break Ok(start + taken),
            Ok(None) => {}
            Err(error) => break Err(HandshakeError::Head(error)),
        }
    };
    let mut output = Vec::new();
    let (encoded, opened) =
        match head_end.and_then(|end| Ok((accept(&buffer[..end])?, end..filled))) {
            Ok((accept, rest)) => {
                let mut frames = ReadBuffer::new();
                frames.extend_from_slice(&buffer[rest]);
                (accept.encode(&mut output), Opened::Open(frames))
            }
            Err(error) => (Response::from(error).encode(&mut output), Opened::Refused),
        };
    encoded.map_err(io::Error::other)?;
    stream.write_all(&output).await?;
    Ok(opened)
}

fn accept(head: &[u8]) -> Result<Accept<'static>, HandshakeError> {
    let upgrade = Request::parse(head)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    Ok(upgrade.accept())
}

/// Echoes until the connection is closed. The losing futures of a race here are dropped: `read` and
/// `write` have done nothing then, which `write_all` could not promise.
async fn talk(stream: &mut TcpStream, mut buffer: ReadBuffer, idle: Duration) -> io::Result<()> {
    let mut connection = Connection::server(Config::new());
    let (mut reader, mut writer) = stream.split();
    let mut output = Output::default();
    let (mut len, mut pinged) = (0, false);
    loop {
        echo(&mut connection, buffer.filled(len), &mut output.bytes).map_err(io::Error::other)?;
        len = 0;
        let waiting = output.waiting().len();
        let closed = connection.phase() == Phase::Closed;
        if closed && waiting == 0 {
            return Ok(());
        }
        tokio::select! {
            count = reader.read(buffer.space()), if waiting < HIGH && !closed => match count? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => (len, pinged) = (count, false),
            },
            count = writer.write(output.waiting()), if waiting > 0 => match count? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => output.written(count),
            },
            // Only while no byte moves: a slow reader gets a large message whole.
            () = sleep(idle) => {
                if pinged || waiting > 0 {
                    return Err(timed_out("the client is silent, or takes nothing"));
                }
                connection.send_ping(b"", &mut output.bytes).map_err(io::Error::other)?;
                pinged = true;
                buffer.release(); // an idle connection keeps no long buffer
            }
        }
    }
}

/// Bytes to be written.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    written: usize,
}

impl Output {
    fn waiting(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    fn written(&mut self, count: usize) {
        self.written += count;
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.bytes.shrink_to(HIGH); // an idle connection does not hold its largest message
            self.written = 0;
        } else if self.written > self.bytes.len() / 2 {
            self.bytes.drain(..self.written); // a byte is moved once at most, on average
            self.written = 0;
        }
    }
}

fn echo(
    connection: &mut Connection,
    mut unread: Unread<'_>,
    output: &mut Vec<u8>,
) -> Result<(), SendError> {
    while let Some(event) = connection.receive_from(&mut unread, output) {
        match event {
            Event::Text(text) => connection.send_text(&text, output)?,
            Event::Binary(payload) => connection.send_binary(&payload, output)?,
            _ => {}
        }
    }
    Ok(())
}

/// Ends our side, and reads the rest of the client's: closing with unread bytes would reset the
/// connection, and the last written bytes would be lost (RFC 6455 §7.1.1).
async fn end(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn in_time<T>(time: Duration, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| timed_out("the client is too slow");
    timeout(time, future).await.map_err(late)?
}

fn timed_out(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, reason)
}

/// Unwritten bytes up to which the server continues to read.
const HIGH: usize = 64 * 1024;
