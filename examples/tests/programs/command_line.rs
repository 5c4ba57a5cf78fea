//! Command lines: help, wrong arguments, names as addresses, and error text.

use std::net::{TcpListener, TcpStream};

use crate::process::{Result, SERVERS, Server, each, run};

const PROGRAMS: [&str; 22] = [
    "echo",
    "chat",
    "metrics",
    "soak",
    "blocking_server",
    "blocking_client",
    "tokio_echo",
    "smol_echo",
    "smol_client",
    "axum_echo",
    "h2_echo",
    "room",
    "tokio_client",
    "wsc",
    // Jobs.
    "client",
    "handler",
    "json",
    "proxy",
    "reconnect",
    "route",
    "tasks",
    "wss",
];

#[test]
fn e01_help_prints_the_usage() -> Result<()> {
    each(&PROGRAMS, |name| {
        let output = run(name, &["--help"])?;
        assert_eq!(output.status.code(), Some(0), "{name}");
        let usage = String::from_utf8(output.stdout)?;
        assert!(usage.starts_with(&format!("usage: {name} ")), "{usage}");
        assert!(output.stderr.is_empty(), "{name}");
        Ok(())
    })
}

#[test]
fn e01_a_wrong_argument_prints_reason_and_usage() -> Result<()> {
    each(&PROGRAMS, |name| {
        let output = run(name, &["--no-such-option"])?;
        assert_eq!(output.status.code(), Some(2), "{name}");
        let reason = String::from_utf8(output.stderr)?;
        assert!(reason.contains("--no-such-option"), "{reason}");
        assert!(reason.contains(&format!("usage: {name} ")), "{reason}");
        Ok(())
    })?;
    for (name, arguments) in [
        ("echo", &["--threads", "0"][..]),
        ("soak", &["4"]),
        ("blocking_client", &[]),
        ("blocking_client", &["wss://localhost/"]),
        ("blocking_client", &["localhost:8888"]),
        ("tokio_echo", &["--idle-timeout", "0"]),
        ("smol_client", &[]),
        ("tokio_client", &[]),
        ("tokio_client", &["localhost:8888"]),
        (
            "tokio_client",
            &["--listen", "localhost:0", "ws://localhost/"],
        ),
        ("tokio_client", &["--autobahn", "--listen", "localhost:0"]),
        ("client", &["ws://localhost/", "ws://localhost/"]),
        ("wss", &["ws://localhost/"]),
        ("wsc", &[]),
        ("wsc", &["ws://localhost/a b"]),
        ("wsc", &["--header", "no colon", "ws://localhost/"]),
        ("wsc", &["--roots", "/no/such/file", "ws://localhost/"]),
        ("wsc", &["--proxy", "ftp://localhost/", "ws://localhost/"]),
    ] {
        assert_eq!(
            run(name, arguments)?.status.code(),
            Some(2),
            "{name} {arguments:?}"
        );
    }
    Ok(())
}

#[test]
fn e02_a_name_is_an_address() -> Result<()> {
    each(&SERVERS, |name| {
        let server = Server::start_on("localhost", name, &[])?;
        TcpStream::connect(server.address)?;
        Ok(())
    })
}

#[test]
fn e02_an_address_in_use_is_told_in_words() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    each(&[&SERVERS[..], &["tokio_client"]].concat(), |name| {
        let (arguments, status) = match name {
            "tokio_client" => (&["--listen", &address][..], 101),
            _ => (&[&address[..]][..], 1),
        };
        let output = run(name, arguments)?;
        assert_eq!(output.status.code(), Some(status), "{name}");
        let error = String::from_utf8(output.stderr)?;
        assert_eq!(
            error,
            format!("cannot listen on {address}: address already in use\n")
        );
        Ok(())
    })
}
