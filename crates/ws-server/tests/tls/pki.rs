//! Certificates, made when a test runs, and configurations with them.

use std::sync::{Arc, OnceLock};

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};

/// An authority, and a certificate for `localhost` that it has signed.
pub(crate) struct Pki {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) root: CertificateDer<'static>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = params
            .self_signed(&key)
            .expect("it is in order")
            .der()
            .clone();
        Self {
            issuer: Issuer::new(params, key),
            root,
        }
    }

    /// A certificate for `name`, with its key.
    pub(crate) fn certificate(
        &self,
        name: &str,
    ) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("it is in order");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        (certificate.der().clone(), key)
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).expect("a root");
        Arc::new(roots)
    }

    /// A server's configuration with a certificate for `name`; with `asks`, the client needs one
    /// too.
    pub(crate) fn server(&self, name: &str, asks: bool) -> ServerConfig {
        let (certificate, key) = self.certificate(name);
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has them");
        let builder = if asks {
            let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), provider());
            builder.with_client_cert_verifier(verifier.build().expect("there are roots"))
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder
            .with_single_cert(vec![certificate], key)
            .expect("they fit");
        config.ticketer = ring::Ticketer::new().expect("the system has randomness");
        config.send_tls13_tickets = 1;
        config
    }

    pub(crate) fn client(&self, version: Version) -> ClientConfig {
        builder(version)
            .with_root_certificates(self.roots())
            .with_no_client_auth()
    }

    pub(crate) fn client_with_certificate(&self, name: &str) -> ClientConfig {
        let (certificate, key) = self.certificate(name);
        builder(Version::Tls13)
            .with_root_certificates(self.roots())
            .with_client_auth_cert(vec![certificate], key)
            .expect("they fit")
    }
}

fn builder(version: Version) -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    let versions = match version {
        Version::Tls12 => &TLS12,
        Version::Tls13 => &TLS13,
    };
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[versions])
        .expect("the provider has it")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Tls12,
    Tls13,
}

pub(crate) const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

pub(crate) fn client(config: ClientConfig, name: &str) -> ClientConnection {
    let name = name.to_owned().try_into().expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("it is in order")
}
