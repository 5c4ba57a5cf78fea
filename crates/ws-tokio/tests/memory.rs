//! The memory of idle connections, plain and over TLS. It takes a minute, and has figures of an
//! optimised build only, so it is asked for:
//!
//! ```text
//! cargo test --release -p ws-tokio --features rustls --test memory -- \
//!     --ignored --test-threads=1 --nocapture
//! ```
//!
//! The server runs in a process of its own (this program again), so that its memory is counted
//! alone.
#![cfg(all(feature = "rustls", target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{self, BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use tokio::net::TcpListener;
use ws_tokio::{Acceptor, Connector, Error, Request};

const CONNECTIONS: usize = 10_000;
/// Set in the process of the server, to one of the two.
const ROLE: &str = "WS_TOKIO_MEMORY_SERVER";
const TLS: &str = "tls";
const PLAIN: &str = "plain";

#[test]
#[ignore = "takes half a minute, in an optimised build"]
fn d60_an_idle_connection_over_tls_takes_at_most_12_kib() {
    measure(true, 12 * 1024);
}

#[test]
#[ignore = "takes half a minute, in an optimised build"]
fn d63_an_idle_connection_takes_at_most_3_kib() {
    measure(false, 3 * 1024);
}

/// Measures the memory that an idle connection takes in the server.
fn measure(over_tls: bool, most: usize) {
    if let Ok(role) = std::env::var(ROLE) {
        return serve(role == TLS);
    }
    let mut server = Server::start(if over_tls { TLS } else { PLAIN });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let held = runtime.block_on(async {
        let mut held = Vec::with_capacity(CONNECTIONS);
        let warm = server.connector().connect(&server.url).await.unwrap();
        let before = server.memory();
        while held.len() < CONNECTIONS {
            let connector = server.connector();
            let mut opening = tokio::task::JoinSet::new();
            for _ in 0..50 {
                let (connector, url) = (connector.clone(), server.url.clone());
                opening.spawn(async move {
                    let mut ws = connector.connect(url).await.unwrap();
                    ws.send("hello").await.unwrap();
                    assert_eq!(ws.next().await.unwrap().unwrap().as_text(), Some("hello"));
                    ws
                });
            }
            held.extend(opening.join_all().await);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let each = (server.memory() - before) * 1024 / CONNECTIONS;
        let url = &server.url;
        println!("{each} bytes of memory for each of {CONNECTIONS} idle connections to {url}");
        assert!(each <= most, "{each} bytes");
        (warm, held)
    });
    drop(held);
    server.process.kill().unwrap();
    server.process.wait().unwrap();
}

struct Server {
    process: Child,
    lines: io::Lines<BufReader<std::process::ChildStdout>>,
    url: String,
    root: CertificateDer<'static>,
}

impl Server {
    fn start(role: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut value = |name: &str| loop {
            let line = lines.next().unwrap().unwrap();
            if let Some((_, value)) = line.split_once(name) {
                break value.to_owned();
            }
        };
        let (root, url) = (value("root: "), value("url: "));
        let byte = |at| u8::from_str_radix(&root[at..at + 2], 16).unwrap();
        let root: Vec<u8> = (0..root.len()).step_by(2).map(byte).collect();
        Self {
            process,
            lines,
            url,
            root: root.into(),
        }
    }

    fn connector(&self) -> Connector {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Connector::new()
            .tls(Arc::new(config))
            .open_timeout(Duration::from_secs(60))
    }

    /// The resident memory of the server, in KiB.
    fn memory(&mut self) -> usize {
        writeln!(self.process.stdin.as_mut().unwrap()).unwrap();
        self.lines.next().unwrap().unwrap().parse().unwrap()
    }
}

fn serve(over_tls: bool) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let root = certificate
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    std::thread::spawn(|| {
        for _ in io::stdin().lines() {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status
                .lines()
                .find(|line| line.starts_with("VmRSS:"))
                .unwrap();
            println!("{}", line.split_whitespace().nth(1).unwrap());
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        println!("root: {root}");
        let scheme = if over_tls { "wss" } else { "ws" };
        let port = listener.local_addr().unwrap().port();
        println!("url: {scheme}://localhost:{port}/");
        let mut acceptor = Acceptor::new().head_timeout(Duration::from_secs(60));
        if over_tls {
            acceptor = acceptor.tls(Arc::new(config));
        }
        acceptor.serve(listener, echo).await;
    });
}

async fn echo(request: Request) -> Result<(), Error> {
    let mut ws = request.upgrade().await?;
    while let Some(message) = ws.next().await.transpose()? {
        if message.is_data() {
            ws.feed(message).await?;
        }
    }
    Ok(())
}
