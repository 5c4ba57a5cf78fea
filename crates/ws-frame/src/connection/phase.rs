/// What the driver of a [`Connection`](super::Connection) must do, besides writing its output out.
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
///      └── as a server ───────────────────────────────▶ Closed ◀── from any: failure, or the stream ends
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 6455 §7 has no other phase, and a driver must act on each"
)]
pub enum Phase {
    /// Neither end has closed: read and receive.
    Open,
    /// Our Close has been sent, and the peer's has not come: read and receive, up to a deadline. Messages may still come (§5.5.1).
    Closing,
    /// Both Closes have passed and we are the client: wait for the server to end the stream, up to a deadline (§7.1.1).
    ExpectEof,
    /// Both Closes have passed and we are the server, or the connection has failed or ended: write the output, shut the write side,
    /// throw away what still comes until the stream ends or a deadline passes, close (§7.1.1).
    Closed,
}

/// How the stream of the peer's bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a Close came before the end, or it did not"
)]
pub enum Eof {
    /// After the peer's Close, as it should.
    Clean,
    /// Without one: report it as [`CloseCode::ABNORMAL`](crate::CloseCode::ABNORMAL) where a number is wanted (RFC 6455 §7.1.5). A
    /// connection that failed ends so too.
    Abrupt,
}
