//! Many good clients, while bad ones come and go.

use std::{
    io::{Read, Write},
    net::SocketAddr,
    thread,
    time::Duration,
};

use socket2::SockRef;
use ws_server::Config;

use crate::{
    over::{Over, over_each},
    support::{Client, REQUEST, Running, read_head},
};

over_each!(a_thousand_clients_among_bad_ones_lose_nothing);

/// 1,000 clients at once get 100 messages each, or 20 over TLS, and each reply is the right one,
/// while 50 clients of each bad kind come and go. None is lost, and the server ends with no
/// connection left.
fn a_thousand_clients_among_bad_ones_lose_nothing<O: Over>() {
    let limit = rlimit::increase_nofile_limit(8192).expect("the soft limit can be raised");
    assert!(limit >= 4000, "{limit} descriptors are not enough");
    let server = Running::echo::<O>(Config::default());
    let address = server.address;
    thread::scope(|scope| {
        for group in 0..GROUPS {
            scope.spawn(move || good_clients::<O>(address, group));
        }
        let lasting: [fn(&mut O::Stream); 4] = [
            garbage,
            half_a_handshake,
            half_a_frame,
            |_: &mut O::Stream| {},
        ];
        for bad in lasting {
            scope.spawn(move || bad_clients::<O>(address, bad, 10));
        }
        scope.spawn(move || bad_clients::<O>(address, reset::<O>, 0));
    });
    let events = server.stop();
    let count = |wanted: &str| {
        events
            .iter()
            .filter(|event| event.starts_with(wanted))
            .count()
    };
    assert_eq!(count("text"), CLIENTS * messages::<O>());
    assert_eq!(count("closed: closed by the peer, code 1000"), CLIENTS);
    assert_eq!(count("closed"), count("request"));
    assert_eq!(
        count("request"),
        CLIENTS + BAD,
        "only half a frame comes after a whole handshake"
    );
}

fn good_clients<O: Over>(address: SocketAddr, group: usize) {
    let mut clients: Vec<_> = (0..CLIENTS / GROUPS)
        .map(|_| Client::<O>::connect(address))
        .collect();
    for round in 0..messages::<O>() {
        let text = |n: usize| format!("{group}/{n}/{round} {}", "x".repeat(n * round % 300));
        for (n, client) in clients.iter_mut().enumerate() {
            client.send_text(&text(n));
        }
        for (n, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.receive_text(), text(n));
        }
    }
    for mut client in clients {
        client.close(1000);
        assert_eq!(client.receive_close(), Some(1000));
        client.expect_end();
    }
}

/// `stay` of them at a time stay open after what they do.
fn bad_clients<O: Over>(address: SocketAddr, bad: fn(&mut O::Stream), stay: usize) {
    let mut open = Vec::new();
    for _ in 0..BAD {
        let mut stream = O::connect(address);
        bad(&mut stream);
        open.push(stream);
        if open.len() > stay {
            open.clear();
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn garbage(stream: &mut impl Write) {
    // It may be cut off in the midst of it.
    drop(stream.write_all(&[0xa5; 5000]));
}

fn half_a_handshake(stream: &mut impl Write) {
    stream
        .write_all(&REQUEST[..REQUEST.len() / 2])
        .expect("the server reads");
}

fn half_a_frame(stream: &mut (impl Read + Write)) {
    stream.write_all(REQUEST).expect("the server reads");
    stream
        .write_all(b"\x82\xff\0\0\0\0\0\x10\0\0key.half")
        .expect("the server reads");
    read_head(stream);
}

fn reset<O: Over>(stream: &mut O::Stream) {
    SockRef::from(O::socket(stream))
        .set_linger(Some(Duration::ZERO))
        .expect("the option exists");
}

/// For each client. A build without optimisations encrypts slowly.
const fn messages<O: Over>() -> usize {
    if O::IS_SECURE { 20 } else { 100 }
}

const CLIENTS: usize = 1000;
const GROUPS: usize = 8;
/// Of each kind.
const BAD: usize = 50;
