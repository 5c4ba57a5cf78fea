//! A client over HTTP/2: each program has a stream of its own, all of them over one connection.

use std::error::Error;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join;
use h2::client::SendRequest;
use h2::ext::Protocol;
use h2::{RecvStream, SendStream};
use http::Request;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use ws_handshake::ClientRequest;
use ws_handshake::connect::ConnectResponse;

use crate::program::Program;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Runs the programs of these seeds one after the other.
pub(crate) async fn run(server: SocketAddr, seeds: impl Iterator<Item = u64>) -> Result<()> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut requests, connection) = h2::client::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    while !requests.is_extended_connect_protocol_enabled() {
        tokio::task::yield_now().await; // until the server's settings have come
    }
    for seed in seeds {
        let program = Program::new(seed);
        let received = timeout(LONGEST, through_stream(&program, &mut requests)).await;
        let received = received?.map_err(|error| format!("program {seed}: {error}"))?;
        program.check(seed, received);
    }
    drop(requests);
    Ok(connection.await??)
}

/// Sends these frames on a stream, and reads as many bytes as are `expected`: 8 KiB in an eighth of
/// a second.
pub(crate) async fn read_slowly(
    server: SocketAddr,
    frames: Vec<u8>,
    expected: usize,
) -> Result<Vec<u8>> {
    let stream = TcpStream::connect(server).await?;
    let (mut requests, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    while !requests.is_extended_connect_protocol_enabled() {
        tokio::task::yield_now().await; // until the server's settings have come
    }
    let request = ClientRequest::new("localhost", "/", [0; 16]);
    let (answer, mut output) = requests.send_request(head(&request)?, false)?;
    let mut input = answer.await?.into_body();
    if !send_all(Bytes::from(frames), &mut output).await? {
        return Err("the server ended the stream early".into());
    }
    let mut received = Vec::new();
    while received.len() < expected {
        let data = input.data().await.ok_or("the server ended the stream")??;
        received.extend_from_slice(&data);
        sleep(Duration::from_millis(data.len() as u64 / 64)).await;
        input.flow_control().release_capacity(data.len())?;
    }
    Ok(received)
}

async fn through_stream(program: &Program, requests: &mut SendRequest<Bytes>) -> Result<Vec<u8>> {
    let request = ClientRequest::new("localhost", "/", [0; 16]);
    let (answer, output) = requests.send_request(head(&request)?, false)?;
    let answer = answer.await?;
    let fields: Vec<_> = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
        .collect();
    ConnectResponse::new(answer.status().as_u16(), &fields).accepted(&request)?;
    let (received, sent) = join(receive(answer.into_body()), send(program, output)).await;
    let (received, output) = (received?, sent?);
    // The client ends its side of the stream after the server's.
    output
        .into_iter()
        .try_for_each(|mut output| output.send_data(Bytes::new(), true))?;
    Ok(received)
}

fn head(request: &ClientRequest<'_>) -> Result<Request<()>> {
    let mut builder = Request::builder().uri("http://localhost/");
    request.encode_connect(false, |name, value| {
        let (taken, value) = (std::mem::take(&mut builder), value.to_string());
        builder = match name {
            ":method" => taken.method(&*value),
            ":protocol" => taken.extension(Protocol::from(&*value)),
            name if name.starts_with(':') => taken, // in the URI
            name => taken.header(name, value),
        };
    })?;
    Ok(builder.body(())?)
}

/// Returns `None` if the server has ended the stream before everything was sent.
async fn send(
    program: &Program,
    mut output: SendStream<Bytes>,
) -> Result<Option<SendStream<Bytes>>> {
    for write in program.writes() {
        if !send_all(Bytes::copy_from_slice(write), &mut output).await? {
            return Ok(None);
        }
    }
    Ok(Some(output))
}

/// Returns `false` if the server has ended the stream before everything was sent.
async fn send_all(mut rest: Bytes, output: &mut SendStream<Bytes>) -> Result<bool> {
    while !rest.is_empty() {
        output.reserve_capacity(rest.len());
        let Some(room) = poll_fn(|cx| output.poll_capacity(cx)).await else {
            return Ok(false);
        };
        output.send_data(rest.split_to(room?.min(rest.len())), false)?;
    }
    Ok(true)
}

async fn receive(mut input: RecvStream) -> Result<Vec<u8>> {
    let mut received = Vec::new();
    while let Some(data) = input.data().await {
        let data = data?;
        received.extend_from_slice(&data);
        input.flow_control().release_capacity(data.len())?;
    }
    Ok(received)
}

/// A stuck server fails the test instead of stopping it.
const LONGEST: Duration = Duration::from_secs(30);
