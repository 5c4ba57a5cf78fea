//! Taking connections, under pressure.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex},
    time::Duration,
};

use mio::{Interest, Registry, Token, event::Source};
use ws_server::{Config, Event, Listener, Server, mio};

use crate::{
    over::{Over, over_each},
    support::{Client, REQUEST, Running, read_head},
};

over_each!(
    s3_at_the_bound_of_all_new_ones_wait_outside_and_come_in_when_there_is_room,
    s2_r48_at_the_bound_of_pending_ones_a_new_one_displaces_a_silent_one,
    s2_one_address_has_so_many_and_no_more,
    s14_several_servers_share_one_port_and_all_connections_are_served,
);

/// A listener that fails as it is told before it accepts.
struct Failing {
    inner: mio::net::TcpListener,
    faults: Arc<Mutex<Faults>>,
}

#[derive(Default)]
struct Faults {
    errors: VecDeque<io::Error>,
    calls: usize,
}

impl Listener for Failing {
    type Transport = mio::net::TcpStream;

    fn accept(&mut self) -> io::Result<(mio::net::TcpStream, Option<SocketAddr>)> {
        let mut faults = self.faults.lock().expect("no holder panics");
        faults.calls += 1;
        if let Some(error) = faults.errors.pop_front() {
            return Err(error);
        }
        let (stream, address) = self.inner.accept()?;
        Ok((stream, Some(address)))
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.inner.local_addr().ok()
    }
}

impl Source for Failing {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.inner.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.inner.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.inner.deregister(registry)
    }
}

fn failing(errors: impl IntoIterator<Item = i32>) -> (Server, Arc<Mutex<Faults>>) {
    let inner = mio::net::TcpListener::bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a port is free");
    let errors = errors
        .into_iter()
        .map(io::Error::from_raw_os_error)
        .collect();
    let faults = Arc::new(Mutex::new(Faults { errors, calls: 0 }));
    let listener = Failing {
        inner,
        faults: Arc::clone(&faults),
    };
    (
        Server::with_listener(listener, Config::default()).expect("it can be watched"),
        faults,
    )
}

/// Polls until a request comes, at most so often; how often it did.
fn turns_until_request(server: &mut Server, most: usize) -> Option<usize> {
    let mut buffer = vec![0; 64 * 1024];
    for turns in 1..=most {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_secs(1)))
            .expect("polling works");
        while let Some((_, event)) = server.next(&mut turn) {
            if matches!(event, Event::Request(_)) {
                return Some(turns);
            }
        }
    }
    None
}

#[test]
fn v01_c82_c97_when_descriptors_run_out_accepting_pauses_and_does_not_spin() {
    for error in [
        libc_errors::EMFILE,
        libc_errors::ENFILE,
        libc_errors::ENOBUFS,
        libc_errors::ENOMEM,
    ] {
        let (mut server, faults) = failing([error; 3]);
        let mut stream = TcpStream::connect(server.local_addr().expect("it listens"))
            .expect("the backlog takes it");
        stream.write_all(REQUEST).expect("the system buffers");
        let turns = turns_until_request(&mut server, 20).expect("accepting goes on");
        let calls = faults.lock().expect("no holder panics").calls;
        assert!(turns <= 12, "{turns} turns for three pauses");
        assert_eq!(
            (calls, server.stats().accept_pauses),
            (5, 3),
            "one call per pause, the client, and the last"
        );
    }
}

#[test]
fn c97_a_client_that_gave_up_does_not_hold_up_the_next() {
    let (mut server, _) = failing([
        libc_errors::ECONNABORTED,
        libc_errors::EINTR,
        libc_errors::ECONNABORTED,
    ]);
    let mut stream =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("the backlog takes it");
    stream.write_all(REQUEST).expect("the system buffers");
    assert!(turns_until_request(&mut server, 4).is_some());
    assert_eq!(server.stats().accept_pauses, 0);
}

/// accept(2): Linux reports so what became of one connection on its way, or what a firewall says of
/// it.
#[cfg(target_os = "linux")]
#[test]
fn r20_errors_of_single_clients_do_not_pause_accepting() {
    let (eperm, enonet, eproto, enoprotoopt, eopnotsupp) = (1, 64, 71, 92, 95);
    let (enetdown, enetunreach, etimedout, ehostdown, ehostunreach) = (100, 101, 110, 112, 113);
    let errors = [
        [eperm, enonet, eproto, enoprotoopt, eopnotsupp],
        [enetdown, enetunreach, etimedout, ehostdown, ehostunreach],
    ];
    let (mut server, _) = failing(errors.concat().repeat(2));
    let mut stream =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("the backlog takes it");
    stream.write_all(REQUEST).expect("the system buffers");
    assert!(turns_until_request(&mut server, 4).is_some());
    assert_eq!(server.stats().accept_pauses, 0);
}

/// If a whole turn has nothing but such errors, the system is the reason.
#[test]
fn r20_errors_without_end_pause_accepting() {
    let (mut server, faults) = failing([libc_errors::ECONNABORTED; 200]);
    let mut stream =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("the backlog takes it");
    stream.write_all(REQUEST).expect("the system buffers");
    assert!(turns_until_request(&mut server, 12).is_some());
    assert_eq!(server.stats().accept_pauses, 3);
    assert!(faults.lock().expect("no holder panics").errors.is_empty());
}

