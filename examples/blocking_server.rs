//! An echo server over blocking sockets: two threads for each connection, one with the receiving
//! and one with the sending half, a channel between them, and no lock.
//!
//! `cargo run --release --example blocking_server -- [ADDR] [--opening-timeout SECONDS]
//! [--idle-timeout SECONDS]`

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Instant;

use support::{AcceptFailures, ServerOptions, Timeouts};
use ws_frame::{Config, Connection, Event, ReadBuffer, Receiver, SendError, Sender};
use ws_handshake::{Accept, HandshakeError, HeadScanner, OriginPolicy, Request, Response};

fn main() -> ExitCode {
    let usage = ServerOptions::usage(
        "blocking_server",
        "Echoes messages, with two threads for each connection.",
    );
    let options = support::options(&usage, ServerOptions::read);
    support::status(listen(&options))
}

fn listen(options: &ServerOptions) -> io::Result<()> {
    let listener = support::bind(&options.address, TcpListener::bind)?;
    support::say(format_args!("listening on ws://{}", listener.local_addr()?));
    serve(&listener, options.timeouts)
}

/// Serves connections for as long as the process lasts.
pub(crate) fn serve(listener: &TcpListener, timeouts: Timeouts) -> ! {
    let mut failures = AcceptFailures::default();
    loop {
        let started = listener.accept().and_then(|(stream, peer)| {
            let run = move || {
                let client = Client { stream, timeouts };
                client
                    .serve()
                    .unwrap_or_else(|error| support::report(peer, &error));
            };
            thread::Builder::new().spawn(run)
        });
        match started {
            Ok(_) => failures.note_accepted(),
            Err(error) => thread::sleep(failures.note(&error)),
        }
    }
}

struct Client {
    stream: TcpStream,
    timeouts: Timeouts,
}

/// The result of the opening handshake.
enum Opened {
    /// The connection is open. The buffer holds frames that came with the request.
    Open(ReadBuffer),
    Refused,
    /// The client left without a byte, as the health check of a load balancer does.
    Left,
}

impl Client {
    fn serve(&self) -> io::Result<()> {
        support::tune(&self.stream)?;
        self.stream.set_write_timeout(Some(self.timeouts.idle))?;
        match self.open()? {
            Opened::Open(buffer) => self.talk(buffer)?,
            Opened::Refused => {}
            Opened::Left => return Ok(()),
        }
        self.end()
    }

    /// Reads the request and answers it.
    fn open(&self) -> io::Result<Opened> {
        let deadline = Instant::now() + self.timeouts.opening;
        let mut buffer = vec![0; 64 * 1024];
        let mut scanner = HeadScanner::default();
        let mut filled = 0;
        let head_end = loop {
            let start = filled;
            filled += match self.read_before(deadline, &mut buffer[start..]) {
                Ok(0) if start == 0 => return Ok(Opened::Left),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
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
        self.write(&output)?;
        Ok(opened)
    }

    /// Runs both halves until the connection is closed.
    fn talk(&self, buffer: ReadBuffer) -> io::Result<()> {
        let (half, sender) = Connection::server(Config::new()).into_halves();
        // The server does not read from a client that does not read.
        let (tasks, queue) = mpsc::sync_channel(1);
        let sending = Sending {
            client: self,
            busy: AtomicBool::new(false),
        };
        self.stream.set_read_timeout(Some(self.timeouts.idle))?;
        thread::scope(|scope| {
            let thread = thread::Builder::new().spawn_scoped(scope, || {
                let sent = sending.run(sender, queue);
                // Ends the other half, which may wait for the client.
                sent.inspect_err(|_| self.stream.shutdown(Shutdown::Both).unwrap_or_default())
            })?;
            let received = self.receive(half, buffer, &tasks, &sending.busy);
            drop(tasks); // ends the sending half once it has done its tasks
            let sent = thread.join();
            sent.map_err(|_| io::Error::other("the sending thread panicked"))?
                .and(received)
        })
    }

    /// Reads up to the peer's Close, or to a failure. The other half answers it.
    fn receive(
        &self,
        mut receiver: Receiver,
        mut buffer: ReadBuffer,
        tasks: &SyncSender<Task>,
        sending: &AtomicBool,
    ) -> io::Result<()> {
        let (mut count, mut pinged) = (0, false);
        loop {
            let mut events = Vec::new();
            let mut unread = buffer.filled(count);
            while let Some(event) = receiver.receive_from(&mut unread) {
                events.push(event.into_owned());
            }
            if !events.is_empty() && tasks.send(Task::Answer(events)).is_err()
                || receiver.is_closed()
            {
                return Ok(()); // in the first case, the sending half knows the reason
            }
            drop(unread);
            count = match read(&self.stream, buffer.space()) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                // A client that takes a large message slowly may be silent meanwhile. The write
                // timeout covers it.
                Err(error) if is_timeout(&error) && sending.load(Ordering::Acquire) => 0,
                Err(error) if is_timeout(&error) && !pinged => {
                    pinged = tasks.send(Task::Ping).is_ok();
                    buffer.release(); // an idle connection keeps no long buffer
                    0
                }
                Err(error) if is_timeout(&error) => return Err(timed_out("the client is silent")),
                read => read?,
            };
            pinged &= count == 0;
        }
    }

    /// Writes everything. The write timeout runs while the client takes nothing.
    fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match (&self.stream).write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    return Err(timed_out("the client takes nothing"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends our side, and reads the rest of the client's: closing with unread bytes would reset the
    /// connection, and the last written bytes would be lost (RFC 6455 §7.1.1).
    fn end(&self) -> io::Result<()> {
        let deadline = Instant::now() + self.timeouts.opening;
        self.stream.shutdown(Shutdown::Write)?;
        let mut buffer = [0; 4096];
        while self.read_before(deadline, &mut buffer)? > 0 {}
        Ok(())
    }

    fn read_before(&self, deadline: Instant, buffer: &mut [u8]) -> io::Result<usize> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out("the client is too slow"));
        }
        self.stream.set_read_timeout(Some(left))?;
        match read(&self.stream, buffer) {
            Err(error) if is_timeout(&error) => Err(timed_out("the client is too slow")),
            read => read,
        }
    }
}

fn accept(head: &[u8]) -> Result<Accept<'static>, HandshakeError> {
    let upgrade = Request::parse(head)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    Ok(upgrade.accept())
}

enum Task {
    /// Echoes of messages, and the replies that RFC 6455 requires.
    Answer(Vec<Event<'static>>),
    Ping,
}

/// The sending half.
struct Sending<'a> {
    client: &'a Client,
    /// Bytes are being written, or wait for the client to take some.
    busy: AtomicBool,
}

impl Sending<'_> {
    /// Performs the tasks of the other half until it has ended.
    fn run(&self, mut sender: Sender, tasks: mpsc::Receiver<Task>) -> io::Result<()> {
        let mut output = Vec::new();
        for task in tasks {
            perform(task, &mut sender, &mut output).map_err(io::Error::other)?;
            self.busy.store(true, Ordering::Release);
            while !output.is_empty() {
                self.client.write(&output)?;
                output.clear();
                output.shrink_to(64 * 1024);
                sender.flush_pong(&mut output);
            }
            self.busy.store(false, Ordering::Release);
        }
        Ok(())
    }
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

fn timed_out(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, reason)
}
