//! Opening connections as a client.

mod connector;
mod dial;
mod error;
mod handshake;
mod race;
mod redirect;
mod resolve;
#[cfg(test)]
pub(crate) mod scripted;
mod settings;
#[cfg(test)]
mod tests;

pub use connector::{Connector, connect};
pub use error::ConnectError;
pub use race::DialError;
pub use redirect::RedirectError;
pub use resolve::{Resolver, Resolving, SystemResolver};
