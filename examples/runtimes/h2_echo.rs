//! An echo server over HTTP/2: each WebSocket connection is one stream, opened by an extended
//! CONNECT (RFC 8441). `ws-handshake` checks the request, `ws-frame` runs over the stream's DATA
//! frames, and flow control stops a client that does not read.
//!
//! It speaks HTTP/2 without TLS and from the first byte, as behind a proxy. Browsers need a proxy
//! with TLS in front of it.
//!
//! `cargo run --release --example h2_echo -- [ADDR] [--opening-timeout SECONDS] [--idle-timeout
//! SECONDS]`

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::poll_fn;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http::{Method, Request, Response};
use support::{AcceptFailures, ServerOptions, Timeouts};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use ws_frame::deflate::Options;
use ws_frame::{Config, Connection, Event, Phase, SendError};
use ws_handshake::OriginPolicy;
use ws_handshake::connect::{ConnectAccept, ConnectRequest, ConnectRequestError};
use ws_handshake::extension::deflate::{DeflateServer, PerMessageDeflate};
use ws_stream::with_deflate;

fn main() -> ExitCode {
    let usage = ServerOptions::usage(
        "h2_echo",
        "Echoes messages over HTTP/2, each connection on a stream (RFC 8441).",
    );
    let options = support::options(&usage, ServerOptions::read);
    support::status(listen(&options))
}

#[tokio::main]
async fn listen(options: &ServerOptions) -> io::Result<()> {
    let listener = support::bind(&options.address, std::net::TcpListener::bind)?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    support::say(format_args!(
        "listening on http://{}",
        listener.local_addr()?
    ));
    serve(listener, options.timeouts).await
}

/// Serves connections for as long as the process runs.
pub(crate) async fn serve(listener: TcpListener, timeouts: Timeouts) -> ! {
    let options = Options::default();
    let mut failures = AcceptFailures::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                failures.note_accepted();
                let options = options.clone();
                tokio::spawn(async move {
                    connection(stream, &options, timeouts)
                        .await
                        .unwrap_or_else(|error| support::report(peer, &error));
                });
            }
            Err(error) => sleep(failures.note(&error)).await,
        }
    }
}

/// Runs one HTTP/2 connection, and a task for each of its streams. Ends the connection once it has
/// had no stream for a while.
async fn connection(
    stream: TcpStream,
    options: &Options,
    timeouts: Timeouts,
) -> Result<(), AnyError> {
    support::tune(&stream)?;
    // The client left without a byte, like the health check of a load balancer.
    if !has_bytes(&stream, timeouts).await? {
        return Ok(());
    }
    let mut builder = Builder::new();
    builder.enable_connect_protocol();
    // A client that does not read one stream can still use the others: the window of the connection
    // holds those of all streams. The limit on unread DATA frames grows with it, because small ones
    // are the rule here.
    builder
        .max_concurrent_streams(STREAMS)
        .initial_connection_window_size(STREAMS * STREAM_WINDOW);
    let mut connection = timeout(timeouts.opening, builder.handshake(stream))
        .await
        .map_err(late)??;
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            request = connection.accept() => {
                let Some(request) = request else { return Ok(()) };
                let (request, respond) = request?;
                let options = options.clone();
                streams.spawn(async move {
                    open(request, respond, &options, timeouts)
                        .await
                        .unwrap_or_else(|error| support::report("a stream", &error));
                });
            }
            Some(_) = streams.join_next() => {}
            () = sleep(timeouts.idle), if streams.is_empty() => break,
        }
    }
    connection.graceful_shutdown();
    // Drops a request that comes too late.
    let rest = async { while let Some(Ok(_)) = connection.accept().await {} };
    timeout(timeouts.opening, rest).await.map_err(late)?;
    Ok(())
}

/// Returns whether the client sends anything at all.
async fn has_bytes(stream: &TcpStream, timeouts: Timeouts) -> Result<bool, AnyError> {
    match timeout(timeouts.opening, stream.peek(&mut [0]))
        .await
        .map_err(late)?
    {
        Err(error) if support::is_gone(&error) => Ok(false),
        count => Ok(count? > 0),
    }
}

