//! A peer made of plain reads and writes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use ws_tokio::{Acceptor, WebSocket};

/// A server's end, and the client's side of the stream after the opening handshake.
pub(crate) async fn server(acceptor: &Acceptor, buffer: usize) -> (WebSocket, DuplexStream) {
    let (mut near, far) = duplex(buffer);
    let opening = async {
        near.write_all(REQUEST).await.unwrap();
        assert!(read_head(&mut near).await.starts_with("HTTP/1.1 101 "));
        near
    };
    let (ws, near) = tokio::join!(acceptor.upgrade(far), opening);
    (ws.unwrap(), near)
}

/// Reads up to an empty line.
pub(crate) async fn read_head(stream: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

pub(crate) const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
