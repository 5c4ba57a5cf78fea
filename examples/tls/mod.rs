//! The TLS configuration of the examples: `--tls CERT KEY` or `--tls self-signed`.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use support::{Parser, UsageError, ValueExt as _};
use ws_server::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// The value of `--tls`.
pub(crate) enum Tls {
    /// Files in PEM: the certificate with its chain, and the private key.
    Files(PathBuf, PathBuf),
    /// A certificate made at start, for trials.
    SelfSigned,
}

impl Tls {
    /// Reads the words behind `--tls`.
    pub(crate) fn from_words(words: &mut Parser) -> Result<Self, UsageError> {
        let first = words.value()?;
        if first == "self-signed" {
            return Ok(Self::SelfSigned);
        }
        Ok(Self::Files(first.into(), words.value()?.parse()?))
    }

    /// Makes a configuration for a server that listens on `address`.
    pub(crate) fn config(&self, address: &str) -> Result<Arc<ServerConfig>, Box<dyn Error>> {
        let (chain, key) = match self {
            Self::Files(certificate, key) => read(certificate, key)?,
            Self::SelfSigned => self_signed(address)?,
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        // Never `h2`: a browser would choose it, and then send no upgrade.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Sessions resume without memory on this side. One ticket is all that a WebSocket client
        // uses.
        config.ticketer = ring::Ticketer::new()?;
        config.send_tls13_tickets = 1;
        Ok(Arc::new(config))
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn read(certificate: &Path, key: &Path) -> Result<Identity, Box<dyn Error>> {
    let in_file = |path: &Path, error| format!("{}: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| in_file(certificate, error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| in_file(key, error))?;
    Ok((chain, key))
}

fn self_signed(address: &str) -> Result<Identity, Box<dyn Error>> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    let names = ["localhost", "127.0.0.1", "::1", host].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names)?;
    let path = write(&made.cert.pem())?;
    let path = path.display();
    support::warn(format_args!(
        "a certificate for localhost and {host}, which no client trusts yet, is in {path}\n\
         curl:     curl --cacert {path} …\n\
         Python:   ssl.create_default_context(cafile=\"{path}\")\n\
         Node.js:  NODE_EXTRA_CA_CERTS={path} node …\n\
         browser:  open the https:// page, and go on in spite of its warning",
    ));
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
    Ok((vec![made.cert.der().clone()], key))
}

/// Writes the certificate, which is public, to a file.
fn write(pem: &str) -> io::Result<PathBuf> {
    let path = env::temp_dir().join(format!("self-signed-{}.pem", std::process::id()));
    fs::File::create_new(&path)?.write_all(pem.as_bytes())?;
    Ok(path)
}
