//! The client's side.

use std::io::ErrorKind;
use std::task::{Context, Poll, Waker};

use ws_stream::{Client, Error, HeadError, Message, ResponseError};

use super::answering::{self, Server};
use super::{ANSWER, END, pieces, run};
use crate::script::{Script, Step, bytes};

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

/// The error of a client for a refusal with these bytes after its first fields, in pieces of this
/// size.
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
