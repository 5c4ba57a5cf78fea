//! The opening handshake of WebSocket (RFC 6455 §4) as pure functions that do no I/O.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod connect;
pub mod extension;

mod accept;
mod client;
mod encode;
mod error;
mod fields;
mod head;
mod head_error;
mod host;
#[cfg(feature = "http")]
mod http;
mod key;
mod known;
mod limits;
mod name;
mod opening;
mod origin;
mod parse;
mod protocol;
mod request;
mod response;
mod sink;
mod syntax;
mod target;
mod terms;
mod upgrade;

pub use accept::Accept;
pub use client::{Accepted, Backoff, ClientRequest, Offer, ResponseError, ServerResponse, Url, UrlError};
pub use encode::FieldError;
pub use error::HandshakeError;
pub use fields::{FieldIter, Fields, Values};
pub use head::HeadScanner;
pub use head_error::HeadError;
pub use host::Host;
pub use key::Key;
pub use limits::{DEFAULT_MAX_FIELDS, DEFAULT_MAX_HEAD, DEFAULT_MAX_START_LINE, Limits, MAX_FIELDS};
pub use origin::OriginPolicy;
#[cfg(feature = "alloc")]
pub use origin::{OriginError, OriginList};
pub use protocol::{MAX_PROTOCOLS, Protocol, Protocols};
pub use request::{Plain, Request};
pub use response::Response;
pub use terms::Agreed;
pub use upgrade::Upgrade;
