//! Both sides of the opening handshake, over scripted byte streams.

use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ws_stream::{
    Acceptor, Bounds, Client, Config, Error, HandshakeError, HeadError, Message, OriginPolicy,
    Request, Response, ResponseError, WebSocket,
};

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

#[test]
fn s20_a_server_opens_a_connection_however_the_request_is_cut() {
    let stream = [request(b""), b"\x81\x85\0\0\0\0hello".to_vec()].concat();
    for size in [1, 2, 7, REQUEST.len(), REQUEST.len() + 1, stream.len()] {
        let request = run(Acceptor::new().accept(pieces(&stream, size))).unwrap();
        assert_eq!((request.path(), request.query()), ("/chat", Some("room=1")));
        assert_eq!(request.header("COOKIE"), Some("a=b"));
        assert_eq!(request.header("x"), None);
        assert!(request.offered_subprotocols().eq(["chat", "chat.v2"]));
        let mut socket = run(request.upgrade()).unwrap();
        let answer = [ANSWER, END].concat();
        assert_eq!(
            socket.get_ref().written,
            answer,
            "the answer is written before `upgrade` returns"
        );
        assert_eq!(socket.get_ref().flushed, answer.len());
        assert_eq!(
            first_text(&mut socket).as_deref(),
            Some("hello"),
            "in pieces of {size}"
        );
        assert!(poll_event(&mut socket).is_pending());
    }
}

#[test]
fn s20_a_server_chooses_a_subprotocol_and_adds_headers() {
    let accept = || run(Acceptor::new().accept(Script::reading([bytes(request(b""))]))).unwrap();
    let opened = accept()
        .subprotocols(&["none", "chat.v2", "chat"])
        .answer_header("X", "y");
    assert_eq!(opened.protocol(), Some("chat.v2"));
    let socket = run(opened.upgrade()).unwrap();
    assert_eq!(socket.protocol(), Some("chat.v2"));
    let answer = [ANSWER, b"Sec-WebSocket-Protocol: chat.v2\r\nX: y\r\n\r\n"].concat();
    assert_eq!(socket.get_ref().written, answer);
    let opened = accept().subprotocol("other");
    assert_eq!(opened.protocol(), None);
    assert_eq!(run(opened.upgrade()).unwrap().protocol(), None);
    let malformed = run(accept().answer_header("X", "a\r\nb").upgrade());
    assert!(matches!(malformed, Err(Error::Field(_))));
}

#[test]
fn s20_a_server_answers_what_is_wrong_and_waits_for_the_clients_end() {
    let mut script = Script::reading([
        bytes(b"GET / HTTP/1.1\nHost: h\n\n"),
        bytes(b"more"),
        Step::Zero,
    ])
    .writing([Step::Wait, bytes(b"12345"), Step::Wait]);
    let refused = run(Acceptor::new().accept(&mut script));
    let fault = HandshakeError::Head(HeadError::LineEnd);
    assert!(matches!(refused, Err(Error::Request(error)) if error == fault));
    let mut answer = Vec::new();
    Response::from(fault).encode(&mut answer).unwrap();
    assert_eq!(
        (&script.written, script.shut_at),
        (&answer, Some(answer.len()))
    );
    assert!(
        matches!(script.reads.front(), Some(Step::Zero)),
        "all of it was read"
    );
}

#[test]
fn r95_an_answer_to_head_has_no_body() {
    for request in [
        "HEAD / HTTP/1.1\r\nHost : h\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let mut script = Script::reading([bytes(request), Step::Zero]);
        assert!(run(Acceptor::new().accept(&mut script)).is_err());
        let answer = str::from_utf8(&script.written).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 40") && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
    }
}

