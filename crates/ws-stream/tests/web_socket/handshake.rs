//! Both sides of the opening handshake, over scripted streams of bytes.

use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ws_frame::{Config, Connection, Event};
use ws_handshake::{ClientRequest, HandshakeError, HeadError, Response, ResponseError, ServerResponse};
use ws_stream::{ConnectError, Opening, connect};

use crate::script::{Script, Step, bytes, poll_event};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Polls until it is ready: the scripts here never wait for anything that does not come.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn request() -> ClientRequest<'static> {
    ClientRequest::new("server.example.com", "/chat", *b"the sample nonce")
}

fn client(script: Script) -> Result<ws_stream::WebSocket<Script>, ConnectError> {
    run(connect(script, &request(), |_| {
        Connection::client(Config::new(), || [0; 4])
    }))
}

/// A stream of bytes in pieces of this size, each after a wait.
fn pieces(stream: &[u8], size: usize) -> Script {
    Script::reading(stream.chunks(size).flat_map(|piece| [Step::Wait, bytes(piece)]))
}

#[test]
fn a_server_opens_a_connection_however_the_request_is_cut() {
    let stream = [REQUEST, b"\x81\x85\0\0\0\0hello"].concat();
    for size in [1, 2, 7, REQUEST.len(), REQUEST.len() + 1, stream.len()] {
        let opening = run(Opening::read(pieces(&stream, size))).unwrap();
        let accept = opening.request().unwrap().upgrade().unwrap().accept();
        let mut socket = opening
            .accept(&accept, Connection::server(Config::new()))
            .unwrap();
        let event = std::iter::repeat_with(|| poll_event(&mut socket)).find(Poll::is_ready);
        assert!(matches!(event, Some(Poll::Ready(Some(Ok(Event::Text(text))))) if text == "hello"));
        assert!(poll_event(&mut socket).is_pending());
        assert_eq!(socket.transport().written, ANSWER, "in pieces of {size}");
    }
}

#[test]
fn a_server_answers_what_is_wrong_and_waits_for_the_clients_end() {
    let mut script = Script::reading([bytes(b"GET / HTTP/1.1\nHost: h\n\n"), bytes(b"more"), Step::Zero])
        .writing([Step::Wait, bytes(b"12345"), Step::Wait]);
    let opening = run(Opening::read(&mut script)).unwrap();
    let error = opening.request().unwrap_err();
    assert_eq!(error, HandshakeError::Head(HeadError::LineEnd));
    run(opening.respond(&error.into())).unwrap();
    let mut answer = Vec::new();
    Response::from(error).encode(&mut answer).unwrap();
    assert_eq!((&script.written, script.shut_at), (&answer, Some(answer.len())));
    assert!(matches!(script.reads.front(), Some(Step::Zero)));
}

#[test]
fn a_server_may_refuse_for_its_own_reasons() {
    let opening = run(Opening::read(Script::reading([bytes(REQUEST), Step::Zero]))).unwrap();
    assert_eq!(opening.request().unwrap().target(), "/chat");
    let malformed = Response::new(403).fields(&[("X", "a\r\nb")]);
    assert_eq!(
        run(opening.respond(&malformed)).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[test]
fn a_request_that_ends_early_is_an_error() {
    let script = Script::reading([bytes(&REQUEST[..50]), Step::Zero]);
    assert_eq!(
        run(Opening::read(script)).unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
}

#[test]
fn a_client_opens_a_connection_however_the_answer_is_cut() {
    let stream = [b"HTTP/1.1 103 Early Hints\r\n\r\n", ANSWER, b"\x81\x05hello"].concat();
    for size in [1, 2, 7, 28, 29, ANSWER.len(), stream.len()] {
        let mut socket = client(pieces(&stream, size)).unwrap();
        assert_eq!(socket.transport().written, REQUEST);
        assert_eq!(socket.transport().flushed, REQUEST.len());
        let event = std::iter::repeat_with(|| poll_event(&mut socket)).find(Poll::is_ready);
        assert!(matches!(event, Some(Poll::Ready(Some(Ok(Event::Text(text))))) if text == "hello"));
    }
}

#[test]
fn a_client_gets_the_answer_that_refuses_it() {
    let refusal = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n";
    let Err(ConnectError::Refused { error, answer }) = client(Script::reading([bytes(refusal)])) else {
        panic!("it was not refused")
    };
    assert_eq!(error, ResponseError::Status(401));
    let response = ServerResponse::parse(&answer).unwrap();
    assert_eq!(response.fields().first("WWW-Authenticate"), Some(&b"Bearer"[..]));
}

#[test]
fn a_client_gets_every_other_error() {
    let ended = client(Script::reading([bytes(&ANSWER[..20]), Step::Zero]));
    assert!(matches!(ended, Err(ConnectError::Io(error)) if error.kind() == ErrorKind::UnexpectedEof));
    let reset = client(Script::default().writing([Step::Fail(ErrorKind::ConnectionReset)]));
    assert!(matches!(reset, Err(ConnectError::Io(error)) if error.kind() == ErrorKind::ConnectionReset));
    let junk = client(Script::reading([bytes(b"\x15\x03\x01")]));
    assert!(matches!(
        junk,
        Err(ConnectError::Refused {
            error: ResponseError::Head(_),
            ..
        })
    ));
    let malformed = ClientRequest::new("no host", "/", [0; 16]);
    let refused = run(connect(Script::default(), &malformed, |_| {
        Connection::server(Config::new())
    }));
    assert!(matches!(refused, Err(ConnectError::Request(_))));
}
