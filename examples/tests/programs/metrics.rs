//! Counters as Prometheus text.

use std::io::{Read as _, Write as _};

use crate::process::{Result, Server};
use crate::wire::{self, TEXT};

/// Every line is a comment or a declared series, and the numbers match the events.
#[test]
fn e11_metrics_are_prometheus_text() -> Result<()> {
    let server = Server::start("metrics", &[])?;
    let client = wire::connect(server.address)?;
    wire::open(&client)?;
    (&client).write_all(&wire::frame(TEXT, b"hello"))?;
    assert_eq!(wire::read_frame(&client)?, (TEXT, b"hello".to_vec()));

    let page = get(&server, "/metrics")?;
    let (head, body) = page.split_once("\r\n\r\n").ok_or("no body")?;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let mut declared = Vec::new();
    for line in body.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if line.starts_with("# TYPE ") {
            assert!(matches!(words[3], "gauge" | "counter"), "{line}");
            declared.push(words[2]);
        } else if !line.starts_with("# HELP ") {
            let name = words[0].split('{').next().unwrap_or_default();
            assert!(declared.contains(&name), "{line}");
            words[1].parse::<u64>()?;
        }
    }
    for line in [
        "websocket_connections 1",
        "websocket_messages_received_total 1",
        "websocket_messages_sent_total 1",
        "websocket_closed_total{reason=\"protocol\"} 0",
    ] {
        assert!(
            body.lines().any(|found| found == line),
            "no {line:?} in {body}"
        );
    }
    assert!(get(&server, "/health")?.starts_with("HTTP/1.1 200 "));
    assert!(get(&server, "/")?.starts_with("HTTP/1.1 404 "));
    Ok(())
}

fn get(server: &Server, path: &str) -> Result<String> {
    let mut stream = wire::connect(server.address)?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
