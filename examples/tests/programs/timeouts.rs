//! Timeouts of the example servers: they end a client that does nothing, and keep one that is
//! merely slow.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::process::{OWN_TIMEOUTS, Result, SERVERS, Server, each, program};
use crate::wire::{self, BINARY, REQUEST};

/// The preface of HTTP/2 and empty SETTINGS (RFC 9113 §3.4).
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

const SHORT: [&str; 4] = ["--opening-timeout", "1", "--idle-timeout", "1"];

/// Reads until the server ends the connection.
fn wait_for_end(mut stream: &TcpStream) -> Result<()> {
    match stream.read_to_end(&mut Vec::new()) {
        Err(error) if !support::is_gone(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

#[test]
fn e03_silent_and_half_requests_are_ended() -> Result<()> {
    each(&[&OWN_TIMEOUTS[..], &["h2_echo"]].concat(), |name| {
        let server = Server::start(name, &SHORT)?;
        let silent = wire::connect(server.address)?;
        let mut half = wire::connect(server.address)?;
        half.write_all(&REQUEST[..REQUEST.len() / 2])?;
        wait_for_end(&silent)?;
        wait_for_end(&half)
    })
}

#[test]
fn e03_a_head_that_drips_is_ended() -> Result<()> {
    each(&OWN_TIMEOUTS, |name| {
        let server = Server::start(name, &SHORT)?;
        let stream = wire::connect(server.address)?;
        thread::scope(|scope| {
            scope.spawn(|| {
                // Ends with the connection; after a minute if the server waits for ever.
                for byte in REQUEST.iter().cycle().take(600) {
                    let byte = if *byte == b'\n' { b'a' } else { *byte };
                    if (&stream).write_all(&[byte]).is_err() {
                        return;
                    }
                    thread::sleep(Duration::from_millis(100));
                }
            });
            let ended = wait_for_end(&stream);
            stream.shutdown(Shutdown::Both).ok();
            ended
        })
    })
}

#[test]
fn e03_an_idle_connection_is_ended_after_an_answer() -> Result<()> {
    let server = Server::start("axum_echo", &SHORT)?;
    let mut stream = wire::connect(server.address)?;
    stream.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    wait_for_end(&stream)
}

/// A client that answers no ping.
#[test]
fn e03_a_silent_websocket_is_ended() -> Result<()> {
    each(&OWN_TIMEOUTS, |name| {
        let server = Server::start(name, &SHORT)?;
        let stream = wire::connect(server.address)?;
        wire::open(&stream)?;
        wait_for_end(&stream)
    })
}

/// A client that sends and does not read.
#[test]
fn e03_a_client_that_takes_nothing_is_ended() -> Result<()> {
    each(&OWN_TIMEOUTS, |name| {
        let server = Server::start(name, &SHORT)?;
        let stream = wire::connect_with_small_buffer(server.address)?;
        wire::open(&stream)?;
        let message = wire::frame(BINARY, &vec![7; 1024 * 1024]);
        send_to_the_end(&stream, |_| message.clone())
    })
}

/// A client that sends one request after the other, and reads no answer.
#[test]
fn e03_a_client_that_takes_no_answer_is_ended() -> Result<()> {
    const GET: &[u8] = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
    each(&OWN_TIMEOUTS, |name| {
        let server = Server::start(name, &SHORT)?;
        let stream = wire::connect_with_small_buffer(server.address)?;
        send_to_the_end(&stream, |_| GET.repeat(1000))
    })?;
    let server = Server::start("h2_echo", &SHORT)?;
    let mut stream = wire::connect_with_small_buffer(server.address)?;
    stream.write_all(HTTP2)?;
    send_to_the_end(&stream, |number| {
        let ids = (1000 * number..1000 * (number + 1)).map(|id| 2 * id + 1);
        ids.flat_map(http2_get).collect()
    })
}

/// Sends until the server has ended the connection.
fn send_to_the_end(mut stream: &TcpStream, part: impl Fn(u32) -> Vec<u8>) -> Result<()> {
    for number in 0..100_000 {
        match stream.write_all(&part(number)) {
            Err(error) if support::is_gone(&error) => return Ok(()),
            written => written?,
        }
    }
    Err("the server takes everything".into())
}

/// HEADERS of a GET of `/` (RFC 9113 §6.2, RFC 7541 appendix A), which also end the stream.
fn http2_get(stream: u32) -> Vec<u8> {
    let fields = b"\x82\x86\x84\x41\x09localhost";
    let mut frame = vec![0, 0, 14, 1, 5];
    frame.extend(stream.to_be_bytes());
    frame.extend(fields);
    frame
}

/// The HTTP/2 preface and SETTINGS, and then nothing; and the same with a PING now and then.
#[test]
fn e03_an_http2_connection_without_streams_is_ended() -> Result<()> {
    let server = Server::start("h2_echo", &SHORT)?;
    let mut quiet = wire::connect(server.address)?;
    quiet.write_all(HTTP2)?;
    wait_for_end(&quiet)?;
    let mut pinging = wire::connect(server.address)?;
    pinging.write_all(HTTP2)?;
    let ended = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(100));
        pinging
            .write_all(b"\0\0\x08\x06\0\0\0\0\0pingpong")
            .is_err()
    });
    assert!(ended, "pings keep a connection without streams");
    Ok(())
}

