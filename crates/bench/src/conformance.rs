//! The vectors of `ws-frame`, run against this project and its peers.

pub mod duplex;
pub mod judge;
pub mod peers;
pub mod table;
