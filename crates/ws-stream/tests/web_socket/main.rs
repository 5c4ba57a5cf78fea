//! `WebSocket` over streams of bytes that do what a script says.

mod script;
mod sink;
mod stream;
