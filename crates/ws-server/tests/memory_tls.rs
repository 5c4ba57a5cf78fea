//! Heap of an idle connection over TLS. A program of its own: nothing else allocates meanwhile.

#![cfg(all(unix, feature = "rustls"))]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned, crypto::ring,
    pki_types::PrivateKeyDer,
};
use ws_server::{Config, Event, Server, TlsStream};

#[test]
fn l60_an_idle_tls_connection_holds_at_most_4_kib_of_heap() {
    rlimit::increase_nofile_limit(16_384).expect("the soft limit can be raised");
    let (tls, trusting) = configurations();
    let address = "127.0.0.1:0";
    let mut server = Server::bind_tls(address, &tls, Config::default()).expect("a port is free");
    let address = server.local_addr().expect("it listens");
    let mut buffer = vec![0; 64 * 1024];
    // The first few pay for what all share.
    let mut clients = open(&mut server, &mut buffer, address, &trusting, 64);
    for _ in 0..4 {
        let mut more = Vec::new();
        let info = allocation_counter::measure(|| {
            more = open(&mut server, &mut buffer, address, &trusting, STEP);
        });
        clients.extend(more);
        let each = info.bytes_current / i64::try_from(STEP).expect("it is small");
        println!("{each} bytes of heap for each of {STEP} more connections over TLS");
        assert!(
            (1000..=4096).contains(&each),
            "{each} bytes of heap for each idle connection"
        );
    }
    assert_eq!(server.stats().tls.completed, u64::from(server.stats().open));
    // They talk, and are idle again: that leaves nothing behind.
    let wanted = clients.len();
    let info = allocation_counter::measure(|| talk(&mut server, &mut buffer, clients));
    let each = info.bytes_current / i64::try_from(wanted).expect("it is small");
    println!("{each} bytes more after each has talked");
    assert!(each < 256, "{each} bytes stay for each");
}

/// Echoes one message of each client, then drops the clients.
fn talk(server: &mut Server<TlsStream>, buffer: &mut [u8], mut clients: Vec<Client>) {
    let wanted = clients.len();
    let talking = thread::spawn(move || {
        for client in &mut clients {
            client.write_all(HELLO).expect("the server reads");
            let mut answer = [0; 7];
            client.read_exact(&mut answer).expect("the server answers");
            assert_eq!(&answer, b"\x81\x05Hello");
        }
        clients
    });
    let mut seen = 0;
    while seen < wanted || server.stats().queued_bytes > 0 {
        let mut turn = server
            .poll(buffer, Some(Duration::from_secs(20)))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Text(text) = event {
                server.send_text(id, &text).expect("there is room");
                seen += 1;
            }
        }
    }
    server.flush();
    drop(talking.join().expect("the clients do not panic"));
}

type Client = StreamOwned<ClientConnection, TcpStream>;

/// Opens connections from another thread, whose allocations are not counted.
fn open(
    server: &mut Server<TlsStream>,
    buffer: &mut [u8],
    address: SocketAddr,
    trusting: &Arc<ClientConfig>,
    count: usize,
) -> Vec<Client> {
    let trusting = Arc::clone(trusting);
    let connecting =
        thread::spawn(move || (0..count).map(|_| connect(address, &trusting)).collect());
    let wanted = server.stats().upgraded + count as u64;
    while server.stats().upgraded < wanted || server.stats().queued_bytes > 0 {
        let mut turn = server
            .poll(buffer, Some(Duration::from_secs(20)))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Request(upgrade) = event {
                server.accept(id, upgrade.accept()).expect("it waits");
            }
        }
    }
    server.flush();
    connecting.join().expect("the clients do not panic")
}

fn connect(address: SocketAddr, trusting: &Arc<ClientConfig>) -> Client {
    let name = "localhost".try_into().expect("a name");
    let tls = ClientConnection::new(Arc::clone(trusting), name).expect("it is in order");
    let socket = TcpStream::connect(address).expect("the backlog takes it");
    let mut stream = StreamOwned::new(tls, socket);
    stream.write_all(REQUEST).expect("the handshake succeeds");
    let mut head = [0; 129];
    stream.read_exact(&mut head).expect("the server answers");
    assert!(head.ends_with(b"\r\n\r\n"));
    stream
}

fn configurations() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("they fit");
    server.ticketer = ring::Ticketer::new().expect("the system has randomness");
    server.send_tls13_tickets = 1;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a root");
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Full handshakes: a resumed session holds less.
    client.resumption = rustls::client::Resumption::disabled();
    (Arc::new(server), Arc::new(client))
}

const STEP: usize = 250;
const HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
