//! The client's side of the handshake (RFC 6455 §4.1).

mod accepted;
mod backoff;
mod body;
mod offer;
mod request;
mod response;
mod response_error;

pub use accepted::Accepted;
pub use backoff::Backoff;
pub use body::BodyLen;
pub use offer::Offer;
pub use request::ClientRequest;
pub use response::ServerResponse;
pub use response_error::ResponseError;
