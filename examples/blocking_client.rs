//! A client over a blocking socket: sends the lines of standard input and prints messages, until
//! either side closes.
//!
//! `cargo run --release --example blocking_client -- ws://HOST[:PORT][/PATH]`
//!
//! The exit status is the close code minus 1000: 0 for a normal end, 1 if the server goes away, 6
//! if it ended without a Close. It is 100 for a code of 1100 and above, and 101 if no connection
//! was opened.
//!
//! With `--autobahn URL`, it answers every case of the Autobahn test suite's fuzzing server at that
//! URL.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use support::{Arg, Parser, UsageError, ValueExt as _};
use ws_frame::deflate::Parameters;
use ws_frame::{
    CloseCode, Config, Connection, Event, Phase, ReadBuffer, Receiver, Reply, SendError, Sender,
    keys,
};
use ws_handshake::extension::deflate::{DeflateOffer, PerMessageDeflate};
use ws_handshake::{ClientRequest, HeadScanner, ServerResponse, Url};

fn main() -> ExitCode {
    let options = support::options(USAGE, Options::read);
    let code = if options.autobahn {
        autobahn(&options.url).map(|()| 1000)
    } else {
        converse(&options.url)
    };
    match code {
        Ok(code) => ExitCode::from(
            u8::try_from(code.saturating_sub(1000))
                .unwrap_or(100)
                .min(100),
        ),
        Err(error) => {
            support::warn(format_args!("{}", support::words(&error)));
            ExitCode::from(101)
        }
    }
}

const USAGE: &str = "usage: blocking_client [--autobahn] URL\n\n\
    Sends the lines of standard input to a server such as ws://localhost:8888/ and prints the messages that come.\n\n  \
    --autobahn  answers every case of the Autobahn test suite's fuzzing server at URL";

struct Options {
    url: String,
    autobahn: bool,
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let (mut url, mut autobahn) = (None, false);
        while let Some(word) = words.next()? {
            match word {
                Arg::Long("autobahn") => autobahn = true,
                Arg::Value(value) if url.is_none() => url = Some(value.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let url = url.ok_or("there is no URL")?;
        let parsed = Url::parse(&url).map_err(|error| format!("{url}: {error}"))?;
        if parsed.is_secure() {
            return Err(format!("{url}: this example has no TLS").into());
        }
        Ok(Self { url, autobahn })
    }
}

/// An open connection, and the frames that came with the handshake.
struct Opened {
    stream: TcpStream,
    connection: Connection,
    buffer: ReadBuffer,
}

/// Opens a connection. One timeout covers all of it: looking up the name, connecting, and the
/// handshake.
fn open(url: &str) -> Result<Opened, Box<dyn Error>> {
    let deadline = Instant::now() + PATIENCE;
    let url = Url::parse(url)?;
    let keys = keys::random()?;
    let nonce = [keys(), keys(), keys(), keys()].concat();
    let nonce = nonce.try_into().expect("four times four bytes");
    let request = ClientRequest::to(&url, nonce).extensions(DeflateOffer::new());
    let mut output = Vec::new();
    request.encode(&mut output)?;
    let stream = connect(url.host(), url.port(), deadline)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(left(deadline)?))?;
    (&stream).write_all(&output).map_err(in_words)?;
    let (deflate, unread) = read_answer(&stream, &request, deadline)?;
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(Some(STALL))?;
    let connection = Connection::client(Config::new(), keys);
    let mut buffer = ReadBuffer::new();
    buffer.extend_from_slice(&unread);
    Ok(Opened {
        stream,
        connection: match deflate {
            Some(agreed) => {
                connection.with_deflate(parameters(agreed), &ws_frame::deflate::Options::default())
            }
            None => connection,
        },
        buffer,
    })
}

/// Connects to the first of a name's addresses that answers.
fn connect(host: &str, port: u16, deadline: Instant) -> Result<TcpStream, Box<dyn Error>> {
    let mut last = "it has no address".to_owned();
    for candidate in look_up(host, port, deadline)? {
        match TcpStream::connect_timeout(&candidate, left(deadline)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = support::words(in_words(error)),
        }
    }
    Err(format!("cannot connect to {host}, port {port}: {last}").into())
}

/// Looks up a name in a thread of its own: the system's resolver takes no timeout.
fn look_up(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, Box<dyn Error>> {
    let (answer, answers) = mpsc::channel();
    let name = (host.to_owned(), port);
    thread::Builder::new().spawn(move || answer.send(name.to_socket_addrs()))?;
    let found = answers.recv_timeout(left(deadline)?);
    let found = found.map_err(|_| format!("cannot look up {host}: timed out"))?;
    let found =
        found.map_err(|error| format!("cannot look up {host}: {}", support::words(&error)))?;
    Ok(found.collect())
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the server does not answer",
        ));
    }
    Ok(left)
}

