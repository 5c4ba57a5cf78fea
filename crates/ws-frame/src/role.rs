/// Which end of the connection we are. It decides who masks: clients always do, servers never (RFC 6455 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Role {
    /// We answered the opening handshake.
    Server,
    /// We began the opening handshake.
    Client,
}
