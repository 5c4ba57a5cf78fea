//! The server over real sockets, and most of it over TLS as well. One program, so that it is linked
//! once.

// The sockets of the tests are Unix sockets too.
#![cfg(unix)]

mod accepting;
mod crowd;
mod echo;
mod over;
#[cfg(feature = "rustls")]
#[path = "../tls/pki.rs"]
#[expect(dead_code, reason = "the tests of TLS itself use more of it")]
mod pki;
mod support;
mod vanishing;
mod vectors;
mod waiting;
