//! `WebSocket` over scripted byte streams, and over connected pairs in memory.

mod core;
mod halves;
mod handshake;
mod large;
mod pipe;
mod script;
mod sink;
mod stream;
mod turns;
