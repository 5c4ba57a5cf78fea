//! TLS on both ends: a server with a certificate of its own, and a client that trusts it.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use ws_tokio::{Acceptor, Connector, Error, Request, rustls};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("the first");
    match &std::env::args().skip(1).collect::<Vec<_>>()[..] {
        [url, roots] => client(url, roots).await,
        [address, certificate, key] => server(address, certificate, key).await,
        _ => Err("usage: wss URL ROOTS.pem, or wss ADDRESS CERTIFICATE.pem KEY.pem".into()),
    }
}

async fn server(
    address: &str,
    certificate: &str,
    key: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let certificates = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    let listener = TcpListener::bind(address).await?;
    Acceptor::new()
        .tls(Arc::new(config))
        .serve(listener, echo)
        .await;
    Ok(())
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

async fn client(url: &str, roots: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut trusted = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(roots)? {
        trusted.add(root?)?;
    }
    let config = ClientConfig::builder()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let mut ws = Connector::new().tls(Arc::new(config)).connect(url).await?;
    ws.send("hello over TLS").await?;
    println!("{:?}", ws.next().await.transpose()?);
    Ok(())
}
