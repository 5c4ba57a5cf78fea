//! Both sides of the opening handshake, over scripted byte streams.

mod answering;
mod client;
mod server;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ws_stream::{Acceptor, Message, Request, WebSocket};

use crate::script::{Script, Step, bytes, poll_event};

const REQUEST: &[u8] = b"GET /chat?room=1 HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: chat, chat.v2\r\nCookie: a=b\r\n";
const END: &[u8] = b"\r\n";
const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

/// Polls until the future is ready: these scripts never wait for anything that does not come.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return output;
        }
    }
}

/// A byte stream in pieces of this size, each after a wait.
fn pieces(stream: &[u8], size: usize) -> Script {
    Script::reading(
        stream
            .chunks(size)
            .flat_map(|piece| [Step::Wait, bytes(piece)]),
    )
}

fn request(more: &[u8]) -> Vec<u8> {
    [REQUEST, more, END].concat()
}

fn accepted(script: &mut Script) -> Request<&mut Script> {
    run(Acceptor::new().accept(script)).expect("the request is well-formed")
}

fn first_text(socket: &mut WebSocket<Script>) -> Option<String> {
    match std::iter::repeat_with(|| poll_event(socket)).find(Poll::is_ready) {
        Some(Poll::Ready(Some(Ok(Message::Text(text))))) => Some(text),
        _ => None,
    }
}
