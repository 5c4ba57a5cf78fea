//! Phases of a connection.

/// The phase of a [`Connection`](super::Connection): the duty of its driver, besides writing its
/// output.
///
/// ```text
///             we close
///     Open ─────────────▶ Closing
///      │                     │
///      │ the peer closes,    │ the peer closes
///      │ and is answered     │
///      ├─────────────────────┘
///      │
///      ├── as a client ──▶ ExpectEof ── the stream ends ──┐
///      │                                                  ▼
///      └── as a server ───────────────────────────────▶ Closed ◀── any: failure, stream ends
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 6455 §7 has no other phase, and a driver must act on each"
)]
pub enum Phase {
    /// Neither end has closed. Read and receive.
    Open,
    /// This end has sent its Close, and the peer has not. Read and receive, up to a timeout.
    /// Messages may still come (§5.5.1).
    Closing,
    /// A client, after both Closes. Wait for the server to end the stream, up to a timeout
    /// (§7.1.1).
    ExpectEof,
    /// A server after both Closes, or a connection that has failed or ended. Write the output, shut
    /// the write side, discard input until the stream ends or a timeout passes, close (§7.1.1).
    Closed,
}

/// The end of the peer's stream, from [`Connection::receive_eof`](super::Connection::receive_eof).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a Close came before the end, or it did not"
)]
pub enum Eof {
    /// The stream ended after the peer's Close.
    Clean,
    /// The stream ended without a Close, or the connection had failed. Where a number is wanted,
    /// report [`CloseCode::ABNORMAL`](crate::CloseCode::ABNORMAL) (RFC 6455 §7.1.5).
    Abrupt,
}
