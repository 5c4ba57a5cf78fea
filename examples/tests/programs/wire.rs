//! A client of plain sockets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::process::Result;

/// A connection. A stuck server fails the test instead of stopping it.
pub(crate) fn connect(server: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    set_up(&stream)?;
    Ok(stream)
}

/// A connection whose client-side buffers are small.
pub(crate) fn connect_with_small_buffer(server: SocketAddr) -> Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    socket.set_recv_buffer_size(16 * 1024)?;
    socket.connect(&server.into())?;
    let stream = TcpStream::from(socket);
    set_up(&stream)?;
    Ok(stream)
}

fn set_up(stream: &TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_write_timeout(Some(LONGEST))?;
    Ok(())
}

/// Sends the request, and reads the answer up to its last byte.
pub(crate) fn open(mut stream: &TcpStream) -> Result<()> {
    stream.write_all(REQUEST)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if head.starts_with(b"HTTP/1.1 101 ") {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&head).into())
    }
}

/// A binary or text message in one frame, with a masking key of zeros.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(payload.len()) {
        Ok(len @ 0..=125) => frame.push(0x80 | len.to_le_bytes()[0]),
        Ok(len) => {
            frame.push(0xfe);
            frame.extend(len.to_be_bytes());
        }
        Err(_) => {
            frame.push(0xff);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Reads one frame of a server. Returns its opcode and payload.
pub(crate) fn read_frame(mut stream: &TcpStream) -> Result<(u8, Vec<u8>)> {
    let mut start = [0; 2];
    stream.read_exact(&mut start)?;
    let len = match start[1] {
        126 => {
            let mut len = [0; 2];
            stream.read_exact(&mut len)?;
            u64::from(u16::from_be_bytes(len))
        }
        127 => {
            let mut len = [0; 8];
            stream.read_exact(&mut len)?;
            u64::from_be_bytes(len)
        }
        len => len.into(),
    };
    let mut payload = Vec::new();
    stream.take(len).read_to_end(&mut payload)?;
    if payload.len() as u64 != len {
        return Err("the server ended the connection within a frame".into());
    }
    Ok((start[0] & 0xf, payload))
}

pub(crate) const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;

pub(crate) const LONGEST: Duration = Duration::from_secs(60);
