//! TLS by rustls' buffered API over a socket that does not block: the clients' side, and the bare
//! server's. And the certificate, which is new for each server.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::ops::DerefMut;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, ConnectionCommon, RootCertStore, ServerConfig};

/// A session over a socket.
#[derive(Debug)]
pub struct TlsStream<C> {
    session: C,
    /// The socket.
    pub socket: TcpStream,
    /// Ciphertext of the last read, of which `at` bytes of `len` are used up.
    input: Box<[u8]>,
    at: usize,
    len: usize,
}

impl<C> TlsStream<C> {
    /// A session whose bytes come from and go to `socket`.
    #[must_use]
    pub fn new(session: C, socket: TcpStream) -> Self {
        Self {
            session,
            socket,
            input: vec![0; INPUT_LEN].into(),
            at: 0,
            len: 0,
        }
    }
}

impl<C: DerefMut<Target = ConnectionCommon<D>>, D> TlsStream<C> {
    /// Hands ciphertext to the session: what is left of the last read, or a new one.
    fn advance(&mut self) -> io::Result<()> {
        if self.at == self.len {
            (self.at, self.len) = (0, 0);
            self.len = self.socket.read(&mut self.input)?;
            if self.len == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.at += self.session.read_tls(&mut &self.input[self.at..self.len])?;
        self.session
            .process_new_packets()
            .map_err(io::Error::other)?;
        // What a handshake answers.
        match self.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            result => result,
        }
    }
}

/// Fills the buffer as far as the socket has bytes.
impl<C: DerefMut<Target = ConnectionCommon<D>>, D> Read for TlsStream<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.session.reader().read(&mut buf[filled..]) {
                Ok(0) => break,
                Ok(len) => filled += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => match self.advance() {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock && filled > 0 => break,
                    result => result?,
                },
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// Takes all, unless the socket takes no more.
impl<C: DerefMut<Target = ConnectionCommon<D>>, D> Write for TlsStream<C> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        while taken < buf.len() {
            match self.flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && taken > 0 => break,
                result => result?,
            }
            taken += self.session.writer().write(&buf[taken..])?;
        }
        match self.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(taken),
            result => result.map(|()| taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.socket)?;
        }
        Ok(())
    }
}

/// A certificate for `localhost`, and what the server says of it to its clients.
///
/// # Panics
///
/// Never: what is made here is in order.
#[must_use]
pub fn server_config() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let certificate = made.cert.der().clone();
    let mut said = String::new();
    for byte in certificate.iter() {
        write!(said, "{byte:02x}").expect("memory");
    }
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they fit");
    config.ticketer = ring::Ticketer::new().expect("the system has randomness");
    config.send_tls13_tickets = 1;
    (Arc::new(config), said)
}

/// Trusts the certificate that a server has said.
///
/// # Panics
///
/// If that is none.
#[must_use]
pub fn client_config(said: &str) -> Arc<ClientConfig> {
    let digits = said.as_bytes().chunks(2);
    let byte = |digits: &[u8]| {
        let digits = str::from_utf8(digits).expect("ASCII");
        u8::from_str_radix(digits, 16).expect("digits")
    };
    let certificate: Vec<u8> = digits.map(byte).collect();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.into()).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Two full records.
const INPUT_LEN: usize = 32 << 10;
