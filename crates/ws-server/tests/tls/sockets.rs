//! TLS over real sockets.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::StreamOwned;
use ws_server::{Config, Server};

use crate::{
    pki::{Pki, VERSIONS, Version, client},
    support::{Client, REQUEST, Running},
};

#[test]
fn l50_messages_of_all_sizes_come_back_whole() {
    let pki = Pki::new();
    for version in VERSIONS {
        let server = Running::start(pki.server("localhost", false), Config::default());
        let mut client = Client::connect(server.address, client(pki.client(version), "localhost"));
        for size in [0, 1, 125, 126, 16_000, 16_384, 65_536, 1 << 20, 16 << 20] {
            let payload: Vec<u8> = (0..size)
                .map(|n: usize| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
                .collect();
            // The whole of it is written before an answer is read: the server takes it, and keeps
            // the answer.
            client.send_binary(&payload);
            assert!(
                client.receive().as_ref() == Some(&payload),
                "{size} bytes, {version:?}"
            );
        }
        client.close();
        let (seen, stats) = server.stop();
        assert_eq!(seen.last().map(String::as_str), Some("Peer 1000"));
        assert_eq!((stats.queued_bytes, stats.tls.completed), (0, 1));
    }
}

#[test]
fn l51_two_hundred_clients_at_once() {
    let pki = Pki::new();
    let server = Running::start(pki.server("localhost", false), Config::default());
    let address = server.address;
    thread::scope(|scope| {
        for group in 0..8 {
            let config = pki.client(if group % 2 == 0 {
                Version::Tls12
            } else {
                Version::Tls13
            });
            scope.spawn(move || {
                let connect = |_| Client::connect(address, client(config.clone(), "localhost"));
                let mut clients: Vec<_> = (0..25).map(connect).collect();
                for round in 0..10 {
                    for (n, client) in clients.iter_mut().enumerate() {
                        client.echo(&format!("{group} {round} {n} {}", "x".repeat(n * 100)));
                    }
                }
                for client in &mut clients {
                    client.close();
                }
            });
        }
    });
    let (seen, stats) = server.stop();
    assert_eq!(seen.iter().filter(|line| *line == "Peer 1000").count(), 200);
    assert_eq!(stats.tls.completed, 200);
}

/// TLS on a plain port is a malformed request there, and nobody else is disturbed.
#[test]
fn l52_a_hello_on_the_plain_port_is_refused() {
    let mut server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
    let mut socket =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("it listens");
    let mut hello = Vec::new();
    client(Pki::new().client(Version::Tls13), "localhost")
        .write_tls(&mut hello)
        .expect("memory");
    socket.write_all(&hello).expect("the server reads");
    let mut buffer = vec![0; 64 * 1024];
    while server.stats().refused_requests == 0 {
        let mut turn = server.poll(&mut buffer, None).expect("polling works");
        assert!(server.next(&mut turn).is_none());
    }
    assert_eq!(server.stats().open, 0);
}

/// A client that waits to be accepted gets its 503 behind the TLS handshake. One that never makes
/// the handshake does not hold the server up.
#[test]
fn r19_who_waits_to_be_accepted_gets_a_503_when_the_server_stops() {
    let pki = Pki::new();
    let tls = Arc::new(pki.server("localhost", false));
    let config = Config::default().close_timeout(Duration::from_secs(5));
    let mut server = Server::bind_tls("127.0.0.1:0", &tls, config).expect("a port is free");
    let address = server.local_addr().expect("it listens");
    let connect = || TcpStream::connect(address).expect("the backlog takes it");
    let silent = connect();
    let readers: Vec<_> = (0..5)
        .map(|_| {
            let (socket, tls) = (connect(), client(pki.client(Version::Tls13), "localhost"));
            thread::spawn(move || {
                let mut stream = StreamOwned::new(tls, socket);
                let mut answer = Vec::new();
                stream.write_all(REQUEST).expect("the server reads");
                stream.read_to_end(&mut answer).expect("it ends in order");
                answer
            })
        })
        .collect();
    server.stop();
    let mut buffer = vec![0; 64 * 1024];
    while !server.is_stopped() {
        let mut turn = server.poll(&mut buffer, None).expect("polling works");
        assert!(server.next(&mut turn).is_none());
    }
    for reader in readers {
        let answer = reader.join().expect("it does not panic");
        assert!(
            answer.starts_with(b"HTTP/1.1 503 "),
            "{}",
            answer.escape_ascii()
        );
    }
    drop(silent);
}
