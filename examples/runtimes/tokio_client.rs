//! A client on tokio, over `ws-stream`: a connection is a `Stream` of events and a `Sink` for them.
//! It sends the lines of standard input and prints what comes, until either side closes.
//!
//! `cargo run --release --example tokio_client -- ws://HOST[:PORT][/PATH]`
//!
//! The exit status is the close code minus 1000: 0 for a normal end, 1 if the server goes away, 6
//! if it ended without a Close. It is 100 for a code of 1100 and above, and 101 if there was no
//! connection to begin with.
//!
//! With `--autobahn URL`, it answers every case of the Autobahn test suite's fuzzing server at that
//! URL.

use std::error::Error;
use std::time::Duration;
use std::{env, process};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};
use ws_stream::deflate::Options;
use ws_stream::{Client, CloseCode, Config, Message, Receiver, Sender, Url, WebSocket};

type Socket = WebSocket<Compat<TcpStream>>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let code = match &words[..] {
        [option, url] if option == "--autobahn" => autobahn(url).await.map(|()| 1000),
        [url] => converse(url).await,
        _ => Err("usage: tokio_client [--autobahn] URL".into()),
    };
    // Not by returning: tokio would wait for the thread that waits for a line.
    process::exit(match code {
        Ok(code) => i32::from(code.saturating_sub(1000).min(100)),
        Err(error) => {
            eprintln!("{error}");
            101
        }
    });
}

async fn open(text: &str) -> Result<Socket, Box<dyn Error>> {
    let url = Url::parse(text)?;
    if url.is_secure() {
        return Err("this example has no TLS".into());
    }
    let stream = TcpStream::connect((url.host(), url.port())).await?;
    stream.set_nodelay(true)?;
    let client = Client::new(text).config(Config::new().compression(&Options::default()));
    Ok(timeout(PATIENCE, client.connect(stream.compat())).await??)
}

/// Sends and prints at the same time, so that neither side waits for the other to read. Gives the
/// close code.
async fn converse(url: &str) -> Result<u16, Box<dyn Error>> {
    let (sink, events) = open(url).await?.split();
    let mut printing = std::pin::pin!(print(events));
    tokio::select! {
        code = &mut printing => return Ok(code),
        // When it fails, the connection is over, and what the server said before is still to be
        // read.
        sent = send_lines(sink) => sent.unwrap_or_default(),
    }
    Ok(timeout(PATIENCE, printing).await.unwrap_or(CloseCode::ABNORMAL))
}

/// Sends the lines, and then our Close.
async fn send_lines(sender: Sender<Compat<TcpStream>>) -> Result<(), Box<dyn Error>> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        sender.send(line).await?;
    }
    Ok(sender.close(CloseCode::NORMAL, "").await?)
}

/// Prints what comes up to the end of the server's side. Gives the close code.
async fn print(mut receiver: Receiver<Compat<TcpStream>>) -> u16 {
    let mut code = CloseCode::ABNORMAL;
    while let Some(message) = receiver.next().await {
        match message {
            Ok(Message::Text(text)) => println!("{}", text.replace(char::is_control, "\u{fffd}")),
            Ok(Message::Binary(payload)) => println!("({} bytes of binary)", payload.len()),
            Ok(Message::Close(None)) => code = CloseCode::NO_STATUS,
            Ok(Message::Close(Some(close))) => code = close.code.get(),
            Ok(_) => {}
            Err(error) => {
                eprintln!("{error}");
                code = error.close_code();
            }
        }
    }
    code
}

/// Runs the cases one by one. The fuzzing server keeps the results, and writes them down when it is
/// asked to.
async fn autobahn(url: &str) -> Result<(), Box<dyn Error>> {
    let count: u32 = echo(&format!("{url}/getCaseCount")).await?.parse()?;
    for case in 1..=count {
        if let Err(error) = echo(&format!("{url}/runCase?case={case}&agent=client")).await {
            eprintln!("case {case}: {error}");
        }
    }
    echo(&format!("{url}/updateReports?agent=client")).await?;
    Ok(())
}

/// Sends back every message until the server's side ends. Gives the last text.
async fn echo(url: &str) -> Result<String, Box<dyn Error>> {
    let mut socket = open(url).await?;
    let mut last = String::new();
    while let Some(message) = timeout(PATIENCE, socket.next()).await? {
        let message = message?;
        if let Some(text) = message.as_text() {
            last = text.into();
        }
        if message.is_data() {
            socket.feed(message).await?;
        }
    }
    Ok(last)
}

/// For an answer to the handshake, and for the server to end its side once we have closed ours.
const PATIENCE: Duration = Duration::from_secs(10);
