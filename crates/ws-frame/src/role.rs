//! The two ends of a connection.

/// An end of a connection. A client masks every frame, a server none (RFC 6455 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Role {
    /// The end that answered the opening handshake.
    Server,
    /// The end that began the opening handshake.
    Client,
}
