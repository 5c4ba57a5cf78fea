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

use std::process::ExitCode;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use ws_tokio::deflate::Options;
use ws_tokio::{
    CloseCode, Config, Connector, Error, Message, Outgoing, Proxy, Receiver, Sender, WebSocket,
    rustls,
};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let code = match open().await {
        Ok(ws) => converse(ws).await,
        Err(error) => {
            eprintln!("{error}");
            1101
        }
    };
    let status = u8::try_from(code.saturating_sub(1000).min(101)).unwrap_or(101);
    // A return would make tokio wait for the thread that waits for a line.
    std::process::exit(status.into())
}

/// Reads the command line, and connects.
async fn open() -> Result<WebSocket, Failure> {
    ring::default_provider()
        .install_default()
        .unwrap_or_default();
    let mut connector = Connector::new().proxy(Proxy::from_env()?);
    let mut words = std::env::args().skip(1);
    let mut url = None;
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        connector = match &word[..] {
            "--header" => {
                let header = value()?;
                let (name, text) = header.split_once(':').ok_or("a header is 'NAME: VALUE'")?;
                connector.header(name.trim(), text.trim())
            }
            "--subprotocol" => connector.subprotocol(value()?),
            "--proxy" => connector.proxy(Proxy::parse(&value()?)?),
            "--unix" => connector.unix_socket(value()?),
            "--insecure" => connector.tls(insecure()?),
            "--roots" => connector.tls(with_roots(&value()?)?),
            "--compress" => connector.config(Config::new().compression(&Options::default())),
            _ if word.starts_with('-') => return Err(format!("unknown option {word}").into()),
            _ => {
                url = Some(word);
                connector
            }
        };
    }
    Ok(connector
        .connect(url.ok_or("usage: wsc [OPTIONS] URL")?)
        .await?)
}

/// Sends and prints at the same time. Returns the close code.
async fn converse(ws: WebSocket) -> u16 {
    let (sender, receiver) = ws.split();
    tokio::spawn(async move {
        if let Err(error) = send_lines(sender).await {
            eprintln!("{error}");
        }
    });
    print(receiver).await
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

async fn print(mut receiver: Receiver) -> u16 {
    let mut code = CloseCode::ABNORMAL;
    while let Some(message) = receiver.next().await {
        match message {
            Ok(Message::Text(text)) => println!("{}", text.replace(char::is_control, "\u{fffd}")),
            Ok(Message::Binary(bytes)) => println!("({} bytes of binary)", bytes.len()),
            Ok(Message::Pong(_)) => eprintln!("(pong)"),
            Ok(Message::Close(close)) => {
                code = close
                    .as_ref()
                    .map_or(CloseCode::NO_STATUS, |close| close.code.get());
                let reason = close
                    .map(|close| close.reason.into_owned())
                    .unwrap_or_default();
                eprintln!("(closed: {code} {reason:?})");
            }
            Ok(_) => {}
            Err(error) => {
                eprintln!("{error}");
                code = error.close_code();
            }
        }
    }
    code
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
