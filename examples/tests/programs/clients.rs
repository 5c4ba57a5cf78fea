//! The example clients against servers that are slow, or absent.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::process::{Result, Server, each, program, run};

const NO_CONNECTION: Option<i32> = Some(101);

/// An answer that arrives byte by byte, for longer than the client waits for all of it.
#[test]
fn e07_an_answer_that_drips_is_not_awaited_for_ever() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let server = thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else {
            return false;
        };
        // Ends with the client; after a minute if the client waits for ever.
        (0..600).any(|_| {
            thread::sleep(Duration::from_millis(100));
            stream.write_all(b"H").is_err()
        })
    });
    let output = run("blocking_client", &[&url])?;
    assert_eq!(output.status.code(), NO_CONNECTION);
    assert!(
        server.join().map_err(|_| "the server panicked")?,
        "the client waited a minute"
    );
    Ok(())
}

/// A server whose backlog is full, so that connecting itself takes for ever.
#[test]
#[cfg(target_os = "linux")]
fn e07_connecting_is_part_of_the_opening() -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into())?;
    socket.listen(0)?;
    let address = socket.local_addr()?.as_socket().ok_or("no address")?;
    let fill = |_| TcpStream::connect_timeout(&address, Duration::from_millis(300));
    let waiting: Vec<_> = (0..4).map(fill).collect();
    assert!(
        waiting.iter().any(std::result::Result::is_err),
        "the queue is never full"
    );
    let output = run("blocking_client", &[&format!("ws://{address}/")])?;
    assert_eq!(output.status.code(), NO_CONNECTION);
    Ok(())
}

#[test]
fn e07_a_refusal_is_told_in_words() -> Result<()> {
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?; // closed again
    for name in ["tokio_client", "wsc"] {
        let output = run(name, &[&format!("ws://{free}/")])?;
        assert_eq!(output.status.code(), NO_CONNECTION, "{name}");
        let error = String::from_utf8(output.stderr)?;
        assert!(error.contains("refused"), "{name}: {error}");
        assert!(!error.contains("os error"), "{name}: {error}");
    }
    let output = run("blocking_client", &[&format!("ws://{free}/")])?;
    assert_eq!(output.status.code(), NO_CONNECTION);
    let error = String::from_utf8(output.stderr)?;
    assert!(
        error.starts_with(&format!(
            "cannot connect to {}, port {}: connection refused",
            free.ip(),
            free.port()
        )),
        "{error}"
    );
    Ok(())
}

/// `blocking_client URL | head -1`
#[test]
fn e08_a_closed_standard_output_ends_a_client_quietly() -> Result<()> {
    let server = Server::start("blocking_server", &[])?;
    let url = format!("ws://{}/", server.address);
    each(&["blocking_client", "tokio_client", "wsc"], |name| {
        let mut client = program(name, &[&url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = client.stdin.take().ok_or("no standard input")?;
        lines.write_all(b"first\n")?;
        let mut output = client.stdout.take().ok_or("no standard output")?;
        output.read_exact(&mut [0; 6])?;
        drop(output);
        lines.write_all(b"second\n")?;
        let output = client.wait_with_output()?; // although there could be more lines
        drop(lines);
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert_eq!(String::from_utf8(output.stderr)?, "", "{name}");
        Ok(())
    })?;
    assert_eq!(server.end()?, "");
    Ok(())
}

/// The one answer of the client on smol cannot be printed.
#[test]
fn e08_a_closed_standard_output_ends_the_client_on_smol_quietly() -> Result<()> {
    let server = Server::start("smol_echo", &[])?;
    let mut client = program("smol_client", &[&format!("ws://{}/", server.address)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    drop(client.stdout.take());
    let output = client.wait_with_output()?;
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr)?, "");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn e09_an_interrupted_client_goes_on() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let mut client = program("blocking_client", &[&url])
        .stderr(Stdio::piped())
        .spawn()?;
    let (mut stream, _) = listener.accept()?;
    let mut request = [0; 1024];
    let count = stream.read(&mut request)?;
    thread::sleep(Duration::from_millis(100)); // until the client waits
    for signal in ["-STOP", "-CONT"] {
        let id = client.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status()?.success());
    }
    thread::sleep(Duration::from_millis(100));
    assert_eq!(
        client.try_wait()?,
        None,
        "an interrupted read ended the client"
    );
    assert!(request[..count].starts_with(b"GET / HTTP/1.1\r\n"));
    stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")?;
    let output = client.wait_with_output()?;
    assert_eq!(output.status.code(), NO_CONNECTION);
    let error = String::from_utf8(output.stderr)?;
    assert!(error.contains("403"), "{error}");
    Ok(())
}

/// The client of `ws-stream` against servers of other runtimes, compressed where they have that.
#[test]
fn e12_the_client_on_smol_prints_the_answer() -> Result<()> {
    for server in ["smol_echo", "axum_echo", "echo"] {
        let server = Server::start(server, &[])?;
        let url = format!("ws://{}/", server.address);
        let output = run("smol_client", &[&url, "good day"])?;
        assert_eq!(String::from_utf8(output.stderr)?, "");
        assert_eq!(String::from_utf8(output.stdout)?, "good day\n");
        assert_eq!(output.status.code(), Some(0));
    }
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let output = run("smol_client", &[&format!("ws://{free}/")])?;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr)?;
    assert!(error.contains("refused"), "{error}");
    assert!(!error.contains("os error"), "{error}");
    Ok(())
}
