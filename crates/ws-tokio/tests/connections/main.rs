//! Open connections, on an invented clock and over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod accepting;
mod closing;
#[cfg(all(feature = "axum", feature = "deflate"))]
mod over_http;
mod raw;
mod sending;
mod timeouts;
#[cfg(feature = "rustls")]
mod tls;
