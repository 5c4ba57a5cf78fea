//! The clients: good, slow and hostile.

use std::io::{self, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;
use ws_frame::{Event, Message};

use crate::Failure;
use crate::client::{Client, PATIENCE, brief};

/// All clients: about 230 connections at a time.
pub(crate) fn clients(address: &str, seconds: &str) -> Result<bool, Failure> {
    let address: SocketAddr = address.parse()?;
    let end = Instant::now() + Duration::from_secs(seconds.parse::<u32>()?.into());
    let kinds: [fn(SocketAddr) -> Result<(), Failure>; 4] = [good, good, slow, hostile];
    let run = |kind: fn(SocketAddr) -> Result<(), Failure>| {
        while Instant::now() < end {
            kind(address)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads = kinds.map(|kind| scope.spawn(move || run(kind)));
        for thread in threads {
            let result: Result<(), Failure> = thread.join().map_err(|_| "a client panicked")?;
            result?;
        }
        Ok(true)
    })
}

/// Clients that send a hundred messages each, get them back unchanged, and close.
fn good(address: SocketAddr) -> Result<(), Failure> {
    let mut clients = several(address)?;
    for round in 0..100 {
        for (n, client) in clients.iter_mut().enumerate() {
            client.send(Message::Text(&text(n, round)))?;
            client.send(Message::Binary(text(n, round).as_bytes()))?;
        }
        for (n, client) in clients.iter_mut().enumerate() {
            client.expect(&Event::Text(text(n, round).into()))?;
            client.expect(&Event::Binary(text(n, round).into_bytes().into()))?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    clients.into_iter().try_for_each(Client::close)
}

fn several(address: SocketAddr) -> Result<Vec<Client>, Failure> {
    (0..8).map(|_| Client::open(address)).collect()
}

fn text(n: usize, round: usize) -> String {
    let most = if round == 50 { 30_000 } else { 1000 };
    format!("{n} ↔ {round} {}", "é".repeat((n + 1) * round * 997 % most))
}

/// Clients that request megabytes, do not read them for a while, and continue to send; then they
/// read slowly.
fn slow(address: SocketAddr) -> Result<(), Failure> {
    let mut clients = several(address)?;
    for client in &mut clients {
        SockRef::from(&client.stream).set_recv_buffer_size(PART)?;
        client.send(Message::Text(FLOOD))?;
        for round in 0..10 {
            client.send(Message::Text(&text(round, round)))?;
        }
    }
    thread::sleep(Duration::from_secs(3));
    for part in 0.. {
        let mut last = true;
        for client in &mut clients {
            last &= end_of_flood(client, part)?;
        }
        if last {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    for client in &mut clients {
        for round in 1..10 {
            client.expect(&Event::Text(text(round, round).into()))?;
        }
    }
    clients.into_iter().try_for_each(Client::close)
}

/// Returns whether this client has had its whole flood, whose last part is followed by its own
/// messages.
fn end_of_flood(client: &mut Client, part: usize) -> Result<bool, Failure> {
    if client.flooded {
        return Ok(true);
    }
    match client.next()? {
        Event::Binary(payload) if *payload == part_of_flood(part) => {}
        Event::Text(first) if first == text(0, 0) && part * PART >= FLOODED => {
            client.flooded = true;
        }
        other => return Err(format!("{} came as part {part}", brief(&other)).into()),
    }
    Ok(client.flooded)
}

/// A payload filled with its number.
pub(crate) fn part_of_flood(part: usize) -> Vec<u8> {
    vec![part.to_le_bytes()[0]; PART]
}

/// Clients that break every rule, and leave once the last of a wave has done so, most of them
/// without a Close.
fn hostile(address: SocketAddr) -> Result<(), Failure> {
    let kinds = [
        nothing,
        garbage,
        half_head,
        half_frame,
        invalid_frame,
        pings,
        reset,
    ];
    let begin = Instant::now();
    let mut streams = Vec::new();
    for kind in kinds.iter().cycle().take(30 * kinds.len()) {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        kind(&mut stream, streams.len() / kinds.len()).ok(); // the server may have ended it already
        streams.push(stream);
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(WAVE.saturating_sub(begin.elapsed()));
    Ok(())
}

fn nothing(stream: &mut TcpStream, _: usize) -> io::Result<()> {
    stream.flush()
}

fn garbage(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(&vec![0xa5; 1000 * n])
}

/// Every other client ends here; the rest wait for the timeout.
fn half_head(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(&REQUEST[..REQUEST.len() * n / 30])?;
    if n.is_multiple_of(2) {
        stream.shutdown(Shutdown::Both)
    } else {
        Ok(())
    }
}

fn half_frame(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.write_all(b"\x82\xff\0\0\0\0\0\x10\0\0keys")?;
    stream.write_all(&vec![0; 1000 * n])
}

/// Later events are ignored.
fn invalid_frame(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.write_all(INVALID[n % INVALID.len()])?;
    stream.write_all(&[0; 5000])
}

/// Does not read the pongs.
fn pings(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.write_all(&b"\x89\x84keysping".repeat(300 * n))
}

/// Ends with a reset, in the middle of a message, as soon as the wave is over.
fn reset(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    SockRef::from(&*stream).set_linger(Some(Duration::ZERO))?;
    half_frame(stream, n)
}

/// Requests messages until this many bytes wait for the client. The system's own buffers hold more,
/// and not always the same number, so a fixed number of messages would leave a varying number of
/// bytes in the server.
pub(crate) const FLOOD: &str = "flood";
pub(crate) const FLOODED: usize = 3 * 1024 * 1024;
pub(crate) const PART: usize = 64 * 1024;

/// Duration of a wave of hostile clients.
pub(crate) const WAVE: Duration = Duration::from_secs(5);

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Frames that RFC 6455 forbids: without a mask, with reserved bits and opcodes, a continuation of
/// nothing, text that is not UTF-8, a fragmented Ping and one that is too long, a Close of one byte
/// and one with a reserved code, lengths not in their shortest form, and one over every limit.
const INVALID: [&[u8]; 11] = [
    b"\x81\x01a",
    b"\xf1\x80keys",
    b"\x83\x80keys",
    b"\x80\x80keys",
    b"\x81\x81\0\0\0\0\xff",
    b"\x09\x80keys",
    b"\x89\xfe\x00\x7ekeys",
    b"\x88\x81keys\0",
    b"\x88\x82\0\0\0\0\x03\xed",
    b"\x82\xfe\x00\x05keys",
    b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffkeys",
];
