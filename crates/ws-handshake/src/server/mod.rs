//! The server's side of the handshake (RFC 6455 §4.2).

mod accept;
pub(crate) mod agreement;
pub(crate) mod opening;
pub(crate) mod origin;
mod plain;
pub(crate) mod protocol;
mod refusal;
mod request;
mod response;
mod upgrade;

pub use accept::Accept;
pub use agreement::Agreed;
pub use origin::OriginPolicy;
#[cfg(feature = "alloc")]
pub use origin::{OriginError, OriginList};
pub use plain::PlainRequest;
pub use protocol::{MAX_PROTOCOLS, Protocol, Protocols};
pub use refusal::HandshakeError;
pub use request::Request;
pub use response::Response;
pub use upgrade::Upgrade;
