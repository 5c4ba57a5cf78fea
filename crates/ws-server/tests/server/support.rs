//! A server in a thread, and a client that blocks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    thread::JoinHandle,
};

use ws_server::{
    Config, Event, Handle,
    ws_frame::{self, CloseCode, Connection},
};

use crate::over::Over;

/// A server that echoes, in its own thread, until it is stopped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    thread: JoinHandle<Vec<String>>,
}

impl Running {
    pub(crate) fn echo<O: Over>(config: Config) -> Self {
        Self::echo_on::<O>(ANY_PORT, config)
    }

    pub(crate) fn echo_on<O: Over>(address: SocketAddr, config: Config) -> Self {
        let mut server = O::server(address, config);
        let (address, handle) = (server.local_addr().unwrap(), server.handle());
        let thread = std::thread::spawn(move || {
            let mut seen = Vec::new();
            let mut buffer = vec![0; 64 * 1024];
            while !server.is_stopped() {
                let mut turn = server.poll(&mut buffer, None).unwrap();
                while let Some((id, event)) = server.next(&mut turn) {
                    match event {
                        Event::Request(upgrade) => {
                            seen.push("request".into());
                            server.accept(id, upgrade.accept()).unwrap();
                        }
                        Event::Text(text) => {
                            seen.push("text".into());
                            server.send_text(id, &text).unwrap();
                        }
                        Event::Binary(bytes) => {
                            seen.push("binary".into());
                            server.send_binary(id, &bytes).unwrap();
                            server.recycle(bytes);
                        }
                        Event::Closed(why) => seen.push(format!("closed: {why}")),
                        _ => {}
                    }
                }
            }
            assert_eq!(server.stats().connections, 0);
            assert_eq!(server.stats().queued_bytes, 0);
            seen
        });
        Self {
            address,
            handle,
            thread,
        }
    }

    /// Stops the server, and returns its events.
    pub(crate) fn stop(self) -> Vec<String> {
        self.handle.stop();
        self.thread.join().unwrap()
    }
}

/// A client over a blocking socket.
pub(crate) struct Client<O: Over> {
    pub(crate) stream: O::Stream,
    connection: Connection,
    input: Vec<u8>,
}

impl<O: Over> Client<O> {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let mut stream = O::connect(address);
        stream.write_all(REQUEST).unwrap();
        let mut client = Self {
            stream,
            connection: connection(),
            input: Vec::new(),
        };
        let head = read_head(&mut client.stream);
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        client
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        let mut output = Vec::new();
        self.connection.send_text(text, &mut output).unwrap();
        self.stream.write_all(&output).unwrap();
    }

    /// Sends a message, and receives one. The server takes the whole of it before it answers.
    pub(crate) fn exchange(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        self.connection.send_binary(payload, &mut output).unwrap();
        self.stream.write_all(&output).unwrap();
        self.receive(|event| match event {
            ws_frame::Event::Binary(bytes) => Some(bytes.into_owned()),
            _ => None,
        })
    }

    pub(crate) fn close(&mut self, code: u16) {
        let mut output = Vec::new();
        self.connection
            .close(CloseCode::new(code).unwrap(), "", &mut output)
            .unwrap();
        self.stream.write_all(&output).unwrap();
    }

    pub(crate) fn receive_text(&mut self) -> String {
        self.receive(|event| match event {
            ws_frame::Event::Text(text) => Some(text.into_owned()),
            _ => None,
        })
    }

    pub(crate) fn receive_close(&mut self) -> Option<u16> {
        self.receive(|event| match event {
            ws_frame::Event::Close(close) => Some(close.map(|close| close.code.get())),
            _ => None,
        })
    }

    /// The server has ended its stream.
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"");
    }

    fn receive<R>(&mut self, want: impl Fn(ws_frame::Event<'_>) -> Option<R>) -> R {
        loop {
            let mut bytes = std::mem::take(&mut self.input);
            let mut input = &mut bytes[..];
            let mut output = Vec::new();
            while let Some(event) = self.connection.receive(&mut input, &mut output) {
                self.stream.write_all(&output).unwrap();
                output.clear();
                if let Some(wanted) = want(event) {
                    self.input = input.to_vec();
                    return wanted;
                }
            }
            let mut bytes = vec![0; 64 * 1024];
            let len = self.stream.read(&mut bytes).unwrap();
            assert!(len > 0, "the stream ended");
            bytes.truncate(len);
            self.input = bytes;
        }
    }
}

pub(crate) fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn connection() -> Connection {
    Connection::client(ws_frame::Config::new(), || [0x37, 0xfa, 0x21, 0x3d])
}

/// Of the loopback address; the system chooses.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

pub(crate) const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
