//! WebSocket over any asynchronous stream of bytes, as a `Stream` and a `Sink` of events, for every runtime.
#![forbid(unsafe_code)]

mod connect;
#[cfg(feature = "deflate")]
mod deflate;
mod heads;
mod opening;
mod outgoing;
mod wakers;
mod web_socket;

pub use connect::{ConnectError, connect};
#[cfg(feature = "deflate")]
pub use deflate::with_deflate;
pub use opening::Opening;
pub use web_socket::WebSocket;
