//! An echo server over blocking sockets: two threads for each connection, one with the half that receives and one with the half that
//! sends, a channel between them, and no lock.
//!
//! `cargo run --release --example blocking_server -- [ADDR]`

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::mpsc::{self, SyncSender};
use std::time::{Duration, Instant};
use std::{env, thread};

use ws_frame::{Config, Connection, Event, Receiver, SendError, Sender};
use ws_handshake::{Accept, HandshakeError, HeadScanner, OriginPolicy, Request, Response};

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8888".into());
    let listener = TcpListener::bind(address)?;
    println!("listening on ws://{}", listener.local_addr()?);
    serve(&listener)
}

/// Takes connections for as long as the process lasts.
pub(crate) fn serve(listener: &TcpListener) -> ! {
    loop {
        let started = listener.accept().and_then(|(stream, peer)| {
            let run = move || connection(&stream).unwrap_or_else(|error| eprintln!("{peer}: {error}"));
            thread::Builder::new().spawn(run)
        });
        if let Err(error) = started {
            eprintln!("cannot take a connection: {error}");
            thread::sleep(Duration::from_millis(100)); // for want of files or threads: until others have ended
        }
    }
}

fn connection(stream: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(IDLE))?;
    if let Some(frames) = open(stream, &mut buffer)? {
        talk(stream, &mut buffer, frames)?;
    }
    end(stream, &mut buffer)
}

/// Reads the request and answers it. Gives where the first frames are, if some came with it; `None` if it was refused.
fn open(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<Range<usize>>> {
    let deadline = Instant::now() + PATIENCE;
    let mut scanner = HeadScanner::default();
    let mut filled = 0;
    let head_end = loop {
        let start = filled;
        filled += read_before(deadline, stream, &mut buffer[start..])?;
        match scanner.scan(&buffer[start..filled]) {
            Ok(Some(taken)) => break Ok(start + taken),
            Ok(None) if filled == start => return Err(ErrorKind::UnexpectedEof.into()),
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
    (&mut &*stream).write_all(&output)?;
    Ok(frames)
}

fn accept(head: &[u8]) -> Result<Accept<'static>, HandshakeError> {
    let upgrade = Request::parse(head)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    Ok(upgrade.accept())
}

/// Both halves, until the connection is closed.
fn talk(stream: &TcpStream, buffer: &mut [u8], frames: Range<usize>) -> io::Result<()> {
    let (half, sender) = Connection::server(Config::new()).into_halves();
    let (tasks, queue) = mpsc::sync_channel(1); // so that a peer who does not read is not read from
    stream.set_read_timeout(Some(IDLE))?;
    thread::scope(|scope| {
        let sending = thread::Builder::new().spawn_scoped(scope, || {
            let sent = send(sender, stream, queue);
            sent.inspect_err(|_| stream.shutdown(Shutdown::Both).unwrap_or_default()) // ends the other half
        })?;
        let received = receive(half, stream, buffer, frames, &tasks);
        drop(tasks); // ends the sending half, once it has done what was given
        let sent = sending.join();
        sent.map_err(|_| io::Error::other("the sending thread panicked"))?
            .and(received)
    })
}

enum Task {
    /// Echo the messages, and give the replies that RFC 6455 demands.
    Answer(Vec<Event<'static>>),
    Ping,
}

/// Reads up to the peer's Close, or to a failure, which the other half answers.
fn receive(
    mut receiver: Receiver,
    stream: &TcpStream,
    buffer: &mut [u8],
    frames: Range<usize>,
    tasks: &SyncSender<Task>,
) -> io::Result<()> {
    let mut input = &mut buffer[frames];
    let mut pinged = false;
    loop {
        let mut events = Vec::new();
        while let Some(event) = receiver.receive(&mut input) {
            events.push(event.into_owned());
        }
        if !events.is_empty() && tasks.send(Task::Answer(events)).is_err() || receiver.is_closed() {
            return Ok(()); // in the first case, the sending half knows the reason
        }
        let count = match read(stream, buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Err(error) if is_timeout(&error) && !pinged => {
                pinged = tasks.send(Task::Ping).is_ok();
                0
            }
            read => read?,
        };
        pinged &= count == 0;
        input = &mut buffer[..count];
    }
}

/// Writes what the other half gives to do, until that has ended.
fn send(mut sender: Sender, stream: &TcpStream, tasks: mpsc::Receiver<Task>) -> io::Result<()> {
    let mut output = Vec::new();
    for task in tasks {
        perform(task, &mut sender, &mut output).map_err(io::Error::other)?;
        while !output.is_empty() {
            (&mut &*stream).write_all(&output)?;
            output.clear();
            output.shrink_to(64 * 1024);
            sender.flush_pong(&mut output);
        }
    }
    Ok(())
}

fn perform(task: Task, sender: &mut Sender, output: &mut Vec<u8>) -> Result<(), SendError> {
    let Task::Answer(events) = task else {
        return sender.send_ping(b"", output);
    };
    for event in events {
        match &event {
            Event::Text(text) => sender.send_text(text, output)?,
            Event::Binary(payload) => sender.send_binary(payload, output)?,
            other => other
                .reply()
                .into_iter()
                .for_each(|reply| sender.reply(reply, output)),
        }
    }
    Ok(())
}

/// Ends our side, and reads what still comes, so that what we wrote last is not lost to a reset (RFC 6455 §7.1.1).
fn end(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    stream.shutdown(Shutdown::Write)?;
    while read_before(deadline, stream, buffer)? > 0 {}
    Ok(())
}

fn read_before(deadline: Instant, stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(left))?;
    read(stream, buffer)
}

fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// For a request to come whole, and for a peer to end its side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a peer may be silent before it is asked for a sign of life, and then, and how long it may not read.
const IDLE: Duration = Duration::from_secs(45);
