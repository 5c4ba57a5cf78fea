//! Counts of handshakes.

use core::sync::atomic::{AtomicU64, Ordering};

use rustls::Error;

/// Counts of TLS handshakes since the acceptor was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsStats {
    /// Handshakes that were completed, resumed ones included.
    pub completed: u64,
    /// Completed handshakes that resumed a session.
    pub resumed: u64,
    /// Failed: the first byte was not TLS, as with plain HTTP on the TLS port.
    pub not_tls: u64,
    /// Failed: no protocol version, cipher suite or ALPN protocol in common, or no certificate for
    /// the client's server name.
    pub incompatible: u64,
    /// Failed: the client's certificate was missing or not accepted.
    pub client_certificates: u64,
    /// Failed: the client refused with an alert, most often because it does not trust the server's
    /// certificate.
    pub alerts: u64,
    /// Failed: the client broke a rule of TLS.
    pub protocol: u64,
    /// Failed: the stream ended or broke amid the handshake.
    pub cut: u64,
    /// Given up amid the handshake: by [`Config::head_timeout`](crate::Config::head_timeout), to
    /// make room for newer connections, or since the server stopped. Connections that never sent a
    /// byte are included.
    pub abandoned: u64,
    /// Open connections that failed after their handshake, with a record that could not be
    /// decrypted or was not allowed.
    pub broken: u64,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    NotTls,
    Incompatible,
    ClientCertificate,
    Alert,
    Protocol,
    Cut,
    Abandoned,
    Broken,
}

impl Failure {
    pub(super) const fn of_handshake(error: &Error) -> Self {
        match error {
            // A general error: the resolver of certificates had none for the name.
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol | Error::General(_) => {
                Self::Incompatible
            }
            Error::InvalidCertificate(_)
            | Error::NoCertificatesPresented
            | Error::InvalidCertRevocationList(_) => Self::ClientCertificate,
            Error::AlertReceived(_) => Self::Alert,
            _ => Self::Protocol,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    completed: AtomicU64,
    resumed: AtomicU64,
    not_tls: AtomicU64,
    incompatible: AtomicU64,
    client_certificates: AtomicU64,
    alerts: AtomicU64,
    protocol: AtomicU64,
    cut: AtomicU64,
    abandoned: AtomicU64,
    broken: AtomicU64,
}

impl Counters {
    pub(super) fn complete(&self, resumed: bool) {
        add(&self.completed);
        if resumed {
            add(&self.resumed);
        }
    }

    pub(super) fn fail(&self, failure: Failure) {
        add(match failure {
            Failure::NotTls => &self.not_tls,
            Failure::Incompatible => &self.incompatible,
            Failure::ClientCertificate => &self.client_certificates,
            Failure::Alert => &self.alerts,
            Failure::Protocol => &self.protocol,
            Failure::Cut => &self.cut,
            Failure::Abandoned => &self.abandoned,
            Failure::Broken => &self.broken,
        });
    }

    pub(super) fn read(&self) -> TlsStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TlsStats {
            completed: read(&self.completed),
            resumed: read(&self.resumed),
            not_tls: read(&self.not_tls),
            incompatible: read(&self.incompatible),
            client_certificates: read(&self.client_certificates),
            alerts: read(&self.alerts),
            protocol: read(&self.protocol),
            cut: read(&self.cut),
            abandoned: read(&self.abandoned),
            broken: read(&self.broken),
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
