//! A client of a run.

use ws_server::{
    CloseCode,
    ws_frame::{self, Connection},
};

use super::body::{body, check};
#[cfg(feature = "rustls")]
use super::secure;
use crate::{random::Random, wire::Far, world::request};

pub(super) struct Actor {
    pub(super) far: Far,
    #[cfg(feature = "rustls")]
    pub(super) session: Option<rustls::ClientConnection>,
    pub(super) connection: Connection,
    pub(super) http: bool,
    pub(super) requested: bool,
    pub(super) sent: usize,
    pub(super) ended: bool,
    pub(super) closed: bool,
    pub(super) answered: bool,
    pub(super) head: Vec<u8>,
    pub(super) unsent: Vec<u8>,
    pub(super) got: usize,
    pub(super) failed: bool,
    pub(super) deflate: bool,
}

impl Actor {
    /// Sends a request for a connection or a page.
    pub(super) fn ask(&mut self, at: usize, random: &mut Random) {
        self.requested = true;
        self.http = random.one_in(5);
        if self.http {
            let head = format!("GET /{at} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return self.unsent.extend(head.bytes());
        }
        let head = request(&format!("/{at}"));
        let parameter = [
            "client_max_window_bits",
            "server_max_window_bits=9",
            "client_no_context_takeover",
        ][random.below(3)];
        if self.deflate {
            let lines = &head[..head.len() - 2];
            let offer = format!("Sec-WebSocket-Extensions: permessage-deflate; {parameter}");
            self.unsent
                .extend(format!("{lines}{offer}\r\n\r\n").bytes());
        } else {
            self.unsent.extend(head.bytes());
        }
    }

    pub(super) const fn may_talk(&self) -> bool {
        self.requested && !self.http && !self.closed && (!self.deflate || self.answered)
    }

    /// Sends a message, whole or in fragments, and perhaps a Ping.
    pub(super) fn talk(&mut self, random: &mut Random) {
        let len = match random.below(8) {
            0 => random.below(250_000),
            1 => 15_000 + random.below(3000),
            2 => 31_000 + random.below(3000),
            _ => random.below(1500),
        };
        let text = body('e', self.sent, len);
        let (connection, output) = (&mut self.connection, &mut self.unsent);
        if random.one_in(4) {
            let (a, b) = text.split_at(random.below(text.len()));
            connection
                .send_binary_fragment(a.as_bytes(), false, output)
                .expect("open");
            if random.one_in(2) {
                connection.send_ping(b"between", output).expect("open");
            }
            connection
                .send_binary_fragment(b.as_bytes(), true, output)
                .expect("open");
        } else if random.one_in(2) {
            connection.send_text(&text, output).expect("open");
        } else {
            connection
                .send_binary(text.as_bytes(), output)
                .expect("open");
        }
        self.sent += 1;
        if random.one_in(6) {
            connection.send_ping(b"ping", output).expect("open");
        }
    }

    /// Hands some or all of its bytes to the stream.
    pub(super) fn hand_over(&mut self, random: &mut Random) {
        let len = match random.below(3) {
            0 => random.below(self.unsent.len() + 1),
            _ => self.unsent.len(),
        };
        let rest = self.unsent.split_off(len);
        let bytes = std::mem::replace(&mut self.unsent, rest);
        self.send(&bytes);
    }

    /// Sends, unless the stream has ended.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        if self.ended {
            return;
        }
        #[cfg(feature = "rustls")]
        if let Some(session) = &mut self.session {
            return self.far.send(&secure::seal(session, bytes));
        }
        self.far.send(bytes);
    }

    /// The bytes that have come.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let came = self.far.take();
        #[cfg(feature = "rustls")]
        if let Some(session) = &mut self.session {
            let plain = secure::open(session, &came);
            // What a handshake answers.
            self.send(b"");
            return plain;
        }
        came
    }

    pub(super) fn read(&mut self, seed: u64) {
        let mut bytes = self.take();
        if !self.answered {
            self.head.append(&mut bytes);
            let Some(end) = self
                .head
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            else {
                return;
            };
            bytes = self.head.split_off(end + 4);
            self.answered = true;
            self.failed = !self.head.starts_with(b"HTTP/1.1 101");
            let head = String::from_utf8(self.head.clone()).expect("heads are ASCII");
            #[cfg(feature = "deflate")]
            if head.contains("permessage-deflate") {
                self.connection = deflating(&head);
            }
            #[cfg(not(feature = "deflate"))]
            assert!(!head.contains("permessage-deflate"), "{head}");
        }
        if self.failed {
            return;
        }
        let (mut input, mut output) = (&mut bytes[..], Vec::new());
        while let Some(event) = self.connection.receive(&mut input, &mut output) {
            match event {
                ws_frame::Event::Text(text) => {
                    check(text.as_bytes());
                    self.got += 1;
                }
                ws_frame::Event::Binary(bytes) => {
                    check(&bytes);
                    self.got += 1;
                }
                ws_frame::Event::Close(_) => self.closed = true,
                ws_frame::Event::Failed(error) => panic!("seed {seed}: the server sent {error}"),
                _ => {}
            }
        }
        if !self.ended {
            // Behind what is cut in the middle, as a client would.
            self.unsent.extend(output);
        }
    }

    pub(super) fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            let code = CloseCode::new(1000).expect("it may be sent");
            self.connection.close(code, "", &mut self.unsent).ok();
        }
    }
}

/// A client's connection with the parameters of an answer.
#[cfg(feature = "deflate")]
pub(super) fn deflating(head: &str) -> Connection {
    use ws_frame::deflate::{Compressor, Options, Parameters, Tuning};
    let value = |name: &str| {
        let at = head.find(name)? + name.len();
        let digits: String = head[at..]
            .chars()
            .skip(1)
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u8>().ok()
    };
    let bits = |name| value(name).unwrap_or(15);
    let parameters = Parameters::new(
        head.contains("server_no_context_takeover"),
        head.contains("client_no_context_takeover"),
        bits("server_max_window_bits"),
        bits("client_max_window_bits"),
    )
    .expect("an answer has windows of 8 to 15 bits");
    let options = Options::new().compressor(Compressor::Dedicated(Tuning::default()));
    Connection::client(ws_frame::Config::new(), || [9, 8, 7, 6]).with_deflate(parameters, &options)
}
