//! A server in a thread, and a client over a real socket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rustls::{ClientConnection, ServerConfig, StreamOwned};
use ws_server::{
    Config, Event, Handle, Server, Stats, TlsStream,
    ws_frame::{self, CloseCode, Connection},
};

/// A server that echoes in a thread of its own, and says how each connection ended.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    thread: JoinHandle<(Vec<String>, Stats)>,
}

impl Running {
    pub(crate) fn start(tls: ServerConfig, config: Config) -> Self {
        let address = "127.0.0.1:0";
        Self::run(Server::bind_tls(address, &Arc::new(tls), config).expect("a port is free"))
    }

    pub(crate) fn run<T: ws_server::Transport + Send + 'static>(
        mut server: Server<TlsStream<T>>,
    ) -> Self {
        let (address, handle) = (server.local_addr().expect("it listens"), server.handle());
        let thread = thread::spawn(move || {
            let mut seen = Vec::new();
            let mut buffer = vec![0; 256 * 1024];
            while !server.is_stopped() {
                let mut turn = server.poll(&mut buffer, None).expect("polling works");
                while let Some((id, event)) = server.next(&mut turn) {
                    serve(&mut server, id, event, &mut seen);
                }
            }
            (seen, server.stats())
        });
        Self {
            address,
            handle,
            thread,
        }
    }

    /// Stops the server, and returns its events and its counters.
    pub(crate) fn stop(self) -> (Vec<String>, Stats) {
        self.handle.stop();
        self.thread.join().expect("the server does not panic")
    }
}

fn serve<T: ws_server::Transport>(
    server: &mut Server<TlsStream<T>>,
    id: ws_server::ConnId,
    event: Event<'_>,
    seen: &mut Vec<String>,
) {
    match event {
        Event::Request(upgrade) => {
            let stream = server.transport(id).expect("it waits");
            let certificates = stream.peer_certificates().map_or(0, <[_]>::len);
            seen.push(format!(
                "request {} of {:?}, ALPN {:?}, certificates {certificates}",
                upgrade.path(),
                stream.server_name(),
                stream.alpn_protocol().map(String::from_utf8_lossy),
            ));
            server.accept(id, upgrade.accept()).expect("it waits");
        }
        Event::Text(text) => drop(server.send_text(id, &text)),
        Event::Binary(payload) => drop(server.send_binary(id, &payload)),
        Event::Closed(closed) => seen.push(format!("{:?} {}", closed.cause, closed.code)),
        _ => {}
    }
}

/// A WebSocket client over a blocking TLS stream.
pub(crate) struct Client {
    pub(crate) stream: StreamOwned<ClientConnection, TcpStream>,
    connection: Connection,
    input: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr, tls: ClientConnection) -> Self {
        Self::try_connect(address, tls).expect("the handshakes succeed")
    }

    pub(crate) fn try_connect(address: SocketAddr, tls: ClientConnection) -> std::io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        Self::over(socket, tls)
    }

    pub(crate) fn over(socket: TcpStream, tls: ClientConnection) -> std::io::Result<Self> {
        let mut client = Self {
            stream: StreamOwned::new(tls, socket),
            connection: Connection::client(ws_frame::Config::new(), || [0x37, 0xfa, 0x21, 0x3d]),
            input: Vec::new(),
        };
        client.stream.write_all(REQUEST)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101 "),
            "{}",
            head.escape_ascii()
        );
        Ok(client)
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        let mut output = Vec::new();
        self.connection
            .send_text(text, &mut output)
            .expect("it is open");
        self.stream.write_all(&output).expect("the server reads");
    }

    pub(crate) fn echo(&mut self, text: &str) {
        self.send_text(text);
        assert_eq!(self.receive().as_deref(), Some(text.as_bytes()));
    }

    /// Sends bytes in a thread that the answer is not waited for in: more than the system buffers.
    pub(crate) fn send_binary(&mut self, payload: &[u8]) {
        let mut output = Vec::new();
        self.connection
            .send_binary(payload, &mut output)
            .expect("it is open");
        self.stream.write_all(&output).expect("the server reads");
    }

    /// The next message; `None` for a Close.
    pub(crate) fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            let mut bytes = std::mem::take(&mut self.input);
            let (mut input, mut output, mut got) = (&mut bytes[..], Vec::new(), None);
            while let Some(event) = self.connection.receive(&mut input, &mut output) {
                match event {
                    ws_frame::Event::Text(text) => got = Some(Some(text.into_owned().into_bytes())),
                    ws_frame::Event::Binary(payload) => got = Some(Some(payload.into_owned())),
                    ws_frame::Event::Close(_) => got = Some(None),
                    _ => continue,
                }
                break;
            }
            self.input = input.to_vec();
            self.stream.write_all(&output).expect("the server reads");
            if let Some(got) = got {
                return got;
            }
            let mut bytes = vec![0; 64 * 1024];
            let len = self
                .stream
                .read(&mut bytes)
                .expect("the server ends the stream in order");
            assert!(len > 0, "the stream ended");
            self.input.extend_from_slice(&bytes[..len]);
        }
    }

    pub(crate) fn close(&mut self) {
        let mut output = Vec::new();
        self.connection
            .close(CloseCode::NORMAL, "", &mut output)
            .expect("it is open");
        self.stream.write_all(&output).expect("the server reads");
        assert_eq!(self.receive(), None);
    }
}

pub(crate) const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
