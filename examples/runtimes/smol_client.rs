//! A client on smol, over `ws-stream`: it sends one message, prints what comes, and closes after
//! the first answer.
//!
//! `cargo run --release --example smol_client -- ws://HOST[:PORT][/PATH] [TEXT]`
//!
//! With `--autobahn URL`, it answers every case of the Autobahn test suite's fuzzing server at that
//! URL.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use smol::Timer;
use smol::future::FutureExt as _;
use smol::net::TcpStream;
use support::{Arg, Parser, UsageError, ValueExt as _};
use ws_stream::deflate::Options as Deflate;
use ws_stream::{Client, CloseCode, Config, Error, Message, Stage, Timeout, Url, WebSocket};

type Failure = Box<dyn StdError>;

fn main() -> ExitCode {
    let options = support::options(USAGE, Options::read);
    let config = Config::new().compression(&Deflate::default());
    support::status(smol::block_on(async {
        if options.autobahn {
            autobahn(&options.url, &config).await
        } else {
            ask(&options, &config).await
        }
    }))
}

const USAGE: &str = "usage: smol_client [--autobahn] URL [TEXT]\n\n\
    Sends TEXT, by default \"hello\", to a server such as ws://localhost:8888/ and prints the \
    answer.\n\n  \
    --autobahn  answers every case of the Autobahn test suite's fuzzing server at URL";

struct Options {
    url: String,
    text: String,
    autobahn: bool,
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let (mut url, mut text, mut autobahn) = (None, None, false);
        while let Some(word) = words.next()? {
            match word {
                Arg::Long("autobahn") => autobahn = true,
                Arg::Value(value) if url.is_none() => url = Some(value.string()?),
                Arg::Value(value) if text.is_none() => text = Some(value.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let url = url.ok_or("there is no URL")?;
        let text = text.unwrap_or_else(|| "hello".to_owned());
        Ok(Self {
            url,
            text,
            autobahn,
        })
    }
}

/// Opens a connection. One timeout is for all of it.
async fn open(url: &str, config: &Config) -> Result<WebSocket<TcpStream>, Failure> {
    let parsed = Url::parse(url)?;
    let opening = async {
        let stream = TcpStream::connect((parsed.host(), parsed.port())).await?;
        support::tune(&stream)?;
        Client::new(url)
            .config(config.clone())
            .connect(stream)
            .await
    };
    let late = async {
        Timer::after(PATIENCE).await;
        Err(Timeout::Opening(Stage::Handshake).into())
    };
    Ok(opening.or(late).await?)
}

/// Sends the text, prints the answer, and closes.
async fn ask(options: &Options, config: &Config) -> Result<(), Failure> {
    let mut socket = open(&options.url, config).await?;
    socket.send(options.text.as_str()).await?;
    let answer = async {
        while let Some(message) = socket.next().await.transpose()? {
            match message {
                Message::Text(text) => support::say(format_args!("{text}")),
                Message::Binary(payload) => {
                    support::say(format_args!("({} bytes of binary)", payload.len()));
                }
                _ => continue,
            }
            socket.close(CloseCode::NORMAL, "").await?;
        }
        Ok(())
    };
    let late = async {
        Timer::after(PATIENCE).await;
        Err(io::Error::from(io::ErrorKind::TimedOut).into())
    };
    answer.or(late).await
}

/// Runs the cases one by one. The fuzzing server keeps the results, and writes them down when it is
/// asked to.
async fn autobahn(url: &str, config: &Config) -> Result<(), Failure> {
    let count = echo(open(&format!("{url}/getCaseCount"), config).await?).await?;
    for case in 1..=count.parse::<u32>()? {
        let opened = open(&format!("{url}/runCase?case={case}&agent=client"), config).await?;
        if let Err(error) = echo(opened).await {
            support::report(format_args!("case {case}"), &error);
        }
    }
    echo(open(&format!("{url}/updateReports?agent=client"), config).await?).await?;
    Ok(())
}

/// Sends back every message until the server ends its side. Gives the last text.
async fn echo(mut socket: WebSocket<TcpStream>) -> Result<String, Error> {
    let mut last = String::new();
    while let Some(message) = socket.next().await.transpose()? {
        if let Some(text) = message.as_text() {
            text.clone_into(&mut last);
        }
        if message.is_data() {
            socket.feed(message).await?;
        }
    }
    Ok(last)
}

/// For a connection to open, and for the answer to come.
const PATIENCE: Duration = Duration::from_secs(30);
