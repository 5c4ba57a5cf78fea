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

use std::{env, process};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use ws_tokio::deflate::Options;
use ws_tokio::{
    Acceptor, CloseCode, Config, ConnectError, Connector, Error, Message, Receiver, Request,
    Sender, WebSocket,
};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let code = match &words[..] {
        [option, url] if option == "--autobahn" => autobahn(url).await.map(|()| 1000),
        [option, address] if option == "--listen" => listen(address).await.map(|()| 1000),
        [url] => converse(url).await,
        _ => Err("usage: tokio_client [--autobahn] URL, or tokio_client --listen ADDRESS".into()),
    };
    // A return would make tokio wait for the thread that waits for a line.
    process::exit(match code {
        Ok(code) => i32::from(code.saturating_sub(1000).min(100)),
        Err(error) => {
            eprintln!("{error}");
            101
        }
    });
}

async fn open(url: &str) -> Result<WebSocket, ConnectError> {
    Connector::new().config(compressed()).connect(url).await
}

fn compressed() -> Config {
    Config::new().compression(&Options::default())
}

/// Sends and prints at the same time, so that neither side waits for the other to read. Returns the
/// close code.
async fn converse(url: &str) -> Result<u16, Failure> {
    let (sender, receiver) = open(url).await?.split();
    // A failed write ends the connection, but earlier messages of the server must still be read.
    tokio::spawn(async move { send_lines(sender).await.unwrap_or_default() });
    Ok(print(receiver).await)
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
async fn print(mut receiver: Receiver) -> u16 {
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

/// Runs the cases one by one. The fuzzing server keeps the results, and writes its report on
/// request.
async fn autobahn(url: &str) -> Result<(), Failure> {
    let count: u32 = echo(open(&format!("{url}/getCaseCount")).await?)
        .await?
        .parse()?;
    for case in 1..=count {
        let opened = open(&format!("{url}/runCase?case={case}&agent=client")).await;
        if let Err(error) = echo(opened?).await {
            eprintln!("case {case}: {error}");
        }
    }
    echo(open(&format!("{url}/updateReports?agent=client")).await?).await?;
    Ok(())
}

async fn listen(address: &str) -> Result<(), Failure> {
    let listener = TcpListener::bind(address).await?;
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
