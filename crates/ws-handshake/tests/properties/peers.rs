//! Handshakes between tungstenite and each of our sides, and between our two sides.

use std::io::{self, Read, Write};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use tungstenite::client::client_with_config;
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::server::{Request as TheirRequest, Response as TheirResponse};
use tungstenite::http::{HeaderValue, Request as HttpRequest};
use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};
use ws_handshake::{
    ClientRequest, FieldError, HeadScanner, Request, Response, ResponseError, ServerResponse, Url,
};

use crate::draft::token;

/// A wire with our server at the other end.
#[derive(Debug, Default)]
struct OurServer {
    received: Vec<u8>,
    answer: Vec<u8>,
    status: u16,
}

impl OurServer {
    fn answer(&mut self) {
        let Ok(Some(end)) = HeadScanner::default().scan(&self.received) else {
            return;
        };
        let upgrade = Request::parse(&self.received[..end]).and_then(|request| request.upgrade());
        let written = match upgrade {
            Ok(upgrade) if self.status == 101 => {
                let accept = upgrade.accept().protocol(upgrade.choose(&["chat"]));
                accept
                    .extensions(DeflateServer::new().answer(upgrade.extensions()))
                    .encode(&mut self.answer)
            }
            Ok(_) => Response::new(self.status)
                .body("text/plain", b"no")
                .encode(&mut self.answer),
            Err(error) => Response::from(error).encode(&mut self.answer),
        };
        written.expect("an answer");
        self.received.clear();
    }
}

impl Read for OurServer {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.answer();
        let read = self.answer.as_slice().read(buf)?;
        self.answer.drain(..read);
        Ok(read)
    }
}

impl Write for OurServer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.received.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The answer of our server, as tungstenite's client reads it.
fn connect(status: u16, fields: &[(&str, &str)]) -> Result<TheirResponse, tungstenite::Error> {
    let mut request = HttpRequest::builder()
        .uri("ws://server.example.com/chat")
        .header("Host", "server.example.com")
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", generate_key());
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let server = OurServer {
        status,
        ..OurServer::default()
    };
    match client_with_config(request.body(()).expect("a request"), server, None) {
        Ok((_, response)) => Ok(response.map(|_| ())),
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(tungstenite::HandshakeError::Interrupted(_)) => Err(tungstenite::Error::AttackAttempt),
    }
}

#[test]
fn h40_tungstenites_client_opens_with_our_server() {
    for _ in 0..100 {
        assert!(connect(101, &[]).is_ok());
    }
    let response =
        connect(101, &[("Sec-WebSocket-Protocol", "other, chat")]).expect("an open connection");
    assert_eq!(
        response.headers().get("sec-websocket-protocol"),
        Some(&HeaderValue::from_static("chat"))
    );
}

#[test]
fn h46_tungstenites_client_reads_our_refusals() {
    for status in [
        400, 401, 403, 404, 405, 408, 414, 417, 426, 431, 500, 501, 503, 505,
    ] {
        let read = match connect(status, &[]) {
            Err(tungstenite::Error::Http(response)) => Some(response.status().as_u16()),
            _ => None,
        };
        assert_eq!(read, Some(status));
    }
}

/// A wire that has carried our request, and that keeps the answer.
struct OurClient<'a>(&'a [u8], &'a mut Vec<u8>);

impl Read for OurClient<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for OurClient<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.1.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// tungstenite's answer, with the first subprotocol if any is offered.
fn tungstenites_answer(request: &[u8]) -> Result<Vec<u8>, String> {
    let mut answer = Vec::new();
    #[expect(clippy::result_large_err, reason = "the signature is tungstenite's")]
    let take_first = |request: &TheirRequest, mut response: TheirResponse| {
        let offered = request
            .headers()
            .get("sec-websocket-protocol")
            .and_then(|offered| offered.to_str().ok());
        if let Some(first) = offered.and_then(|offered| offered.split(", ").next()) {
            let first = HeaderValue::from_str(first).expect("it was a value before");
            response
                .headers_mut()
                .insert("sec-websocket-protocol", first);
        }
        Ok(response)
    };
    let accepted = tungstenite::accept_hdr(OurClient(request, &mut answer), take_first);
    accepted.map(|_| ()).map_err(|error| error.to_string())?;
    Ok(answer)
}

