//! A client for the command line: sends the lines of standard input as texts, and prints messages.
//!
//! ```text
//! cargo run --release --example wsc -- [OPTIONS] ws://HOST[:PORT][/PATH]
//!
//!   --header 'NAME: VALUE'   a header of the request; may be repeated
//!   --subprotocol NAME       a subprotocol to offer; may be repeated
//!   --proxy URL              http://[USER:PASSWORD@]HOST:PORT or socks5://...; the
//!                            environment's by default
//!   --unix PATH              connects to this Unix socket
//!   --insecure               accepts any certificate
//!   --roots FILE.pem         trusts these authorities instead of the system's
//!   --compress               offers permessage-deflate
//! ```
//!
//! A line `/ping` sends a ping, `/close [CODE [REASON]]` a Close. The exit status is 0 after a
//! Close with 1000, and otherwise the close code minus 1000, at most 100: 6 if the connection ended
//! without a Close. It is 101 if no connection was opened.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use support::{Arg, Parser, UsageError, ValueExt as _};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use ws_handshake::Url;
use ws_tokio::deflate::Options;
use ws_tokio::{
    CloseCode, Config, Connector, Error, Message, Outgoing, Proxy, Receiver, Sender, WebSocket,
    rustls,
};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    ring::default_provider()
        .install_default()
        .unwrap_or_default();
    let (connector, url) = support::options(USAGE, read);
    let code = match connector.connect(url).await {
        Ok(ws) => converse(ws).await,
        Err(error) => {
            support::warn(format_args!("{}", support::words(error)));
            1101
        }
    };
    let status = u8::try_from(code.saturating_sub(1000).min(101)).unwrap_or(101);
    // A return would make tokio wait for the thread that waits for a line.
    std::process::exit(status.into())
}

/// Reads the command line.
fn read(words: &mut Parser) -> Result<(Connector, String), UsageError> {
    let mut connector = Connector::new().proxy(Proxy::from_env().map_err(wrong)?);
    let mut url = None;
    while let Some(word) = words.next()? {
        connector = match word {
            Arg::Long("header") => {
                let header = words.value()?.string()?;
                let (name, text) = header.split_once(':').ok_or("a header is 'NAME: VALUE'")?;
                connector.header(name.trim(), text.trim())
            }
            Arg::Long("subprotocol") => connector.subprotocol(words.value()?.string()?),
            Arg::Long("proxy") => {
                let proxy = words.value()?.string()?;
                connector.proxy(Proxy::parse(&proxy).map_err(wrong)?)
            }
            Arg::Long("unix") => connector.unix_socket(words.value()?),
            Arg::Long("insecure") => connector.tls(insecure().map_err(wrong)?),
            Arg::Long("roots") => {
                let path = words.value()?.string()?;
                connector.tls(with_roots(&path).map_err(|error| format!("{path}: {error}"))?)
            }
            Arg::Long("compress") => {
                connector.config(Config::new().compression(&Options::default()))
            }
            Arg::Value(value) if url.is_none() => {
                url = Some(value.string()?);
                connector
            }
            other => return Err(other.unexpected()),
        };
    }
    let url = url.ok_or("there is no URL")?;
    Url::parse(&url).map_err(|error| format!("{url}: {error}"))?;
    Ok((connector, url))
}

fn wrong(error: impl Display) -> UsageError {
    support::words(error).into()
}

const USAGE: &str = "usage: wsc [OPTIONS] URL\n\n\
    Sends the lines of standard input to a server such as wss://localhost:8888/ and prints the \
    messages that come.\n\n  \
    --header 'NAME: VALUE'  a header of the request; may be repeated\n  \
    --subprotocol NAME      a subprotocol to offer; may be repeated\n  \
    --proxy URL             http://[USER:PASSWORD@]HOST:PORT or socks5://...; the\n                          \
    environment's by default\n  \
    --unix PATH             connects to this Unix socket\n  \
    --insecure              accepts any certificate\n  \
    --roots FILE.pem        trusts these authorities instead of the system's\n  \
    --compress              offers permessage-deflate";

/// Sends and prints at the same time. Returns the close code.
async fn converse(ws: WebSocket) -> u16 {
    let (sender, receiver) = ws.split();
    let lines = sender.clone();
    tokio::spawn(async move {
        if let Err(error) = send_lines(lines).await {
            support::warn(format_args!("{}", support::words(error)));
        }
    });
    receive(receiver, sender).await
}

async fn send_lines(sender: Sender) -> Result<(), Error> {
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let mut words = line.splitn(3, ' ');
        match words.next() {
            Some("/ping") => sender.ping(b"").await?,
            Some("/close") => {
                let code = words
                    .next()
                    .and_then(|code| CloseCode::new(code.parse().ok()?));
                let reason = words.next().unwrap_or_default();
                return sender
                    .send(Outgoing::close(code.unwrap_or(CloseCode::NORMAL), reason)?)
                    .await;
            }
            _ => sender.send(line).await?,
        }
    }
    sender.close(CloseCode::NORMAL, "").await
}

/// Prints messages up to the end of the server's side. Returns the close code.
async fn receive(mut receiver: Receiver, sender: Sender) -> u16 {
    let mut code = CloseCode::ABNORMAL;
    let mut is_read = true; // by somebody, on standard output
    while let Some(message) = receiver.next().await {
        match &message {
            Ok(Message::Pong(_)) if is_read => support::warn(format_args!("(pong)")),
            Ok(Message::Close(close)) => {
                let close = close.as_ref();
                code = close.map_or(CloseCode::NO_STATUS, |close| close.code.get());
                let reason = close.map_or("", |close| &close.reason);
                if is_read {
                    support::warn(format_args!("(closed: {code} {reason:?})"));
                }
            }
            Ok(message) => {
                if is_read && print(message).is_err() {
                    is_read = false;
                    close(&sender);
                }
            }
            Err(error) => {
                support::warn(format_args!("{}", support::words(error)));
                code = error.close_code();
            }
        }
    }
    code
}

fn print(message: &Message) -> io::Result<()> {
    let mut output = io::stdout();
    match message {
        Message::Text(text) => writeln!(output, "{}", text.replace(char::is_control, "\u{fffd}")),
        Message::Binary(bytes) => writeln!(output, "({} bytes of binary)", bytes.len()),
        _ => Ok(()),
    }
}

/// Sends a Close from a task of its own: the receiving one has the timeouts, and must go on.
fn close(sender: &Sender) {
    let sender = sender.clone();
    tokio::spawn(async move { sender.close(CloseCode::NORMAL, "").await });
}

fn with_roots(path: &str) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(path)? {
        roots.add(root?)?;
    }
    Ok(Arc::new(
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    ))
}

fn insecure() -> Result<Arc<ClientConfig>, Failure> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Anyone(Arc::clone(&provider)));
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Accepts any certificate, for tests against one's own servers.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
