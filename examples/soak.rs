//! Minutes of good, slow and hostile clients against one server, whose memory and descriptors must stay where they were.
//!
//! `cargo run --release --example soak -- [SECONDS]`, by default 300; on Linux. Resident memory and open descriptors of the server's process
//! are sampled each second. The exit status is 1 when the most of either in the last fifth of the time is over the most in the first fifth
//! by more than 5 %, when descriptors are left once all clients have gone, and when a client did not get what it was to get.
//!
//! The clients are a process of their own, this program again as `soak clients ADDR SECONDS`, and end by themselves. A fifth that
//! is shorter than the ten seconds or so in which the load repeats itself says little.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use socket2::SockRef;
use ws_frame::{CloseCode, Connection, Event, Message, keys};
use ws_handshake::{ClientRequest, HeadScanner, ServerResponse, Url};
use ws_server::{Config, Server};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let passed = match &words[..] {
        [] => soak(300),
        [seconds] => soak(seconds.parse().unwrap_or(0)),
        [command, address, seconds] if command == "clients" => clients(address, seconds),
        _ => Err(USAGE.into()),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves for so long, and then for as long as the clients need to end. Gives whether all stayed as it was.
fn soak(seconds: u64) -> Result<bool, Failure> {
    if seconds < 5 {
        return Err(USAGE.into());
    }
    // Half a request shall meet its deadline before the client gives up.
    let config = Config::default().head_deadline(WAVE / 2);
    let mut server = Server::bind("127.0.0.1:0".parse()?, config)?;
    let mut buffer = vec![0; 64 * 1024];
    let before = Sample::take()?;
    let mut clients = start_clients(server.local_addr()?, seconds)?;
    let begin = Instant::now();
    let mut samples = Vec::new();
    for second in 1..=seconds {
        serve(&mut server, &mut buffer, begin + Duration::from_secs(second))?;
        samples.push(Sample::take()?);
        if second % 10 == 0 {
            report(second, &server, Sample::take()?);
        }
    }
    let status = wait(&mut clients, &mut server, &mut buffer)?;
    drop(clients);
    let after = Sample::take()?;
    report(begin.elapsed().as_secs(), &server, after);
    summarise(&server);
    Ok(judge(&samples, before, after) && status.success())
}

fn start_clients(address: SocketAddr, seconds: u64) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(["clients", &address.to_string(), &seconds.to_string()])
        .spawn()
}