/// 64 KiB a second, for longer than the idle timeout and the pong timeout together.
#[test]
fn e04_a_slow_reader_gets_a_large_message_whole() -> Result<()> {
    const LEN: usize = 640 * 1024;
    each(&OWN_TIMEOUTS, |name| {
        let server = Server::start(name, &["--idle-timeout", "2"])?;
        let stream = wire::connect_with_small_buffer(server.address)?;
        wire::open(&stream)?;
        (&stream).write_all(&wire::frame(BINARY, &vec![7; LEN]))?;
        let mut echo: Vec<u8> = Vec::new();
        while echo.len() < LEN + 10 {
            let mut part = [0; 8 * 1024];
            let count = (&stream).read(&mut part)?;
            if count == 0 {
                return Err(format!("{} bytes came", echo.len()).into());
            }
            echo.extend(&part[..count]);
            thread::sleep(Duration::from_millis(125));
        }
        assert!(echo[10..10 + LEN].iter().all(|byte| *byte == 7), "{name}");
        Ok(())
    })
}

#[test]
#[cfg(target_os = "linux")]
fn e05_an_idle_connection_does_not_hold_its_largest_message() -> Result<()> {
    const LEN: usize = 12 * 1024 * 1024;
    let mut command = program("tokio_echo", &["127.0.0.1:0"]);
    // The C library returns freed memory at once, instead of keeping it for a while in each thread.
    command
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_TRIM_THRESHOLD_", "131072");
    let server = Server::spawn(command)?;
    let message = wire::frame(BINARY, &vec![7; LEN]);
    let mut connections = Vec::new();
    for _ in 0..12 {
        let stream = wire::connect(server.address)?;
        wire::open(&stream)?;
        thread::scope(|scope| {
            let sent = scope.spawn(|| (&stream).write_all(&message));
            let (opcode, echo) = wire::read_frame(&stream)?;
            assert_eq!((opcode, echo.len()), (BINARY, LEN));
            sent.join().map_err(|_| "sending panicked")??;
            Result::Ok(())
        })?;
        connections.push(stream);
    }
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident: usize = resident
        .ok_or("no VmRSS")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    println!("tokio_echo: {resident} KiB resident with 12 idle connections");
    assert!(resident < 32 * 1024, "{resident} KiB");
    Ok(())
}

/// A load balancer connects and closes, or resets, every other second.
#[test]
fn e06_a_health_check_is_no_log_line() -> Result<()> {
    each(&SERVERS, |name| {
        let server = Server::start(name, &[])?;
        for _ in 0..5 {
            drop(wire::connect(server.address)?);
            let reset = wire::connect(server.address)?;
            SockRef::from(&reset).set_linger(Some(Duration::ZERO))?;
            drop(reset);
            let half_closed = wire::connect(server.address)?;
            half_closed.shutdown(Shutdown::Write)?;
            wait_for_end(&half_closed)?;
        }
        let log = server.end()?;
        assert_eq!(log, "", "{name}");
        Ok(())
    })
}

/// A process that runs out of descriptors says so once, and serves those that are connected.
#[test]
#[cfg(unix)]
fn e13_a_process_without_free_descriptors_says_so_once() -> Result<()> {
    const DESCRIPTORS: u32 = 32;
    each(&[&OWN_TIMEOUTS[..], &["h2_echo"]].concat(), |name| {
        let server = Server::start_with_descriptors(DESCRIPTORS, name)?;
        let connected = wire::connect(server.address)?;
        if name != "h2_echo" {
            wire::open(&connected)?;
        }
        let mut crowd = Vec::new();
        for number in 0..2 * DESCRIPTORS {
            crowd.push(wire::connect(server.address)?);
            if number % 8 == 0 {
                crowd.remove(0); // a place becomes free, and is taken
            }
        }
        thread::sleep(Duration::from_millis(1500)); // many pauses between two calls of accept
        if name != "h2_echo" {
            (&connected).write_all(&wire::frame(BINARY, b"still there"))?;
            assert_eq!(
                wire::read_frame(&connected)?,
                (BINARY, b"still there".to_vec())
            );
        }
        let log = server.end()?;
        assert_eq!(
            log.matches("cannot accept connections").count(),
            1,
            "{name}: {log}"
        );
        assert!(!log.contains("os error"), "{name}: {log}");
        Ok(())
    })
}

/// A stopped and continued process gets EINTR from a read with a timeout (signal(7)).
#[test]
#[cfg(target_os = "linux")]
fn e09_an_interrupted_server_goes_on() -> Result<()> {
    each(&OWN_TIMEOUTS, |name| {
        let server = Server::start(name, &[])?;
        let stream = wire::connect(server.address)?;
        wire::open(&stream)?;
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(100)); // until the server waits again
            for signal in ["-STOP", "-CONT"] {
                let id = server.id().to_string();
                assert!(Command::new("kill").args([signal, &id]).status()?.success());
            }
            (&stream).write_all(&wire::frame(BINARY, b"still there"))?;
            assert_eq!(
                wire::read_frame(&stream)?,
                (BINARY, b"still there".to_vec())
            );
        }
        Ok(())
    })
}
