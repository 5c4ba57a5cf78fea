//! Many connections: half a minute of work, 2 GB of memory, and figures that only an optimised
//! build has, so it is asked for, by `.ci/run` too:
//!
//! ```text
//! cargo test --release -p ws-server --features rustls --test heavy -- \
//!     --ignored --test-threads=1 --nocapture
//! ```
//!
//! The server runs in a process of its own, this program again, so that its memory and descriptors
//! are its own, and each process has its own limit of descriptors. Counts scale to that limit, and
//! are printed.

// Reads /proc.
#![cfg(target_os = "linux")]

#[cfg(feature = "rustls")]
mod half;
mod process;
#[cfg(feature = "rustls")]
mod tls;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use self::process::{Process, ROLE};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use ws_server::{Config, ConnId, Delivery, Event, Message, Prepared, SendError, Server};

/// C-88: memory and descriptors stay as they are.
#[test]
#[ignore = "takes some seconds"]
fn c88_connect_upgrade_close_200000_times() {
    let server = Process::start("echo");
    let rounds = 200_000;
    cycle(server.address, rounds / 10);
    server.wait_until("connections: 0,", Duration::from_secs(20));
    let (memory, descriptors) = (server.memory(), server.descriptors());
    cycle(server.address, rounds - rounds / 10);
    server.wait_until("connections: 0,", Duration::from_secs(20));
    println!(
        "{rounds} connections: {memory} KiB and {descriptors} descriptors, then {} KiB and {}",
        server.memory(),
        server.descriptors()
    );
    assert!(
        server.memory() <= memory + memory / 20 + 256,
        "{} KiB, after {memory}",
        server.memory()
    );
    assert_eq!(server.descriptors(), descriptors);
    assert!(
        server.stats().contains(&format!("upgraded: {rounds}")),
        "{}",
        server.stats()
    );
}

fn cycle(address: SocketAddr, rounds: usize) {
    let left = AtomicUsize::new(rounds);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok()
                {
                    let mut stream = open(address);
                    stream
                        .write_all(b"\x88\x82\0\0\0\0\x03\xe8")
                        .expect("the server reads");
                    let mut answer = Vec::new();
                    stream
                        .read_to_end(&mut answer)
                        .expect("the server ends the stream");
                    assert_eq!(answer, b"\x88\x02\x03\xe8");
                }
            });
        }
    });
}

/// C-82: connections without a byte, in waves; whoever is connected is served all the while.
#[test]
#[ignore = "takes some seconds"]
fn c82_100000_connects_without_a_byte() {
    let server = Process::start("hasty");
    let wave = most_descriptors().min(10_000);
    let mut good = open(server.address);
    let (mut opened, mut echoes) = (0, 0);
    let memory = server.memory();
    while opened < 100_000 {
        let streams: Vec<_> = (0..wave)
            .map_while(|_| connect_quickly(server.address))
            .collect();
        opened += streams.len();
        for _ in 0..10 {
            echo(&mut good);
            echoes += 1;
        }
    }
    server.wait_until("pending: 0", Duration::from_secs(60));
    println!(
        "{opened} connections in waves of {wave}, {echoes} echoes: {memory} KiB, then {}",
        server.memory()
    );
    echo(&mut good);
    assert!(server.stats().contains("open: 1"), "{}", server.stats());
    assert!(server.memory() <= memory + 8 * 1024);
}

/// An address of its own for each few thousand, so that ports do not run out.
fn connect_quickly(address: SocketAddr) -> Option<TcpStream> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let octet = NEXT.fetch_add(1, Ordering::Relaxed) / 5000 % 200 + 2;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).ok()?;
    socket
        .bind(&SocketAddr::from(([127, 0, 0, u8::try_from(octet).ok()?], 0)).into())
        .ok()?;
    // Nothing of it shall stay when it is dropped.
    socket.set_linger(Some(Duration::ZERO)).ok()?;
    socket
        .connect_timeout(&address.into(), Duration::from_secs(20))
        .ok()?;
    Some(socket.into())
}

/// Resident memory of an idle connection.
#[test]
#[ignore = "takes some seconds"]
fn v08_an_idle_connection_takes_at_most_240_bytes_of_resident_memory() {
    let server = Process::start("echo");
    let count = most_descriptors().saturating_sub(1100).min(10_000);
    let mut clients: Vec<_> = (0..1000).map(|_| open(server.address)).collect();
    let before = server.memory();
    clients.extend((0..count).map(|_| open(server.address)));
    let each = (server.memory() - before) * 1024 / count;
    println!("{each} bytes of resident memory for each of {count} idle connections");
    assert!(each <= 240, "{each} bytes");
    for client in &mut clients {
        echo(client);
    }
    let each = (server.memory() - before) * 1024 / count;
    println!("{each} bytes after all of them have talked");
    assert!(each <= 240, "{each} bytes");
}

