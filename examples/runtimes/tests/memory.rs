//! Memory of a server process on tokio for each connection. The clients are in a second process, so
//! that they are not counted. Linux tells a process's memory in `/proc`.
#![cfg(target_os = "linux")]

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::{env, fs};

use tokio::net::TcpListener;
use tokio_util::compat::TokioAsyncReadCompatExt as _;
use ws_stream::{Acceptor, Error};

/// The server, in a process of its own; not a test.
#[test]
#[ignore = "the other test runs it as a process"]
fn server_process() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        let acceptor = Arc::new(Acceptor::new());
        loop {
            let (stream, _) = listener.accept().await?;
            let acceptor = Arc::clone(&acceptor);
            tokio::spawn(async move {
                let mut socket = acceptor.upgrade(stream.compat()).await?;
                drop(acceptor);
                while let Some(message) = socket.next().await.transpose()? {
                    if message.is_data() {
                        socket.send(message).await?;
                    }
                }
                Ok::<_, Error>(())
            });
        }
    })
}

#[test]
fn s49_an_idle_connection_takes_little() -> io::Result<()> {
    let (mut server, address) = start()?;
    let measured = measure(&server, address);
    server.kill()?;
    server.wait()?;
    let (idle, after_large) = measured?;
    println!(
        "{idle} bytes of the process for each idle connection, {after_large} after a large message"
    );
    assert!(idle <= 2 * 1024, "an idle connection takes {idle} bytes");
    assert!(
        after_large <= 16 * 1024,
        "after a message of 12 MiB it takes {after_large} bytes"
    );
    Ok(())
}

fn start() -> io::Result<(Child, SocketAddr)> {
    let mut server = Command::new(env::current_exe()?)
        .args(["--exact", "server_process", "--ignored", "--nocapture"])
        // Large blocks go back to the system as soon as they are freed, so that the allocator's
        // cache is not counted.
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .stdout(Stdio::piped())
        .spawn()?;
    let output = server.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    for line in BufReader::new(output).lines() {
        if let Some((_, address)) = line?.split_once("listening on ") {
            let address = address.parse().map_err(io::Error::other)?;
            return Ok((server, address));
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Bytes for each idle connection, and for each that has echoed a large message.
fn measure(server: &Child, address: SocketAddr) -> io::Result<(u64, u64)> {
    let mut first = open(address)?; // what the first connection needs once is not counted
    echo(&mut first, &[0; 100])?;
    let before = resident(server)?;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = open(address)?;
        echo(&mut client, &[7; 100])?;
        clients.push(client);
    }
    let idle = resident(server)?;
    let payload = vec![7; 12 << 20];
    for client in &mut clients[..LARGE] {
        echo(client, &payload)?;
    }
    let after = resident(server)?;
    let each = |more: u64, count: usize| more / count as u64;
    let of_idle = each(idle.saturating_sub(before), CONNECTIONS);
    Ok((of_idle, of_idle + each(after.saturating_sub(idle), LARGE)))
}

/// Resident bytes of a process.
fn resident(process: &Child) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib
        .and_then(|kib| kib.parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    Ok(kib * 1024)
}

fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        answer.extend(byte);
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 101 "),
        "{}",
        answer.escape_ascii()
    );
    Ok(stream)
}

/// Sends a message and reads as many bytes as its echo has.
fn echo(stream: &mut TcpStream, payload: &[u8]) -> io::Result<()> {
    let long = (payload.len() as u64).to_be_bytes();
    let header = match u8::try_from(payload.len()) {
        Ok(len @ ..126) => vec![0x82, 0x80 | len],
        _ => [&[0x82, 0xff][..], &long].concat(),
    };
    let mut writer = stream.try_clone()?;
    let header_len = header.len();
    let frame = [&header[..], &[0; 4], payload].concat();
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || writer.write_all(&frame));
        let mut echo = vec![0; header_len + payload.len()];
        stream.read_exact(&mut echo)?;
        assert!(echo.ends_with(payload));
        writing.join().unwrap_or(Err(io::ErrorKind::Other.into()))
    })
}

const CONNECTIONS: usize = 10_000;

/// Number of connections that echo a large message.
const LARGE: usize = 50;