/// Names a timeout as such, instead of the socket's error for it.
fn in_words(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            io::Error::new(io::ErrorKind::TimedOut, "the server does not answer")
        }
        _ => error,
    }
}

fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read.map_err(in_words),
        }
    }
}

/// Translates the agreement of the handshake into parameters of the connection.
fn parameters(agreed: PerMessageDeflate) -> Parameters {
    Parameters::new(
        agreed.server_no_context_takeover(),
        agreed.client_no_context_takeover(),
        agreed.server_max_window_bits(),
        agreed.client_max_window_bits(),
    )
    .expect("windows of the handshake have 8 to 15 bits")
}

/// Reads up to the answer that opens the connection, past interim ones. Returns the compression
/// that it agrees on, and the bytes behind it.
fn read_answer(
    stream: &TcpStream,
    request: &ClientRequest<'_>,
    deadline: Instant,
) -> Result<(Option<PerMessageDeflate>, Vec<u8>), Box<dyn Error>> {
    let mut scanner = HeadScanner::default();
    let mut bytes = Vec::new();
    let mut looked_at = 0;
    loop {
        if let Some(taken) = scanner.scan(&bytes[looked_at..])? {
            let rest = bytes.split_off(looked_at + taken);
            let response = ServerResponse::parse(&bytes)?;
            if !response.is_interim() {
                return Ok((response.accepted(request)?.deflate(), rest));
            }
            scanner.next_head();
            (bytes, looked_at) = (rest, 0);
        } else {
            let mut more = [0; 4096];
            stream.set_read_timeout(Some(left(deadline)?))?;
            let count = read(stream, &mut more)?;
            if count == 0 {
                return Err("the server ended the connection instead of answering".into());
            }
            looked_at = bytes.len();
            bytes.extend_from_slice(&more[..count]);
        }
    }
}

/// Tasks of the sending half.
enum Task {
    Line(String),
    /// The input has ended.
    Close,
    Reply(Reply),
    /// The connection is over, with this close code.
    End(u16),
}

/// Three threads: one reads lines, one has the receiving half, and this one the sending half.
/// Returns the close code.
fn converse(url: &str) -> Result<u16, Box<dyn Error>> {
    let Opened {
        stream,
        connection,
        buffer,
    } = open(url)?;
    let (half, sender) = connection.into_halves();
    let (tasks, queue) = mpsc::sync_channel(16);
    let (reading, replies) = (stream.try_clone()?, tasks.clone());
    thread::spawn(move || {
        let code = receive(half, &reading, buffer, &replies);
        replies.send(Task::End(code)).ok();
    });
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            tasks.send(Task::Line(line)).ok();
        }
        tasks.send(Task::Close).ok();
    });
    send(sender, &stream, &queue)
}

/// Prints messages up to the end of the server's side. Returns the close code.
fn receive(
    mut half: Receiver,
    stream: &TcpStream,
    mut buffer: ReadBuffer,
    replies: &SyncSender<Task>,
) -> u16 {
    let (mut count, mut code) = (0, CloseCode::ABNORMAL);
    loop {
        let mut unread = buffer.filled(count);
        while let Some(event) = half.receive_from(&mut unread) {
            let printed = print(&event);
            if printed.is_err() {
                replies.send(Task::Close).ok(); // nobody reads standard output any more
            }
            match &event {
                Event::Close(None) => code = CloseCode::NO_STATUS,
                Event::Close(Some(close)) => code = close.code.get(),
                Event::Failed(error) => {
                    support::warn(format_args!("{}", support::words(error)));
                    code = error.close_code().get();
                }
                _ => {}
            }
            if let Some(reply) = event.reply() {
                replies.send(Task::Reply(reply)).ok(); // unless the other half has given up
            }
        }
        drop(unread);
        count = match read(stream, buffer.space()) {
            // Some servers reset the connection once both Closes have passed.
            Err(error) if !half.is_closed() => {
                support::warn(format_args!("{}", support::words(&error)));
                return code;
            }
            Ok(0) | Err(_) => return code,
            Ok(count) => count,
        };
    }
}