/// Resident memory of an idle connection over TLS. Its clients are in this process.
#[cfg(feature = "rustls")]
#[test]
#[ignore = "takes some seconds"]
fn l61_an_idle_tls_connection_takes_at_most_5_kib_of_resident_memory() {
    let server = Process::start("tls");
    let count = most_descriptors().saturating_sub(1100).min(10_000);
    let mut clients: Vec<_> = (0..1000).map(|_| tls::open(server.address)).collect();
    let before = server.memory();
    clients.extend((0..count).map(|_| tls::open(server.address)));
    let each = (server.memory() - before) * 1024 / count;
    println!("{each} bytes of resident memory for each of {count} idle connections over TLS");
    assert!(each <= 5 * 1024, "{each} bytes");
    for client in &mut clients {
        tls::echo(client);
    }
    let each = (server.memory() - before) * 1024 / count;
    println!("{each} bytes after all of them have talked");
    assert!(each <= 5 * 1024, "{each} bytes");
}

/// C-78: one who does not read, among 10,000.
#[test]
#[ignore = "takes some seconds"]
fn c78_one_slow_among_10000_subscribers() {
    let server = Process::start("subscribe");
    let count = most_descriptors().min(10_000);
    let mut clients: Vec<_> = (0..count).map(|_| open(server.address)).collect();
    let mut slow = clients.pop().expect("there are many");
    // Some segments of the loopback's: with less room, the system waits before each.
    SockRef::from(&slow)
        .set_recv_buffer_size(256 * 1024)
        .expect("the option exists");
    // Whoever sends a text has a hundred messages of 64 KiB published that nobody else gets.
    slow.write_all(b"\x81\x80\0\0\0\0")
        .expect("the server reads");
    server.wait_until("messages_in: 1,", Duration::from_secs(20));
    let before = server.memory();
    for _ in 0..40 {
        // Whoever sends bytes has a message of 4 KiB published to all.
        clients[0]
            .write_all(b"\x82\x80\0\0\0\0")
            .expect("the server reads");
        for client in &mut clients {
            expect_news(client);
        }
    }
    let (stats, after) = (server.stats(), server.memory());
    println!(
        "40 messages of 4 KiB to {} and to one who does not read: {before} KiB, then {after} KiB",
        clients.len()
    );
    assert!(after <= before + 16 * 1024, "{after} KiB, after {before}");
    assert!(
        !stats.contains("queued_bytes: 0,"),
        "nothing waits for the slow one: {stats}"
    );
    let mut all = vec![0; 100 * (10 + 64 * 1024) + 40 * (4 + 4096)];
    slow.read_exact(&mut all).expect("the server goes on");
    server.wait_until("queued_bytes: 0,", Duration::from_secs(20));
}

fn expect_news(client: &mut TcpStream) {
    let mut news = [0; 4 + 4096];
    client.read_exact(&mut news).expect("the server publishes");
    assert!(news.starts_with(&[0x82, 126, 0x10, 0]) && news[4..].iter().all(|byte| *byte == b'n'));
}

/// C-64: a million pings by a peer that reads nothing.
#[test]
#[ignore = "takes some seconds"]
fn c64_a_million_pings_without_reading() {
    let server = Process::start("echo");
    let mut client = open(server.address);
    let mut pings = vec![0_u8; 131 * 1000];
    for ping in pings.chunks_exact_mut(131) {
        ping[..2].copy_from_slice(&[0x89, 0xfd]);
    }
    client.write_all(&pings).expect("the server reads");
    let memory = server.memory();
    for _ in 0..999 {
        client.write_all(&pings).expect("the server reads");
    }
    println!(
        "1,000,000 pings: {memory} KiB, then {} KiB",
        server.memory()
    );
    assert!(server.memory() <= memory + 512);
    let mut other = open(server.address);
    echo(&mut other);
}

/// C-86: a backlog of 1 GB in total, drained: the heap is as it was.
#[test]
#[ignore = "takes some seconds and more than 2 GB of memory"]
fn c86_a_gigabyte_of_backlog_is_given_back() {
    let config = Config::default()
        .max_queued_total(2 << 30)
        .max_queued(64 << 20)
        .write_timeout(None)
        .idle_timeout(None);
    let mut server = Server::bind("127.0.0.1:0", config).expect("a port is free");
    let mut buffer = vec![0; 64 * 1024];
    let (clients, ids) = open_silent(&mut server, &mut buffer, 32);
    let info = allocation_counter::measure(|| {
        fill(&mut server, &ids);
        let queued = server.stats().queued_bytes;
        println!("{queued} bytes are queued");
        assert!(queued > 1 << 30);
        let readers: Vec<_> = clients
            .into_iter()
            .map(|client| thread::spawn(|| read_quietly(client)))
            .collect();
        while server.stats().queued_bytes > 0 {
            let mut turn = server.poll(&mut buffer, None).expect("polling works");
            while server.next(&mut turn).is_some() {}
        }
        for id in &ids {
            server.abort(*id).expect("it is open");
        }
        for reader in readers {
            reader.join().expect("a reader does not panic");
        }
    });
    println!(
        "at most {} bytes of heap, and {} afterwards",
        info.bytes_max, info.bytes_current
    );
    assert!(
        info.bytes_current < 4 << 20,
        "{} bytes stay",
        info.bytes_current
    );
}

