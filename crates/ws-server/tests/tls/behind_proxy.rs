//! The PROXY protocol, plain and in front of TLS.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use ws_server::{Config, Event, ProxyListener, Server, TcpListener, TlsAcceptor, Transport};

use crate::{
    pki::{Pki, Version, client},
    support::{Client, REQUEST, Running},
};

const V1: &[u8] = b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x0a\0\0\x01\xdc\x04\x01\xbb";

fn behind(hops: &[&str], config: &Config) -> ProxyListener<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0", config).expect("a port is free");
    ProxyListener::new(listener, hops).expect("they are networks")
}

/// Feeds pieces to a server, and gives the address it had for the request, or what it answered.
fn ask(hops: &[&str], pieces: &[&[u8]]) -> Result<Option<SocketAddr>, Vec<u8>> {
    let config = Config::default();
    let mut server = Server::with_listener(behind(hops, &config), config).expect("it is in order");
    let mut socket =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("it listens");
    let mut buffer = vec![0; 64 * 1024];
    let mut found = None;
    let mut turns = |server: &mut Server<_>, found: &mut Option<_>| {
        for _ in 0..5 {
            let mut turn = server
                .poll(&mut buffer, Some(Duration::from_millis(2)))
                .expect("polling works");
            while let Some((id, event)) = server.next(&mut turn) {
                if let Event::Request(upgrade) = event {
                    *found = Some(server.peer_addr(id));
                    server.accept(id, upgrade.accept()).expect("it waits");
                }
            }
        }
    };
    for piece in pieces {
        drop(socket.write_all(piece));
        turns(&mut server, &mut found);
    }
    found.ok_or_else(|| {
        let mut answer = Vec::new();
        socket.shutdown(std::net::Shutdown::Write).ok();
        turns(&mut server, &mut None);
        drop(server);
        drop(socket.read_to_end(&mut answer));
        answer
    })
}

#[test]
fn l43_a_listed_proxy_names_the_client() {
    let named = Ok(Some("203.0.113.7:56324".parse().expect("an address")));
    for header in [V1, V2] {
        let together = [header, REQUEST].concat();
        assert_eq!(ask(&["127.0.0.0/8"], &[&together]), named);
        for cut in [1, 6, 13, header.len() - 1, header.len(), header.len() + 1] {
            assert_eq!(
                ask(&["127.0.0.1"], &[&together[..cut], &together[cut..]]),
                named,
                "{cut}"
            );
        }
    }
    let own = ask(&["127.0.0.1"], &[b"PROXY UNKNOWN\r\n", REQUEST])
        .expect("a health check of the proxy's");
    assert!(
        own.is_some_and(|address| address.ip().is_loopback()),
        "{own:?}"
    );
}

#[test]
fn l44_anything_else_from_a_listed_proxy_is_closed_unanswered() {
    for pieces in [
        &[REQUEST][..],
        &[b"PROXY TCP4 1.2.3.4\r\n", REQUEST],
        &[b"\r\n\r\n\0\r\nQUIT\n\x11", REQUEST],
    ] {
        assert_eq!(ask(&["127.0.0.1"], pieces), Err(Vec::new()));
    }
}

#[test]
fn l45_a_header_from_elsewhere_is_a_malformed_request() {
    for header in [V1, V2] {
        let answer =
            ask(&["10.0.0.0/8", "::1"], &[&[header, REQUEST].concat()]).expect_err("it is refused");
        assert!(
            answer.starts_with(b"HTTP/1.1 400 "),
            "{}",
            answer.escape_ascii()
        );
    }
    let direct = ask(&["10.0.0.0/8"], &[REQUEST]).expect("it is a client like any other");
    assert!(direct.is_some_and(|address| address.ip().is_loopback()));
}

#[test]
fn l46_the_named_address_is_the_one_that_is_limited() {
    let config = Config::default().max_per_address(Some(2));
    let mut server =
        Server::with_listener(behind(&["127.0.0.1"], &config), config).expect("it is in order");
    let address = server.local_addr().expect("it listens");
    let mut buffer = vec![0; 64 * 1024];
    let mut clients = Vec::new();
    for n in [1, 1, 1, 2, 2] {
        let mut socket = TcpStream::connect(address).expect("it listens");
        let header = format!("PROXY TCP4 203.0.113.{n} 10.0.0.1 5 443\r\n");
        socket
            .write_all(&[header.as_bytes(), REQUEST].concat())
            .expect("the server reads");
        clients.push(socket);
    }
    for _ in 0..20 {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_millis(2)))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Request(upgrade) = event {
                server.accept(id, upgrade.accept()).expect("it waits");
            }
        }
    }
    assert_eq!(
        (server.stats().open, server.stats().refused_addresses),
        (4, 1)
    );
    drop(clients);
}

#[test]
fn l47_the_header_comes_before_the_hello() {
    let pki = Pki::new();
    let config = Config::default();
    let acceptor = TlsAcceptor::new(&Arc::new(pki.server("localhost", false))).expect("it suits");
    let server = Server::with_tls_listener(behind(&["127.0.0.1"], &config), &acceptor, config)
        .expect("it is in order");
    let server = Running::run(server);
    for header in [V1, V2] {
        let mut socket = TcpStream::connect(server.address).expect("it listens");
        socket.write_all(header).expect("the server reads");
        let tls = client(pki.client(Version::Tls13), "localhost");
        let mut client = Client::over(socket, tls).expect("the handshakes succeed");
        client.echo("hello");
        client.close();
    }
    // A hello without a header is refused by the layer below.
    assert!(
        Client::try_connect(
            server.address,
            client(pki.client(Version::Tls13), "localhost")
        )
        .is_err()
    );
    let (_, stats) = server.stop();
    assert_eq!((stats.tls.completed, stats.tls.cut), (2, 1));
    assert_eq!(acceptor.stats(), stats.tls);
}

#[test]
fn l48_a_layer_over_another_keeps_its_answers() {
    let config = Config::default();
    let mut server =
        Server::with_listener(behind(&["127.0.0.1"], &config), config).expect("it is in order");
    let mut socket =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("it listens");
    socket
        .write_all(&[V1, REQUEST].concat())
        .expect("the server reads");
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let mut turn = server.poll(&mut buffer, None).expect("polling works");
        if let Some((id, Event::Request(_))) = server.next(&mut turn) {
            let stream = server.transport(id).expect("it waits");
            assert!(!stream.is_secure() && stream.get_ref().peer_addr().is_ok());
            return;
        }
    }
}
