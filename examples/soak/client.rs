//! A correct client over a blocking socket.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ws_frame::{CloseCode, Connection, Event, Message, keys};
use ws_handshake::{ClientRequest, HeadScanner, ServerResponse, Url};

use crate::Failure;

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    connection: Connection,
    events: VecDeque<Event<'static>>,
    output: Vec<u8>,
    /// The whole requested flood has come.
    pub(crate) flooded: bool,
}

impl Client {
    pub(crate) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let keys = keys::random()?;
        let url = format!("ws://{address}/");
        let url = Url::parse(&url)?;
        let request = ClientRequest::to(
            &url,
            [keys(), keys(), keys(), keys()]
                .concat()
                .try_into()
                .expect("16 bytes"),
        );
        let mut output = Vec::new();
        request.encode(&mut output)?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&output)?;
        read_answer(&mut stream, &request)?;
        output.clear();
        Ok(Self {
            stream,
            connection: Connection::client(ws_frame::Config::new(), keys),
            events: VecDeque::new(),
            output,
            flooded: false,
        })
    }

    pub(crate) fn send(&mut self, message: Message<'_>) -> Result<(), Failure> {
        match message {
            Message::Text(text) => self.connection.send_text(text, &mut self.output)?,
            Message::Binary(payload) => self.connection.send_binary(payload, &mut self.output)?,
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), Failure> {
        while !self.output.is_empty() {
            self.stream.write_all(&self.output)?;
            self.output.clear();
            self.connection.flush_pong(&mut self.output);
        }
        Ok(())
    }

    /// Asserts that the next event is this one, apart from pings, which the server sends to quiet
    /// clients.
    pub(crate) fn expect(&mut self, wanted: &Event<'_>) -> Result<(), Failure> {
        let event = self.next()?;
        if event == *wanted {
            return Ok(());
        }
        Err(format!("{} came instead of {}", brief(&event), brief(wanted)).into())
    }

    /// The next event that is not a ping.
    pub(crate) fn next(&mut self) -> Result<Event<'static>, Failure> {
        loop {
            match self.events.pop_front() {
                Some(Event::Ping(_)) => {}
                Some(event) => return Ok(event),
                None => self.read()?,
            }
        }
    }

    fn read(&mut self) -> Result<(), Failure> {
        let mut buffer = [0; 16 * 1024];
        let count = read(&mut self.stream, &mut buffer)?;
        if count == 0 {
            return Err("the server ended the connection".into());
        }
        let mut input = &mut buffer[..count];
        while let Some(event) = self.connection.receive(&mut input, &mut self.output) {
            self.events.push_back(event.into_owned());
        }
        self.write()
    }

    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.connection
            .close(CloseCode::NORMAL, "", &mut self.output)?;
        self.write()?;
        while self.events.is_empty() {
            self.read()?;
        }
        match self.events.pop_front() {
            Some(Event::Close(Some(close))) if close.code == CloseCode::NORMAL => {}
            other => return Err(format!("{other:?} came instead of the Close").into()),
        }
        match read(&mut self.stream, &mut [0])? {
            0 => Ok(()),
            _ => Err("something came behind the Close".into()),
        }
    }
}

fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Reads byte by byte: the server sends nothing behind its answer before it is asked.
fn read_answer(stream: &mut TcpStream, request: &ClientRequest<'_>) -> Result<(), Failure> {
    let mut scanner = HeadScanner::default();
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while scanner
        .scan(&bytes[bytes.len().saturating_sub(1)..])?
        .is_none()
    {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    ServerResponse::parse(&bytes)?.accepted(request)?;
    Ok(())
}

pub(crate) fn brief(event: &Event<'_>) -> String {
    format!("{event:?}").chars().take(80).collect()
}

/// Limit on the wait for any event. Only clients of a failed server wait as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
