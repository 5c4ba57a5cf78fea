//! A client of plain sockets: sends a program, reads at the same time, and returns the received
//! bytes.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::program::Program;

/// Returns the bytes behind the handshake, up to the end of the server's side.
pub(crate) fn run(program: &Program, server: SocketAddr, early: bool) -> io::Result<Vec<u8>> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_write_timeout(Some(LONGEST))?;
    let mut received = thread::scope(|scope| {
        scope.spawn(|| send(program, &stream, early));
        receive(&stream)
    })?;
    let head = received.windows(4).position(|end| end == b"\r\n\r\n");
    let head = head.ok_or(io::ErrorKind::UnexpectedEof)? + 4;
    assert!(
        received.starts_with(b"HTTP/1.1 101 "),
        "the handshake was refused"
    );
    received.drain(..head);
    Ok(received)
}

fn send(program: &Program, mut stream: &TcpStream, early: bool) -> io::Result<()> {
    let mut held = REQUEST.to_vec();
    for (number, write) in program.writes().enumerate() {
        held.extend_from_slice(write);
        // The first frames, or a part of them, may come with the request.
        if number > 0 || !early {
            stream.write_all(&held)?;
            held.clear();
        }
    }
    stream.write_all(&held)
}

/// Reads up to the end of the server's side, and then ends ours.
fn receive(mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    stream.shutdown(Shutdown::Both).ok();
    Ok(received)
}

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A stuck server fails the test instead of stopping it.
const LONGEST: Duration = Duration::from_secs(30);
