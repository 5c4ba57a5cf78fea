//! The server's side.

use std::io::ErrorKind;

use ws_stream::{
    Acceptor, Bounds, Config, Error, HandshakeError, HeadError, OriginPolicy, Response,
};

use super::{ANSWER, END, REQUEST, accepted, first_text, pieces, request, run};
use crate::script::{Script, Step, bytes, poll_event};

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
