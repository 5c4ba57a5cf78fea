//! The command line: help, wrong arguments, names as addresses, and error text.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster_chat"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Result<Output> {
    Ok(program(arguments).output()?)
}

#[test]
fn e01_help_prints_the_usage() -> Result<()> {
    let output = run(&["--help"])?;
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout)?.starts_with("usage: cluster_chat "));
    assert!(output.stderr.is_empty());
    Ok(())
}

#[test]
fn e01_a_wrong_argument_prints_reason_and_usage() -> Result<()> {
    for arguments in [
        &["--no-such-option"][..],
        &["--threads", "0"],
        &["a", "b", "--nats"],
    ] {
        let output = run(arguments)?;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let reason = String::from_utf8(output.stderr)?;
        assert!(!reason.starts_with("usage"), "{reason}");
        assert!(reason.contains("usage: cluster_chat "), "{reason}");
    }
    Ok(())
}

#[test]
fn e02_an_address_in_use_is_told_in_words() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let output = run(&[&address])?;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr)?;
    assert_eq!(
        error,
        format!("cannot listen on {address}: address already in use\n")
    );
    Ok(())
}

/// Without a broker: pages are told that it is away.
#[test]
fn e02_a_name_is_an_address() -> Result<()> {
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?; // closed again
    let broker = format!("redis://{nobody}/");
    let mut child = program(&["localhost:0", "--redis", &broker])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let output = child.stdout.take().ok_or("no standard output")?;
    BufReader::new(output).read_line(&mut line)?; // and closes it: the node goes on
    let address = line
        .split_once("http://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map(|(address, _)| TcpStream::connect(address));
    child.kill()?;
    child.wait()?;
    address.ok_or(line)??;
    Ok(())
}
