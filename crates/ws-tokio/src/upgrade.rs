//! Connections that begin as a request inside an HTTP stack.

mod opening;
mod request;

pub use opening::UpgradeError;
pub use request::{Upgrading, WebSocketUpgrade};
