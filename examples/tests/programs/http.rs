//! Ordinary requests.

use std::io::{Read as _, Write as _};

use crate::process::{Result, SERVERS, Server, each};
use crate::wire;

/// RFC 9110 §9.3.2: whatever a GET would get.
#[test]
fn r95_an_example_answers_head_without_a_body() -> Result<()> {
    const REQUEST: &[u8] = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let over_http_1 = SERVERS.into_iter().filter(|name| *name != "h2_echo");
    each(&over_http_1.collect::<Vec<_>>(), |name| {
        let server = Server::start(name, &[])?;
        let mut stream = wire::connect(server.address)?;
        stream.write_all(REQUEST)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        assert!(answer.starts_with("HTTP/1.1 "), "{name}: {answer}");
        assert_eq!(
            answer.find("\r\n\r\n"),
            Some(answer.len() - 4),
            "{name}: {answer}"
        );
        Ok(())
    })
}