async fn open(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    options: &Options,
    timeouts: Timeouts,
) -> Result<(), AnyError> {
    match judge(&request) {
        Ok((accept, deflate)) => {
            let output = respond.send_response(accept.to_http()?, false)?;
            let connection = with_deflate(Connection::server(Config::new()), deflate, options);
            talk(connection, request.into_body(), output, timeouts).await?;
        }
        Err(error) => match error.to_http() {
            Some(refusal) => drop(respond.send_response(refusal, true)?),
            None if error == ConnectRequestError::NotExtended => {
                page(request.method(), &mut respond)?;
            }
            None => respond.send_reset(Reason::PROTOCOL_ERROR),
        },
    }
    Ok(())
}

/// Answers an ordinary request. A CONNECT that is not extended asks for a tunnel, which is never
/// opened here.
fn page(method: &Method, respond: &mut SendResponse<Bytes>) -> Result<(), h2::Error> {
    let builder = Response::builder();
    let (answer, body) = match *method {
        Method::GET => (builder.status(200), Some(HELLO)),
        Method::HEAD => (
            builder.status(200).header("content-length", HELLO.len()),
            None,
        ),
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
) -> Result<(ConnectAccept<'static>, Option<PerMessageDeflate>), ConnectRequestError> {
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
    timeouts: Timeouts,
) -> Result<(), AnyError> {
    let mut answer = Vec::new();
    let mut pinged = false;
    while connection.phase() != Phase::Closed {
        if let Ok(data) = timeout(timeouts.idle, input.data()).await {
            let data = data.ok_or("the client ended the stream without a Close")??;
            let len = data.len();
            echo(&mut connection, &mut BytesMut::from(data), &mut answer)?;
            input.flow_control().release_capacity(len)?;
            pinged = false;
        } else if pinged {
            return Err("the client is silent".into());
        } else {
            connection.send_ping(b"", &mut answer)?;
            pinged = true;
        }
        while !answer.is_empty() {
            send(std::mem::take(&mut answer), &mut output, timeouts.idle).await?;
            connection.flush_pong(&mut answer);
        }
    }
    output.send_data(Bytes::new(), true)?;
    timeout(timeouts.opening, async {
        while let Some(Ok(data)) = input.data().await {
            input.flow_control().release_capacity(data.len()).ok();
        }
    })
    .await
    .map_err(late)?;
    Ok(())
}

fn echo(
    connection: &mut Connection,
    mut input: &mut [u8],
    output: &mut Vec<u8>,
) -> Result<(), SendError> {
    while let Some(event) = connection.receive(&mut input, output) {
        match event {
            Event::Text(text) => connection.send_text(&text, output)?,
            Event::Binary(payload) => connection.send_binary(&payload, output)?,
            _ => {}
        }
    }
    Ok(())
}

/// Sends as far as the client's window allows. The timeout runs only while the window is zero: a
/// slow reader gets a large message whole.
async fn send(
    bytes: Vec<u8>,
    output: &mut SendStream<Bytes>,
    idle: Duration,
) -> Result<(), AnyError> {
    let mut bytes = Bytes::from(bytes);
    while !bytes.is_empty() {
        output.reserve_capacity(bytes.len());
        let room = timeout(idle, poll_fn(|cx| output.poll_capacity(cx))).await;
        let room = room.map_err(|_| "the client takes nothing")?;
        let room = room.unwrap_or(Err(Reason::CANCEL.into()))?;
        output.send_data(bytes.split_to(room.min(bytes.len())), false)?;
    }
    Ok(())
}

fn late(_: tokio::time::error::Elapsed) -> AnyError {
    "the client is too slow".into()
}

type AnyError = Box<dyn Error + Send + Sync>;

/// Streams of one HTTP/2 connection. RFC 9113 §6.5.2 recommends at least this many.
const STREAMS: u32 = 100;

/// Unread bytes of a stream: the default of RFC 9113 §6.9.2.
const STREAM_WINDOW: u32 = 65_535;

const HELLO: Bytes = Bytes::from_static(b"Hello over HTTP/2\n");
