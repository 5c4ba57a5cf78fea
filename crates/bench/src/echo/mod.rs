//! Echo over loopback TCP: one process serves on one processor, another makes the load on the
//! other.

pub mod connection;
pub mod generator;
pub mod histogram;
pub mod process;
pub mod scenario;
pub mod server;
pub mod tls;
