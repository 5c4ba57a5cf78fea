//! A client over a blocking socket: sends the lines of standard input and prints what comes, until either side closes.
//!
//! `cargo run --release --example blocking_client -- ws://HOST[:PORT][/PATH]`
//!
//! The exit status is the close code minus 1000: 0 for a normal end, 1 if the server goes away, 6 if it ended without a Close. It is 100
//! for a code of 1100 and above, and 101 if there was no connection to begin with.
//!
//! With `--autobahn URL`, it answers every case of the Autobahn test suite's fuzzing server at that URL.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::mpsc::{self, SyncSender};
use std::time::{Duration, Instant};
use std::{env, thread};

use ws_frame::deflate::{Options, Parameters};
use ws_frame::{CloseCode, Config, Connection, Event, Phase, Receiver, Reply, SendError, Sender, keys};
use ws_handshake::extension::deflate::{DeflateOffer, PerMessageDeflate};
use ws_handshake::{ClientRequest, HeadScanner, ServerResponse, Url};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let code = match &words[..] {
        [option, url] if option == "--autobahn" => autobahn(url).map(|()| 1000),
        [url] => converse(url),
        _ => Err("usage: blocking_client [--autobahn] URL".into()),
    };
    match code {
        Ok(code) => ExitCode::from(u8::try_from(code.saturating_sub(1000)).unwrap_or(100).min(100)),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(101)
        }
    }
}

/// An open connection, and the first of the bytes behind the handshake.
struct Opened {
    stream: TcpStream,
    connection: Connection,
    unread: Vec<u8>,
}

fn open(url: &str) -> Result<Opened, Box<dyn Error>> {
    let url = Url::parse(url)?;
    if url.is_secure() {
        return Err("this example has no TLS".into());
    }
    let keys = keys::random()?;
    let nonce = [keys(), keys(), keys(), keys()].concat();
    let nonce = nonce.try_into().expect("four times four bytes");
    let request = ClientRequest::to(&url, nonce).extensions(DeflateOffer::new());
    let mut output = Vec::new();
    request.encode(&mut output)?;
    let stream = TcpStream::connect((url.host(), url.port()))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    (&stream).write_all(&output)?;
    let (deflate, unread) = read_answer(&stream, &request)?;
    stream.set_read_timeout(None)?;
    let connection = Connection::client(Config::new(), keys);
    Ok(Opened {
        stream,
        connection: match deflate {
            Some(agreed) => connection.with_deflate(parameters(agreed), &Options::default()),
            None => connection,
        },
        unread,
    })
}

/// Of what the two sides of the handshake agreed on, what the two sides of the connection need to know.
fn parameters(agreed: PerMessageDeflate) -> Parameters {
    Parameters::new(
        agreed.server_no_context_takeover(),
        agreed.client_no_context_takeover(),
        agreed.server_max_window_bits(),
        agreed.client_max_window_bits(),
    )
    .expect("windows of the handshake have 8 to 15 bits")
}

/// Reads up to the answer that opens the connection, past interim ones. Gives the compression that it agrees on, and what has come
/// behind it.
fn read_answer(
    mut stream: &TcpStream,
    request: &ClientRequest<'_>,
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
            let count = stream.read(&mut more)?;
            if count == 0 {
                return Err("the server ended the connection instead of answering".into());
            }
            looked_at = bytes.len();
            bytes.extend_from_slice(&more[..count]);
        }
    }
}

/// What there is to do for the half that sends.
enum Task {
    Line(String),
    /// There are no more lines.
    Close,
    Reply(Reply),
    /// The connection is over, with this close code.
    End(u16),
}

/// Three threads: one reads lines, one has the half that receives, and this one the half that sends. Gives the close code.
fn converse(url: &str) -> Result<u16, Box<dyn Error>> {
    let Opened {
        stream,
        connection,
        unread,
    } = open(url)?;
    let (half, sender) = connection.into_halves();
    let (tasks, queue) = mpsc::sync_channel(16);
    let (reading, replies) = (stream.try_clone()?, tasks.clone());
    thread::spawn(move || {
        let code = receive(half, &reading, unread, &replies);
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

/// Prints what comes up to the end of the server's side. Gives the close code.
fn receive(
    mut half: Receiver,
    mut stream: &TcpStream,
    mut unread: Vec<u8>,
    replies: &SyncSender<Task>,
) -> u16 {
    let mut buffer = vec![0; 64 * 1024];
    let mut input = &mut unread[..];
    let mut code = CloseCode::ABNORMAL;
    loop {
        while let Some(event) = half.receive(&mut input) {
            match &event {
                Event::Text(text) => println!("{}", text.replace(char::is_control, "\u{fffd}")),
                Event::Binary(payload) => println!("({} bytes of binary)", payload.len()),
                Event::Close(None) => code = CloseCode::NO_STATUS,
                Event::Close(Some(close)) => code = close.code.get(),
                Event::Failed(error) => {
                    eprintln!("{error}");
                    code = error.close_code().get();
                }
                _ => {}
            }
            if let Some(reply) = event.reply() {
                replies.send(Task::Reply(reply)).ok(); // unless the other half has given up
            }
        }
        let count = match stream.read(&mut buffer) {
            // Some servers reset the connection once both Closes have passed.
            Err(error) if !half.is_closed() => {
                eprintln!("{error}");
                return code;
            }
            Ok(0) | Err(_) => return code,
            Ok(count) => count,
        };
        input = &mut buffer[..count];
    }
}

/// Sends what the other threads give, until the connection is over. Gives the close code.
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
            Err(SendError::Closed) => {} // a line that comes too late
            sent => sent?,
        }
        while !output.is_empty() {
            // When it fails, the connection is over, and the other half has yet to read what the server said before.
            stream.write_all(&output).ok();
            output.clear();
            half.flush_pong(&mut output);
        }
        if half.is_closed() {
            patience.get_or_insert_with(|| Instant::now() + PATIENCE);
        }
    }
}

/// Runs the cases one by one. The fuzzing server keeps the results, and writes them down when it is asked to.
fn autobahn(url: &str) -> Result<(), Box<dyn Error>> {
    let count: u32 = echo(&format!("{url}/getCaseCount"))?.parse()?;
    for case in 1..=count {
        if let Err(error) = echo(&format!("{url}/runCase?case={case}&agent=client")) {
            eprintln!("case {case}: {error}");
        }
    }
    echo(&format!("{url}/updateReports?agent=client"))?;
    Ok(())
}

/// Sends back every message until the server's side ends. Gives the last text.
fn echo(url: &str) -> Result<String, Box<dyn Error>> {
    let Opened {
        mut stream,
        mut connection,
        mut unread,
    } = open(url)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut last = String::new();
    let mut output = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut input = &mut unread[..];
    loop {
        while let Some(event) = connection.receive(&mut input, &mut output) {
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
        let over = matches!(connection.phase(), Phase::ExpectEof | Phase::Closed);
        let count = match stream.read(&mut buffer) {
            Err(error) if !over => return Err(error.into()),
            Ok(0) | Err(_) => return Ok(last),
            Ok(count) => count,
        };
        input = &mut buffer[..count];
    }
}

/// For an answer to the handshake, and for the server to end its side once we have closed ours.
const PATIENCE: Duration = Duration::from_secs(10);
