//! The opening handshake: both sides over a byte stream, and connections that were opened
//! elsewhere.

mod acceptor;
mod body;
mod builder;
mod client;
mod heads;
mod refusal;
mod request;

pub use acceptor::Acceptor;
pub use builder::Builder;
pub use client::{Client, connect};
pub use refusal::Refusal;
pub use request::Request;
