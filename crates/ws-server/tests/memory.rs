//! Heap of an idle connection. A program of its own: nothing else allocates meanwhile.

// Raises the limit of descriptors.
#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use ws_server::{Config, Event, Server};

/// At most 220 bytes of heap for an idle upgraded connection, with everything that the server keeps
/// beside it.
#[test]
fn v08_an_idle_connection_holds_at_most_220_bytes_of_heap() {
    rlimit::increase_nofile_limit(16_384).expect("the soft limit can be raised");
    let mut server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
    let address = server.local_addr().expect("it listens");
    let mut buffer = vec![0; 64 * 1024];
    // The first few pay for what all share.
    let mut clients = connect(address, 64);
    serve(&mut server, &mut buffer, 64);
    let mut previous = 0;
    for _ in 0..4 {
        clients.extend(connect(address, STEP));
        let info = allocation_counter::measure(|| serve(&mut server, &mut buffer, STEP));
        let each = info.bytes_current / i64::try_from(STEP).expect("it is small");
        println!("{each} bytes of heap for each of {STEP} more connections");
        assert!(each <= 220, "{each} bytes of heap for each idle connection");
        previous += STEP;
    }
    assert_eq!(server.stats().open as usize, previous + 64);
    // They talk, and are idle again: that leaves nothing behind.
    let info = allocation_counter::measure(|| {
        for client in &mut clients {
            client
                .write_all(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")
                .expect("the server reads");
        }
        serve_texts(&mut server, &mut buffer, clients.len());
    });
    // But for the few buffers that are kept for all.
    assert!(
        info.bytes_current < 32 * 1024,
        "{} bytes stay",
        info.bytes_current
    );
    let mut answer = [0; 129 + 7];
    clients[0]
        .read_exact(&mut answer)
        .expect("the server answers");
    assert!(answer.ends_with(b"\r\n\r\n\x81\x05Hello"));
}

/// Statistics cost no memory.
#[test]
fn the_counters_are_read_without_an_allocation() {
    let server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
    let info = allocation_counter::measure(|| {
        for _ in 0..1000 {
            assert_eq!(server.stats().connections, 0);
        }
    });
    assert_eq!(info.count_total, 0);
}

/// A header that claims all that is allowed, and a megabyte in fragments of one byte: memory
/// follows the bytes that came.
#[test]
fn c70_c72_a_message_holds_what_came_of_it_and_not_what_was_claimed() {
    let mut server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
    let mut buffer = vec![0; 64 * 1024];
    let address = server.local_addr().expect("it listens");
    let mut clients = connect(address, 2);
    serve(&mut server, &mut buffer, 2);
    let claim = b"\x82\xff\0\0\0\0\x01\0\0\0keysfour";
    let fragments = [b"\x02\x81keys?".to_vec(), b"\0\x81keys?".repeat(130_999)].concat();
    for (client, (sent, most)) in clients
        .iter_mut()
        // Four times what has come plus 4 KiB, and what the connection itself keeps meanwhile.
        .zip([(&claim[..], 4096 + 1536), (&fragments, 300_000)])
    {
        let mut client = client.try_clone().expect("descriptors are left");
        let wanted = server.stats().bytes_in + sent.len() as u64;
        let sent = sent.to_vec();
        let writer = std::thread::spawn(move || client.write_all(&sent).expect("the server reads"));
        let info = allocation_counter::measure(|| {
            while server.stats().bytes_in < wanted {
                let mut turn = server.poll(&mut buffer, None).expect("polling works");
                assert!(server.next(&mut turn).is_none());
            }
        });
        writer.join().expect("it does not panic");
        println!("{wanted} bytes in: at most {} of heap", info.bytes_max);
        assert!(info.bytes_max <= most, "{} bytes", info.bytes_max);
    }
}

/// A program that did not poll for long, while its clients sent all that the system takes: what
/// waited is read through one buffer.
#[test]
fn c87_bytes_that_waited_for_a_poll_take_no_memory() {
    let mut server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
    let mut buffer = vec![0; 64 * 1024];
    let address = server.local_addr().expect("it listens");
    let mut clients = connect(address, 8);
    serve(&mut server, &mut buffer, clients.len());
    let frame = [&b"\x82\xfe\x04\x00keys"[..], &[7; 1024]].concat();
    let waiting: usize = clients.iter_mut().map(|client| fill(client, &frame)).sum();
    assert!(waiting > 1024 * 1024, "the system took {waiting} bytes");
    let wanted = server.stats().bytes_in + waiting as u64;
    let info = allocation_counter::measure(|| {
        while server.stats().bytes_in < wanted {
            let mut turn = server.poll(&mut buffer, None).expect("polling works");
            while let Some((_, event)) = server.next(&mut turn) {
                assert!(matches!(event, Event::Binary(_)), "{event:?}");
            }
        }
    });
    println!("{waiting} bytes waited: at most {} of heap", info.bytes_max);
    // A message is cut at the end of a read now and then.
    assert!(info.bytes_max <= 8 * 1024 * 4, "{} bytes", info.bytes_max);
}

/// Sends one frame after the other until the system takes no more; says how many bytes it took.
fn fill(client: &mut TcpStream, frame: &[u8]) -> usize {
    client.set_nonblocking(true).expect("a socket");
    let mut taken = 0;
    while let Ok(len) = client.write(&frame[taken % frame.len()..]) {
        taken += len;
    }
    taken
}

const STEP: usize = 1000;

fn connect(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let connect = |_| {
        let mut stream = TcpStream::connect(address).expect("the backlog takes it");
        stream.write_all(REQUEST).expect("the system buffers");
        stream
    };
    (0..count).map(connect).collect()
}

fn serve(server: &mut Server, buffer: &mut [u8], requests: usize) {
    let mut accepted = 0;
    while accepted < requests {
        let mut turn = server
            .poll(buffer, Some(Duration::from_secs(20)))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Request(upgrade) = event {
                server.accept(id, upgrade.accept()).expect("it waits");
                accepted += 1;
            }
        }
    }
    server.flush();
}

