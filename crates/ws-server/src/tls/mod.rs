//! TLS with rustls: `wss` and `https` clients (feature `rustls`).
//!
//! # Serve over TLS
//!
//! The program makes a [`rustls::ServerConfig`], with a crypto provider of its choice, and the
//! server speaks TLS on every connection:
//!
//! ```no_run
//! use std::sync::Arc;
//! use ws_server::{
//!     Config, Event, Server,
//!     rustls::{
//!         ServerConfig,
//!         crypto::ring,
//!         pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
//!     },
//! };
//!
//! let chain = CertificateDer::pem_file_iter("fullchain.pem")?.collect::<Result<_, _>>()?;
//! let key = PrivateKeyDer::from_pem_file("privkey.pem")?;
//! let mut tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
//!     .with_safe_default_protocol_versions()?
//!     .with_no_client_auth()
//!     .with_single_cert(chain, key)?;
//! tls.alpn_protocols = vec![b"http/1.1".to_vec()];
//! tls.ticketer = ring::Ticketer::new()?;
//! tls.send_tls13_tickets = 1;
//!
//! let mut server = Server::bind_tls("0.0.0.0:443", &Arc::new(tls), Config::default())?;
//! let mut buf = vec![0; 256 * 1024];
//! while !server.is_stopped() {
//!     let mut turn = server.poll(&mut buf, None)?;
//!     while let Some((id, event)) = server.next(&mut turn) {
//!         match event {
//!             Event::Request(upgrade) => {
//!                 let stream = server.transport(id).expect("a request waits for its answer");
//!                 println!("{:?} is asked for", stream.server_name());
//!                 server.accept(id, upgrade.accept()).ok();
//!             }
//!             Event::Text(text) => { server.send_text(id, &text).ok(); }
//!             _ => {}
//!         }
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Events, limits, timeouts and close codes are the same as without TLS. A page of the same host
//! must be an `https` page, or the server refuses its origin. The head timeout begins with
//! the connection and covers the TLS handshake; a connection whose handshake is not complete counts
//! in [`Config::max_pending`](crate::Config::max_pending).
//!
//! # Crypto providers
//!
//! This crate chooses none, and has none among its dependencies. `aws-lc-rs` is the fastest, knows
//! post-quantum key exchange, and is what rustls recommends for production; it needs a C compiler,
//! and sometimes `CMake`. `ring` builds nearly everywhere. Turn one on as a feature of `rustls` in
//! the program's own `Cargo.toml`.
//!
//! # Replace a certificate
//!
//! [`Server::set_tls_config`](crate::Server::set_tls_config), or
//! [`Handle::set_tls_config`](crate::Handle::set_tls_config) from another thread, replaces the
//! whole configuration. Handshakes that begin later use it; open connections stay. Give the new
//! configuration the old one's `ticketer`, or sessions do not resume across the change.
//!
//! ```no_run
//! use std::sync::Arc;
//! use ws_server::{Handle, rustls::ServerConfig};
//!
//! /// Call it when the certificate on the disk has been renewed.
//! fn renew(handle: &Handle, load: impl FnOnce() -> std::io::Result<ServerConfig>) {
//!     let loaded = load();
//!     if let Err(error) = loaded.and_then(|tls| handle.set_tls_config(&Arc::new(tls))) {
//!         eprintln!("the old certificate stays: {error}");
//!     }
//! }
//! ```
//!
//! For a certificate per server name, use rustls' `ResolvesServerCert`.
//!
//! # Client certificates
//!
//! Build the configuration with a client certificate verifier of rustls. When
//! [`Event::Request`](crate::Event::Request) comes, [`TlsStream::peer_certificates`] of
//! [`Server::transport`](crate::Server::transport) has the accepted chain. rustls keeps it for the
//! life of the connection: about 1 KiB a certificate.
//!
//! # ALPN
//!
//! Offer `http/1.1` or nothing. [`Server::bind_tls`](crate::Server::bind_tls) refuses a
//! configuration that offers `h2`: a browser would agree on it, and then ask for WebSocket by an
//! extended CONNECT (RFC 8441). It also refuses early data, which can be replayed.
//!
//! # Sessions and tickets
//!
//! A resumed handshake costs no signature and sends no certificate. By default rustls remembers 256
//! sessions, and sends two tickets in each TLS 1.3 handshake. A `ticketer` (as above) needs no
//! memory for sessions: the client carries them, encrypted with a key that changes every six hours.
//! One ticket is all that a WebSocket client uses, and each costs time to make.
//!
//! # Memory and work
//!
//! An idle connection owns no buffer: about 3.5 KiB of heap with ring, nearly all of it keys and
//! rustls' state. Ciphertext is read into one buffer of 128 KiB for all connections of a listener.
//! An unfinished record stays with its connection, 16 KiB at most; of an unfinished handshake
//! message 32 KiB at most. Ciphertext that the peer does not take, 64 KiB at most, counts in
//! [`queued_bytes`](crate::Server::queued_bytes).
//!
//! A full handshake costs 150 to 250 µs. In each turn at most eight reads do handshake work, so a
//! crowd that reconnects does not keep others waiting. A read decrypts at most 512 records. What is
//! sent to one connection in a turn becomes records of up to 16 KiB.
//!
//! # The end of a connection
//!
//! The server sends `close_notify` behind its last bytes, before the end of the stream. A stream
//! that ends without a Close frame is [`Cause::Vanished`](crate::Cause::Vanished), with
//! `close_notify` or without: never clean.
//!
//! # Clients without TLS on the TLS port
//!
//! The server closes a connection whose first byte does not begin a TLS handshake, without an
//! answer: a browser that opens `http://` there reports an empty answer. [`TlsStats::not_tls`]
//! counts them. A TLS client on a plain port gets a 400.
//!
//! [`Stats::tls`](crate::Stats::tls) counts handshakes by result. The server logs failures at debug
//! level, with the address and the reason.
//!
//! # Behind a proxy that ends TLS
//!
//! Bind without TLS, and set the origins that the proxy serves
//! ([`Config::origins`](crate::Config::origins)): the server sees a plain connection, and cannot
//! know that the page was an `https` page. For the clients' addresses, see
//! [`ProxyListener`](crate::ProxyListener). A proxy that passes TLS through unchanged works with
//! both: [`Server::with_tls_listener`](crate::Server::with_tls_listener) over a `ProxyListener`.

mod acceptor;
mod context;
mod listener;
mod pending;
mod records;
mod session;
mod sink;
mod stats;
mod stream;

pub use self::{
    acceptor::{TlsAcceptor, TlsConfigError},
    listener::TlsListener,
    stats::TlsStats,
    stream::TlsStream,
};
