//! `WebSocket` over byte streams that do what a script says, and over pairs of them in memory.

mod core;
mod halves;
mod handshake;
mod large;
mod pipe;
mod script;
mod sink;
mod stream;
