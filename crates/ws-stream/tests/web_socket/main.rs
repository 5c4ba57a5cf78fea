//! `WebSocket` over streams of bytes that do what a script says.

mod handshake;
mod script;
mod sink;
mod stream;
