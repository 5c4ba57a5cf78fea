//! Fields of a head, and the fields that have a meaning for the handshake.

pub(crate) mod extra;
pub(crate) mod fields;
pub(crate) mod grammar;
pub(crate) mod handshake_fields;
pub(crate) mod list;
pub(crate) mod malformed;
#[cfg(feature = "http")]
mod map;
pub(crate) mod names;