fn print(event: &Event<'_>) -> io::Result<()> {
    let mut output = io::stdout();
    match event {
        Event::Text(text) => writeln!(output, "{}", text.replace(char::is_control, "\u{fffd}")),
        Event::Binary(payload) => writeln!(output, "({} bytes of binary)", payload.len()),
        _ => Ok(()),
    }
}

/// Performs the tasks of the other threads until the connection is over. Returns the close code.
fn send(
    mut half: Sender,
    mut stream: &TcpStream,
    queue: &mpsc::Receiver<Task>,
) -> Result<u16, Box<dyn Error>> {
    let mut output = Vec::new();
    let mut patience = None;
    loop {
        let task = match patience {
            None => queue.recv().ok(),
            Some(end) => queue
                .recv_timeout(Instant::saturating_duration_since(&end, Instant::now()))
                .ok(),
        };
        let sent = match task {
            Some(Task::Line(line)) => half.send_text(&line, &mut output),
            Some(Task::Close) => half.close(CloseCode::NORMAL, "", &mut output),
            Some(Task::Reply(reply)) => {
                half.reply(reply, &mut output);
                Ok(())
            }
            Some(Task::End(code)) => return Ok(code),
            None => return Ok(CloseCode::ABNORMAL),
        };
        match sent {
            Err(SendError::Closed) => {} // a line, or a second close, that comes too late
            sent => sent?,
        }
        while !output.is_empty() {
            // A failed write ends the connection, but the other half must still read earlier
            // messages of the server.
            stream.write_all(&output).ok();
            output.clear();
            half.flush_pong(&mut output);
        }
        if half.is_closed() {
            patience.get_or_insert_with(|| Instant::now() + PATIENCE);
        }
    }
}

/// Runs the cases one by one. The fuzzing server keeps the results, and writes its report on
/// request.
fn autobahn(url: &str) -> Result<(), Box<dyn Error>> {
    let count: u32 = echo(&format!("{url}/getCaseCount"))?.parse()?;
    for case in 1..=count {
        if let Err(error) = echo(&format!("{url}/runCase?case={case}&agent=client")) {
            support::report(format_args!("case {case}"), &error);
        }
    }
    echo(&format!("{url}/updateReports?agent=client"))?;
    Ok(())
}

/// Sends back every message until the server's side ends. Returns the last text.
fn echo(url: &str) -> Result<String, Box<dyn Error>> {
    let Opened {
        mut stream,
        mut connection,
        mut buffer,
    } = open(url)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut last = String::new();
    let (mut output, mut count) = (Vec::new(), 0);
    loop {
        let mut unread = buffer.filled(count);
        while let Some(event) = connection.receive_from(&mut unread, &mut output) {
            match event {
                Event::Text(text) => {
                    connection.send_text(&text, &mut output)?;
                    last = text.into_owned();
                }
                Event::Binary(payload) => connection.send_binary(&payload, &mut output)?,
                _ => {}
            }
        }
        while !output.is_empty() {
            stream.write_all(&output)?;
            output.clear();
            connection.flush_pong(&mut output);
        }
        drop(unread);
        let over = matches!(connection.phase(), Phase::ExpectEof | Phase::Closed);
        count = match read(&stream, buffer.space()) {
            Err(error) if !over => return Err(error.into()),
            Ok(0) | Err(_) => return Ok(last),
            Ok(count) => count,
        };
    }
}

/// Limit on the time of the whole opening, and of the server's end after our Close.
const PATIENCE: Duration = Duration::from_secs(10);

/// Limit on the time in which a server takes no byte of a message.
const STALL: Duration = Duration::from_secs(45);