fn serve(server: &mut Server, buffer: &mut [u8], until: Instant) -> io::Result<()> {
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        let mut turn = server.poll(buffer, Some(left))?;
        while let Some((id, event)) = server.next(&mut turn) {
            // A peer that is gone by now has its `Closed` event coming: nothing to do about it here.
            match event {
                ws_server::Event::Request(upgrade) => drop(server.accept(id, upgrade.accept())),
                ws_server::Event::Text(text) if text == FLOOD => {
                    for part in 0..PARTS {
                        server.send_binary(id, &vec![part; PART]).ok();
                    }
                }
                ws_server::Event::Text(text) => drop(server.send_text(id, &text)),
                ws_server::Event::Binary(payload) => drop(server.send_binary(id, &payload)),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Serves until the clients have ended, and the server has seen the last of them.
fn wait(clients: &mut Child, server: &mut Server, buffer: &mut [u8]) -> Result<ExitStatus, Failure> {
    let latest = Instant::now() + 2 * PATIENCE;
    let mut status = None;
    while status.is_none() || server.stats().connections > 0 {
        if Instant::now() > latest {
            clients.kill()?;
            return Err(format!("the clients do not end ({status:?}): {:?}", server.stats()).into());
        }
        serve(server, buffer, Instant::now() + Duration::from_millis(100))?;
        status = clients.try_wait()?;
    }
    status.ok_or_else(|| "the clients have no status".into())
}

fn report(second: u64, server: &Server, now: Sample) {
    let stats = server.stats();
    println!(
        "{second:4} s: {:6} KiB, {:4} descriptors, {:4} connections, {:9} bytes queued, {:8} messages in",
        now.memory, now.descriptors, stats.connections, stats.queued_bytes, stats.messages_in
    );
}

fn summarise(server: &Server) {
    let stats = server.stats();
    println!(
        "connections: {} made, {} opened, {} refused, {} late with their request, {} gone without one",
        stats.accepted, stats.upgraded, stats.refused_requests, stats.head_timeouts, stats.abandoned
    );
    println!("messages: {} in, {} out", stats.messages_in, stats.messages_out);
    println!("bytes: {} in, {} out", stats.bytes_in, stats.bytes_out);
    println!("{:?}", stats.closes);
}

/// Prints what there was at most at the beginning and at the end, and gives whether it stayed.
fn judge(samples: &[Sample], before: Sample, after: Sample) -> bool {
    let fifth = samples.len() / 5;
    let first = Sample::most(&samples[..fifth]);
    let last = Sample::most(&samples[samples.len() - fifth..]);
    println!(
        "at most in the first fifth: {} KiB, {} descriptors",
        first.memory, first.descriptors
    );
    println!(
        "at most in the last fifth:  {} KiB, {} descriptors",
        last.memory, last.descriptors
    );
    println!(
        "descriptors before the first client: {}, after the last: {}",
        before.descriptors, after.descriptors
    );
    let stayed = |first: u64, last: u64| last <= first + first / 20;
    stayed(first.memory, last.memory)
        && stayed(first.descriptors, last.descriptors)
        && after.descriptors <= before.descriptors
}

/// What this process holds.
#[derive(Clone, Copy, Default)]
struct Sample {
    /// Resident, in KiB.
    memory: u64,
    descriptors: u64,
}

impl Sample {
    fn take() -> Result<Self, Failure> {
        let status = fs::read_to_string("/proc/self/status")?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.ok_or("the system does not tell the resident memory")?;
        Ok(Self {
            memory: memory.trim().trim_end_matches(" kB").parse()?,
            descriptors: fs::read_dir("/proc/self/fd")?.count().try_into()?,
        })
    }

    fn most(samples: &[Self]) -> Self {
        samples.iter().fold(Self::default(), |most, sample| Self {
            memory: most.memory.max(sample.memory),
            descriptors: most.descriptors.max(sample.descriptors),
        })
    }
}

/// All the clients: some 300 connections at a time.
fn clients(address: &str, seconds: &str) -> Result<bool, Failure> {
    let address: SocketAddr = address.parse()?;
    let end = Instant::now() + Duration::from_secs(seconds.parse()?);
    let kinds: [fn(SocketAddr) -> Result<(), Failure>; 4] = [good, good, slow, hostile];
    let run = |kind: fn(SocketAddr) -> Result<(), Failure>| {
        while Instant::now() < end {
            kind(address)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads = kinds.map(|kind| scope.spawn(move || run(kind)));
        for thread in threads {
            let result: Result<(), Failure> = thread.join().map_err(|_| "a client panicked")?;
            result?;
        }
        Ok(true)
    })
}

type Failure = Box<dyn Error + Send + Sync>;

/// Clients that each send a hundred messages, get them back as they were, and close.
fn good(address: SocketAddr) -> Result<(), Failure> {
    let mut clients = Client::several(address)?;
    for round in 0..100 {
        for (n, client) in clients.iter_mut().enumerate() {
            client.send(Message::Text(&text(n, round)))?;
            client.send(Message::Binary(text(n, round).as_bytes()))?;
        }
        for (n, client) in clients.iter_mut().enumerate() {
            client.expect(&Event::Text(text(n, round).into()))?;
            client.expect(&Event::Binary(text(n, round).into_bytes().into()))?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    clients.into_iter().try_for_each(Client::close)
}

fn text(n: usize, round: usize) -> String {
    let most = if round == 50 { 30_000 } else { 1000 };
    format!("{n} ↔ {round} {}", "é".repeat((n + 1) * round * 997 % most))
}

/// Clients that have megabytes sent to them, do not read them for a while, and send on all the same; then they read on slowly.
fn slow(address: SocketAddr) -> Result<(), Failure> {
    let mut clients = Client::several(address)?;
    for client in &mut clients {
        SockRef::from(&client.stream).set_recv_buffer_size(PART)?;
        client.send(Message::Text(FLOOD))?;
        for round in 0..10 {
            client.send(Message::Text(&text(round, round)))?;
        }
    }
    thread::sleep(Duration::from_secs(3));
    for part in 0..PARTS {
        for client in &mut clients {
            client.expect(&Event::Binary(vec![part; PART].into()))?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    for client in &mut clients {
        for round in 0..10 {
            client.expect(&Event::Text(text(round, round).into()))?;
        }
    }
    clients.into_iter().try_for_each(Client::close)
}

/// Clients that break every rule, and go when the last of a wave has done so, most of them without a word.
fn hostile(address: SocketAddr) -> Result<(), Failure> {
    let kinds = [
        nothing,
        garbage,
        half_head,
        half_frame,
        invalid_frame,
        pings,
        reset,
    ];
    let begin = Instant::now();
    let mut streams = Vec::new();
    for kind in kinds.iter().cycle().take(30 * kinds.len()) {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        kind(&mut stream, streams.len() / kinds.len()).ok(); // the server may have ended it already
        streams.push(stream);
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(WAVE.saturating_sub(begin.elapsed()));
    Ok(())
}

fn nothing(stream: &mut TcpStream, _: usize) -> io::Result<()> {
    stream.flush()
}

fn garbage(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(&vec![0xa5; 1000 * n])
}

/// Every other one ends there; the rest wait for the deadline.
fn half_head(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(&REQUEST[..REQUEST.len() * n / 30])?;
    if n.is_multiple_of(2) {
        stream.shutdown(Shutdown::Both)
    } else {
        Ok(())
    }
}

fn half_frame(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.write_all(b"\x82\xff\0\0\0\0\0\x10\0\0keys")?;
    stream.write_all(&vec![0; 1000 * n])
}

/// What follows is not looked at any more.
fn invalid_frame(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.write_all(INVALID[n % INVALID.len()])?;
    stream.write_all(&[0; 5000])
}

/// Does not read the pongs.
fn pings(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    stream.write_all(&b"\x89\x84keysping".repeat(300 * n))
}

/// Ends with a reset, in the midst of a message, as soon as the wave is over.
fn reset(stream: &mut TcpStream, n: usize) -> io::Result<()> {
    SockRef::from(&*stream).set_linger(Some(Duration::ZERO))?;
    half_frame(stream, n)
}

/// A client that keeps to the rules.
struct Client {
    stream: TcpStream,
    connection: Connection,
    events: VecDeque<Event<'static>>,
    output: Vec<u8>,
}

impl Client {
    fn several(address: SocketAddr) -> Result<Vec<Self>, Failure> {
        (0..8).map(|_| Self::open(address)).collect()
    }

    fn open(address: SocketAddr) -> Result<Self, Failure> {
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
        let mut stream = TcpStream::connect(address)?;
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
        })
    }

    fn send(&mut self, message: Message<'_>) -> Result<(), Failure> {
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

    /// The next event but for pings, of which the server sends some to those that are quiet, is this one.
    fn expect(&mut self, wanted: &Event<'_>) -> Result<(), Failure> {
        let event = loop {
            match self.events.pop_front() {
                Some(Event::Ping(_)) => {}
                Some(event) => break event,
                None => self.read()?,
            }
        };
        if event == *wanted {
            return Ok(());
        }
        Err(format!("{} came instead of {}", brief(&event), brief(wanted)).into())
    }

    fn read(&mut self) -> Result<(), Failure> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err("the server ended the connection".into());
        }
        let mut input = &mut buffer[..count];
        while let Some(event) = self.connection.receive(&mut input, &mut self.output) {
            self.events.push_back(event.into_owned());
        }
        self.write()
    }

    fn close(mut self) -> Result<(), Failure> {
        self.connection.close(CloseCode::NORMAL, "", &mut self.output)?;
        self.write()?;
        while self.events.is_empty() {
            self.read()?;
        }
        match self.events.pop_front() {
            Some(Event::Close(Some(close))) if close.code == CloseCode::NORMAL => {}
            other => return Err(format!("{other:?} came instead of the Close").into()),
        }
        match self.stream.read(&mut [0])? {
            0 => Ok(()),
            _ => Err("something came behind the Close".into()),
        }
    }
}

/// The server has nothing to say behind its answer before it is asked.
fn read_answer(stream: &mut TcpStream, request: &ClientRequest<'_>) -> Result<(), Failure> {
    let mut scanner = HeadScanner::default();
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while scanner.scan(&bytes[bytes.len().saturating_sub(1)..])?.is_none() {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    ServerResponse::parse(&bytes)?.accepted(request)?;
    Ok(())
}

fn brief(event: &Event<'_>) -> String {
    format!("{event:?}").chars().take(80).collect()
}

const USAGE: &str = "usage: soak [SECONDS], 5 at least";

/// Asks for so many messages of so many bytes, each full of its number.
const FLOOD: &str = "flood";
const PARTS: u8 = 96;
const PART: usize = 64 * 1024;

/// For anything to come. Only a server that has failed needs as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a wave of hostile clients lasts.
const WAVE: Duration = Duration::from_secs(5);

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Frames that RFC 6455 forbids: without a mask, with reserved bits and opcodes, a continuation of nothing, text that is none, a Ping in
/// fragments and one too long, a Close of one byte and one with a code that is never sent, lengths not in their shortest form, and one
/// over every limit.
const INVALID: [&[u8]; 11] = [
    b"\x81\x01a",
    b"\xf1\x80keys",
    b"\x83\x80keys",
    b"\x80\x80keys",
    b"\x81\x81\0\0\0\0\xff",
    b"\x09\x80keys",
    b"\x89\xfe\x00\x7ekeys",
    b"\x88\x81keys\0",
    b"\x88\x82\0\0\0\0\x03\xed",
    b"\x82\xfe\x00\x05keys",
    b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffkeys",
];
