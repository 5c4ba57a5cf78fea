//! Negotiation of `permessage-deflate` (RFC 7692 §7.1), without any compression.
//!
//! A server picks the first offer that it can meet with [`DeflateServer::answer`]. A client makes a
//! [`DeflateOffer`] and checks the answer with [`DeflateOffer::agreed`]. Both get a
//! [`PerMessageDeflate`].

mod offer;
mod parameters;
mod server;

pub use offer::DeflateOffer;
pub use parameters::{PerMessageDeflate, WindowBits};
pub use server::{ClientTakeover, DeflateServer};
