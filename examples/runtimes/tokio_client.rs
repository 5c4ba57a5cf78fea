//! A client on tokio: sends the lines of standard input and prints messages, until either side
//! closes. `wsc` has more options.
//!
//! `cargo run --release --example tokio_client -- ws://HOST[:PORT][/PATH]`
//!
//! The exit status is the close code minus 1000: 0 for a normal end, 1 if the server goes away, 6
//! if it ended without a Close. It is 100 for a code of 1100 and above, and 101 if no connection
//! was opened.
//!
//! With `--autobahn URL`, it answers every case of the Autobahn test suite's fuzzing server at that
//! URL; with `--listen ADDRESS`, it is an echo server for the suite's fuzzing client.

use std::io::{self, Write as _};
use std::process;

use support::{Arg, Parser, UsageError, ValueExt as _};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use ws_handshake::Url;
use ws_tokio::deflate::Options as Deflate;
use ws_tokio::{
    Acceptor, CloseCode, Config, ConnectError, Connector, Error, Message, Receiver, Request,
    Sender, WebSocket,
};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let code = match support::options(USAGE, Options::read) {
        Options::Converse(url) => converse(&url).await,
        Options::Autobahn(url) => autobahn(&url).await.map(|()| 1000),
        Options::Listen(address) => listen(&address).await.map(|()| 1000),
    };
    // A return would make tokio wait for the thread that waits for a line.
    process::exit(match code {
        Ok(code) => i32::from(code.saturating_sub(1000).min(100)),
        Err(error) => {
            support::warn(format_args!("{}", support::words(error)));
            101
        }
    });
}

const USAGE: &str = "usage: tokio_client [--autobahn] URL\n       tokio_client --listen ADDR\n\n\
    Sends the lines of standard input to a server such as ws://localhost:8888/ and prints the \
    messages that come.\n\n  \
    --autobahn     answers every case of the Autobahn test suite's fuzzing server at URL\n  \
    --listen ADDR  is an echo server instead, at an address such as localhost:9001";

enum Options {
    Converse(String),
    Autobahn(String),
    Listen(String),
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let (mut url, mut autobahn, mut listen) = (None, false, None);
        while let Some(word) = words.next()? {
            match word {
                Arg::Long("autobahn") => autobahn = true,
                Arg::Long("listen") => listen = Some(words.value()?.string()?),
                Arg::Value(value) if url.is_none() => url = Some(value.string()?),
                other => return Err(other.unexpected()),
            }
        }
        if let Some(url) = &url {
            Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        }
        match (url, listen) {
            (None, Some(address)) if !autobahn => Ok(Self::Listen(address)),
            (Some(url), None) if autobahn => Ok(Self::Autobahn(url)),
            (Some(url), None) => Ok(Self::Converse(url)),
            (None, None) => Err("there is no URL".into()),
            _ => Err("--listen takes no URL".into()),
        }
    }
}

async fn open(url: &str) -> Result<WebSocket, ConnectError> {
    Connector::new().config(compressed()).connect(url).await
}

fn compressed() -> Config {
    Config::new().compression(&Deflate::default())
}

/// Sends and prints at the same time, so that neither side waits for the other to read. Returns the
/// close code.
async fn converse(url: &str) -> Result<u16, Failure> {
    let (sender, receiver) = open(url).await?.split();
    let lines = sender.clone();
    // A failed write ends the connection, but earlier messages of the server must still be read.
    tokio::spawn(async move { send_lines(lines).await.unwrap_or_default() });
    Ok(receive(receiver, sender).await)
}

/// Sends the lines, and then our Close.
async fn send_lines(sender: Sender) -> Result<(), Error> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        sender.send(line).await?;
    }
    sender.close(CloseCode::NORMAL, "").await
}

/// Prints messages up to the end of the server's side. Returns the close code.
async fn receive(mut receiver: Receiver, sender: Sender) -> u16 {
    let mut code = CloseCode::ABNORMAL;
    let mut is_read = true; // by somebody, on standard output
    while let Some(message) = receiver.next().await {
        match &message {
            Ok(Message::Close(None)) => code = CloseCode::NO_STATUS,
            Ok(Message::Close(Some(close))) => code = close.code.get(),
            Ok(message) => {
                if is_read && print(message).is_err() {
                    is_read = false;
                    close(&sender);
                }
            }
            Err(error) => {
                support::warn(format_args!("{}", support::words(error)));
                code = error.close_code();
            }
        }
    }
    code
}

fn print(message: &Message) -> io::Result<()> {
    let mut output = io::stdout();
    match message {
        Message::Text(text) => writeln!(output, "{}", text.replace(char::is_control, "\u{fffd}")),
        Message::Binary(payload) => writeln!(output, "({} bytes of binary)", payload.len()),
        _ => Ok(()),
    }
}

/// Sends a Close from a task of its own: the receiving one has the timeouts, and must go on.
fn close(sender: &Sender) {
    let sender = sender.clone();
    tokio::spawn(async move { sender.close(CloseCode::NORMAL, "").await });
}

/// Runs the cases one by one. The fuzzing server keeps the results, and writes its report on
/// request.
async fn autobahn(url: &str) -> Result<(), Failure> {
    let count: u32 = echo(open(&format!("{url}/getCaseCount")).await?)
        .await?
        .parse()?;
    for case in 1..=count {
        let opened = open(&format!("{url}/runCase?case={case}&agent=client")).await;
        if let Err(error) = echo(opened?).await {
            support::report(format_args!("case {case}"), &error);
        }
    }
    echo(open(&format!("{url}/updateReports?agent=client")).await?).await?;
    Ok(())
}

async fn listen(address: &str) -> Result<(), Failure> {
    let listener = support::bind(address, std::net::TcpListener::bind)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    support::say(format_args!("listening on ws://{}", listener.local_addr()?));
    let serve = async |request: Request| echo(request.upgrade().await?).await.map(drop);
    Acceptor::new()
        .config(compressed())
        .serve(listener, serve)
        .await;
    Ok(())
}

/// Sends back every message until the peer's side ends. Returns the last text.
async fn echo(mut ws: WebSocket) -> Result<String, Error> {
    let mut last = String::new();
    while let Some(message) = ws.next().await.transpose()? {
        if let Some(text) = message.as_text() {
            last = text.to_owned();
        }
        if message.is_data() {
            ws.feed(message).await?;
        }
    }
    Ok(last)
}
