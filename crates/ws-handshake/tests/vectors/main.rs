//! Every row of `handshake.txt`, whole and at every cut.

mod caller;
mod client;
mod closed_list;
#[cfg(feature = "http")]
mod over_http;
mod server;
