//! The server over scripted streams, in invented time: nothing here waits.

// What stands for a socket in readiness is a Unix socket.
#![cfg(unix)]
#![expect(
    clippy::panic,
    reason = "a test that goes wrong panics, in its helpers too"
)]

mod admitting;
mod bounds;
#[cfg(feature = "deflate")]
mod compressing;
mod counting;
mod deciding;
mod ending;
mod identity;
mod inside;
mod judging;
mod large;
mod leaving;
mod logging;
mod message_timeouts;
mod pages;
#[cfg(feature = "rustls")]
#[path = "../tls/pki.rs"]
#[expect(dead_code, reason = "the tests of TLS itself use more of it")]
mod pki;
mod pressure;
mod random;
mod schedules;
mod sealed;
mod silence;
mod source;
mod spreading;
mod stopping;
mod timing;
mod turns;
mod waiting;
mod wider_schedules;
mod wire;
mod world;
