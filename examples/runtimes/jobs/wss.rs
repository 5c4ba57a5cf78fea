//! TLS on both ends: a server with a certificate of its own, and a client that trusts it.

use std::process::ExitCode;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use ws_tokio::{Acceptor, Connector, Error, Request, rustls};

#[tokio::main]
async fn main() -> ExitCode {
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("the first");
    support::status(match &support::values(USAGE, 2..=3)[..] {
        [address, certificate, key] => server(address, certificate, key).await,
        values => client(&values[0], &values[1]).await,
    })
}

const USAGE: &str = "usage: wss URL ROOTS.pem, or wss ADDRESS CERTIFICATE.pem KEY.pem";

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
    support::show(format_args!("{:?}", ws.next().await.transpose()?));
    Ok(())
}
