//! This project and its peers over the same bytes, side by side.
//!
//! One module per peer under [`peer`], one binary per kind of measurement under `src/bin`.

pub mod async_echo;
#[cfg(feature = "peers")]
pub mod codec;
#[cfg(feature = "peers")]
pub mod echo;
#[cfg(feature = "load")]
pub mod million;
pub mod random;
pub mod request;
pub mod stream;

#[cfg(feature = "peers")]
pub mod peer;
#[cfg(feature = "peers")]
pub mod rounds;
#[cfg(feature = "peers")]
pub mod socket;
#[cfg(feature = "peers")]
pub mod table;