/// The answer of our server.
fn our_answer(request: &[u8]) -> Result<Vec<u8>, String> {
    let end = HeadScanner::default()
        .scan(request)
        .map_err(|error| error.to_string())?;
    assert_eq!(end, Some(request.len()));
    let parsed = Request::parse(request).and_then(|request| request.upgrade());
    let upgrade = parsed.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    let accept = upgrade
        .accept()
        .protocol(upgrade.protocols().choose_with(|_| true));
    let deflate = DeflateServer::new().answer(upgrade.extensions());
    accept
        .extensions(deflate)
        .encode(&mut answer)
        .map_err(|error| error.to_string())?;
    Ok(answer)
}

fn hosts() -> impl Strategy<Value = (String, bool)> {
    let host = prop_oneof![
        "[a-z]{1,9}(\\.[a-z]{1,5})?",
        Just("[::1]".to_owned()),
        Just("127.0.0.1".to_owned())
    ];
    (
        host,
        select(vec!["", ":80", ":443", ":8080"]),
        any::<bool>(),
    )
        .prop_map(|(host, port, secure)| (host + port, secure))
}

proptest! {
    #![proptest_config(crate::cases(500))]

    #[test]
    fn h60_our_request_is_taken_by_our_server_and_by_tungstenites(
        (host, secure) in hosts(),
        resource in "(/([a-zA-Z0-9_~!$&'()*+,;=:@/-]|%[0-9a-f][0-9A-F]){0,20})?(\\?[a-z=&]{0,9})?",
        nonce: [u8; 16],
        protocols in btree_set(token(), 0..4),
        extra in vec(("X[a-z]{1,9}", "[!-~]{1,20}"), 0..4),
        compress: bool,
    ) {
        let text = format!("{}://{host}{resource}", if secure { "wss" } else { "ws" });
        let url = Url::parse(&text).unwrap();
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        let extra: Vec<(&str, &str)> = extra.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = ClientRequest::to(&url, nonce).protocols(&protocols).fields(&extra);
        let request = request.extensions(compress.then(DeflateOffer::new));
        let mut bytes = Vec::new();
        request.encode(&mut bytes).unwrap();
        for answer in [our_answer(&bytes).unwrap(), tungstenites_answer(&bytes).unwrap()] {
            let response = ServerResponse::parse(&answer).unwrap();
            let accepted = response.accepted(&request).unwrap();
            prop_assert_eq!(accepted.protocol(), protocols.first().copied());
        }
        let sent = Request::parse(&bytes).unwrap();
        let default_port = if secure { ":443" } else { ":80" };
        prop_assert_eq!(sent.fields().first("host"), Some(host.strip_suffix(default_port).unwrap_or(&host).as_bytes()));
        let slash = if resource.starts_with('/') { "" } else { "/" };
        prop_assert_eq!(sent.target(), format!("{slash}{resource}"));
        prop_assert_eq!(sent.fields().iter().count(), 5 + extra.len() + usize::from(!protocols.is_empty()) + usize::from(compress));
        prop_assert_eq!(ServerResponse::parse(&our_answer(&bytes).unwrap()).unwrap().accepted(&request).unwrap().deflate().is_some(), compress);
    }

    /// For any values of a caller, the encoder writes one request with the intended fields, or
    /// nothing.
    #[test]
    fn h71_nothing_of_the_callers_gets_out_of_its_place(
        host in prop_oneof![3 => "[a-z]{1,5}", 1 => "\\PC{0,5}", 1 => "[a-z\r\n\0/ :@]{0,6}"],
        target in prop_oneof![3 => "/[a-z]{0,5}", 1 => "\\PC{0,9}", 1 => "/[a-z\r\n\0 #?\t]{0,6}"],
        name in prop_oneof![3 => "X[a-z]{0,5}", 1 => "\\PC{0,5}", 1 => "[a-z\r\n:]{0,4}"],
        value in prop_oneof![3 => "[a-z]{1,5}", 1 => "\\PC{0,9}", 1 => "[a-z\r\n\0]{0,4}"],
        protocol in prop_oneof![3 => "[a-z]{1,5}", 1 => "\\PC{0,9}", 1 => "[a-z\r\n, ]{0,4}"],
        origin in prop_oneof![3 => "http://[a-z]{1,5}", 1 => "\\PC{0,9}", 1 => "[a-z\r\n]{0,4}"],
    ) {
        let (fields, protocols) = ([(name.as_str(), value.as_str())], [protocol.as_str()]);
        let request = ClientRequest::new(&host, &target, [0; 16]).protocols(&protocols).origin(&origin).fields(&fields);
        let mut bytes = b"before".to_vec();
        if request.encode(&mut bytes).is_err() {
            prop_assert_eq!(bytes, b"before");
            return Ok(());
        }
        let bytes = &bytes[6..];
        prop_assert_eq!(bytes.windows(4).position(|window| window == b"\r\n\r\n"), Some(bytes.len() - 4));
        let sent = Request::parse(bytes).unwrap();
        prop_assert_eq!(sent.target(), &target);
        prop_assert_eq!(sent.fields().iter().count(), 8);
        // An empty port is no port (RFC 3986 §3.2.3).
        prop_assert_eq!(sent.fields().first("host"), Some(host.trim_end_matches(':').as_bytes()));
        prop_assert_eq!(sent.fields().first("origin"), Some(origin.trim_matches([' ', '\t']).as_bytes()));
        prop_assert_eq!(sent.fields().first(&name), Some(value.trim_matches([' ', '\t']).as_bytes()));
        prop_assert!(sent.upgrade().unwrap().protocols().eq([protocol.as_str()]));
    }
}

