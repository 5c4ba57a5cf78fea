//! A server that answers the request that it receives, because a client's nonce is random.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use ws_handshake::{ClientRequest, Request};

use crate::script::{Script, bytes};

type Answer = Box<dyn Fn(&str) -> Vec<u8>>;

pub(super) struct Server {
    pub(super) script: Script,
    answer: Option<Answer>,
    piece: usize,
}

impl Server {
    /// `answer` makes an answer from the value of `Sec-WebSocket-Accept`.
    pub(super) fn new(piece: usize, answer: impl Fn(&str) -> Vec<u8> + 'static) -> Self {
        Self {
            script: Script::default(),
            answer: Some(Box::new(answer)),
            piece,
        }
    }
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(answer) = self.answer.take() {
            let request = Request::parse(&self.script.written).expect("the client sent a request");
            let accept = request
                .upgrade()
                .expect("it opens a connection")
                .key()
                .accept_value();
            let answer = answer(str::from_utf8(&accept).expect("base64"));
            self.script.reads = answer.chunks(self.piece).map(bytes).collect();
        }
        Pin::new(&mut self.script).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.script).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.script).poll_flush(cx)
    }
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.script).poll_close(cx)
    }
}

/// The request of a client with another nonce has the same form.
pub(super) fn form(request: &[u8]) -> Vec<u8> {
    let parsed = Request::parse(request).expect("the client sent a request");
    let key = parsed
        .fields()
        .first("Sec-WebSocket-Key")
        .expect("a key")
        .to_vec();
    let at = request
        .windows(key.len())
        .position(|window| window == key)
        .expect("it is there");
    [&request[..at], b"KEY", &request[at + key.len()..]].concat()
}

pub(super) fn expected(more: &[(&str, &str)], protocols: &[&str]) -> Vec<u8> {
    let request = ClientRequest::new("server.example.com", "/chat", [0; 16]);
    let mut output = Vec::new();
    request
        .protocols(protocols)
        .fields(more)
        .encode(&mut output)
        .expect("it is well-formed");
    form(&output)
}