/// Opens connections of clients that read nothing.
fn open_silent(
    server: &mut Server,
    buffer: &mut [u8],
    count: usize,
) -> (Vec<TcpStream>, Vec<ConnId>) {
    let address = server.local_addr().expect("it listens");
    let connect = |_| {
        let mut stream = TcpStream::connect(address).expect("the backlog takes it");
        stream.write_all(REQUEST).expect("the system buffers");
        stream
    };
    let clients: Vec<_> = (0..count).map(connect).collect();
    let mut ids = Vec::new();
    while ids.len() < count {
        let mut turn = server.poll(buffer, None).expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Request(upgrade) = event {
                server.accept(id, upgrade.accept()).expect("it waits");
                ids.push(id);
            }
        }
    }
    server.flush();
    (clients, ids)
}

/// Sends to each connection until its queue is full.
fn fill(server: &mut Server, ids: &[ConnId]) {
    let chunk = vec![7; 1 << 20];
    let mut full = 0;
    while full < ids.len() {
        full = ids
            .iter()
            .filter(|id| server.send_binary(**id, &chunk) == Err(SendError::Full))
            .count();
    }
}

fn read_quietly(mut stream: TcpStream) {
    let mut buffer = vec![0; 1 << 20];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

fn open(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("the option exists");
    stream.set_nodelay(true).expect("the option exists");
    stream.write_all(REQUEST).expect("the server reads");
    let mut head = [0; 129];
    stream.read_exact(&mut head).expect("the server answers");
    assert!(head.starts_with(b"HTTP/1.1 101 ") && head.ends_with(b"\r\n\r\n"));
    stream
}

fn echo(stream: &mut TcpStream) {
    stream
        .write_all(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")
        .expect("the server reads");
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).expect("the server answers");
    assert_eq!(&answer, b"\x81\x05Hello");
}

/// The number of descriptors that a process may have, but for a few: 18,000 at most.
fn most_descriptors() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("the soft limit can be raised");
    let most = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_sub(500)
        .min(18_000);
    println!("{limit} descriptors: at most {most} connections at once");
    most
}

/// Not a test: the server's process.
#[test]
#[ignore = "is the server of the others"]
fn the_server() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    rlimit::increase_nofile_limit(u64::MAX).expect("the soft limit can be raised");
    let config = match role.as_str() {
        "hasty" => Config::default().head_timeout(Duration::from_millis(500)),
        // However slow the machine is: this is about a peer that is slow, not about one that is
        // gone.
        "subscribe" => Config::default().write_timeout(None),
        _ => Config::default(),
    };
    let address = "127.0.0.1:0";
    #[cfg(feature = "rustls")]
    let start = std::time::Instant::now();
    #[cfg(feature = "rustls")]
    let config = if role == "half" {
        // No time passes but by the test's word.
        let clock = move || start + Duration::from_secs(LATER.load(Ordering::Relaxed));
        let pending = u32::try_from(HALF_PENDING).expect("it is small");
        config.clock(clock).max_pending(pending)
    } else {
        config
    };
    #[cfg(feature = "rustls")]
    if role == "tls" || role == "half" {
        return run(
            &role,
            Server::bind_tls(address, &tls::server(), config).expect("a port is free"),
        );
    }
    run(
        &role,
        Server::bind(address, config).expect("a port is free"),
    );
}

fn run<T: ws_server::Transport>(role: &str, mut server: Server<T>) {
    println!("listens on {}", server.local_addr().expect("it listens"));
    let (asked, ask) = std::sync::mpsc::channel();
    let handle = server.handle();
    thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            drop(asked.send(line));
            handle.wake();
        }
    });
    let news = Prepared::new(Message::Binary(&[b'n'; 4096]));
    let flood = Prepared::new(Message::Binary(&vec![b'f'; 64 * 1024]));
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let mut turn = server.poll(&mut buffer, None).expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            match event {
                Event::Request(upgrade) => {
                    server.accept(id, upgrade.accept()).expect("it waits");
                    if role == "subscribe" {
                        server.subscribe(id, "news").expect("there is room");
                    }
                }
                Event::Text(_) if role == "subscribe" => {
                    server.subscribe(id, "flood").expect("there is room");
                    for _ in 0..100 {
                        assert_eq!(server.publish("flood", &flood).dropped, 0);
                    }
                }
                Event::Text(text) => {
                    assert!(matches!(server.send_text(id, &text), Ok(Delivery::Queued)));
                }
                Event::Binary(_) => drop(server.publish("news", &news)),
                _ => {}
            }
        }
        while let Ok(line) = ask.try_recv() {
            match &line[..] {
                "stats" => println!("stats {:?}", server.stats()),
                "later" => {
                    LATER.fetch_add(11, Ordering::Relaxed);
                }
                line => assert_eq!(line, "stats or later"),
            }
        }
    }
}

/// Seconds that have passed for a server without another clock: at each step, more than its head
/// timeout and less than an idle timeout.
static LATER: AtomicU64 = AtomicU64::new(0);

/// The most pending connections of the server of half handshakes.
#[cfg(feature = "rustls")]
const HALF_PENDING: usize = 8192;

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
