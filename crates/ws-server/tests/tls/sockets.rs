//! TLS over real sockets.

use std::{io::Write, net::TcpStream, thread};

use ws_server::Config;

use crate::support::{Client, Pki, Running, VERSIONS, Version, client};

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
    let mut server =
        ws_server::Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
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
