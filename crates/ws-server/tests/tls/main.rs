//! The server over TLS: with rustls at both ends of a wire without a socket, and over real sockets.
//! One program, so that it is linked once.

#![cfg(all(unix, feature = "rustls"))]

mod attacks;
mod behind_proxy;
mod certificates;
mod ends;
mod pki;
mod scripted;
mod sockets;
mod support;
#[path = "../simulated/wire.rs"]
#[expect(dead_code, reason = "the simulation uses more of it")]
mod wire;
mod world;