#[test]
fn s21_pages_of_other_hosts_are_refused_unless_let_in() {
    let foreign = request(b"Origin: http://elsewhere.example\r\n");
    let mut script = Script::reading([bytes(&foreign), Step::Zero]);
    let refused = run(Acceptor::new().accept(&mut script));
    assert!(matches!(
        refused,
        Err(Error::Request(HandshakeError::OriginRefused))
    ));
    assert!(script.written.starts_with(b"HTTP/1.1 403 "));
    let clear = request(b"Origin: http://server.example.com\r\n");
    let script = Script::reading([bytes(&clear), Step::Zero]);
    let refused = run(Acceptor::new().encrypted().accept(script));
    assert!(
        matches!(refused, Err(Error::Request(HandshakeError::OriginRefused))),
        "a page without TLS"
    );
    for (acceptor, request) in [
        (
            Acceptor::new().encrypted(),
            request(b"Origin: https://server.example.com\r\n"),
        ),
        (
            Acceptor::new(),
            request(b"Origin: http://server.example.com\r\n"),
        ),
        (Acceptor::new().origin(OriginPolicy::Any), foreign),
    ] {
        assert!(run(acceptor.upgrade(Script::reading([bytes(&request)]))).is_ok());
    }
}

#[test]
fn s20_a_server_may_refuse_for_its_own_reasons() {
    let mut script = Script::reading([bytes(request(b"")), Step::Zero]);
    let response = Response::new(401)
        .fields(&[("WWW-Authenticate", "Bearer")])
        .body("text/plain", b"who?");
    run(accepted(&mut script).respond(&response)).unwrap();
    assert!(
        script.written.starts_with(b"HTTP/1.1 401 ") && script.written.ends_with(b"\r\n\r\nwho?")
    );
    let mut script = Script::reading([bytes(request(b"")), Step::Zero]);
    run(accepted(&mut script).reject(404)).unwrap();
    assert!(script.written.starts_with(b"HTTP/1.1 404 "));
    let script = &mut Script::reading([bytes(request(b"")), Step::Zero]);
    assert!(matches!(
        run(accepted(script).reject(101)),
        Err(Error::Field(_))
    ));
}

#[test]
fn s20_a_request_that_ends_early_is_an_error() {
    let script = Script::reading([bytes(&REQUEST[..50]), Step::Zero]);
    assert!(matches!(
        run(Acceptor::new().accept(script)),
        Err(Error::Vanished)
    ));
    let script = Script::reading([
        bytes(&REQUEST[..50]),
        Step::Fail(ErrorKind::ConnectionReset),
    ]);
    assert!(matches!(
        run(Acceptor::new().accept(script)),
        Err(Error::Io(_))
    ));
}

#[test]
fn s22_bounds_refuse_a_connection_too_many_with_503() {
    let bounds = Bounds::new().max_connections(1);
    let acceptor = Acceptor::new().config(Config::new().bounds(&bounds));
    let first = run(acceptor.upgrade(Script::reading([bytes(request(b""))]))).unwrap();
    assert_eq!(bounds.connections(), 1);
    let mut script = Script::reading([bytes(request(b"")), Step::Zero]);
    assert!(matches!(
        run(acceptor.upgrade(&mut script)),
        Err(Error::Overloaded)
    ));
    assert!(script.written.starts_with(b"HTTP/1.1 503 "));
    assert_eq!(bounds.connections(), 1);
    drop(first);
    assert_eq!(bounds.connections(), 0);
    assert!(run(acceptor.upgrade(Script::reading([bytes(request(b""))]))).is_ok());
    // Refused, dropped and cut openings give their place back too.
    let accepted = run(acceptor.accept(Script::reading([bytes(request(b""))]))).unwrap();
    assert_eq!(bounds.connections(), 1);
    drop(accepted);
    assert!(run(acceptor.accept(Script::reading([Step::Zero]))).is_err());
    assert_eq!(bounds.connections(), 0);
}

/// A server that answers the request that it receives, because a client's nonce is random.
mod answering {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures_io::{AsyncRead, AsyncWrite};
    use ws_handshake::{ClientRequest, Request};