#[test]
fn h68_a_client_that_requires_a_subprotocol_fails_without_one() {
    let request = ClientRequest::new("h", "/", *b"the sample nonce").protocols(&["chat"]);
    let mut bytes = Vec::new();
    request.encode(&mut bytes).expect("a request");
    let upgrade = Request::parse(&bytes)
        .and_then(|request| request.upgrade())
        .expect("an upgrade");
    let mut answer = Vec::new();
    upgrade.accept().encode(&mut answer).expect("an answer");
    let response = ServerResponse::parse(&answer).expect("an answer");
    assert!(response.accepted(&request).is_ok());
    let missing = response.accepted(&request.require_protocol()).map(|_| ());
    assert_eq!(missing, Err(ResponseError::ProtocolMissing));
    let none = ClientRequest::new("h", "/", *b"the sample nonce").require_protocol();
    assert!(response.accepted(&none).is_ok(), "nothing was asked for");
}

#[test]
fn h71_the_errors_say_what_is_wrong() {
    let errors = [
        (ClientRequest::new("a b", "/", [0; 16]), FieldError::Host),
        (ClientRequest::new("h", "a", [0; 16]), FieldError::Target),
        (
            ClientRequest::new("h", "/", [0; 16]).protocols(&["a", "a"]),
            FieldError::Protocol,
        ),
        (
            ClientRequest::new("h", "/", [0; 16]).extensions("a;"),
            FieldError::Extensions,
        ),
        (
            ClientRequest::new("h", "/", [0; 16]).origin("a\n"),
            FieldError::Value,
        ),
        (
            ClientRequest::new("h", "/", [0; 16]).fields(&[("a b", "c")]),
            FieldError::Name,
        ),
        (
            ClientRequest::new("h", "/", [0; 16]).fields(&[("host", "c")]),
            FieldError::Reserved,
        ),
    ];
    for (request, error) in errors {
        assert_eq!(request.encode(&mut Vec::new()), Err(error));
    }
}