/// Numbers of Linux and most other systems.
mod libc_errors {
    pub(super) const EINTR: i32 = 4;
    pub(super) const ENOMEM: i32 = 12;
    pub(super) const ENFILE: i32 = 23;
    pub(super) const EMFILE: i32 = 24;
    pub(super) const ECONNABORTED: i32 = 103;
    pub(super) const ENOBUFS: i32 = 105;
}

fn s3_at_the_bound_of_all_new_ones_wait_outside_and_come_in_when_there_is_room<O: Over>() {
    let server = Running::echo::<O>(Config::default().max_connections(2));
    let silent: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(server.address).expect("there is room"))
        .collect();
    let address = server.address;
    let outside = std::thread::spawn(move || Client::<O>::connect(address));
    std::thread::sleep(Duration::from_millis(300));
    assert!(!outside.is_finished(), "nobody answers yet");
    drop(silent);
    drop(outside.join().expect("the server answers"));
    server.stop();
}

/// Those who say nothing keep nobody out.
fn s2_r48_at_the_bound_of_pending_ones_a_new_one_displaces_a_silent_one<O: Over>() {
    let server = Running::echo::<O>(Config::default().max_pending(2));
    let silent: Vec<_> = (0..5)
        .map(|_| TcpStream::connect(server.address).expect("the backlog takes it"))
        .collect();
    let mut asking = O::connect(server.address);
    asking.write_all(REQUEST).expect("the server reads");
    assert!(read_head(&mut asking).starts_with("HTTP/1.1 101 "));
    drop((asking, silent));
    server.stop();
}

fn s2_one_address_has_so_many_and_no_more<O: Over>() {
    let server = Running::echo::<O>(Config::default().max_per_address(2));
    let first = Client::<O>::connect(server.address);
    let second = Client::<O>::connect(server.address);
    let mut third = O::connect(server.address);
    drop(third.write_all(REQUEST));
    assert!(
        !matches!(third.read(&mut [0; 100]), Ok(1..)),
        "it is closed unread"
    );
    let mut client = first;
    client.close(1000);
    assert_eq!(client.receive_close(), Some(1000));
    client.expect_end();
    drop(client);
    // Its place is free once the server has seen the end of its stream.
    let again = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let mut stream = O::connect(server.address);
        drop(stream.write_all(REQUEST));
        matches!(stream.read(&mut [0; 12]), Ok(12))
    });
    assert!(again);
    drop(second);
    server.stop();
}

fn s14_several_servers_share_one_port_and_all_connections_are_served<O: Over>() {
    let config = || Config::default().reuse_port(true);
    let first = Running::echo::<O>(config());
    let second = Running::echo_on::<O>(first.address, config());
    for n in 0..40 {
        let mut client = Client::<O>::connect(first.address);
        client.send_text(&n.to_string());
        assert_eq!(client.receive_text(), n.to_string());
        client.close(1000);
        client.receive_close();
    }
    let count = |events: &[String]| events.iter().filter(|event| *event == "request").count();
    let (one, other) = (count(&first.stop()), count(&second.stop()));
    assert_eq!(one + other, 40);
    assert!(one > 0 && other > 0, "{one} and {other}");
}

#[test]
fn a_unix_domain_socket_serves_as_well() {
    let path = std::env::temp_dir().join(format!("ws-server-test-{}", std::process::id()));
    let mut server = Server::bind_unix(&path, Config::default()).expect("the path is free");
    assert!(server.local_addr().is_err());
    let handle = server.handle();
    let thread = std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while !server.is_stopped() {
            let mut turn = server.poll(&mut buffer, None).expect("polling works");
            while let Some((id, event)) = server.next(&mut turn) {
                match event {
                    Event::Request(upgrade) => {
                        assert_eq!(server.peer_addr(id), None);
                        server.accept(id, upgrade.accept()).expect("it waits");
                    }
                    Event::Text(text) => drop(server.send_text(id, &text)),
                    _ => {}
                }
            }
        }
    });
    let mut stream = UnixStream::connect(&path).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("the option exists");
    stream.write_all(REQUEST).expect("the server reads");
    stream
        .write_all(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")
        .expect("the server reads");
    let mut answer = vec![0; 129 + 7];
    stream.read_exact(&mut answer).expect("the server answers");
    assert!(
        answer.ends_with(b"\r\n\r\n\x81\x05Hello"),
        "{}",
        answer.escape_ascii()
    );
    handle.stop();
    stream
        .write_all(b"\x88\x82\0\0\0\0\x03\xe9")
        .expect("the server reads");
    drop(stream);
    thread.join().expect("the server does not panic");
    std::fs::remove_file(&path).expect("the path is there");
}

#[test]
fn a_listener_that_exists_already_is_taken_over() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let mut server = Server::from_std(listener, Config::default()).expect("it can be watched");
    assert_eq!(server.local_addr().expect("it listens"), address);
    let stream = TcpStream::connect(address).expect("the server listens");
    (&stream).write_all(REQUEST).expect("the system buffers");
    let mut buffer = vec![0; 64 * 1024];
    let mut turn = server.poll(&mut buffer, None).expect("polling works");
    let mut next = server.next(&mut turn);
    while next.is_none() {
        drop(turn);
        turn = server
            .poll(&mut buffer, Some(Duration::from_secs(20)))
            .expect("polling works");
        next = server.next(&mut turn);
    }
    let (id, _) = next.expect("a request");
    assert_eq!(server.peer_addr(id), stream.local_addr().ok());
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let error = Server::bind("127.0.0.1:0", Config::default().max_message_len(0));
    assert_eq!(
        error.expect_err("nothing fits").kind(),
        io::ErrorKind::InvalidInput
    );
}
