//! TLS on both ends: a server with a certificate of its own, and a client that trusts it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{Connector, accept_async, connect_async_tls_with_config};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("the first");
    match &std::env::args().skip(1).collect::<Vec<_>>()[..] {
        [url, roots] => client(url, roots).await,
        [address, certificate, key] => server(address, certificate, key).await,
        _ => Err("usage: wss URL ROOTS.pem, or wss ADDRESS CERTIFICATE.pem KEY.pem".into()),
    }
}

async fn server(address: &str, certificate: &str, key: &str) -> Result<(), Failure> {
    let certificates = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Err(error) = echo(acceptor, stream).await {
                eprintln!("{error}");
            }
        });
    }
}

async fn echo(acceptor: TlsAcceptor, stream: TcpStream) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let opening = async { Ok::<_, Failure>(accept_async(acceptor.accept(stream).await?).await?) };
    let mut ws = timeout(Duration::from_secs(10), opening).await??;
    while let Some(message) = ws.next().await.transpose()? {
        if message.is_text() || message.is_binary() {
            ws.send(message).await?;
        }
    }
    Ok(())
}

async fn client(url: &str, roots: &str) -> Result<(), Failure> {
    let mut trusted = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(roots)? {
        trusted.add(root?)?;
    }
    let config = ClientConfig::builder()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let connector = Connector::Rustls(Arc::new(config));
    let opening = connect_async_tls_with_config(url, None, true, Some(connector));
    let (mut ws, _) = timeout(Duration::from_secs(10), opening).await??;
    ws.send(Message::text("hello over TLS")).await?;
    println!("{:?}", ws.next().await.transpose()?);
    Ok(())
}
