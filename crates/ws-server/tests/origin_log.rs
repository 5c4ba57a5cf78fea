//! The log line of a refused origin. A process of its own: it has the only logger.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Mutex,
    time::Duration,
};

use log::{Level, LevelFilter, Log, Metadata, Record};
use ws_server::{Config, Server};

/// A logger that keeps every line.
struct Capture(Mutex<Vec<(Level, String)>>);

static CAPTURE: Capture = Capture(Mutex::new(Vec::new()));

impl Log for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = (record.level(), record.args().to_string());
        self.0.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}

impl Capture {
    /// Takes the warnings that were logged since the last call.
    fn take_warnings(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.0.lock().unwrap());
        let warnings = lines.into_iter().filter(|(level, _)| *level <= Level::Warn);
        warnings.map(|(_, line)| line).collect()
    }
}

#[test]
fn r130_a_refused_origin_is_logged_as_a_warning_with_origin_and_host() {
    log::set_logger(&CAPTURE).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let mut server = Server::bind("127.0.0.1:0", Config::default()).unwrap();

    let status = ask(&mut server, "chat.example", b"https://evil.example");
    assert_eq!(status, "403");
    assert_eq!(
        CAPTURE.take_warnings(),
        ["the origin is not allowed to connect: \
          origin `https://evil.example`, host `chat.example`"]
    );
    assert_eq!(server.stats().refused_origins, 1);

    // Bytes of the peer's stay on one line, and in ASCII.
    let status = ask(
        &mut server,
        "chat.example:8080",
        b"https://\xe2\x80\xaeevil",
    );
    assert_eq!(status, "403");
    let warnings = CAPTURE.take_warnings();
    let [line] = &warnings[..] else {
        unreachable!("one warning is expected: {warnings:?}");
    };
    assert!(
        line.ends_with(r"origin `https://\xe2\x80\xaeevil`, host `chat.example:8080`"),
        "{line}"
    );

    // A page of the same host is no reason for a line.
    let status = ask(&mut server, "chat.example", b"https://chat.example");
    assert_eq!(status, "101");
    assert_eq!(CAPTURE.take_warnings(), [""; 0]);
}

/// Sends a request and returns the status of the answer.
fn ask(server: &mut Server, host: &str, origin: &[u8]) -> String {
    let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let head = format!(
        "GET /chat HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: "
    );
    client
        .write_all(&[head.as_bytes(), origin, b"\r\n\r\n"].concat())
        .unwrap();
    let mut buffer = vec![0; 64 * 1024];
    let (before, mut turns) = (answered(server), 0);
    while answered(server) == before {
        turns += 1;
        assert!(turns < 100, "the request is not answered");
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_secs(1)))
            .unwrap();
        while let Some((id, event)) = server.next(&mut turn) {
            if let ws_server::Event::Request(upgrade) = event {
                server.accept(id, upgrade.accept()).unwrap();
            }
        }
    }
    server.flush();
    let mut answer = [0; 12];
    client.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

fn answered(server: &Server) -> u64 {
    let stats = server.stats();
    stats.upgraded + stats.refused_requests
}
