//! Real sockets in states that a script cannot have: urgent data, resets, a full accept queue,
//! signals.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread::{self, JoinHandle},
    time::Duration,
};

use socket2::SockRef;
use ws_server::{Cause, Config, ConnId, Event, Server, Transport, mio};

use crate::{
    over::{Over, Tcp, over_each},
    support::{ANY_PORT, REQUEST},
};

over_each!(
    r17_a_connection_that_is_paused_at_its_last_bytes_and_reset_is_told_of,
    r17_a_request_whose_client_has_reset_is_told_of,
);

/// Masked with zeros: "one", and "two".
const ONE: &[u8] = b"\x81\x83\0\0\0\0one";
const TWO: &[u8] = b"\x81\x83\0\0\0\0two";

fn bound<O: Over>() -> (Server<O::Transport>, SocketAddr) {
    let server = O::server(ANY_PORT, Config::default());
    let address = server.local_addr().unwrap();
    (server, address)
}

/// The events of a turn, with requests accepted; at most a minute of waiting, which a test that
/// works has no need of.
fn turn<T: Transport>(
    server: &mut Server<T>,
    mut see: impl FnMut(&mut Server<T>, ConnId, Event<'_>),
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut turn = server
        .poll(&mut buffer, Some(Duration::from_secs(60)))
        .unwrap();
    while let Some((id, event)) = server.next(&mut turn) {
        if let Event::Request(upgrade) = &event {
            server.accept(id, upgrade.accept()).unwrap();
        }
        see(server, id, event);
    }
}

/// A client whose connection is open.
fn open<O: Over>(server: &mut Server<O::Transport>, address: SocketAddr) -> (O::Stream, ConnId) {
    let asking = ask::<O>(address);
    let mut opened = None;
    while opened.is_none() {
        turn(server, |_, id, event| {
            if let Event::Request(_) = event {
                opened = Some(id);
            }
        });
    }
    server.flush();
    (asking.join().unwrap(), opened.unwrap())
}

/// Connects and sends a request, which over TLS takes a server that answers.
fn ask<O: Over>(address: SocketAddr) -> JoinHandle<O::Stream> {
    thread::spawn(move || {
        let mut client = O::connect(address);
        client.write_all(REQUEST).unwrap();
        client
    })
}

fn r17_a_connection_that_is_paused_at_its_last_bytes_and_reset_is_told_of<O: Over>() {
    let (mut server, address) = bound::<O>();
    let (mut client, id) = open::<O>(&mut server, address);
    client.write_all(ONE).unwrap();
    SockRef::from(O::socket(&client))
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(client);
    let mut seen = Vec::new();
    while server.stats().connections > 0 || seen.len() < 2 {
        turn(&mut server, |server, from, event| {
            assert_eq!(from, id);
            match event {
                Event::Text(_) => {
                    server.pause(id).unwrap();
                    seen.push("text");
                }
                Event::Closed(closed) => {
                    assert!(
                        matches!(closed.cause, Cause::Vanished | Cause::Io(_)),
                        "{closed}"
                    );
                    seen.push("closed");
                }
                other => panic!("{other:?}"),
            }
        });
    }
    assert_eq!(seen, ["text", "closed"]);
}

/// The same while the program decides about the request.
fn r17_a_request_whose_client_has_reset_is_told_of<O: Over>() {
    let config = Config::default().accept_timeout(None);
    let mut server = O::server(ANY_PORT, config);
    let asking = ask::<O>(server.local_addr().unwrap());
    let resetting = thread::spawn(move || {
        SockRef::from(O::socket(&asking.join().unwrap()))
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    });
    let (mut buffer, mut asked, mut closed) = (vec![0; 64 * 1024], 0, 0);
    while server.stats().accepted == 0 || server.stats().connections > 0 {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_secs(60)))
            .unwrap();
        while let Some((_, event)) = server.next(&mut turn) {
            match event {
                Event::Request(_) => asked += 1,
                Event::Closed(_) => closed += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(asked, closed);
    resetting.join().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn r18_urgent_data_between_two_messages_keeps_neither_back() {
    let (mut server, address) = bound::<Tcp>();
    let (mut client, _) = open::<Tcp>(&mut server, address);
    client.write_all(ONE).unwrap();
    SockRef::from(&client).send_out_of_band(b"!").unwrap();
    client.write_all(TWO).unwrap();
    let mut texts = Vec::new();
    // Two reads, and no wait between them.
    while texts.len() < 2 {
        turn(&mut server, |_, _, event| match event {
            Event::Text(text) => texts.push(text.into_owned()),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(texts, ["one", "two"]);
}

/// The descriptors are thrown away, and the bytes are not.
#[cfg(target_os = "linux")]
#[test]
fn r18_descriptors_with_a_message_do_not_keep_the_next_back() {
    use std::os::fd::AsFd;

    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

    let (near, mut far) = std::os::unix::net::UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let mut server = Server::new(Config::default()).unwrap();
    server
        .adopt(mio::net::UnixStream::from_std(near), None)
        .unwrap();
    far.write_all(REQUEST).unwrap();
    let mut opened = false;
    while !opened {
        turn(&mut server, |_, _, _| opened = true);
    }
    turn_at_once(&mut server);
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [far.as_fd()];
    assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)));
    sendmsg(
        &far,
        &[std::io::IoSlice::new(ONE)],
        &mut control,
        SendFlags::empty(),
    )
    .unwrap();
    far.write_all(TWO).unwrap();
    let mut texts = Vec::new();
    while texts.len() < 2 {
        turn(&mut server, |_, _, event| match event {
            Event::Text(text) => texts.push(text.into_owned()),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(texts, ["one", "two"]);
}

/// Some turns that do not wait.
#[cfg(target_os = "linux")]
fn turn_at_once<T: Transport>(server: &mut Server<T>) {
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..3 {
        let mut turn = server.poll(&mut buffer, Some(Duration::ZERO)).unwrap();
        assert!(server.next(&mut turn).is_none());
    }
}

/// Connections in the accept queue are answered when the server stops, and so is half a head.
#[test]
fn r19_connections_that_wait_to_be_accepted_get_a_503_when_the_server_stops() {
    let (mut server, address) = bound::<Tcp>();
    let mut half = TcpStream::connect(address).unwrap();
    half.write_all(&REQUEST[..50]).unwrap();
    while server.stats().bytes_in < 50 {
        turn(&mut server, |_, _, event| panic!("{event:?}"));
    }
    let mut clients = vec![half];
    for _ in 0..20 {
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(REQUEST).unwrap();
        clients.push(client);
    }
    server.stop();
    let readers: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            thread::spawn(move || {
                let mut answer = Vec::new();
                client.read_to_end(&mut answer).unwrap();
                answer
            })
        })
        .collect();
    while !server.is_stopped() {
        turn(&mut server, |_, _, event| panic!("{event:?}"));
    }
    for reader in readers {
        let answer = reader.join().unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.1 503"),
            "{}",
            answer.escape_ascii()
        );
    }
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody is accepted any more"
    );
}

/// The handler is the whole process's: whatever else runs here meanwhile raises no signal either.
#[cfg(unix)]
#[test]
fn r21_writing_to_a_peer_that_is_gone_raises_no_signal() {
    let raised = std::sync::Arc::default();
    signal_hook::flag::register(signal_hook::consts::SIGPIPE, std::sync::Arc::clone(&raised))
        .unwrap();
    for len in [1, 64 * 1024] {
        let (near, mut far) = std::os::unix::net::UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let mut server = Server::new(Config::default()).unwrap();
        let near = mio::net::UnixStream::from_std(near);
        server.adopt(near, None).unwrap();
        far.write_all(REQUEST).unwrap();
        let mut opened = None;
        while opened.is_none() {
            turn(&mut server, |_, id, _| opened = Some(id));
        }
        server.flush();
        drop(far);
        // A short message is copied and sent, a long one is written from where it is.
        server.send_binary(opened.unwrap(), &vec![7; len]).unwrap();
        server.flush();
        let mut closed = 0;
        while closed == 0 {
            turn(&mut server, |_, _, event| {
                assert!(matches!(event, Event::Closed(_)), "{event:?}");
                closed += 1;
            });
        }
    }
    assert!(
        !raised.load(std::sync::atomic::Ordering::Relaxed),
        "SIGPIPE"
    );
}
