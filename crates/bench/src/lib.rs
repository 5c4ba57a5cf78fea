//! This project and its peers over the same bytes, side by side.
//!
//! One module per peer under [`peer`], one binary per kind of measurement under `src/bin`.

pub mod random;
pub mod stream;

#[cfg(feature = "peers")]
pub mod peer;
#[cfg(feature = "peers")]
pub mod rounds;
#[cfg(feature = "peers")]
pub mod source;
#[cfg(feature = "peers")]
pub mod table;
