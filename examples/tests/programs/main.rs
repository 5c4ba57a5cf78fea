//! The example programs as processes: command lines, timeouts, errors, and clients that come and
//! go.

mod chat;
mod clients;
mod command_line;
mod http;
mod metrics;
mod process;
mod timeouts;
mod wire;