fn serve_texts(server: &mut Server, buffer: &mut [u8], texts: usize) {
    let mut seen = 0;
    while seen < texts {
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
}

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// 18,000 messages in one read, and a program that takes one in each turn: what is behind it is not
/// copied each time.
#[test]
fn r47_messages_taken_one_by_one_leave_those_behind_where_they_are() {
    const MESSAGES: usize = 18_000;
    for pausing in [false, true] {
        let mut server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
        let mut buffer = vec![0; 256 * 1024];
        let mut clients = connect(server.local_addr().expect("it listens"), 1);
        serve(&mut server, &mut buffer, 1);
        let frames = b"\x81\x81\0\0\0\0x".repeat(MESSAGES);
        clients[0].write_all(&frames).expect("the server reads");
        let mut seen = 0;
        let info = allocation_counter::measure(|| {
            while seen < MESSAGES {
                let mut turn = server.poll(&mut buffer, None).expect("polling works");
                let Some((id, event)) = server.next(&mut turn) else {
                    continue;
                };
                assert!(matches!(event, Event::Text(_)), "{event:?}");
                seen += 1;
                if pausing {
                    server.pause(id).expect("it is open");
                    assert!(server.next(&mut turn).is_none());
                    server.resume(id).expect("it is open");
                }
            }
        });
        println!(
            "{} bytes of memory for {} bytes",
            info.bytes_total,
            frames.len()
        );
        let most = (MESSAGES * 1200 + 1024 * 1024) as u64;
        assert!(info.bytes_total <= most, "{} bytes", info.bytes_total);
    }
}

#[test]
fn r43_memory_follows_the_connections_that_are_there() {
    rlimit::increase_nofile_limit(16_384).expect("the soft limit can be raised");
    let mut server = Server::bind("127.0.0.1:0", Config::default()).expect("a port is free");
    let address = server.local_addr().expect("it listens");
    let mut buffer = vec![0; 64 * 1024];
    let stay = connect(address, 64);
    serve(&mut server, &mut buffer, 64);
    let info = allocation_counter::measure(|| {
        let clients = connect(address, 3 * STEP);
        serve(&mut server, &mut buffer, 3 * STEP);
        drop(clients);
        while server.stats().connections > 64 {
            let mut turn = server.poll(&mut buffer, None).expect("polling works");
            while server.next(&mut turn).is_some() {}
        }
    });
    println!(
        "{} bytes stay of {} connections that went",
        info.bytes_current,
        3 * STEP
    );
    assert!(
        info.bytes_current <= 64 * 1024,
        "{} bytes stay",
        info.bytes_current
    );
    drop(stay);
}

/// Also where each of them had a message under way, with a timeout of its own.
#[test]
fn r43_memory_follows_the_messages_that_are_under_way() {
    rlimit::increase_nofile_limit(16_384).expect("the soft limit can be raised");
    let config = Config::default().message_timeout(Duration::from_secs(600));
    let mut server = Server::bind("127.0.0.1:0", config).expect("a port is free");
    let address = server.local_addr().expect("it listens");
    let mut buffer = vec![0; 64 * 1024];
    let stay = connect(address, 64);
    serve(&mut server, &mut buffer, 64);
    let mut idle = |server: &mut Server, is_over: fn(&Server, u64) -> bool, wanted: u64| {
        while !is_over(server, wanted) {
            let mut turn = server.poll(&mut buffer, None).expect("polling works");
            while let Some((id, event)) = server.next(&mut turn) {
                if let Event::Request(upgrade) = event {
                    server.accept(id, upgrade.accept()).expect("it waits");
                }
            }
        }
    };
    let info = allocation_counter::measure(|| {
        let mut clients = connect(address, 3 * STEP);
        idle(
            &mut server,
            |server, wanted| server.stats().upgraded == wanted,
            64 + 3 * STEP as u64,
        );
        let half = b"\x82\x85keys1";
        let wanted = server.stats().bytes_in + (3 * STEP * half.len()) as u64;
        for client in &mut clients {
            client.write_all(half).expect("the server reads");
        }
        idle(
            &mut server,
            |server, wanted| server.stats().bytes_in == wanted,
            wanted,
        );
        drop(clients);
        idle(&mut server, |server, _| server.stats().connections == 64, 0);
    });
    println!("{} bytes stay", info.bytes_current);
    assert!(
        info.bytes_current <= 64 * 1024,
        "{} bytes stay",
        info.bytes_current
    );
    drop(stay);
}

#[test]
fn r50_an_answer_that_is_too_long_is_not_copied() {
    let config = Config::default()
        .http(true)
        .max_queued_total(32 * 1024 * 1024);
    let mut server = Server::bind("127.0.0.1:0", config).expect("a port is free");
    let mut buffer = vec![0; 64 * 1024];
    let mut client =
        TcpStream::connect(server.local_addr().expect("it listens")).expect("it listens");
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("the system buffers");
    let page = vec![b'x'; 40 * 1024 * 1024];
    let response = ws_server::Response::new(200).body("text/plain", &page);
    loop {
        let mut turn = server.poll(&mut buffer, None).expect("polling works");
        let Some((id, Event::Http(_))) = server.next(&mut turn) else {
            continue;
        };
        let info = allocation_counter::measure(|| {
            assert_eq!(
                server.respond(id, &response),
                Err(ws_server::ConnectionError::TooLong)
            );
        });
        assert_eq!(info.bytes_total, 0);
        return;
    }
}