    use super::{Script, bytes};

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
                let request =
                    Request::parse(&self.script.written).expect("the client sent a request");
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
}

use answering::Server;

fn open(accept: &str, more: &str) -> String {
    format!(
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
}

#[test]
fn s23_a_client_opens_a_connection_however_the_answer_is_cut() {
    for size in [1, 2, 7, 28, 29, 1000] {
        let server = Server::new(size, |accept| {
            [
                open(accept, "Sec-WebSocket-Protocol: chat\r\nX: y\r\n").as_bytes(),
                b"\x81\x05hello",
            ]
            .concat()
        });
        let client = Client::new("ws://server.example.com/chat")
            .subprotocol("chat")
            .header("Authorization", "Bearer");
        let mut socket = run(client.connect(server)).unwrap();
        let script = &socket.get_ref().script;
        assert_eq!(script.flushed, script.written.len());
        assert_eq!(
            answering::form(&script.written),
            answering::expected(&[("Authorization", "Bearer")], &["chat"])
        );
        assert_eq!(socket.protocol(), Some("chat"));
        let response = socket.response().expect("a client has one");
        assert_eq!(
            (response.status(), response.fields().first("x")),
            (101, Some(&b"y"[..]))
        );
        let message = std::iter::repeat_with(|| {
            let cx = &mut Context::from_waker(Waker::noop());
            futures_core::Stream::poll_next(std::pin::Pin::new(&mut socket), cx)
        });
        let message = message.take(100).find(Poll::is_ready);
        assert!(
            matches!(message, Some(Poll::Ready(Some(Ok(Message::Text(text))))) if text == "hello")
        );
    }
}

#[test]
fn s24_a_refusal_has_status_headers_and_body() {
    let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\n\
        Content-Length: 10\r\n\r\nlog in now";
    for size in [1, 40, 1000] {
        let server = Server::new(size, move |_| answer.into());
        let Err(Error::Refused(refusal)) = run(Client::new("ws://h/").connect(server)) else {
            panic!("it was not refused")
        };
        assert_eq!(
            (refusal.reason(), refusal.status()),
            (ResponseError::Status(401), Some(401))
        );
        assert_eq!(refusal.header("www-authenticate"), Some("Bearer"));
        assert_eq!(refusal.body(), b"log in now");
    }
    let server = Server::new(1000, |_| b"\x15\x03\x01".to_vec());
    let Err(Error::Refused(refusal)) = run(Client::new("ws://h/").connect(server)) else {
        panic!("it was not refused")
    };
    assert!(matches!(refusal.reason(), ResponseError::Head(_)));
    assert_eq!((refusal.status(), refusal.body()), (None, &b""[..]));
}

/// However its length is told, however it is cut, and when it comes behind the head.
#[test]
fn s24_the_body_of_a_refusal_may_come_later() {
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    for (answer, body) in [
        (
            "Content-Length: 4\r\n\r\nbusy, and more".into(),
            "busy".into(),
        ),
        ("Connection: close\r\n\r\nbusy".into(), "busy".into()),
        (
            "\r\n".to_owned() + &"x".repeat(20_000),
            "x".repeat(16 * 1024),
        ),
        (
            format!("{chunked}2;a=b\r\nbu\r\n0002\r\nsy\r\n0\r\nTrailer: x\r\n\r\n"),
            "busy".to_owned(),
        ),
        (
            format!("{chunked}5000\r\n{}", "x".repeat(0x5000)),
            "x".repeat(16 * 1024),
        ),
        (
            format!("{chunked}1\r\nx\r\n").to_owned() + &"1\r\nx\r\n".repeat(20_000),
            "x".repeat(10_923),
        ),
        (format!("{chunked}no number\r\nbusy"), String::new()),
        (chunked.to_owned() + &"1".repeat(2000), String::new()),
    ] {
        for size in [1, 7, 1000, 100_000] {
            let Error::Refused(refusal) = error_of(&answer, size) else {
                panic!("it was not refused")
            };
            assert_eq!(refusal.status(), Some(503));
            assert_eq!(refusal.header("server"), Some("old   and folded"), "r97");
            let length = refusal.body().len();
            assert!(refusal.body() == body.as_bytes(), "{length} bytes");
        }
    }
}

/// What a client says of a refusal with these bytes after its first fields that comes in pieces of
/// this size.
fn error_of(rest: &str, size: usize) -> Error {
    let head = "HTTP/1.1 503 Busy\r\nServer: old\r\n and folded\r\n";
    let answer = format!("{head}{rest}");
    let steps = answer
        .as_bytes()
        .chunks(size)
        .flat_map(|piece| [Step::Wait, bytes(piece)]);
    let script = Script::reading(steps.chain([Step::Zero]));
    let result = run(Client::new("ws://h/").connect(script));
    result.expect_err("it is refused")
}

#[test]
fn s25_a_secure_url_is_refused_over_a_stream_that_is_not_said_to_be_encrypted() {
    let client = Client::new("wss://server.example.com/chat");
    let mut script = Script::default();
    assert!(matches!(
        run(client.connect(&mut script)),
        Err(Error::Insecure)
    ));
    assert_eq!(script.written, b"", "no byte in clear text");
    let server = Server::new(1000, |accept| open(accept, "").into());
    assert!(run(client.encrypted().connect(server)).is_ok());
}

#[test]
fn s23_a_client_gets_every_other_error() {
    let connect = |url: &str, script: Script| run(Client::new(url).connect(script)).map(drop);
    let ended = connect(
        "ws://h/",
        Script::reading([bytes(&ANSWER[..20]), Step::Zero]),
    );
    assert!(matches!(ended, Err(Error::Vanished)));
    let reset = connect(
        "ws://h/",
        Script::default().writing([Step::Fail(ErrorKind::ConnectionReset)]),
    );
    assert!(matches!(reset, Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionReset));
    assert!(matches!(
        connect("http://h/", Script::default()),
        Err(Error::Url(_))
    ));
    let malformed = Client::new("ws://h/").header("X", "a\r\nb");
    assert!(matches!(
        run(malformed.connect(Script::default())),
        Err(Error::Field(_))
    ));
    let other_key = [ANSWER, END].concat();
    let wrong = connect("ws://h/", Script::reading([bytes(other_key)]));
    let Err(Error::Refused(refusal)) = wrong else {
        panic!("it was not refused")
    };
    assert_eq!(refusal.reason(), ResponseError::AcceptValue);
}

/// A server of another protocol says little and waits: SSH, TLS, a mail server. Its first bytes are
/// refused, and shown as text.
#[test]
fn s51_an_answer_that_is_not_http_is_refused_at_the_deciding_byte() {
    for answer in [
        &b"SSH-2.0-OpenSSH\r\n"[..],
        b"\x15\x03\x01\0\x02",
        b"\r\n220 mail",
        b"HTTQ",
    ] {
        for size in [1, 100] {
            let refused = run(Client::new("ws://h/").connect(pieces(answer, size)));
            let Err(Error::Refused(refusal)) = refused else {
                panic!("{refused:?}")
            };
            let reason = ResponseError::Head(HeadError::StartLine);
            assert_eq!(refusal.reason(), reason);
        }
    }
    let page = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<p>";
    let page = [&page[..], &[b'x'; 997]].concat();
    let Err(Error::Refused(refusal)) = run(Client::new("ws://h/").connect(pieces(&page, 100)))
    else {
        panic!()
    };
    assert!(refusal.to_string().contains("status 200 instead of 101"));
    assert_eq!(refusal.body().len(), 1000);
    let shown = format!("{refusal:?}");
    assert!(
        shown.contains("200 OK\\r\\n") && shown.contains("<p>xx"),
        "{shown}"
    );
    assert!(shown.len() < 500, "the start of the body only");
}
