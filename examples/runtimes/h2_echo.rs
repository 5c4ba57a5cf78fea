//! An echo server over HTTP/2: each WebSocket connection is one stream, opened by an extended CONNECT (RFC 8441). `ws-handshake` judges
//! the request, `ws-frame` speaks in the stream's DATA frames, and flow control holds back a client who does not read.
//!
//! It speaks HTTP/2 without TLS and from the first byte, as behind a proxy; browsers want TLS in front of it.
//!
//! `cargo run --release --example h2_echo -- [ADDR]`

use std::error::Error;
use std::time::Duration;
use std::{env, io};

use bytes::{Bytes, BytesMut};
use futures_util::future::poll_fn;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http::{Method, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use ws_frame::deflate::Options;
use ws_frame::{Config, Connection, Event, Phase, SendError};
use ws_handshake::OriginPolicy;
use ws_handshake::connect::{ConnectAccept, ConnectError, ConnectRequest};
use ws_handshake::extension::deflate::{DeflateServer, PerMessageDeflate};
use ws_stream::with_deflate;

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8888".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener).await
}

/// Takes connections for as long as the process lasts.
pub(crate) async fn serve(listener: TcpListener) -> ! {
    let options = Options::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let options = options.clone();
                tokio::spawn(async move {
                    connection(stream, &options)
                        .await
                        .unwrap_or_else(|error| eprintln!("{peer}: {error}"));
                });
            }
            Err(error) => {
                eprintln!("cannot take a connection: {error}");
                sleep(Duration::from_millis(100)).await; // for want of files: until other connections have ended
            }
        }
    }
}

/// Runs one HTTP/2 connection, and a task for each of its streams.
async fn connection(stream: TcpStream, options: &Options) -> Result<(), Box<dyn Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let mut builder = Builder::new();
    builder.enable_connect_protocol();
    // A client who does not read one stream can still use the others: the window of the connection holds those of all streams. The limit
    // on DATA frames that are not read yet grows with it; small ones are the rule here.
    builder
        .max_concurrent_streams(STREAMS)
        .initial_connection_window_size(STREAMS * STREAM_WINDOW);
    let mut connection = timeout(PATIENCE, builder.handshake(stream)).await??;
    while let Some(request) = connection.accept().await {
        let (request, respond) = request?;
        let options = options.clone();
        tokio::spawn(async move {
            open(request, respond, &options)
                .await
                .unwrap_or_else(|error| eprintln!("a stream: {error}"));
        });
    }
    Ok(())
}

async fn open(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    options: &Options,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    match judge(&request) {
        Ok((accept, deflate)) => {
            let output = respond.send_response(accept.to_http()?, false)?;
            let connection = with_deflate(Connection::server(Config::new()), deflate, options);
            talk(connection, request.into_body(), output).await?;
        }
        Err(error) => match error.to_http() {
            Some(refusal) => drop(respond.send_response(refusal, true)?),
            None if error == ConnectError::NotExtended => page(request.method(), &mut respond)?,
            None => respond.send_reset(Reason::PROTOCOL_ERROR),
        },
    }
    Ok(())
}

/// Answers an ordinary request. A CONNECT that is not extended asks for a tunnel, which is never opened here.
fn page(method: &Method, respond: &mut SendResponse<Bytes>) -> Result<(), h2::Error> {
    let builder = Response::builder();
    let (answer, body) = match *method {
        Method::GET => (builder.status(200), Some(HELLO)),
        Method::HEAD => (builder.status(200).header("content-length", HELLO.len()), None),
        _ => (builder.status(405).header("allow", "GET, HEAD"), None),
    };
    let answer = answer.body(()).expect("status and fields are valid");
    let mut output = respond.send_response(answer, body.is_none())?;
    match body {
        Some(body) => output.send_data(body, true),
        None => Ok(()),
    }
}

fn judge(
    request: &Request<RecvStream>,
) -> Result<(ConnectAccept<'static>, Option<PerMessageDeflate>), ConnectError> {
    let protocol = request.extensions().get::<h2::ext::Protocol>();
    let upgrade = ConnectRequest::from_http(request, protocol.map(h2::ext::Protocol::as_str))?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    let deflate = DeflateServer::new().answer(upgrade.extensions());
    Ok((upgrade.accept().extensions(deflate), deflate))
}

/// Echoes until the connection is closed.
async fn talk(
    mut connection: Connection,
    mut input: RecvStream,
    mut output: SendStream<Bytes>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut answer = Vec::new();
    let mut pinged = false;
    while connection.phase() != Phase::Closed {
        if let Ok(data) = timeout(IDLE, input.data()).await {
            let data = data.ok_or("the client ended the stream without a Close")??;
            let len = data.len();
            echo(&mut connection, &mut BytesMut::from(data), &mut answer)?;
            input.flow_control().release_capacity(len)?;
            pinged = false;
        } else if pinged {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        } else {
            connection.send_ping(b"", &mut answer)?;
            pinged = true;
        }
        while !answer.is_empty() {
            timeout(IDLE, send(std::mem::take(&mut answer), &mut output)).await??;
            connection.flush_pong(&mut answer);
        }
    }
    output.send_data(Bytes::new(), true)?;
    timeout(PATIENCE, async {
        while let Some(Ok(data)) = input.data().await {
            input.flow_control().release_capacity(data.len()).ok();
        }
    })
    .await?;
    Ok(())
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

/// Sends as the client's window allows.
async fn send(bytes: Vec<u8>, output: &mut SendStream<Bytes>) -> Result<(), h2::Error> {
    let mut bytes = Bytes::from(bytes);
    while !bytes.is_empty() {
        output.reserve_capacity(bytes.len());
        let room = poll_fn(|cx| output.poll_capacity(cx)).await;
        let room = room.unwrap_or(Err(Reason::CANCEL.into()))?;
        output.send_data(bytes.split_to(room.min(bytes.len())), false)?;
    }
    Ok(())
}

/// How many streams one HTTP/2 connection may have; RFC 9113 §6.5.2 recommends to allow at least so many.
const STREAMS: u32 = 100;

/// How much of a stream may wait for us, when nothing is said (RFC 9113 §6.9.2).
const STREAM_WINDOW: u32 = 65_535;

const HELLO: Bytes = Bytes::from_static(b"Hello over HTTP/2\n");

/// For a connection to begin, and for a client to end its side of a stream.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing may come before the client is asked for a sign of life, and then, and how long it may not read.
const IDLE: Duration = Duration::from_secs(45);
