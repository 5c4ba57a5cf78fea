//! tungstenite's client takes what our server writes.

use std::io::{self, Read, Write};

use tungstenite::client::client_with_config;
use tungstenite::handshake::client::generate_key;
use tungstenite::http::Request as HttpRequest;
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{HeadScanner, Request, Response};

/// A wire with our server at the other end.
#[derive(Debug, Default)]
struct Server {
    received: Vec<u8>,
    answer: Vec<u8>,
    status: u16,
}

impl Server {
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

impl Read for Server {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.answer();
        let mut answer = self.answer.as_slice();
        let n = answer.read(buf)?;
        self.answer.drain(..n);
        Ok(n)
    }
}

impl Write for Server {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.received.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn connect(status: u16, fields: &[(&str, &str)]) -> Result<Vec<(String, String)>, tungstenite::Error> {
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
    let server = Server {
        status,
        ..Server::default()
    };
    let request = request.body(()).expect("a request");
    match client_with_config(request, server, None) {
        Ok((_, response)) => {
            let fields = response.headers().iter();
            Ok(fields
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().into()))
                .collect())
        }
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(tungstenite::HandshakeError::Interrupted(_)) => unreachable!("the wire never blocks"),
    }
}

#[test]
fn h40_tungstenite_opens_with_our_101() {
    for _ in 0..100 {
        connect(101, &[]).expect("tungstenite takes it");
    }
    let fields = connect(101, &[("Sec-WebSocket-Protocol", "other, chat")]).expect("tungstenite takes it");
    assert!(
        fields.contains(&("sec-websocket-protocol".into(), "chat".into())),
        "{fields:?}"
    );
}

#[test]
fn h46_tungstenite_reads_our_refusals() {
    for status in [
        400, 401, 403, 404, 405, 408, 414, 417, 426, 431, 500, 501, 503, 505,
    ] {
        match connect(status, &[]) {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), status),
            other => unreachable!("{status}: {other:?}"),
        }
    }
}
